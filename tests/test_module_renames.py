"""Modules outside of the async sources: those that have a sync twin beside them, and those that `rename` names."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import TABLE, SampleProject, codes, empty_project, sync

TRANSPORT = "TIMEOUT = 5\n\n\nclass Transport:\n    async def get(self): ...\n\n\ndef helper(): ...\n"
TWIN = "TIMEOUT = 5\n\n\nclass Transport:\n    def get(self): ...\n"
CLIENT = """\
import pkg.io.transport_async
from pkg.io import transport_async
from ..io.transport_async import TIMEOUT, Transport
from pkg.io import transport_async as other


async def get():
    await pkg.io.transport_async.Transport().get()
    await transport_async.Transport().get()
    return await Transport().get(), other.TIMEOUT, TIMEOUT
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = empty_project(tmp_path)
    project.write("src/pkg/io/__init__.py")
    project.write("src/pkg/io/transport_async.py", TRANSPORT)
    project.write("src/pkg/io/transport.py", TWIN)
    return project


def test_the_sync_twin_of_a_module_takes_its_place(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", CLIENT)
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "client") == (
        CLIENT.replace("transport_async", "transport").replace("async def", "def").replace("await ", "")
    )


def test_in_text_too(project: SampleProject) -> None:
    project.write(
        "src/pkg/_async/client.py",
        'from unittest import mock\n\n\n@mock.patch("pkg.io.transport_async.Transport.get")\nasync def f(get): ...\n'
        "\n\nfrom pkg.io.transport_async import Transport\n",
    )
    assert project.build().ok
    assert '@mock.patch("pkg.io.transport.Transport.get")\n' in sync(project, "client")


def test_what_the_twin_lacks_is_taken_from_where_it_is(project: SampleProject) -> None:
    project.write(
        "src/pkg/_async/client.py", "from ..io.transport_async import Transport, helper\n\nhelper(Transport)\n"
    )
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "client") == (
        "from ..io.transport import Transport\nfrom ..io.transport_async import helper\n\nhelper(Transport)\n"
    )


def test_a_module_is_not_exchanged_as_a_whole_for_one_that_lacks_something(project: SampleProject) -> None:
    text = "from ..io import transport_async\n\ntransport_async.helper(transport_async.TIMEOUT)\n"
    project.write("src/pkg/_async/client.py", text)
    assert project.build().ok
    assert sync(project, "client") == text


@pytest.mark.parametrize("setting", ["naming = { snake = false }", 'naming = { keep = ["transport_async"] }'])
def test_but_not_against_the_convention(setting: str, project: SampleProject) -> None:
    project.write("pyproject.toml", f"{TABLE}{setting}\n")
    text = "from ..io.transport_async import TIMEOUT\n\nprint(TIMEOUT)\n"
    project.write("src/pkg/_async/client.py", text)
    assert project.build().ok
    assert sync(project, "client") == text


