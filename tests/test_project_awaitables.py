"""Tasks that one module of a project makes and another one awaits: both sides of the project do the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from project import SampleProject

from unasync_plus import transpile

MAKES = """\
import asyncio
from asyncio import Task


async def work(x):
    return x


def start(x):
    return asyncio.create_task(work(x))


async def start_later(x):
    task = asyncio.create_task(work(x))
    return task


def start_all(xs):
    tasks = []
    for x in xs:
        tasks.append(asyncio.create_task(work(x)))
    return tasks


class Owner:
    def __init__(self):
        self.task = asyncio.create_task(work(1))
        self.kept: "dict[int, Task[int]]" = {}

    @property
    def pending(self):
        return self.task

    def launch(self, x):
        self.kept[x] = start(x)
        return self.kept[x]
"""

AWAITS = """\
import asyncio

from .makes import Owner, start, start_all, start_later


class Child(Owner):
    async def wait(self):
        return await self.task


async def main():
    first = await start(1)
    task = start(2)
    second = await task
    later = await start_later(3)
    third = await later
    many = [await task for task in start_all([1, 2])]
    gathered = await asyncio.gather(start(5), *start_all([6, 7]))
    waited = {start(8), start(9)}
    done, _ = await asyncio.wait(waited)
    one_by_one = sorted([await task for task in waited]), len(done)
    owner = Owner()
    launched = owner.launch(4)
    kept = [await task for task in owner.kept.values()]
    own = await owner.task, await owner.pending, await launched, await owner.launch(5), await Child().wait()
    return first, second, third, many, gathered, own, kept, one_by_one
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for name, text in (("__init__", ""), ("_async/__init__", ""), ("_async/makes", MAKES), ("_async/awaits", AWAITS)):
        project.write(f"pkg/{name}.py", text)
    return project


