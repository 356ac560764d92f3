"""A background task and its callers, in threads and through the bridge: what `UA345` warns of is lost, and what `auto` bridges is not.

The transport waits, without `await`, for the caller's next message: an event loop runs nothing meanwhile, a thread does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from project import SampleProject

from unasync_plus.model import Diagnostic

TABLE = """
[tool.unasync-plus]
target-version = "3.10"
mode = "{mode}"
stubs = false
[[tool.unasync-plus.package]]
source = "lib/aio"
target = "lib/sync"
"""
CLIENT = """
    import asyncio

    from lib.transport import Transport


    class Client:
        def __init__(self, transport: Transport) -> None:
            self.transport = transport
            self._pending: list[str] = []
            self._size = 0

        async def connect(self) -> None:
            self._ready = asyncio.Event()
            self._task = asyncio.create_task(self._flusher())

        async def publish(self, text: str) -> None:
            self._pending.append(text)
            self._size += len(text)
            self._ready.set()

        async def _flusher(self) -> None:
            while True:
                await self._ready.wait()
                self._ready.clear()
                self.transport.writelines(self._pending[:])
                self._pending = []
                self._size = 0

        async def close(self) -> int:
            while self._ready.is_set():
                await asyncio.sleep(0.01)
            self._task.cancel()
            return self._size


    def is_long(text: str) -> bool:
        return len(text) > 5
"""
TRANSPORT = """
    from threading import Event


    class Transport:
        def __init__(self, patience: float) -> None:
            self.sent, self.patience = [], patience
            self.writing, self.written = Event(), Event()

        def writelines(self, texts: list[str]) -> None:
            self.sent += texts
            self.writing.set()
            self.written.wait(self.patience)
"""
PROGRAM = """
    import sys

    from lib.sync.client import Client
    from lib.transport import Transport

    transport = Transport(float(sys.argv[1]))
    client = Client(transport)
    client.connect()
    client.publish("one")
    transport.writing.wait(10)
    client.publish("two")
    transport.written.set()
    print(client.close(), *transport.sent)
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    for folder in ("lib", "lib/aio"):
        project.write(f"{folder}/__init__.py")
    project.write("lib/aio/client.py", dedent(CLIENT).lstrip())
    project.write("lib/transport.py", dedent(TRANSPORT).lstrip())
    return project


def _run(project: SampleProject, mode: str, patience: float) -> tuple[str, list[Diagnostic]]:
    """What the program prints, and what the build says; ``patience``: how long the transport waits for the next message."""
    project.write("pyproject.toml", TABLE.format(mode=mode))
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    command = [sys.executable, "-c", dedent(PROGRAM), str(patience)]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout, list(report.diagnostics)


def test_a_thread_comes_between_and_that_is_warned_of(project: SampleProject) -> None:
    printed, found = _run(project, "direct", 60)
    assert printed == "0 one\n"
    assert [(item.code, item.line) for item in found] == [("UA345", 26), ("UA345", 27)]


def test_auto_bridges_what_threads_would_lose(project: SampleProject) -> None:
    printed, found = _run(project, "auto", 0.2)
    assert printed == "0 one two\n"
    assert [(item.code, item.message) for item in found] == [
        (
            "UA701",
            "client.Client is bridged: the task `_flusher` shares `_pending` with `publish` (line 17), client.py:26",
        )
    ]
    made = project.read("lib/sync/client.py")
    assert "class Client(Wrapper, wraps=_async.Client):" in made
    assert "def is_long(text: str) -> bool:\n    return len(text) > 5\n" in made


@pytest.mark.parametrize("comment", ["direct", "ignore"])
def test_what_is_asked_for_stays_direct(comment: str, project: SampleProject) -> None:
    text = dedent(CLIENT).lstrip()
    if comment == "direct":
        text = text.replace("class Client:", "# unasync: direct\nclass Client:")
    else:
        text = text.replace("_pending = []\n", "_pending = []  # unasync: ignore[UA345]\n")
        text = text.replace(
            "_size = 0\n\n    async def close", "_size = 0  # unasync: ignore[UA345]\n\n    async def close"
        )
    project.write("lib/aio/client.py", text)
    _, found = _run(project, "auto", 60)
    assert [item.code for item in found] == (["UA345"] * 2 if comment == "direct" else [])
    assert "def _flusher(self)" in project.read("lib/sync/client.py")


HELD = """
    import asyncio


    class Hub:
        def __init__(self) -> None:
            self.pending: list[str] = []
            self.worker = Worker(self)

        async def flush(self) -> list[str]:
            found = self.pending
            self.pending = []
            return found


    class Worker:
        def __init__(self, owner: "Hub") -> None:
            self._owner = owner

        async def start(self) -> None:
            self._task = asyncio.create_task(self._run())

        async def _run(self) -> None:
            self._owner.pending.append("one")
"""


def test_auto_bridges_what_a_task_holds_too(project: SampleProject) -> None:
    project.write("lib/aio/client.py", dedent(HELD).lstrip())
    project.write("pyproject.toml", TABLE.format(mode="auto"))
    assert [(item.code, item.message) for item in project.build().diagnostics] == [
        ("UA701", "client.Hub is bridged: Worker, which uses it, is, client.py:23"),
        (
            "UA701",
            "client.Worker is bridged: the task `_run` shares `_owner.pending` with `Hub.flush` (line 11), client.py:23",
        ),
    ]
