"""What one module of a project makes and another one awaits, though nothing there tells what it is: both sides do the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from project import SampleProject

CONFIG = 'runtime = "import"\nstubs = false\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n'
MAKES = """\
import asyncio
import functools

log = []


class Request(asyncio.Future):
    pass


class Query:
    def __init__(self, words=()):
        self.words = words

    def clone(self):
        return self.__class__(self.words)

    def where(self, word):
        query = self.clone()
        query.words += (word,)
        return query

    def __await__(self):
        return self._run().__await__()

    async def _run(self):
        return self.words


class Client:
    def __init__(self):
        self.query = Query(("all",))
        self.answers = {}

    def everything(self):
        return self.query

    def request(self, key):
        if key not in self.answers:
            self.answers[key] = Request()
        return self.answers[key]

    def answer(self, key, value):
        self.answers[key].set_result(value)


def shared(function):
    tasks = {}

    @functools.wraps(function)
    def wrapper(*args):
        if args not in tasks:
            tasks[args] = asyncio.ensure_future(function(*args))
        return tasks[args]

    return wrapper
"""
WAITS = """\
import inspect


async def one(value):
    return await value


async def each(values):
    return [await value for value in values]


async def named(values):
    return {key: await value for key, value in values.items()}


async def settled(value):
    if inspect.isawaitable(value):
        value = await value
    return value


class Registry:
    def __init__(self):
        self.items = {}

    async def get(self, key):
        return await self.items[key]
"""
APP = """\
import asyncio

from .makes import Client, Query, Request, log, shared
from .waits import Registry, each, named, one, settled


class Own(Request):
    pass


@shared
async def double(x):
    log.append(x)
    return 2 * x


async def work(x):
    return x


def task(x):
    return asyncio.ensure_future(work(x))


async def main():
    client, own, registry = Client(), Own(), Registry()
    request = client.request("a")
    client.answer("a", 1)
    own.set_result(2)
    registry.items["b"] = task(3)
    print(await request, await own, await client.request("a"), await registry.get("b"))
    print(await Query().where("x"), await Query().where("x").where("y"), await client.everything())
    print(await double(4), await double(4), log)
    print(await one(task(5)), await each([task(6), task(7)]), await named({"c": task(8)}))
    print(await settled(task(9)), await settled(10))
"""


def test_both_sides_do_the_same(tmp_path: Path) -> None:
    """The objects themselves had been taken for what awaiting them gives."""
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", CONFIG)
    for name, text in {"makes": MAKES, "waits": WAITS, "app": APP}.items():
        project.write(f"pkg/aio/{name}.py", text)
    report = project.build()
    assert not [found for found in report.diagnostics if found.is_error]
    run = "import asyncio; from pkg.aio.app import main; asyncio.run(main())"
    expected = _output(run, tmp_path)
    assert "{'c': 8}" in expected
    assert _output("from pkg.sync.app import main; main()", tmp_path) == expected


def _output(code: str, folder: Path) -> str:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout


UNKNOWN = """\
import asyncio

from .waits import settled


async def call(function):
    result = function()
    print("called")
    return await settled(result)


async def call_next(function):
    result = function()
    return await settled(result)
"""


@pytest.mark.parametrize("module", ["waits", "elsewhere"])
def test_what_another_module_asks_about_later_is_told_of(tmp_path: Path, module: str) -> None:
    """It need not be a coroutine, but if it is one, it runs where it is made."""
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", CONFIG)
    project.write(f"pkg/aio/{module}.py", WAITS)
    project.write("pkg/aio/app.py", UNKNOWN.replace(".waits", f".{module}"))
    early = [found.line for found in project.build().diagnostics if found.code == "UA330"]
    assert early == [UNKNOWN.splitlines().index("    result = function()") + 1]
