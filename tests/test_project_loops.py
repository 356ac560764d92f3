"""Event loops that the modules of a project keep in attributes, and ask one another for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from project import SampleProject, empty_project, sync

from unasync_plus.resolve.kept_loops import kept_loops

CLIENT = """\
import asyncio


class Client:
    def __init__(self):
        self._loop = asyncio.get_running_loop()

    async def work(self):
        return self._loop.time() > 0
"""
TRAVELS = """\
class Worker:
    def __init__(self, client):
        self._loop = client._loop
        self.done = self._loop.create_future()

    async def start(self):
        self._loop.call_soon(self.done.set_result, 1)
        return await self.done
"""
HANDED_ON = """\
from .elsewhere import start


class Worker:
    def __init__(self, client):
        self._loop = client._loop
        self.same = client._loop is self._loop

    async def start(self, client):
        return start(client._loop, self._loop, kept=self.same)
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = empty_project(tmp_path)
    project.write("src/pkg/_async/client.py", CLIENT)
    return project


def test_one_that_only_travels_goes(project: SampleProject) -> None:
    project.write("src/pkg/_async/worker.py", TRAVELS)
    assert project.build().diagnostics == ()
    assert "loop" not in sync(project, "client") + sync(project, "worker")
    program = (
        "from pkg._sync.client import Client; from pkg._sync.worker import Worker; print(Worker(Client()).start())"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.check_output(command, cwd=project.root / "src", text=True) == "1\n"


def test_what_stands_for_loops_takes_its_place_where_it_is_handed_on(project: SampleProject) -> None:
    project.write("src/pkg/_async/worker.py", HANDED_ON)
    project.write("src/pkg/_async/elsewhere.py", "def start(one, other, kept):\n    return one is other and kept\n")
    assert project.build().diagnostics == ()
    assert "loop" not in sync(project, "client")
    assert sync(project, "worker").count("get_running_loop()") == 3
    program = (
        "from pkg._sync.client import Client; from pkg._sync.worker import Worker; "
        "client = Client(); print(Worker(client).start(client))"
    )
    assert subprocess.check_output([sys.executable, "-c", program], cwd=project.root / "src", text=True) == "True\n"


@pytest.mark.parametrize(
    "other",
    [
        "class Game:\n    def _loop(self): ...\n",
        "class Game:\n    def start(self):\n        self._loop = Animation()\n",
        "import asyncio\nclass Game:\n    def start(self):\n        self._loop = asyncio.create_task(self.loop())\n",
        "class Game:\n    def start(self):\n        self._loop = self.main_loop()\n",
    ],
)
def test_nothing_is_known_of_an_attribute_that_may_be_something_else(project: SampleProject, other: str) -> None:
    project.write("src/pkg/_async/worker.py", TRAVELS)
    project.write("src/pkg/_async/game.py", other)
    assert [(item.line, item.code) for item in project.build().diagnostics] == [(3, "UA322")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("self._loop = asyncio.get_event_loop()", {"_loop"}),
        ("self._event_loop: asyncio.AbstractEventLoop = event_loop", {"_event_loop"}),
        ("self._loop = loop if loop is not None else asyncio.new_event_loop()", {"_loop"}),
        ("self._loop = options.get('loop', asyncio.get_event_loop())", {"_loop"}),
        ("self._loop = client.get_loop()  # asyncio.get_event_loop()", {"_loop"}),
        ("self._loop = None  # asyncio.get_event_loop()", set()),
        ("self._loop = loop", set()),
        ("self._loop == asyncio.get_event_loop()", set()),
        ("self._loop = threading.Thread(target=asyncio.get_event_loop().run_forever)", set()),
    ],
)
def test_what_is_read_from_one_line(line: str, expected: set[str]) -> None:
    assert kept_loops([line.encode()]) == expected