def outcome(project: SampleProject, code: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", f"import asyncio, json\nfrom pkg import _async, _sync\n{code}"],
        env={**os.environ, "PYTHONPATH": str(project.root)},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_both_sides_do_the_same(project: SampleProject) -> None:
    assert project.build().ok
    expected = outcome(project, "import pkg._async.awaits as it\nprint(json.dumps(asyncio.run(it.main())))")
    assert outcome(project, "import pkg._sync.awaits as it\nprint(json.dumps(it.main()))") == expected


def test_what_is_known_for_sure_is_not_asked(project: SampleProject) -> None:
    assert project.build().ok
    assert "result_of" not in project.read("pkg/_sync/makes.py")


def test_a_module_is_converted_anew_when_another_one_begins_to_give_tasks(project: SampleProject) -> None:
    project.write(
        "pkg/_async/makes.py", "async def work(x):\n    return x\n\n\nasync def start(x):\n    return await work(x)\n"
    )
    project.write(
        "pkg/_async/awaits.py", "from .makes import start\n\n\nasync def main():\n    return await start(1)\n"
    )
    assert project.build().ok
    assert "return start(1)" in project.read("pkg/_sync/awaits.py")
    project.write("pkg/_async/makes.py", MAKES)
    assert project.build().ok
    assert "return result_of(start(1))" in project.read("pkg/_sync/awaits.py")


LIBRARY = """\
import asyncio
import json


def start():
    return asyncio.create_task(f())


async def f():
    await json.start()
"""


def test_names_of_libraries_are_not_asked() -> None:
    assert "    json.start()" in (transpile(LIBRARY).code or "")


QUERIES = """\
from typing import Generic, TypeVar

T = TypeVar("T")


class Query(Generic[T]):
    def __init__(self, found: T) -> None:
        self.found = found

    def __await__(self):
        return self._run().__await__()

    async def _run(self) -> T:
        return self.found

    def doubled(self) -> "Query[T]":
        return Query(self.found + self.found)


class Finds:
    @classmethod
    def find(cls, x: int) -> Query[int]:
        return Query(x)


async def find(x: int) -> int:
    return x
"""

ASKS = """\
from .makes import Finds, Query, find


class Document(Finds):
    async def reload(self):
        return await self.find(1), await super().find(2)

    @classmethod
    async def get(cls, x: int):
        return await cls.find(x)

    def chosen(self):
        return self.find(3).doubled()

    async def linked(self, others):
        return [await other.find(4) for other in others], await find(5)


class Special(Document):
    @classmethod
    def find(cls, x: int) -> Query[int]:
        return super().find(x).doubled()


async def main():
    document, special = Document(), Special()
    linked = await document.linked([Finds, Special])
    return await document.reload(), await Document.get(6), await document.chosen(), linked, await special.reload()
"""


def test_objects_that_can_be_awaited_come_by_inheritance_from_another_module(project: SampleProject) -> None:
    project.write("pkg/_async/makes.py", QUERIES)
    project.write("pkg/_async/awaits.py", ASKS)
    assert project.build().ok
    expected = outcome(project, "import pkg._async.awaits as it\nprint(json.dumps(asyncio.run(it.main())))")
    assert outcome(project, "import pkg._sync.awaits as it\nprint(json.dumps(it.main()))") == expected


KEEPS = """\
import asyncio

from .makes import Query


class Keeper:
    def __init__(self, closed=None):
        def nothing():
            done = asyncio.get_running_loop().create_future()
            done.set_result("nothing to do")
            return done

        self.closed = closed or nothing

    def query(self) -> Query[int]:
        return Query(1)

    async def close(self):
        return await self.closed()


async def closed():
    return "closed"


async def main():
    return [await Keeper().close(), await Keeper(closed).close(), await Keeper().query()]
"""


def test_a_function_that_an_attribute_holds_is_no_method_of_which_all_is_known(project: SampleProject) -> None:
    project.write("pkg/_async/makes.py", QUERIES)
    project.write("pkg/_async/keeps.py", KEEPS)
    assert project.build().ok
    expected = outcome(project, "import pkg._async.keeps as it\nprint(json.dumps(asyncio.run(it.main())))")
    assert outcome(project, "import pkg._sync.keeps as it\nprint(json.dumps(it.main()))") == expected


@pytest.mark.parametrize("stubs", [True, False])
def test_a_name_for_awaitables_of_a_type_variable_of_another_module(stubs: bool, tmp_path: Path) -> None:
    """Subscripted where it is used, so it has to stay generic; a class of another module does not look like one."""
    project = SampleProject(tmp_path)
    project.write(
        "pyproject.toml",
        f"[tool.unasync-plus]\nstubs = {str(stubs).lower()}\n"
        '[[tool.unasync-plus.package]]\nsource = "lib/aio"\ntarget = "lib/sync"\n',
    )
    for name in ("lib/__init__.py", "lib/aio/__init__.py"):
        project.write(name)
    project.write(
        "lib/aio/kinds.py", 'from typing import TypeVar\n\nReturned = TypeVar("Returned")\n\n\nclass T: ...\n'
    )
    project.write("lib/aio/handed.py", "from .kinds import Returned as Returned\n")
    project.write(
        "lib/aio/names.py",
        "from typing import Awaitable\n\nfrom . import kinds\nfrom .handed import Returned\nfrom .kinds import T\n\n"
        "Coro = Awaitable[Returned]\nMore = Awaitable[kinds.Returned]\nThing = Awaitable[T]\n",
    )
    project.write(
        "lib/aio/user.py", "from .names import Coro\n\n\nasync def run(it: Coro[int]) -> int:\n    return await it\n"
    )
    assert not any(item.is_error for item in project.build().diagnostics)
    text = (tmp_path / "lib/sync/names.py").read_text()
    assert text.endswith("Coro = Annotated[Returned, ...]\nMore = Annotated[kinds.Returned, ...]\nThing = T\n")
    subprocess.run([sys.executable, "-c", "from lib.sync.user import run; run(1)"], cwd=tmp_path, check=True)


SAYS_TEXT = """\
import asyncio

FOUND = asyncio.Queue()

from elsewhere import Moved, models


class Client:
    async def _where(self, path: str) -> str:
        try:
            await self.get(path)
        except Moved as moved:
            location = moved.response.headers.get("location")
            assert location is not None
            return location
        return path

    async def page(self, path: "str | None" = None) -> "models.Page":
        if path:
            path = await self._where(path)
        page = models.Page(self, path=path)
        return page

    async def get(self, path: str) -> object:
        return await self._send(path)

    async def soon(self) -> object:
        coro = self.get("/")
        return await coro
"""


def test_what_is_said_to_be_text_is_no_coroutine() -> None:
    """``headers.get`` could be `Client.get`, for all that is known; what `_where` gives is text, though."""
    unsaid = SAYS_TEXT.replace(" -> str", "").replace(': "str | None"', "")
    assert "UA330" in {item.code for item in transpile(unsaid).diagnostics}
    assert "UA330" not in {item.code for item in transpile(SAYS_TEXT).diagnostics}
