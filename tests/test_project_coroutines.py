"""Asynchronous functions of the project that are not converted: sync code that uses them is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import TABLE, SampleProject, codes, empty_project, sync

RPC = """\
from contextlib import asynccontextmanager

from anyio.from_thread import run_sync


async def kill(pid): ...


async def chunks(data):
    yield data


@asynccontextmanager
async def opened(path):
    yield path


@run_sync
async def ping(): ...


def pid(): ...


end = kill
perhaps = pid if pid() else kill

if pid():

    async def either(): ...

else:

    def either(): ...


class Base:
    async def close(self): ...

    async def ping(self): ...

    def __aiter__(self): ...


class Client(Base):
    async def __aenter__(self): ...

    async def __aexit__(self, *details): ...

    async def send(self, data): ...

    def ping(self): ...


def connect() -> Client: ...


def opens(x):
    if x:
        return Client(x)
    return Client()


def perhaps_opens(x):
    return Client() if x else None


class Names:
    kill = kill
    Client = Client


class Both(Client):
    def __enter__(self): ...

    def __exit__(self, *details): ...
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = empty_project(tmp_path)
    project.write("src/pkg/rpc.py", RPC)
    project.write("src/pkg/api.py", "from .rpc import kill as stop\nfrom . import rpc\n")
    return project


@pytest.mark.parametrize(
    ("imports", "use"),
    [
        ("from ..rpc import kill", "return await kill(x)"),
        ("from ..rpc import kill as k", "return [await k(y) for y in x]"),
        ("from pkg import rpc", "return await rpc.kill(x)"),
        ("import pkg.rpc", "return await pkg.rpc.kill(x)"),
        ("import pkg.rpc as r", "return await r.kill(x)"),
        ("from ..api import stop", "return await stop(x)"),
        ("from ..rpc import kill", "return lambda: kill(x)"),
        ("from ..rpc import kill", "return {'hooks': [kill]}"),
        ("from ..rpc import end", "return await end(x)"),
        ("from ..rpc import perhaps", "return await perhaps(x)"),
        ("from ..rpc import chunks", "return [y async for y in chunks(x)]"),
        ("from ..rpc import opened", "async with opened(x) as y:\n        return y"),
        ("from ..rpc import Client", "client = Client()\n    return await client.send(x)"),
        ("from ..rpc import Client", "client = Client()\n    return await client.close()"),
        ("from ..rpc import Client", "return await Client.send(x, 1)"),
        ("from ..rpc import Client", "async with Client() as y:\n        return y"),
        ("from ..rpc import Client", "y = Client()\n    async with y:\n        return y"),
        ("from ..rpc import Both", "async for y in Both():\n        return y"),
        ("from ..rpc import Names", "return await Names.kill(x)"),
        ("from ..rpc import Names", "return {'hooks': [Names.kill]}"),
        ("from ..rpc import Names", "async with Names.Client() as y:\n        return y"),
        ("from ..rpc import connect", "async with connect() as y:\n        return y"),
        ("from .. import rpc", "async for y in rpc.opens(x):\n        return y"),
    ],
)
def test_what_only_async_code_can_use(imports: str, use: str, project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", f"{imports}\n\n\nasync def f(x):\n    {use}\n")
    report = project.build()
    assert codes(report) == {"UA912"}, [one.message for one in report.diagnostics]
    assert [one.line for one in report.errors] == [6 if " = " in use else 5]
    assert not (project.root / "src/pkg/_sync/client.py").exists()


@pytest.mark.parametrize(
    ("imports", "use"),
    [
        ("from ..rpc import ping", "return await ping(x)"),
        ("from ..rpc import either", "return await either()"),
        ("from ..rpc import pid", "return pid()"),
        ("from ..rpc import kill", "return x is kill"),
        ("from ..rpc import Client", "client = Client()\n    return client.ping()"),
        ("from ..rpc import Client", "return isinstance(x, Client)"),
        ("from ..rpc import Both", "async with Both() as y:\n        return y"),
        ("from ..rpc import connect", "return connect()"),
        ("from ..rpc import Names", "return isinstance(x, Names.Client)"),
    ],
)
def test_what_sync_code_can_use(imports: str, use: str, project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", f"{imports}\n\n\nasync def f(x):\n    {use}\n")
    report = project.build()
    assert not report.diagnostics, [one.message for one in report.diagnostics]


DEFAULT = """\
from ..rpc import AsyncBackend, AutoBackend


class AsyncPool:
    def __init__(self, backend: AsyncBackend | None = None):
        self._backend: AsyncBackend = AutoBackend() if backend is None else backend

    async def connect(self):
        return await self._backend.connect()
"""


def test_what_stays_stands_behind_an_annotation_that_does_not(project: SampleProject) -> None:
    classes = "\n".join(f"class {name}Backend:\n    async def connect(self): ..." for name in ("Async", "Auto"))
    project.write("src/pkg/rpc.py", f"{classes}\nclass Backend:\n    def connect(self): ...\n")
    project.write("src/pkg/_async/client.py", DEFAULT)
    assert [(one.code, one.line) for one in project.build().errors] == [("UA912", 9)]


SUBCLASS = """\
from ..rpc import Client


class AsyncUser(Client):
    async def send(self, data): ...

    async def run(self):
        await self.send(1)
        await self.close()
"""


def test_what_a_class_inherits(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", SUBCLASS)
    report = project.build()
    assert [(one.code, one.line) for one in report.errors] == [("UA912", 9)]


@pytest.mark.parametrize(
    "table",
    [
        'rename = { kill = "end" }\n',
        'replace = { "pkg.rpc.kill" = "pkg.other.end" }\n',
        'leave = ["pkg.rpc"]\n',
        'rewrite = { "pkg.rpc.kill($x)" = "end($x)" }\n',
        'mode = "auto"\n',
    ],
)
def test_ways_out(table: str, project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE.replace("stubs = false\n", f"stubs = false\n{table}"))
    project.write("src/pkg/_async/client.py", "from ..rpc import kill\n\n\nasync def f(x):\n    return await kill(x)\n")
    report = project.build()
    assert report.ok, [one.message for one in report.diagnostics]
    assert ("return kill(x)" in sync(project, "client")) is ("leave" in table)
    assert ("UA909" in codes(report)) is ("leave" in table)
