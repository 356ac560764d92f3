"""Sync counterparts that stand beside what is asynchronous, in modules that are not converted: told, and proposed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from project import SampleProject, empty_project

from unasync_plus import api
from unasync_plus.resolve.counterparts import counterparts

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HELPERS = {
    "src/pkg/sse.py": "async def aiter_events(): yield 1\ndef iter_events(): yield 1\nasync def alone(): ...\n",
    "src/pkg/backend.py": (
        "class SyncKind: ...\nclass AsyncKind: ...\nCLIENT_TYPES = (SyncKind,)\nASYNC_CLIENT_TYPES = (AsyncKind,)\n"
    ),
    "src/pkg/client.py": "\n",
    "src/pkg/client_async.py": "def get_api(): ...\n",
    "src/pkg/client_sync.py": "def get_api(): ...\n",
    "src/pkg/base.py": "class Base:\n    async def request_async(self): ...\n    def request_sync(self): ...\n",
}
SOURCE = """\
from pkg.backend import ASYNC_CLIENT_TYPES, AsyncKind
from pkg.base import Base
from pkg.client_async import get_api
from pkg.sse import aiter_events


class Client(Base):
    kind: AsyncKind

    async def events(self):
        if isinstance(get_api(), ASYNC_CLIENT_TYPES):
            await self.request_async()
        async for event in aiter_events():
            yield event
"""
SYNC = """\
from pkg.backend import CLIENT_TYPES, SyncKind
from pkg.base import Base
from pkg.client_sync import get_api
from pkg.sse import iter_events


class Client(Base):
    kind: SyncKind

    def events(self):
        if isinstance(get_api(), CLIENT_TYPES):
            self.request_sync()
        for event in iter_events():
            yield event
