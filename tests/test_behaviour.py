"""Every fixture with an ``async def main()`` does the same as it is and converted, with threads and without."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from fixture_file import read
from program import run_async, run_sync
from test_fixtures import CASES, case_id

from unasync_plus import Config, transpile
from unasync_plus.rewrite.concurrency import MODULES

PROGRAMS = [path for path in CASES if "async def main()" in path.read_text(encoding="utf-8")]
CONCURRENCY = """
    cancelled channels coroutine_values event_loop gather groups primitives run sleep sockets streams subprocesses tasks timeouts
    to_thread waiting
"""
"""Rules of which there must be programs: each row of the table of concurrency has one."""
TRIES = 5
NEEDS_311 = ("TaskGroup", "asyncio.timeout", "Runner", "Barrier")


def convert(path: Path, concurrency: str | None) -> tuple[str, str | None]:
    fixture = read(path)
    if sys.version_info < (3, 11) and any(name in fixture.source for name in NEEDS_311):
        pytest.skip("asyncio has this since Python 3.11")
    mapping = {**fixture.mapping, "runtime": "import"}
    if concurrency is not None:
        mapping["concurrency"] = concurrency
    result = transpile(fixture.source, Config.from_mapping(mapping), path=path.name)
    return fixture.source, result.code


def test_there_are_many_programs() -> None:
    assert len(PROGRAMS) >= 95
    assert {path.parent.name for path in PROGRAMS} >= set(CONCURRENCY.split())


@pytest.mark.parametrize("path", PROGRAMS, ids=case_id)
def test_means_the_same(path: Path) -> None:
    source, code = convert(path, None)
    if code is None:
        pytest.skip("refused")
    expected, found = run_async(source), run_sync(code)
    for _ in range(TRIES - 1):  # who comes first is a matter of milliseconds in some, and the machine may be busy
        if found.same_as(expected):
            break
        assert found.same_as(expected, in_order=False), f"{expected}\n{found}\n{found.trace}\n{code}"
        found = run_sync(code)
    assert found.same_as(expected), f"{expected}\n{found}\n{found.trace}\n{code}"


@pytest.mark.parametrize("path", PROGRAMS, ids=case_id)
def test_means_the_same_without_threads(path: Path) -> None:
    if read(path).mapping.get("concurrency") == "threads":
        pytest.skip("what it shows needs threads")
    source, code = convert(path, "sequential")
    if code is None:
        pytest.skip("refused")
    expected, found = run_async(source), run_sync(code)
    assert found.same_as(expected, in_order=False), f"{expected}\n{found}\n{found.trace}\n{code}"


def test_the_runtime_has_what_rules_ask_for() -> None:
    asked = {f"{module}.{name}" for table in MODULES.values() for name, module in table.items()}
    for path in (ROOT / "unasync_plus").glob("r*/**/*.py"):
        asked.update(re.findall(r'"((?:threads|timeouts|timers|runs|locks|barriers|queues)\.\w+)"', path.read_text()))
    assert len(asked) > 30
    for name in sorted(asked):
        module, _, attribute = name.partition(".")
        assert hasattr(importlib.import_module(f"unasync_plus.runtime.{module}"), attribute), name
