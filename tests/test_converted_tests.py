"""Test modules are run as they are and converted: as many tests pass on both sides, and in the same order."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from unasync_plus import Config, transpile

CASES = """
import asyncio
import unittest
from unittest.mock import AsyncMock, MagicMock, patch

LOG = []


class Resource:
    async def __aenter__(self):
        LOG.append("enter")
        return self

    async def __aexit__(self, *exc_info):
        LOG.append("exit")


async def pause():
    await asyncio.sleep(0.001)
    return "slept"


class Base(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        LOG.append("base set up")


class Both(Base):
    def setUp(self):
        super().setUp()
        LOG.append("set up")

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.resource = await self.enterAsyncContext(Resource())
        self.addAsyncCleanup(self.clean, 1)
        LOG.append("async set up")

    async def clean(self, x):
        LOG.append(f"clean {x}")

    async def asyncTearDown(self):
        LOG.append("async tear down")

    def tearDown(self):
        LOG.append("tear down")

    async def test_mocks(self):
        get = AsyncMock(side_effect=[1, ValueError("no")])
        self.assertEqual(await get("a"), 1)
        get.assert_awaited_once_with("a")
        with self.assertRaises(ValueError):
            await get("b")
        self.assertEqual(get.await_count, 2)
        manager = MagicMock(__aenter__=AsyncMock(return_value=3))
        async with manager as value:
            self.assertEqual(value, 3)

    async def test_patch(self):
        with patch("asyncio.sleep", new_callable=AsyncMock) as sleep:
            self.assertEqual(await pause(), "slept")
        sleep.assert_awaited_once_with(0.001)


class Hidden(Base):
    async def asyncSetUp(self):
        LOG.append("hidden set up")

    async def test_nothing(self):
        self.assertEqual(await pause(), "slept")


class Last(unittest.TestCase):
    def test_log(self):
        print(LOG)
"""

SQLITE = """
import asyncio
import aiosqlite


async def main(path):
    async with aiosqlite.connect(path) as db:
        await db.execute("CREATE TABLE t (x INTEGER)")
        await db.executemany("INSERT INTO t VALUES (?)", [(1,), (2,)])
        async with db.execute("SELECT x FROM t") as cursor:
            rows = [row async for row in cursor]
        await db.commit()
    async with aiosqlite.connect(path) as db:
        return rows, await db.execute_fetchall("SELECT count(*) FROM t"), db


RESULT = asyncio.run(main(PATH))
"""


def run_unittest(folder: Path, name: str, source: str) -> list[str]:
    """What a test module prints: its log, the count of its tests, and ``OK``."""
    (folder / f"{name}.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "unittest", name],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    lines = [
        line for line in done.stderr.splitlines() if line and " took " not in line
    ]  # that is how busy the machine is
    return [*done.stdout.splitlines(), *(line.partition(" in ")[0] for line in lines)]


def converted(source: str) -> str:
    result = transpile(source, Config.from_mapping({"target-version": "3.11", "stubs": False}))
    assert result.code is not None, result.diagnostics
    assert "await" not in result.code.replace("awaited", "")
    return result.code


def test_cases_run_alike(tmp_path: Path) -> None:
    source = CASES
    if sys.version_info < (3, 11):  # `enterAsyncContext` and `enterContext` came with Python 3.11
        source = CASES.replace("self.resource = await self.enterAsyncContext(Resource())", "LOG.append('no context')")
    before = run_unittest(tmp_path, "before", source)
    assert run_unittest(tmp_path, "after", converted(source)) == before
    assert before[-1] == "OK"
    assert "'base set up', 'hidden set up'" in before[0]


def test_connections_are_closed(tmp_path: Path) -> None:
    scope: dict[str, Any] = {"PATH": str(tmp_path / "a.db")}
    exec(compile(converted(SQLITE), "<sync>", "exec"), scope)
    rows, counted, db = scope["RESULT"]
    assert (rows, counted) == ([(1,), (2,)], [(2,)])
    try:
        db.execute("SELECT 1")
    except sqlite3.ProgrammingError as error:
        assert "closed" in str(error)
    else:
        raise AssertionError("the connection is still open")
