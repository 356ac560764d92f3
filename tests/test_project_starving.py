"""Without threads, a task of a function of another module that waits for what happens later: it had waited for ever, in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject

BOX = """\
import asyncio
from dataclasses import dataclass, field

ready = asyncio.Event()


class Box:
    def __init__(self):
        self.condition = asyncio.Condition()
        self.queue: asyncio.Queue[int] = asyncio.Queue()
        self.answer = None

    async def wait(self):
        async with self.condition:
            await self.condition.wait()

    async def get(self):
        return await self.queue.get()

    async def ask(self):
        self.answer = asyncio.get_running_loop().create_future()
        return await self.answer

    async def add(self, x):
        await self.queue.put_nowait(x)


class Job:
    async def get(self):
        await asyncio.sleep(0)
        return 1


class Late(Box):
    pass


@dataclass
class Gate:
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def passed(self):
        await self.opened.wait()


async def through(box):
    await box.wait()


async def limited():
    await asyncio.wait_for(ready.wait(), 5)


async def entered(condition):
    async with condition:
        await condition.wait()
"""
APP = """\
import asyncio

import anyio

from . import box as boxes
from .box import Box, Gate, Job, Late, entered, limited, through


async def main(thing, one: Job, *others):
    box = Box()
    await asyncio.gather({})
"""


def told(root: Path, started: str, concurrency: str = "sequential") -> set[str]:
    """How `UA334` tells of what is started."""
    project = SampleProject(root)
    project.write(
        "unasync-plus.toml",
        f'stubs = false\nconcurrency = "{concurrency}"\n[[package]]\nsource = "pkg/aio"\ntarget = "pkg/sync"\n',
    )
    for name, text in (("../__init__", ""), ("__init__", ""), ("box", BOX), ("app", APP.format(started))):
        project.write(f"pkg/aio/{name}.py", text)
    return {str(item.severity) for item in project.build().diagnostics if item.code == "UA334"}


WAITING = "box.wait() box.get() box.ask() Gate().passed() through(box) boxes.through(box) limited() entered(thing) thing.passed()".split()


@pytest.mark.parametrize("started", [*WAITING, "asyncio.create_task(box.wait())", "*[box.get() for box in others]"])
def test_what_waits_for_others_is_refused(started: str, tmp_path: Path) -> None:
    assert "error" in told(tmp_path, started)


@pytest.mark.parametrize(
    "started", ["Job().get()", "one.get()", "box.add(1)", "thing.add(1)", "main(1, 2)", "asyncio.sleep(1)"]
)
def test_what_does_not_is_none(started: str, tmp_path: Path) -> None:
    assert told(tmp_path, started) == set()


@pytest.mark.parametrize("started", ["thing.get()", "Late().get()"])
def test_what_may_is_warned_of(started: str, tmp_path: Path) -> None:
    assert told(tmp_path, started) == {"warning"}


def test_threads_may_wait(tmp_path: Path) -> None:
    assert told(tmp_path, "box.wait()", "threads") == set()