def test_a_twin_that_comes_and_goes(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", "from ..io.transport_async import TIMEOUT\n\nprint(TIMEOUT)\n")
    project.build()
    assert "from ..io.transport import" in sync(project, "client")
    (project.root / "src/pkg/io/transport.py").unlink()
    assert not project.check().ok
    project.build()
    assert "from ..io.transport_async import" in sync(project, "client")


def test_rename_names_modules_whoever_has_them(project: SampleProject) -> None:
    project.write(
        "pyproject.toml", f'{TABLE}[tool.unasync-plus.package.rename]\n_aio = "_sio"\naiolib = "lib"\n"a_*" = "*"\n'
    )
    project.write("src/pkg/tools/_aio.py", "x = 1\n")
    project.write("src/pkg/tools/_sio.py", "x = 1\n")
    text = """\
import aiolib.thing
import foreign._aio.part
import a_lib
from foreign._aio import name
from ..tools._aio import x


async def f():
    return foreign._aio.part.get(name, x), aiolib.thing.a_get, a_lib.a_get
"""
    project.write("src/pkg/_async/client.py", text)
    report = project.build()
    assert report.ok and not report.diagnostics
    expected = text.replace("_aio", "_sio").replace("aiolib", "lib").replace("a_get", "get").replace("async def", "def")
    assert sync(project, "client") == expected


def test_a_module_that_rename_makes_one_that_is_not_there(project: SampleProject) -> None:
    project.write("pyproject.toml", f'{TABLE}[tool.unasync-plus.package.rename]\n_aio = "_sio"\n')
    project.write("src/pkg/tools/_aio.py", "x = 1\n")
    project.write("src/pkg/_async/client.py", "from ..tools._aio import x\n\nprint(x)\n")
    report = project.build()
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [
        ("UA908", 1, "pkg.tools._aio becomes pkg.tools._sio, and the project has no such module")
    ]


def test_a_name_that_rename_makes_a_builtin_needs_no_import(project: SampleProject) -> None:
    project.write("pyproject.toml", f'{TABLE}[tool.unasync-plus.package.rename]\nalist = "list"\nasum = "total"\n')
    project.write("src/pkg/compat.py", "async def alist(it): ...\nasync def asum(it): ...\n")
    text = """\
from .. import compat
from ..compat import alist, asum


async def f(it) -> list:
    return list(it), await alist(it), await compat.alist(it), await asum(it)
"""
    project.write("src/pkg/_async/client.py", text)
    report = project.build()
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [
        ("UA908", 2, "asum becomes total, which pkg.compat does not have")
    ]
    assert sync(project, "client") == (
        "from ..compat import total\n\n\ndef f(it) -> list:\n    return list(it), list(it), list(it), total(it)\n"
    )
    project.write("src/pkg/compat.py", "class list: ...\nasync def alist(it): ...\nasync def asum(it): ...\n")
    assert codes(project.build()) == {"UA040", "UA908"}


def test_but_not_where_sync_code_does_not_come_to(project: SampleProject) -> None:
    project.write("pyproject.toml", f'{TABLE}rename = {{ asum = "total" }}\nset = {{ _IS_SYNC = true }}\n')
    project.write("src/pkg/compat.py", "async def asum(it): ...\n")
    text = """\
_IS_SYNC = False


async def f(it):
    if _IS_SYNC:
        return sum(it)
    from ..compat import asum

    return await asum(it)
"""
    project.write("src/pkg/_async/client.py", text)
    assert not project.build().diagnostics
    project.write("src/pkg/_async/client.py", text.replace("if _IS", "if not _IS"))
    assert codes(project.build()) == {"UA908"}


def test_what_is_read_off_a_module_that_does_not_have_it_is_told(project: SampleProject) -> None:
    project.write("pyproject.toml", f'{TABLE}[tool.unasync-plus.package.rename]\nasum = "total"\n')
    project.write("src/pkg/compat.py", "async def asum(it): ...\n")
    project.write(
        "src/pkg/_async/client.py", "from .. import compat\n\n\nasync def f(it):\n    await compat.asum(it)\n"
    )
    assert [(item.code, item.line, item.message) for item in project.build().diagnostics] == [
        ("UA908", 5, "asum becomes total, which pkg.compat does not have")
    ]


def test_several_projects_below_src(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write(
        "pyproject.toml",
        TABLE.replace("src/pkg/", "src/one/src/pkg/")
        + ('[[tool.unasync-plus.package]]\nsource = "src/one/tests/_async"\ntarget = "src/one/tests/_sync"\n'),
    )
    project.write("src/one/src/pkg/__init__.py", "from ._async.client import AsyncClient\n\nclass Client: ...\n")
    project.write("src/one/src/pkg/_async/client.py", "class AsyncClient:\n    async def get(self): ...\n")
    project.write(
        "src/one/tests/_async/test_it.py",
        "from pkg import AsyncClient\nfrom pkg._async import client\n\n\nasync def test_it():\n    await AsyncClient().get()\n",
    )
    report = project.build()
    assert report.ok and not report.diagnostics
    assert project.read("src/one/tests/_sync/test_it.py").partition("\n")[2] == (
        "from pkg import Client\nfrom pkg._sync import client\n\n\ndef test_it():\n    Client().get()\n"
    )


@pytest.mark.parametrize(
    "setting",
    [
        'replace = { "pkg.compat.alist" = "builtins.list" }',
        'replace = { "pkg.compat.alist" = "list" }',
        'drop = ["pkg.compat.alist"]\nrename = { alist = "list" }',
        'rename = { alist = "list" }',
        'rewrite = { "pkg.compat.alist($x)" = "list($x)" }',
    ],
)
def test_the_ways_to_make_a_name_a_builtin(setting: str, project: SampleProject) -> None:
    project.write("pyproject.toml", f"{TABLE}{setting}\n")
    project.write("src/pkg/compat.py", "async def alist(it): ...\n")
    text = "from ..compat import alist\n\n\nasync def f(it) -> list:\n    return list(await alist(it))\n"
    project.write("src/pkg/_async/client.py", text)
    report = project.build()
    assert report.ok and not report.diagnostics
    assert sync(project, "client").lstrip() == "def f(it) -> list:\n    return list(list(it))\n"


def test_an_output_that_would_import_from_itself_is_refused(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE.replace("src/pkg/_sync", "src/pkg").replace("src/pkg/_async", "src/pkg/aio"))
    project.write("src/pkg/queue.py", "class Queue: ...\n")
    project.write("src/pkg/aio/queue.py", "from pkg.queue import Queue\n\n\nasync def get(): ...\n")
    report = project.build(force=True)
    assert [(item.code, item.line, item.message) for item in report.diagnostics] == [
        ("UA913", 1, "Queue would be imported from pkg.queue, which is what this file becomes")
    ]
    assert project.read("src/pkg/queue.py") == "class Queue: ...\n"
    text = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from pkg.queue import Queue\n\n\n"
    project.write(
        "src/pkg/aio/queue.py", text + "async def get():\n    from pkg.queue import other\n    return other\n"
    )
    assert project.build(force=True).ok


def test_what_no_file_of_the_project_defines_and_sounds_asynchronous_is_told(project: SampleProject) -> None:
    project.write("src/pkg/made.py", "import sys\n\nsys.modules[__name__] = sys\n")
    project.write("src/pkg/_async/client.py", "from ..made import AsyncThing\n\n\nclass Client(AsyncThing): ...\n")
    assert [(item.code, item.line) for item in project.build().diagnostics] == [("UA907", 4)]
    project.write("pyproject.toml", f'{TABLE}rename = {{ "Async*" = "*" }}\n')
    assert not project.build().diagnostics
    assert sync(project, "client") == "from ..made import Thing\n\n\nclass Client(Thing): ...\n"


def test_a_module_gets_the_name_of_one_that_lacks_what_is_taken(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + RENAMED)
    project.write("src/pkg/transports/__init__.py")
    project.write("src/pkg/transports/grpc_asyncio.py", "class AsyncTransport: ...\n")
    project.write("src/pkg/transports/grpc.py", "class Transport: ...\n")
    project.write(
        "src/pkg/_async/client.py",
        "from pkg.transports import grpc_asyncio as transports\nfrom pkg.transports.grpc_asyncio import AsyncTransport\n\n"
        "async def connect():\n    return transports.AsyncTransport(), AsyncTransport()\n",
    )
    told = [(item.code, item.line, item.message) for item in project.build().diagnostics]
    text = "AsyncTransport would be taken from pkg.transports.grpc, which does not have it"
    assert told == [("UA908", 2, text), ("UA908", 5, text)]


RENAMED = """\
[tool.unasync-plus.rename]
"grpc_asyncio" = "grpc"
"AsyncTransport" = "AsyncTransport"
"""
