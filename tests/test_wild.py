"""A share of what scripts/wild converts, small enough for every run: no crash, nothing that does not compile, nothing left."""

from __future__ import annotations

import os

import corpus
import pytest
from wild import leftover, outcomes_in
from wild_packages import packages


@pytest.mark.parametrize("name", ["httpcore", "hishel", "redis-om"])
def test_converts_or_refuses(name: str) -> None:
    folder = corpus.unpacked(name)
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"scripts/corpus {name} has not been run")
        pytest.skip(f"needs scripts/corpus {name}")
    outcomes = outcomes_in(folder, name, rename=False)
    assert len(outcomes) > 10
    assert [f"{outcome.path}: {outcome.failure}" for outcome in outcomes if outcome.failure] == []
    assert sum(outcome.is_converted for outcome in outcomes) > len(outcomes) / 3


def test_what_is_left_is_found() -> None:
    assert leftover("import asyncio as aio\n\ndef f():\n    aio.sleep(1)\n") == ["aio.sleep in line 4"]
    assert leftover("import asyncio\n\nf(asyncio)\n") == ["asyncio in line 3"]
    assert leftover("async def f():\n    await g()\n") == ["AsyncFunctionDef in line 1", "Await in line 2"]
    assert leftover("x = [i async for i in y]\n") == ["comprehension in line 0"]
    assert leftover("import time\n\n\ndef f(asyncio):\n    asyncio.sleep(1)\n") == []


def test_the_list_names_enough_packages() -> None:
    names = [package.name for package in packages()]
    assert len(names) == len(set(names)) >= 100
