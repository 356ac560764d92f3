"""What the rest of the project says about a name: modules that hand foreign names on, and sync names that are nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import TABLE, SampleProject, codes, empty_project, sync

TYPING = """\
import asyncio
from asyncio import Lock
from collections.abc import (
    AsyncIterator as AsyncIterator,
    Awaitable as Awaitable,
    Callable as Callable,
    Iterator as Iterator,
)
"""
COMPAT = """\
from asyncio import Event as Signal
from asyncio import Lock, TimeoutError
from collections.abc import Awaitable

__all__ = ["Awaitable", "Lock", "Signal", "TimeoutError"]
"""
CLIENT = """\
from .. import _typing as t
from .._names import sleep
from .._typing import AsyncIterator, asyncio
from ._compat import Awaitable, Lock, Signal, TimeoutError


class AsyncThing:
    def __init__(self) -> None:
        self._lock = Lock()
        self._other = t.Lock()
        self._signal = Signal()

    async def items(self) -> t.AsyncIterator[int]:
        async with self._lock, self._other:
            yield 1

    async def more(self, hook: "t.Callable[[], t.Awaitable[int]]", other: Awaitable[int]) -> AsyncIterator[int]:
        await sleep(0)
        await asyncio.sleep(1)
        try:
            yield await hook()
        except TimeoutError:
            await self._signal.wait()
"""
SYNC_CLIENT = """\
import threading
import time

from .. import _typing as t
from .._typing import Iterator
from ._compat import Lock, Signal


class Thing:
    def __init__(self) -> None:
        self._lock = Lock()
        self._other = threading.Lock()
        self._signal = Signal()

    def items(self) -> t.Iterator[int]:
        with self._lock, self._other:
            yield 1

    def more(self, hook: "t.Callable[[], int]", other: int) -> Iterator[int]:
        time.sleep(1)
        try:
            yield hook()
        except TimeoutError:
            self._signal.wait()
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    return empty_project(tmp_path)


def test_names_that_are_handed_on_mean_what_they_stand_for(project: SampleProject) -> None:
    project.write("src/pkg/_typing.py", TYPING)
    project.write("src/pkg/_names.py", "from ._more import sleep\n")
    project.write("src/pkg/_more.py", "from asyncio import sleep\n")
    project.write("src/pkg/_async/_compat.py", COMPAT)
    project.write("src/pkg/_async/client.py", CLIENT)
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "client") == SYNC_CLIENT
    assert "from builtins import TimeoutError\n" in sync(project, "_compat")
    assert "from threading import Event as Signal, Lock\n" in sync(project, "_compat")


ALIASES = """\
import asyncio
import contextlib as c

sleep = asyncio.sleep
Lock: type = asyncio.Lock  # of this loop
manager = c.asynccontextmanager


def local():
    other = asyncio.sleep
    return other
"""
USER_OF_ALIASES = """\
from .. import _compat
from .._compat import Lock, sleep


async def run():
    async with Lock():
        await sleep(1)
        await _compat.sleep(2)


@_compat.manager
async def managed():
    yield
"""
SYNC_USER_OF_ALIASES = """\
import contextlib
import time
from threading import Lock
from time import sleep


def run():
    with Lock():
        sleep(1)
        time.sleep(2)


@contextlib.contextmanager
def managed():
    yield
"""


def test_others_have_packages_in_the_same_namespace(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE.replace("src/pkg", "ns/pkg"))
    project.write("ns/pkg/__init__.py")
    project.write("ns/pkg/base.py", "class AsyncBase: ...\n\n\nclass Base: ...\n")
    project.write("ns/pkg/_async/__init__.py")
    lines = [
        "from ns.core import fetch",
        "from ns.core.aio_retry import AsyncRetry",
        "from ns.pkg.base import AsyncBase",
    ]
    project.write("ns/pkg/_async/client.py", "\n".join([*lines, "", "retry = AsyncRetry(AsyncBase)", ""]))
    report = project.build()
    text = "ns.core.aio_retry.AsyncRetry sounds asynchronous, and stays as it is: nothing says what it is in sync code"
    assert [(item.code, item.message) for item in report.diagnostics] == [("UA907", text)]
    assert "from ns.pkg.base import Base\n" in project.read("ns/pkg/_sync/client.py")
    project.write("ns/pkg/_async/client.py", f"{lines[0]}\n\n\nasync def f():\n    await fetch()\n")
    assert codes(project.build()) == {"UA904"}


