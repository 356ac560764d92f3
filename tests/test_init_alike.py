"""What `init` learns where the functions of a project are written alike in its async and its sync side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import tomllib
from project import SampleProject

from unasync_plus import api

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

COMPAT = """\
def ensure_async(f, *args): ...
def run_async(coro): ...
def current_task_name(): ...
def current_thread_name(): ...
def skip_sync(f): ...
def skip_async(f): ...
def traced(f): ...
"""
ASYNC = """\
from ..compat import current_task_name, ensure_async, run_async, skip_async, skip_sync, traced


class AsyncPool:
    def __init__(self, conninfo, hook):
        self.conninfo, self.init_lock = conninfo, None

    @traced
    async def wait(self, event, timeout):
        async with self.init_lock:
            if not await event.wait_timeout(timeout):
                print(current_task_name())

    async def resolve(self):
        await ensure_async(self.conninfo, self, 1)
        return await ensure_async(self.conninfo)

    def start(self):
        return run_async(self.resolve())

    async def aclose(self):
        await self.wait(None, 1)
        self.count_of_tasks()


@skip_sync
async def test_cancel(acommands, params):
    assert await acommands.popall()


@skip_async
async def test_property(acommands, aclient_params):
    assert acommands.popall() == aclient_params
"""
SYNC = """\
from ..compat import current_thread_name, skip_async, traced


class Pool:
    def __init__(self, conninfo, hook):
        self.conninfo, self.lock = conninfo, None

    @traced
    def wait(self, event, timeout):
        with self.lock:
            if not event.wait(timeout):
                print(current_thread_name())

    def resolve(self):
        self.conninfo(self, 1)
        return self.conninfo()

    def start(self):
        return self.resolve()

    def aclose(self):
        self.wait(None, 1)
        print("no task", 1)


@skip_async
def test_property(commands, client_params):
    assert commands.popall() == client_params
"""


def _proposed(root: Path) -> dict[str, Any]:
    file = api.write_proposal(root, api.propose(root))
    table = tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["unasync-plus"]
    assert isinstance(table, dict)
    return table


def test_init_learns_from_functions_that_are_alike(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("src/pkg/__init__.py", "")
    project.write("src/pkg/compat.py", COMPAT)
    project.write("src/pkg/_async/pool.py", ASYNC)
    project.write("src/pkg/_sync/pool.py", SYNC)
    table = _proposed(tmp_path)
    assert table["rename"] == {
        "aclient_params": "client_params",
        "aclose": "aclose",
        "acommands": "commands",
        "current_task_name": "current_thread_name",
        "skip_async": "skip_async",
        "wait_timeout": "wait",
    }
    assert table["rewrite"] == {"pkg.compat.ensure_async($f, $$a)": "$f($$a)", "pkg.compat.run_async($x)": "$x"}
    assert table["drop"] == ["skip_sync"]


def test_init_takes_no_name_that_stays_elsewhere(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("src/pkg/__init__.py", "")
    project.write("src/pkg/_async/a.py", "async def f(x):\n    await x.wait_for_it()\n    await x.more_of_it()\n")
    project.write("src/pkg/_sync/a.py", "def f(x):\n    x.wait()\n    x.more()\n")
    project.write("src/pkg/_async/b.py", "async def g(x):\n    await x.wait_for_it()\n    await x.more_of_it()\n")
    project.write("src/pkg/_sync/b.py", "def g(x):\n    x.wait_for_it()\n    x.most()\n")
    assert "rename" not in _proposed(tmp_path)


EMITTER = """\
class Emitter:
    def once(self, listener): ...

    {}def once_async(self):
        {}self.once(print)
