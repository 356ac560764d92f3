"""Properties and operators of one module that give coroutines, which another module reads before it awaits them."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import SampleProject, codes

from unasync_plus.resolve.giving import OPERATORS
from unasync_plus.rewrite.values import properties

ROWS = """\
import functools


class Row:
    def __init__(self, name):
        self.name = name

    @property
    def author(self):
        return self._load()

    @functools.cached_property
    async def title(self):
        return self.name

    @property
    def length(self):
        return len(self.name)

    async def _load(self):
        return self.name

    async def __or__(self, other):
        return Row(self.name + other.name)

    def __getitem__(self, key):
        return self._load()


class Derived(Row):
    pass
"""
USES = "import asyncio\nfrom .rows import Derived, Row\n\n\n"
LATER = [
    "async def f():\n    row = Row('a')\n    x = row.author\n    print('between')\n    return await x\n",
    "async def f():\n    row = Row('a')\n    x = row.title\n    print('between')\n    return await x\n",
    "async def f(row: Row):\n    x = row.title\n    print('between')\n    return await x\n",
    "async def f(row):\n    x = row.title\n    print('between')\n    return await x\n",
    "async def f():\n    row = Derived('a')\n    x = row.author\n    print('between')\n    return await x\n",
    "async def f():\n    x = Row('a') | Row('b')\n    print('between')\n    return await x\n",
    "async def f(a: Row, b: Row):\n    x = a | b\n    print('between')\n    return await x\n",
    "async def f(a: Derived, b: Row):\n    x = a | b\n    print('between')\n    return await x\n",
]
STARTED = [
    "async def f(row: Row):\n    return await asyncio.gather(row.author, row.title)\n",
    "async def f(row):\n    return await asyncio.gather(row.author)\n",
    "async def f(row: Row):\n    task = asyncio.create_task(row | row)\n    return await task\n",
    "async def f(row: Row):\n    return await asyncio.gather(row[1], row[2])\n",
]
AT_ONCE = [
    "async def f(row: Row):\n    return await row.author, await row.title, await (row | row), await row[0], row.length\n",
    "async def f(row: Row):\n    x = row.length\n    print(x)\n    return x\n",
    "async def f(a, b):\n    x = a | b\n    y = a[0]\n    print(x)\n    return await asyncio.gather(*x, y)\n",
]


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    made = SampleProject(tmp_path)
    made.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    made.write("pkg/__init__.py", "")
    made.write("pkg/_async/__init__.py", "")
    return made


def built(project: SampleProject, text: str) -> set[str]:
    project.write("pkg/_async/rows.py", ROWS)
    project.write("pkg/_async/uses.py", USES + text)
    return {item.code for item in project.build().diagnostics if item.path == "pkg/_async/uses.py"}


@pytest.mark.parametrize("text", LATER)
def test_what_is_read_now_and_awaited_later_is_warned_of(project: SampleProject, text: str) -> None:
    assert built(project, text) == {"UA330"}


@pytest.mark.parametrize("text", STARTED)
def test_what_is_read_to_be_started_is_refused(project: SampleProject, text: str) -> None:
    assert built(project, text) == {"UA339"}


@pytest.mark.parametrize("text", AT_ONCE)
def test_what_is_awaited_at_once_says_nothing(project: SampleProject, text: str) -> None:
    assert built(project, text) == set()


def test_a_name_that_others_have_tells_nothing(project: SampleProject) -> None:
    other = "\n\nclass Book:\n    def __init__(self, author):\n        self.author = author\n"
    project.write("pkg/_async/rows.py", ROWS + other)
    project.write("pkg/_async/uses.py", USES + LATER[3].replace("title", "author"))
    assert "UA339" not in codes(project.build())
    project.write("pkg/_async/uses.py", USES + LATER[2].replace("title", "author"))
    assert "UA330" in codes(project.build())


def test_names_that_modules_hand_on_are_known(project: SampleProject) -> None:
    project.write("pkg/_async/api.py", "from .rows import Row as Line\n")
    assert built(
        project, LATER[2].replace("row: Row", "row: Line").replace("async", "from .api import Line\n\n\nasync")
    ) == {"UA330"}


def test_async_generators_give_no_coroutines(project: SampleProject) -> None:
    project.write("pkg/_async/pages.py", "class Pages:\n    @property\n    async def all(self):\n        yield 1\n")
    text = (
        "async def f(pages: Pages):\n    x = pages.all\n    print('between')\n    return [page async for page in x]\n"
    )
    project.write("pkg/_async/uses.py", f"from .pages import Pages\n\n\n{text}")
    assert not project.build().diagnostics


def test_the_operators_are_the_same() -> None:
    assert frozenset(properties.OPERATORS.values()) == OPERATORS
