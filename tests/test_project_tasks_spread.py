"""A task that one module starts, another one hands on, and a third one awaits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from project import SampleProject

POOL = """\
import asyncio


class Pool:
    def spawn(self, coro):
        return asyncio.ensure_future(coro)
"""
API = """\
from .pool import Pool


class Api:
    def __init__(self):
        self.pool = Pool()
        self.log = []

    async def job(self, name):
        self.log.append(name)
        return name

    def start(self, name):
        return self.pool.spawn(self.job(name))

    def begin(self, name):
        task = self.start(name)
        return task

    async def later(self, name):
        return self.begin(name)
"""
APP = """\
from .api import Api


async def main():
    api = Api()
    first = api.start("first")
    api.log.append("between")
    second = api.begin("second")
    third = await api.later("third")
    print(await second, await first, await third, sorted(api.log))
    third.cancel()
"""


def test_what_is_handed_on_is_a_task(tmp_path: Path) -> None:
    """It was taken for a coroutine, and put off until it was awaited."""
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n')
    for name, text in (("__init__", ""), ("aio/__init__", ""), ("aio/pool", POOL), ("aio/api", API), ("aio/app", APP)):
        project.write(f"pkg/{name}.py", text)
    assert not any(item.is_error for item in project.build().diagnostics)
    run = [sys.executable, "-c", "from pkg.sync.app import main; main()"]
    done = subprocess.run(run, cwd=project.root, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (0, "second first third ['between', 'first', 'second', 'third']\n"), (
        done.stderr
    )
    assert "partial" not in project.read("pkg/sync/app.py")