def test_aliases_mean_what_they_stand_for(project: SampleProject) -> None:
    project.write("src/pkg/_compat.py", ALIASES)
    project.write("src/pkg/_async/client.py", USER_OF_ALIASES)
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "client") == SYNC_USER_OF_ALIASES


GATHERED = """\
import asyncio
import sys
from asyncio import Lock, create_task, gather

if sys.version_info >= (3, 11):
    from asyncio import timeout
else:
    from async_timeout import timeout

in_thread = asyncio.to_thread
"""
GATHERING = """\
from ._compat import Lock, create_task, in_thread, timeout


async def main():
    async with Lock(), timeout(1):
        task = create_task(in_thread(pow, 2, 3))
        return await task
"""


def test_names_for_which_there_are_only_rules_are_not_handed_on(project: SampleProject) -> None:
    project.write("src/pkg/_async/_compat.py", GATHERED)
    project.write("src/pkg/_async/client.py", GATHERING)
    report = project.build()
    assert report.ok, report.errors
    compat = sync(project, "_compat")
    assert "from threading import Lock\n" in compat
    assert "in_thread = interruptible\n" in compat
    assert not any(word in compat for word in ("asyncio", "timeout", "create_task", "gather", "sys"))
    assert "        task = create_task(pow, 2, 3)\n" in sync(project, "client")


@pytest.mark.parametrize(
    "more", ['__all__ = ["create_task"]\n', "try:\n    create_task\nexcept NameError:\n    create_task = None\n"]
)
def test_but_refused_where_something_else_may_ask_for_them(project: SampleProject, more: str) -> None:
    project.write("src/pkg/_async/_compat.py", f"from asyncio import create_task\n\n{more}")
    project.build()
    assert not (project.root / "src/pkg/_sync/_compat.py").exists()


def test_marks_of_pytest_that_another_module_keeps_go_as_they_do_there(project: SampleProject) -> None:
    project.write("src/pkg/_async/conftest.py", "import pytest\n\naio = pytest.mark.asyncio\nslow = pytest.mark.slow\n")
    project.write(
        "src/pkg/_async/client.py", "from .conftest import aio, slow\n\n\n@aio\n@slow\nasync def test():\n    pass\n"
    )
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "conftest") == "import pytest\n\nslow = pytest.mark.slow\n"
    assert sync(project, "client") == "from .conftest import slow\n\n\n@slow\ndef test():\n    pass\n"


def test_the_handing_module_is_part_of_what_the_output_depends_on(project: SampleProject) -> None:
    project.write("src/pkg/_names.py", "from asyncio import Event as Thing\n")
    project.write("src/pkg/_async/client.py", "from .._names import Thing\n\nthing = Thing()\n")
    project.build()
    assert sync(project, "client") == "from threading import Event\n\nthing = Event()\n"
    project.write("src/pkg/_names.py", "from asyncio import Lock as Thing\n")
    assert not project.check().ok
    project.build()
    assert sync(project, "client") == "from threading import Lock\n\nthing = Lock()\n"


def test_a_foreign_name_without_a_sync_meaning_is_refused_whoever_hands_it_on(project: SampleProject) -> None:
    project.write("src/pkg/_names.py", "from asyncio import eager_task_factory\n")
    project.write("src/pkg/_async/client.py", "from .._names import eager_task_factory\n\nprint(eager_task_factory)\n")
    report = project.build()
    assert not report.ok
    assert not (project.root / "src/pkg/_sync/client.py").exists()


@pytest.mark.parametrize(
    "settings",
    ['rename = { Event = "Sign" }', 'replace = { "pkg._names.Event" = "pkg._names.Sign" }'],
)
def test_the_configuration_comes_first(project: SampleProject, settings: str) -> None:
    project.write("pyproject.toml", f"{TABLE}{settings}\n")
    project.write("src/pkg/_names.py", "from asyncio import Event\n")
    project.write("src/pkg/_async/client.py", "from .._names import Event\n\nevent = Event()\n")
    assert project.build().ok
    assert sync(project, "client") == "from .._names import Sign\n\nevent = Sign()\n"


