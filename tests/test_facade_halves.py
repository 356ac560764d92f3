"""`mode = "auto"`: what direct code and bridged code of a package have in common is there once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from project import SampleProject
from test_facade_mixed import TABLE


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE)
    for folder in ("lib", "lib/aio"):
        project.write(f"{folder}/__init__.py")
    return project


def bridged(project: SampleProject, source: str) -> set[str]:
    """The definitions of the module that are bridged."""
    project.write("lib/aio/m.py", dedent(source).lstrip())
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    notes = [item.message for item in report.diagnostics if item.code == "UA701"]
    return {note.partition(" ")[0].partition(".")[2] for note in notes}


def printed(project: SampleProject, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", dedent(program)],
        cwd=project.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


LOOPS = """
    import asyncio
    from functools import partial


    # unasync: bridge
    async def runs_here(loop, other=None) -> bool:
        return loop is asyncio.get_running_loop() and hasattr(loop, "create_connection")


    async def hands_on(params, loop):
        args = (loop, params)
        return await runs_here(*args)


    async def connect(params=1):
        loop = asyncio.get_event_loop()
        return await hands_on(params, loop=loop)


    class Held:
        def __init__(self):
            self._loop = asyncio.get_event_loop()

        async def check(self):
            return await runs_here(self._loop)


    # unasync: bridge
    class Gate:
        def __init__(self):
            self.opened = asyncio.Event()

        async def enter(self, lock: asyncio.Lock) -> str:
            async with lock:
                await self.opened.wait()
                return "in"

        def ticket(self):
            return asyncio.get_running_loop().create_future()


    async def passes(gate: Gate) -> str:
        waiting = asyncio.create_task(gate.enter(asyncio.Lock()))
        await asyncio.sleep(0)
        gate.opened.set()
        return await waiting


    async def ticket(gate: Gate) -> bool:
        future = gate.ticket()
        future.set_result(True)
        return await future


    async def apart() -> bool:
        lock = asyncio.Lock()
        async with lock:
            return lock.locked()
"""


def test_what_hands_objects_of_the_loop_to_bridged_code_is_bridged(project: SampleProject) -> None:
    found = bridged(project, LOOPS)
    assert found == {"runs_here", "hands_on", "connect", "Held", "Gate", "passes", "ticket"}
    program = """
        from lib.sync.m import Gate, Held, apart, connect, passes, ticket
        print(connect(), Held().check(), passes(Gate()), ticket(Gate()), apart())
    """
    assert printed(project, program) == "True True in True True\n"


STATE = """
    import asyncio
    import logging
    import re
    from contextvars import ContextVar
    from functools import lru_cache

    log = logging.getLogger(__name__)
    WORD = re.compile("a+")
    LIMIT = 3
    MISSING = object()
    WHO: ContextVar[str] = ContextVar("WHO", default="nobody")
    _cache: dict[str, int] = {}
    _unknown = {}
    _count = 0
    _lock = asyncio.Lock()
    _alone: list[int] = []


    class Store:
        def __init__(self):
            self.values = []

        async def put(self, value):
            self.values.append(value)


    _store = Store()


    @lru_cache
    def settings():
        return [LIMIT]


    def remember(key: str, value: int) -> None:
        _cache[key] = value


    def counted():
        global _count
        _count += 1
        return _count


    async def guarded() -> bool:
        async with _lock:
            return _lock.locked()


    async def keep(value):
        await _store.put(value)


    def note(value):
        _alone.append(value)
        return len(_alone)


    # unasync: bridge
    async def seen(key: str, default=MISSING):
        log.debug(WORD.pattern)
        counted()
        settings().append(5)
        async with _lock:
            return _cache.get(key), default is MISSING, WHO.get(), _store.values, _unknown
"""


def test_variables_that_bridged_code_uses_are_those_of_the_async_side(project: SampleProject) -> None:
    found = bridged(project, STATE)
    assert found == {"seen", "_count", "counted", "_lock", "guarded", "Store", "settings", "_unknown"}
    text = project.read("lib/sync/m.py")
    assert "log = logging.getLogger(__name__)" in text and 'WORD = re.compile("a+")' in text
    assert "_alone: list[int] = []" in text, "only direct code uses it"
    program = """
        from lib.sync.m import MISSING, WHO, counted, guarded, keep, note, remember, seen, settings, _cache
        remember("a", 1)
        _cache["b"] = 2
        WHO.set("me")
        keep(7)
        print(seen("a", MISSING), seen("b", None), counted(), settings(), guarded(), note(1))
    """
    expected = "(1, True, 'me', [7], {}) (2, False, 'me', [7], {}) 3 [3, 5, 5] True 1\n"
    assert printed(project, program) == expected


def test_what_has_to_be_direct_and_shares_with_bridged_code_is_refused(project: SampleProject) -> None:
    source = dedent(LOOPS).lstrip().replace("async def connect(", "# unasync: direct\nasync def connect(")
    project.write(
        "lib/aio/m.py", source + dedent(STATE).replace("async def guarded", "# unasync: direct\nasync def guarded")
    )
    errors = [item for item in project.build().diagnostics if item.is_error]
    assert {(item.code, item.message) for item in errors} == {
        (
            "UA705",
            "connect is to be direct, but hands_on, with which it shares objects of the event loop, is bridged",
        ),
        ("UA705", "guarded is to be direct, but _lock, which it uses, is bridged"),
    }