"""


def test_init_keeps_the_names_that_the_sync_side_keeps_too(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("src/pkg/__init__.py", "")
    project.write("src/pkg/_async/a.py", EMITTER.format("async ", "await "))
    table = _proposed(tmp_path)
    assert "drop" not in table["package"][0] and table["naming"]["keep"] == ["once_async"]  # which would call itself
    project.write("pyproject.toml", "")
    project.write("src/pkg/_sync/a.py", EMITTER.format("", ""))
    table = _proposed(tmp_path)
    assert table["rename"] == {"once_async": "once_async"}
    assert "drop" not in table["package"][0]


def test_init_leaves_out_what_would_take_the_place_of_more(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("src/pkg/__init__.py", "")
    for folder, text in (("_async/", "class AsyncClient:\n    async def f(self): ...\n"), ("", "class Client: ...\n")):
        project.write(f"src/pkg/{folder}client.py", text)
        project.write(f"src/pkg/{folder}deep/more.py", text)
        project.write(f"src/pkg/{folder}empty/__init__.py", "# ours\n")
    project.write("src/pkg/_async/__init__.py", "")
    project.write("src/pkg/_async/deep/__init__.py", '"""Nothing."""\n')
    project.write("src/pkg/deep/__init__.py", "from .more import Client\n")
    project.write("src/pkg/_async/compat.py", "import asyncio\n\nfrom ..compat import *\n")
    project.write("src/pkg/compat.py", "def f(): ...\n")
    package = _proposed(tmp_path)["package"][0]
    assert package["target"] == "src/pkg"
    assert sorted(package["exclude"]) == [
        f"src/pkg/_async/{name}.py" for name in ("__init__", "compat", "deep/__init__")
    ]


SIDES = {
    "__init__": "from .blocking import Client\nfrom .looped import AsyncClient\n\n__all__ = ['AsyncClient', 'Client']\n",
    "looped": "class AsyncClient:\n    async def get(self) -> int:\n        return 1\n",
    "blocking": "class Client:\n    def get(self) -> int:\n        return 1\n",
}


def test_init_leaves_sync_sides_out_that_a_package_takes_from_another_module(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    for name, text in SIDES.items():
        project.write(f"src/pkg/{name}.py", text)
    assert _proposed(tmp_path)["package"][0]["drop"] == ["pkg.blocking.Client"]
    assert not [item for item in project.build().diagnostics if item.severity == "error"]
    written = (tmp_path / "src/pkg/sync/__init__.py").read_text()
    assert written.endswith("from .looped import Client\n\n__all__ = ['Client']\n")


def test_init_keeps_sync_sides_that_the_async_side_is_made_of(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    for name, text in SIDES.items():
        project.write(f"src/pkg/{name}.py", text)
    project.write(
        "src/pkg/looped.py",
        "from .blocking import Client\n\n\nclass AsyncClient(Client):\n    async def f(self): ...\n",
    )
    assert "drop" not in _proposed(tmp_path)["package"][0]


MADE_OF = """\
import anyio.to_thread


def traced(function): ...


class BaseStore:
    @traced
    def get(self, key: str, **options: int) -> str:
        return key

    async def get_async(self, key: str, **options: int) -> str:
        \"\"\"`get`, in a thread.\"\"\"
        return await anyio.to_thread.run_sync(self.get, key)

    def clear(self) -> None: ...

    async def clear_async(self) -> None:
        await self.get_async("")
        self.clear()


class BaseAsyncStore(BaseStore):
    async def size_async(self) -> int:
        return len(await self.get_async("a"))
"""


def test_init_leaves_async_sides_out_that_only_call_the_sync_ones(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("src/pkg/__init__.py", "")
    project.write("src/pkg/store.py", MADE_OF)
    table = _proposed(tmp_path)
    assert table["package"][0]["drop"] == ["pkg.store.BaseStore.get_async"]
    assert table["naming"]["keep"] == ["BaseAsyncStore", "clear_async"]
    assert not [item for item in project.build().diagnostics if item.severity == "error"]
    written = (tmp_path / "src/pkg/sync/store.py").read_text()
    assert 'self.get("")' in written and "def clear_async(self)" in written and "BaseAsyncStore(BaseStore)" in written


def test_init_takes_the_whole_where_only_an_interface_has_a_sync_side(tmp_path: Path) -> None:
    project = SampleProject(tmp_path)
    project.write("pkg/__init__.py", "")
    project.write("pkg/transport.py", "class Transport:\n    def send(self) -> None: ...\n")
    project.write("pkg/async_transport.py", "class AsyncTransport:\n    async def send(self) -> None: ...\n")
    project.write("tests/test_pool.py", "def test_it(): ...\n")
    project.write("tests/test_pool_async.py", "async def test_it(): ...\n")
    for number in range(7):
        project.write(f"pkg/part{number}.py", "async def run() -> None: ...\n")
    project.write("pyproject.toml", "")
    assert [pair.source for pair in api.propose(tmp_path)] == ["pkg/async_*.py", "tests/*_async.py"]
    text = api.write_proposal(tmp_path, api.propose(tmp_path)).read_text()
    assert 'target = "pkg/*.py"  # only `build --force` replaces what is there now\n' in text
    project.write("pkg/part.py", "async def run() -> None: ...\n")
    project.write("pyproject.toml", "")
    table = _proposed(tmp_path)
    assert table["package"] == [{"source": "pkg", "target": "pkg/sync"}] and table["naming"]["keep"] == [
        "async_transport"
    ]
    assert not [item for item in project.build().diagnostics if item.severity == "error"]