def test_a_sync_twin_beside_the_name_is_taken(project: SampleProject) -> None:
    project.write(
        "src/pkg/_http.py", "from httpx import AsyncClient\nimport httpx\n\nclass Client(httpx.Client): ...\n"
    )
    project.write("src/pkg/_async/api.py", "from .._http import AsyncClient\n\nclient = AsyncClient()\n")
    assert project.build().ok
    assert sync(project, "api") == "from .._http import Client\n\nclient = Client()\n"


def test_a_new_name_that_nothing_defines_is_told(project: SampleProject) -> None:
    project.write("src/pkg/util.py", "class AsyncUtil:\n    is_async = True\n\n\nclass Util:\n    is_async = False\n")
    project.write("src/pkg/_async/client.py", "from ..util import AsyncUtil\n\nprint(AsyncUtil.is_async_code)\n")
    assert not project.build().diagnostics, "nothing defines is_async_code: it is not renamed"
    project.write(
        "src/pkg/util.py", "class AsyncUtil:\n    is_async_code = True\n\n\nclass Util:\n    is_async_code = False\n"
    )
    report = project.build()
    assert codes(report) == {"UA908"}
    assert [(item.line, item.path) for item in report.diagnostics] == [(3, "src/pkg/_async/client.py")]
    project.write("pyproject.toml", f'{TABLE}naming = {{ keep = ["is_async_code"] }}\n')
    assert not project.build().diagnostics
    assert "print(Util.is_async_code)" in sync(project, "client")


BASE = """\
class Base:
    def __init__(self, async_handlers=True, {also}):
        self.async_handlers = async_handlers
        self.{attribute} = {{}}
"""
USER = """\
from ..base import Base


class AsyncServer(Base):
    def __init__(self, async_handlers=True):
        super().__init__(async_handlers=async_handlers)

    async def run(self):
        return self.async_handlers
"""


@pytest.mark.parametrize(("also", "attribute"), [("other=None", "handlers"), ("handlers=None", "other")])
def test_a_name_whose_sync_name_stands_beside_it_for_something_else(
    also: str, attribute: str, project: SampleProject
) -> None:
    project.write("src/pkg/base.py", BASE.format(also=also, attribute=attribute))
    project.write("src/pkg/_async/server.py", USER)
    report = project.build()
    text = "async_handlers becomes handlers, which stands beside it outside of the async source"
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [("UA908", 5, text)]
    project.write("pyproject.toml", f'{TABLE}naming = {{ keep = ["async_handlers"] }}\n')
    assert not project.build().diagnostics
    assert "return self.async_handlers\n" in sync(project, "server")
    project.write("pyproject.toml", f'{TABLE}rename = {{ async_handlers = "handlers" }}\n')
    assert not project.build().diagnostics


def test_a_sync_name_counts_where_the_asynchronous_one_is_defined(project: SampleProject) -> None:
    project.write("src/pkg/base.py", "class Base:\n    async_mode = 1\n")
    project.write("src/pkg/other.py", "class Other:\n    mode = 1\n")
    text = "from ..base import Base\n\n\nclass AsyncServer(Base):\n    async def run(self):\n        return self.async_mode\n"
    project.write("src/pkg/_async/server.py", text)
    report = project.build()
    text = "async_mode is defined outside of the async source, and nothing there defines mode"
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [("UA908", 6, text)]


def test_a_module_that_has_no_sync_twin_of_what_is_imported_from_it_is_told(project: SampleProject) -> None:
    project.write("src/pkg/aio_config.py", "class AsyncConfig: ...\n")
    project.write("src/pkg/config.py", "class Config: ...\n")
    project.write("src/pkg/_async/client.py", "from ..aio_config import AsyncConfig\n\nconfig = AsyncConfig()\n")
    report = project.build()
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [
        ("UA908", 1, "AsyncConfig becomes Config, which pkg.aio_config does not have")
    ]
    project.write("pyproject.toml", f'{TABLE}replace = {{ "pkg.aio_config.AsyncConfig" = "pkg.config.Config" }}\n')
    assert not project.build().diagnostics
    assert sync(project, "client") == "from ..config import Config\n\nconfig = Config()\n"