"""
RENAMES = {
    "ASYNC_CLIENT_TYPES": "CLIENT_TYPES",
    "AsyncKind": "SyncKind",
    "aiter_events": "iter_events",
    "client_async": "client_sync",
    "request_async": "request_sync",
}


@pytest.fixture
def helped(tmp_path: Path) -> SampleProject:
    """A source that uses modules beside it, which have a sync side each."""
    project = empty_project(tmp_path)
    for path, text in HELPERS.items():
        project.write(path, text)
    project.write("src/pkg/_async/client.py", SOURCE)
    return project


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("aiter_events", "iter_events"),
        ("_araise", "_raise"),
        ("__aenter__", "__enter__"),
        ("AsyncClientType", "ClientType"),
        ("ASYNC_TYPES", "TYPES"),
        ("make_async_request", "make_request"),
        ("a_get", "get"),
        ("asyncio", "sync"),
    ],
)
def test_likeliest_name(name: str, first: str) -> None:
    assert next(counterparts(name)) == first


def test_other_names() -> None:
    assert "sync_detailed" in counterparts("asyncio_detailed")
    assert "SyncClient" in counterparts("AsyncClient")
    assert "request_sync" in counterparts("request")
    assert "_" not in counterparts("_a")
    assert all(new.isidentifier() and new != "a1" for new in counterparts("a1"))


def test_messages_say_what_stands_beside(helped: SampleProject) -> None:
    said = {(item.code, item.line, item.help.partition(" in `rename`")[0]) for item in helped.build().diagnostics}
    assert said == {
        ("UA907", 11, 'say "ASYNC_CLIENT_TYPES" = "CLIENT_TYPES"'),
        ("UA907", 11, 'say "client_async" = "client_sync"'),
        ("UA908", 1, 'pkg.backend has SyncKind: if that is meant, say "AsyncKind" = "SyncKind"'),
        ("UA908", 12, 'pkg.base.Base has request_sync: if that is meant, say "request_async" = "request_sync"'),
        (
            "UA912",
            13,
            'pkg.sse has iter_events: if that is its counterpart, say "aiter_events" = "iter_events"',
        ),
    }


def test_nothing_is_said_of_what_may_stay(helped: SampleProject) -> None:
    names = ", ".join(f'"pkg.{name}"' for name in ("backend", "base", "client_async", "sse"))
    helped.write(
        "pyproject.toml", helped.read("pyproject.toml").replace("stubs = false", f"stubs = false\nleave = [{names}]")
    )
    assert not {item.code for item in helped.build().diagnostics} & {"UA907", "UA912"}


def test_init_proposes_them(helped: SampleProject) -> None:
    (helped.root / "pyproject.toml").unlink()
    helped.write("src/pkg/_sync/__init__.py")
    assert _init(helped.root)["rename"] == RENAMES
    report = helped.build(force=True)
    assert {item.code for item in report.diagnostics} == {"UA800"}, [item.message for item in report.diagnostics]
    assert helped.read("src/pkg/_sync/client.py").endswith(SYNC)


def test_init_proposes_no_name_with_two_meanings(helped: SampleProject) -> None:
    (helped.root / "pyproject.toml").unlink()
    helped.write("src/pkg/other.py", "async def aiter_events(): yield 1\ndef aiter_events_sync(): yield 1\n")
    helped.write("src/pkg/_async/more.py", "from pkg.other import aiter_events\n")
    assert "aiter_events" not in _init(helped.root)["rename"]


def _init(root: Path) -> dict[str, Any]:
    api.write_proposal(root, api.propose(root))
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["unasync-plus"]
    return table


def test_init_learns_names_from_the_sync_side_that_is_there(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    ours = "class Http:\n    async def aclose(self): ...\n    async def execute(self): ...\n    async def __aenter__(self): ...\n"
    project.write(
        "src/pkg/_async/http.py",
        f"{ours}\nclass AsyncPool: ...\nclass Kept: ...\nclass AsyncStays: ...\nasync def get_http(): ...\n",
    )
    theirs = (
        "class SyncHttp:\n    def close(self): ...\n    def execute_sync(self): ...\n    def __enter__(self): ...\n"
    )
    project.write(
        "src/pkg/_sync/http.py",
        f"{theirs}\nclass Pool: ...\nclass Kept: ...\nclass AsyncStays: ...\ndef get_sync_http(): ...\n",
    )
    assert _init(project.root)["rename"] == {
        "AsyncStays": "AsyncStays",
        "Http": "SyncHttp",
        "aclose": "close",
        "get_http": "get_sync_http",
    }


def test_init_takes_no_name_that_two_could_have(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/_async/http.py", "class Http: ...\nasync def f(): ...\n")
    project.write("src/pkg/_sync/http.py", "class SyncHttp: ...\nclass HttpSync: ...\n")
    assert "rename" not in _init(project.root)


def test_init_learns_which_libraries_the_sync_side_uses(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    async_side = "import os\nfrom api_async import A\nfrom api_async.errors import E\nfrom grpc.aio import X\nfrom one import B\n"
    project.write("src/pkg/_async/http.py", f"{async_side}async def f(): ...\n")
    sync_side = "import os\nfrom api import A\nfrom api.errors import E\nfrom grpc import Y\nfrom two import B\n"
    project.write("src/pkg/_sync/http.py", f"{sync_side}def f(): ...\n")
    assert _init(project.root)["replace"] == {"api_async": "api"}
    project.build(force=True)
    assert "from api import A\nfrom api.errors import E\n" in project.read("src/pkg/_sync/http.py")


def test_init_learns_the_names_that_libraries_have_in_the_sync_side(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write(
        "src/pkg/_async/a.py", "from crypt.asynchronous.auto import AsyncAuto, Plain\nasync def f(): AsyncAuto()\n"
    )
    project.write("src/pkg/_sync/a.py", "from crypt.synchronous.auto import Auto, Plain\ndef f(): Auto()\n")
    assert _init(project.root)["replace"] == {
        "crypt.asynchronous.auto": "crypt.synchronous.auto",
        "crypt.asynchronous.auto.AsyncAuto": "crypt.synchronous.auto.Auto",
    }
    project.build(force=True)
    assert "from crypt.synchronous.auto import Auto, Plain\n\n\ndef f(): Auto()\n" in project.read("src/pkg/_sync/a.py")


def test_init_learns_the_names_of_classes_in_modules_that_both_sides_use(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    text = (
        "import httpx\nimport lib\nfrom api.core import policies\nfrom api.rest import AdminAsyncClient, Same, async_run\n"
        "from authlib.integrations.httpx_client.oauth2_client import AsyncOAuth2Client as Client\n"
        "async def f(): return httpx.AsyncClient, lib.AsyncThing, policies.AsyncRetry, policies.async_x, Client\n"
    )
    sync = text.replace("async def", "def").replace("async_", "").replace("Async", "").replace("import Same", "import")
    project.write("src/pkg/_async/a.py", text)
    project.write("src/pkg/_sync/a.py", sync)
    assert _init(project.root)["replace"] == {
        "api.core.policies.AsyncRetry": "api.core.policies.Retry",
        "api.rest.AdminAsyncClient": "api.rest.AdminClient",
        "api.rest.async_run": "api.rest.run",
        "authlib.integrations.httpx_client.oauth2_client.AsyncOAuth2Client": (
            "authlib.integrations.httpx_client.oauth2_client.OAuth2Client"
        ),
        "lib.AsyncThing": "lib.Thing",
    }


def test_init_learns_constants(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/_async/a.py", "_IS_SYNC = False\nIS_ASYNC: bool = True\nDEBUG = True\nasync def f(): ...\n")
    project.write("src/pkg/_sync/a.py", "_IS_SYNC = True\nIS_ASYNC: bool = False\nDEBUG = False\ndef f(): ...\n")
    project.write("src/pkg/_async/b.py", "DEBUG = True\n")
    project.write("src/pkg/_sync/b.py", "DEBUG = True\n")
    assert _init(project.root)["set"] == {"IS_ASYNC": False, "_IS_SYNC": True}


def test_init_takes_package_files_for_twins_that_define_the_same(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/asynchronous/__init__.py", "class AsyncCase:\n    async def wait(self): ...\n")
    project.write("src/pkg/asynchronous/test_a.py", "async def f(): ...\n")
    project.write("src/pkg/__init__.py", "class Case:\n    def wait(self): ...\n")
    project.write("src/pkg/test_a.py", "def f(): ...\n")
    assert _init(project.root)["package"] == [{"source": "src/pkg/asynchronous", "target": "src/pkg"}]


def test_init_takes_the_sync_side_that_is_there_before_the_outermost_name(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("async_store/__init__.py")
    project.write("async_store/async_client.py", "class AsyncClient:\n    async def get(self): ...\n")
    project.write("async_store/sync_client.py", "class Client:\n    def get(self): ...\n")
    project.write("async_store/cache.py", "async def cached(): ...\n")
    assert _init(project.root)["package"] == [{"source": "async_store/async_*.py", "target": "async_store/sync_*.py"}]


def test_init_takes_a_file_whose_name_begins_with_aio_if_its_sync_side_is_there(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/aioapi.py", "class AsyncApi:\n    async def get(self): ...\n")
    project.write("src/pkg/api.py", "class Api:\n    def get(self): ...\n")
    project.write("src/pkg/aiostore.py", "class AsyncStore:\n    async def get(self): ...\n")
    project.write("src/pkg/store.py", "def keep(): ...\n")
    assert _init(project.root)["package"] == [{"source": "src/pkg/aioapi.py", "target": "src/pkg/api.py"}]


def test_init_leaves_out_what_the_sync_side_does_not_have(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    for name in ("client", "pool", "a", "b", "test_client", "test_pool", "test_tasks", "needed", "get_async"):
        project.write(f"src/pkg/_async/{name}.py", "from .needed import x\nasync def f(): ...\n")
    for name in ("client", "pool", "a", "b", "test_client", "test_pool", "get_sync"):
        project.write(f"src/pkg/_sync/{name}.py", "def f(): ...\n")
    assert [table.get("exclude") for table in _init(project.root)["package"]] == [["src/pkg/_async/test_tasks.py"]]


def test_init_leaves_out_what_has_another_file_in_its_place(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    for name in ("a", "b", "c"):
        project.write(f"src/pkg/_async/{name}.py", "async def f(): ...\n")
        project.write(f"src/pkg/_sync/{name}.py", "def f(): ...\n")
    project.write("src/pkg/_async/d.py", "".join(f"async def f{place}(): ...\n" for place in range(11)))
    project.write("src/pkg/_sync/d.py", "def f0(): ...\n")
    assert [table.get("exclude") for table in _init(project.root)["package"]] == [["src/pkg/_async/d.py"]]


def test_init_leaves_out_what_takes_something_from_its_own_sync_side(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/_async/base.py", "from .._sync.base import LIMIT\n\nasync def f(): ...\n")
    project.write(
        "src/pkg/_async/client.py", "from .._sync.base import LIMIT\nfrom .base import f\n\nasync def g(): ...\n"
    )
    project.write("src/pkg/_sync/base.py", "LIMIT = 1\n\ndef f(): ...\n")
    project.write("src/pkg/_sync/client.py", "from .base import LIMIT, f\n\ndef g(): ...\n")
    assert [table.get("exclude") for table in _init(project.root)["package"]] == [["src/pkg/_async/base.py"]]
    report = project.build(force=True)
    assert report.ok, [str(item) for item in report.diagnostics]


def test_init_learns_what_is_often_called_so_in_async_code(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/_async/client.py", "async def f(response):\n    # read it\n    await response.aread()\n")
    project.write("src/pkg/_sync/client.py", "def f(response):\n    # read it\n    response.read()\n")
    assert _init(project.root)["rename"] == {"aread": "read"}


def test_init_learns_names_that_are_taken_from_elsewhere(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write(
        "src/pkg/compat.py", "class AEvent: ...\nclass Event: ...\nasync def alist(x): ...\nasync def agather(): ...\n"
    )
    project.write(
        "src/pkg/_async/a.py",
        "from pkg.compat import AEvent, agather, alist\nasync def f(aconn_cls, address_of): await alist(aconn_cls)\n",
    )
    project.write(
        "src/pkg/_sync/a.py", "from pkg.compat import Event, gather\ndef f(conn_cls, ddress): list(conn_cls)\n"
    )
    names = {"AEvent": "Event", "aconn_cls": "conn_cls", "agather": "gather", "alist": "list"}
    assert _init(project.root)["rename"] == names


def test_init_learns_comments_that_mark_branches(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    text = "if True:  # ASYNC\n    import asyncio\nif False:  # SYNC:\n    x = 1\nif True:  # always\n    y = 2\n"
    project.write("src/pkg/_async/a.py", f"{text}async def f(): ...\n")
    assert _init(project.root)["directives"] == {"ASYNC": "async-branch", "SYNC:": "sync-branch"}
    project.build()
    assert project.read("src/pkg/_sync/a.py").endswith("\nx = 1\nif True:  # always\n    y = 2\ndef f(): ...\n")


def test_init_keeps_names_that_stay_in_the_sync_side(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.root / "pyproject.toml").unlink()
    project.write("src/pkg/util.py", "class Util:\n    is_async_code = False\n    async_name = 1\n")
    uses = "from pkg.util import Util\nclass {}:\n    code, name = Util.is_async_code, Util.{}\n"
    project.write("src/pkg/_async/a.py", uses.format("AsyncA", "async_name") + "    async def f(self): ...\n")
    project.write("src/pkg/_sync/a.py", uses.format("A", "name") + "    # see AsyncA\n    def f(self): ...\n")
    assert _init(project.root)["rename"] == {"is_async_code": "is_async_code"}


def test_init_leaves_the_sync_side_out_that_is_beside_the_async_one(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("pkg/__init__.py", "from pkg.client import AsyncClient, Client\n\nclient = Client()\n")
    project.write(
        "pkg/client.py",
        "class Client:\n    def get(self): ...\n\n\nclass AsyncClient:\n    async def get(self): ...\n\n"
        "    def with_resource(self, x): ...\n\n    async def with_async_resource(self, x): ...\n\n\n"
        "def collect(client): ...\n\n\nasync def async_collect(client): ...\n\n\n"
        "get = Client().get\nasync_get = AsyncClient().get\n\n\n"
        "class Base: ...\n\n\nclass AsyncBase(Base):\n    async def f(self): ...\n",
    )
    proposed = _init(tmp_path)
    table = proposed["package"][0]
    assert (table["source"], table["target"]) == ("pkg", "pkg/sync") and proposed["naming"]["keep"] == ["AsyncBase"]
    assert table["drop"] == [
        "pkg.client.AsyncClient.with_resource",
        "pkg.client.Client",
        "pkg.client.collect",
        "pkg.client.get",
    ]
    report = project.build()
    assert report.ok and {item.code for item in report.diagnostics} == {"UA800"}  # no annotations
    assert project.read("pkg/sync/__init__.py").endswith("from pkg.sync.client import Client\n\nclient = Client()\n")
    assert project.read("pkg/sync/client.py").partition("\n")[2].split() == (
        "from ..client import Base class Client: def get(self): ... def with_resource(self, x): ... "
        "def collect(client): ... get = Client().get class AsyncBase(Base): def f(self): ...".split()
    )


def test_init_takes_no_module_for_a_sync_side_from_which_the_async_one_takes_its_base(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("pkg/__init__.py", "")
    project.write("pkg/aio/__init__.py", "from .bus import Bus\n")
    project.write("pkg/aio/bus.py", "from ..bus import Base\n\nclass Bus(Base):\n    async def call(self): ...\n")
    project.write("pkg/bus.py", "class Base:\n    def call(self): ...\n")
    assert [(table["source"], table["target"]) for table in _init(tmp_path)["package"]] == [("pkg/aio", "pkg/sync")]
    assert project.build().ok