def test_what_is_missing_and_of_which_nothing_is_left_is_not_told(project: SampleProject) -> None:
    project.write("pyproject.toml", f'{TABLE}rewrite = {{ "pkg.util.ensure_async($f, $$a)" = "$f($$a)" }}\n')
    project.write("src/pkg/util.py", "async def ensure_async(f, *args): ...\n")
    call = "from ..util import ensure_async\n\n\nasync def run(f):\n    await ensure_async(f, 1)\n"
    project.write("src/pkg/_async/client.py", call)
    assert not project.build().diagnostics
    assert sync(project, "client") == "\n\ndef run(f):\n    f(1)\n"
    project.write("src/pkg/_async/client.py", call + "    return ensure_async\n")
    assert [(item.code, item.line) for item in project.build().diagnostics] == [("UA908", 1)]


@pytest.mark.parametrize(
    "text", ["from .config import Config\n", "from .config import *\n", "def __getattr__(name): ...\n"]
)
def test_a_module_that_may_have_the_sync_twin_is_believed(project: SampleProject, text: str) -> None:
    project.write("src/pkg/both.py", f"{text}\n\nclass AsyncConfig: ...\n")
    project.write("src/pkg/_async/client.py", "from ..both import AsyncConfig\n\nconfig = AsyncConfig()\n")
    assert not project.build().diagnostics


def test_a_library_that_has_a_table_and_is_the_project_itself(project: SampleProject) -> None:
    """pymongo is known to its users; in its own tests its modules go where its configuration says."""
    for path in ("pymongo/__init__.py", "pymongo/asynchronous/__init__.py", "tests/asynchronous/__init__.py"):
        project.write(path)
    project.write("pymongo/asynchronous/resolver.py", "class Resolver:\n    async def hosts(self) -> None: ...\n")
    text = '@patch("pymongo.asynchronous.resolver.Resolver.hosts")\nasync def test(hosts): ...\n'
    project.write("tests/asynchronous/test_it.py", f"from unittest.mock import patch\n\n\n{text}")
    pairs = {"pymongo/asynchronous": "pymongo/synchronous", "tests/asynchronous": "tests"}
    tables = [f'[[tool.unasync-plus.package]]\nsource = "{old}"\ntarget = "{new}"\n' for old, new in pairs.items()]
    project.write("pyproject.toml", "[tool.unasync-plus]\nstubs = false\n" + "".join(tables))
    assert project.build().ok
    assert '@patch("pymongo.synchronous.resolver.Resolver.hosts")\n' in project.read("tests/test_it.py")


def test_paths_that_are_put_together(tmp_path: Path) -> None:
    """Only a part that stands alone cannot be told from any other word."""
    project = SampleProject(tmp_path)
    project.write(
        "unasync-plus.toml",
        'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n'
        '[[package]]\nsource = "tests/_async"\ntarget = "tests/_sync"\n',
    )
    for name in ("pkg/__init__.py", "pkg/_async/__init__.py"):
        project.write(name)
    project.write("pkg/_async/client.py", "async def fetch(): ...\n")
    project.write(
        "tests/_async/test_it.py",
        "from unittest.mock import patch\n\n\nasync def test_it(name):\n"
        '    patch("pkg._async.client.{}".format(name))\n'
        '    patch(f"pkg._async.{name}")\n'
        '    patch("pkg.%s.client.fetch" % "_async")\n'
        '    patch("pkg." + "_async" + ".client")\n'
        '    patch("pkg.{}".format(name))\n',
    )
    report = project.build()
    assert [(item.line, item.code) for item in report.diagnostics] == [(7, "UA405"), (8, "UA405")]
    text = project.read("tests/_sync/test_it.py")
    assert '"pkg._sync.client.{}".format(name)' in text
    assert 'f"pkg._sync.{name}"' in text


def test_a_module_is_no_name_without_a_twin(tmp_path: Path) -> None:
    """Another file gives what it imports the name of the module, which says nothing of the module."""
    project = SampleProject(tmp_path)
    project.write("unasync-plus.toml", 'stubs = false\n[[package]]\nsource = "pkg/_async"\ntarget = "pkg/_sync"\n')
    for name in ("async_connections", "connections"):
        project.write(f"pkg/{name}.py", "def get(): ...\n")
    project.write("conftest.py", "from pkg.async_connections import get as async_connections\n")
    project.write(
        "pkg/_async/client.py", "from ..async_connections import get\n\n\nasync def fetch():\n    return get()\n"
    )
    for name in ("pkg/__init__.py", "pkg/_async/__init__.py"):
        project.write(name)
    assert codes(project.build()) == set()
    assert "from ..connections import get" in project.read("pkg/_sync/client.py")
