"""What `drop`, `exclude` and ``# unasync: skip`` leave out is nowhere exported and imported; where it is still used, that is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import TABLE, SampleProject, empty_project, sync

from unasync_plus import Config, transpile
from unasync_plus.parity import Options, parity

DECORATORS = "def async_only(function): return function\n"
CLIENT = """\
from . import marks
from .marks import async_only as only
from .other import first, second as zweite

__all__ = ["a", "b", "C", "zweite"]

@only
async def a():
    pass

async def b():
    pass

@marks.async_only
class C:
    pass

class D:
    @only
    async def b(self):
        pass
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    return empty_project(tmp_path)


def told(project: SampleProject) -> list[tuple[str, int, str]]:
    report = project.build()
    assert report.ok, [str(item) for item in report.diagnostics]
    return [(item.code, item.line, item.message) for item in report.diagnostics]


@pytest.mark.parametrize("entry", ["pkg._async.marks.async_only", "async_only"])
def test_by_decorator(project: SampleProject, entry: str) -> None:
    project.write("pyproject.toml", TABLE + f'drop = ["{entry}"]\n')
    project.write("src/pkg/_async/marks.py", DECORATORS)
    project.write("src/pkg/_async/other.py", "first, second = 1, 2\n")
    project.write("src/pkg/_async/client.py", CLIENT)
    project.write(
        "src/pkg/_async/__init__.py", 'from .client import C, a as alpha, b\n\n__all__ = ["C", "alpha", "b"]\n'
    )
    project.write("src/pkg/_async/far.py", "from . import alpha, b\n")
    assert told(project) == []
    expected = (
        "from .other import first, second as zweite\n\n"
        '__all__ = ["b", "zweite"]\n\ndef b():\n    pass\n\nclass D:\n    pass\n'
    )
    assert sync(project, "client") == expected
    assert sync(project, "__init__") == 'from .client import b\n\n__all__ = ["b"]\n'
    assert sync(project, "far") == "from . import b\n"


SKIPPED = """\
import contextlib  # unasync: skip
from .other import (  # unasync: skip
    first,
    second as zweite,
)
from .other import third

__all__ = ["a", "B", "C", "D", "AsyncE", "contextlib", "f", "first", "third", "zweite", "number", "AsyncG"]

# unasync: skip
@third
async def a(): pass

if third:  # unasync: skip
    B = 1
elif first:
    B = 2
else:
    B, f = 3, 3
with first() as first:
    C = 1

class D:
    # unasync: skip
    async def f(self): pass

class AsyncE: ...  # unasync: skip
class E:
    number = 1
    def f(self): return f, number

# unasync: skip
number: int
if third:
    class AsyncG: ...  # unasync: skip
else:
    class AsyncG: ...
async def h(a): return [a, B, zweite]
"""


def test_by_comment(project: SampleProject) -> None:
    project.write("src/pkg/_async/other.py", "first, second, third = 1, 2, 3\n")
    project.write("src/pkg/_async/client.py", SKIPPED)
    imported = '"""All."""\nfrom .client import (\n    a,\n    B,\n    AsyncE,\n    AsyncG,\n)\n'
    project.write("src/pkg/_async/__init__.py", imported)
    uses = [(30, "f"), (30, "number"), (38, "B"), (38, "zweite")]
    assert told(project) == [
        ("UA910", line, f"pkg._async.client.{name} is left out of the sync output, and is used here")
        for line, name in uses
    ]
    assert '__all__ = ["C", "D", "E", "first", "third", "G"]\n' in sync(project, "client")
    assert sync(project, "__init__") == '"""All."""\nfrom .client import (\n    E,\n    G,\n)\n'


def test_by_a_comment_of_the_project(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + 'directives = { "async only" = "skip" }\n')
    project.write("src/pkg/_async/client.py", "# async only\nx = 1\n\ny = 1\n")
    project.write("src/pkg/_async/__init__.py", "from .client import x, y\n")
    assert told(project) == []
    assert sync(project, "__init__") == "from .client import y\n"


@pytest.mark.parametrize(
    "giver", ["from .more import *", "def __getattr__(name): return name", "x = 2", "def x(): ..."]
)
def test_what_another_statement_may_give_stays(project: SampleProject, giver: str) -> None:
    project.write("src/pkg/_async/more.py", "x = 1\n")
    project.write("src/pkg/_async/client.py", f'__all__ = ["x"]\nx = 1  # unasync: skip\n{giver}\n')
    project.write("src/pkg/_async/__init__.py", "from .client import x\n")
    assert told(project) == []
    assert sync(project, "__init__") == "from .client import x\n"
    assert sync(project, "client") == f'__all__ = ["x"]\n{giver}\n'


def test_a_module_that_is_read_by_its_name(project: SampleProject) -> None:
    project.write("src/pkg/_async/client.py", "async def x(): ...  # unasync: skip\n")
    project.write("src/pkg/_async/user.py", "from . import client\n\ndef f(): return client.x, client.y\n")
    assert told(project) == [
        ("UA910", 3, "pkg._async.client.x is left out of the sync output, and is used here"),
    ]


def test_a_single_source() -> None:
    result = transpile('__all__ = ["a", "b"]\ndef a(): ...  # unasync: skip\nb = 1\n', Config())
    assert result.code is not None
    assert result.code.partition("\n")[2] == '__all__ = ["b"]\nb = 1\n'
    assert not result.diagnostics


@pytest.mark.parametrize("mode", ["direct", "bridge"])
def test_parity_of_both_kinds_of_output(project: SampleProject, mode: str) -> None:
    project.write("pyproject.toml", TABLE + f'drop = ["async_only"]\nmode = "{mode}"\n')
    project.write("src/pkg/_async/marks.py", DECORATORS)
    project.write("src/pkg/_async/other.py", "first, second = 1, 2\n")
    project.write("src/pkg/_async/client.py", CLIENT + "\n    async def c(self):  # unasync: skip\n        pass\n")
    project.write("src/pkg/_async/__init__.py", "from .client import C as C, a as alpha, b as b\n")
    assert told(project) == []
    made = {name: sync(project, name) for name in ("client", "__init__")}
    assert "def b" in made["client"] and "def a" not in made["client"] and "def c" not in made["client"]
    assert "class D" in made["client"] and "class C" not in made["client"]
    assert "alpha" not in made["__init__"] and "b as b" in made["__init__"]
    report = parity("src/pkg/_async", "src/pkg/_sync", project.root, Options(config=project.config()))
    assert report.diagnostics == ()
    project.write("pyproject.toml", TABLE + f'mode = "{mode}"\n')
    report = parity("src/pkg/_async", "src/pkg/_sync", project.root, Options(config=project.config()))
    assert {"function a has no sync counterpart", "import alpha has no sync counterpart"} <= {
        item.message for item in report.diagnostics
    }


@pytest.mark.parametrize(
    "entry", ["pkg._async.marks.async_only", "marks.async_only", "async_only", "pkg._async.client.C.Inner"]
)
def test_parity_knows_what_is_left_out_inside_of_a_class(project: SampleProject, entry: str) -> None:
    project.write("pyproject.toml", TABLE + f'drop = ["{entry}"]\n')
    project.write("src/pkg/_async/marks.py", "def async_only(*reasons): return lambda found: found\n")
    project.write(
        "src/pkg/_async/client.py",
        """\
from . import marks

class C:
    @marks.async_only("why")
    class Inner:
        async def a(self): ...

    async def b(self): ...
""",
    )
    assert project.build().ok
    assert "Inner" not in sync(project, "client") and "def b" in sync(project, "client")
    report = parity("src/pkg/_async", "src/pkg/_sync", project.root, Options(config=project.config()))
    assert report.diagnostics == ()
    project.write("pyproject.toml", TABLE)
    report = parity("src/pkg/_async", "src/pkg/_sync", project.root, Options(config=project.config()))
    assert "class C.Inner has no sync counterpart" in {item.message for item in report.diagnostics}


def test_a_comment_on_the_first_line_of_several(project: SampleProject) -> None:
    source = """\
import asyncio


async def f():
    both = await asyncio.gather(  # unasync: sequential
        g(),
        g(),
    )
    asyncio.get_running_loop().set_debug(  # unasync: skip
        True
    )
    return [
        both,  # unasync: skip
    ]


async def left_out(  # unasync: skip
    a,
): ...


async def g(): ...
"""
    project.write("src/pkg/_async/client.py", source)
    assert told(project) == [("UA021", 13, "`skip` does nothing here: no statement begins or ends on its line")]
    made = sync(project, "client")
    assert "import gather\n" in made and "sequential import" in made
    assert "set_debug" not in made and "left_out" not in made


def test_a_module_that_is_excluded(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + 'exclude = ["src/pkg/_async/legacy.py"]\n')
    project.write("src/pkg/_async/legacy.py", "class Legacy: ...\nasync def old(): ...\n")
    project.write(
        "src/pkg/_async/__init__.py",
        'from . import legacy\nfrom .client import new\nfrom .legacy import Legacy, old\n\n__all__ = ["Legacy", "new"]\n',
    )
    project.write("src/pkg/_async/client.py", "from .legacy import old\n\nasync def new():\n    await old()\n")
    message = "pkg._async.legacy.old is left out of the sync output, and is used here"
    assert told(project) == [("UA910", 4, message)]
    assert sync(project, "__init__") == 'from .client import new\n\n__all__ = ["new"]\n'


def test_a_file_that_was_written_by_hand_stands_in_for_an_excluded_module(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + 'exclude = ["src/pkg/_async/legacy.py"]\n')
    project.write("src/pkg/_async/legacy.py", "async def old(): ...\n")
    project.write("src/pkg/_async/__init__.py", "from .legacy import old\n")
    project.write("src/pkg/_sync/legacy.py", "def old(): ...\n")
    assert told(project) == []
    assert sync(project, "__init__") == "from .legacy import old\n"


INSIDE = """\
[tool.unasync-plus]
stubs = false

[[tool.unasync-plus.package]]
source = "src/pkg/aio"
target = "src/pkg"
exclude = ["src/pkg/aio/__init__.py"]

[[tool.unasync-plus.package]]
source = "tests/aio"
target = "tests"
"""
USES = """\
import pkg.aio
import pkg.aio as aio
from pkg.aio import AsyncStore, constants, lost

async def test_all():
    assert [AsyncStore(), pkg.aio.AsyncStore(), aio.AsyncStore(), pkg.aio.found, lost] == constants.ALL
"""
USES_SYNC = """\
import pkg
import pkg as aio
from pkg import Store, constants, lost

def test_all():
    assert [Store(), pkg.Store(), aio.Store(), pkg.found, lost] == constants.ALL
"""


def test_the_targets_own_init_stands_in_for_an_excluded_one(project: SampleProject) -> None:
    project.write("pyproject.toml", INSIDE)
    project.write("src/pkg/__init__.py", "from .store import Store\nfound = 1\n")
    project.write("src/pkg/constants.py", "ALL = []\n")
    project.write("src/pkg/aio/__init__.py", "from .. import constants\nfrom .store import AsyncStore\n")
    project.write("src/pkg/aio/store.py", "class AsyncStore:\n    async def get(self): ...\n")
    project.write("tests/aio/test_store.py", USES)
    assert told(project) == [("UA908", 3, "lost would be taken from pkg, which does not have it")]
    assert project.read("tests/test_store.py").partition("\n")[2] == USES_SYNC


def test_a_package_whose_init_is_excluded_is_imported_from_above(project: SampleProject) -> None:
    project.write("pyproject.toml", INSIDE)
    project.write("src/pkg/__init__.py", "from .store import Store\n")
    project.write("src/pkg/aio/__init__.py", "from .store import AsyncStore\n")
    project.write("src/pkg/aio/store.py", "class AsyncStore:\n    async def get(self): ...\n")
    project.write(
        "tests/aio/test_store.py", "from pkg import aio\n\nasync def test_all():\n    assert aio.AsyncStore()\n"
    )
    assert told(project) == []
    assert (
        project.read("tests/test_store.py").partition("\n")[2]
        == "import pkg\n\ndef test_all():\n    assert pkg.Store()\n"
    )


def test_an_excluded_init_that_nothing_stands_in_for(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + 'exclude = ["src/pkg/_async/__init__.py"]\n')
    project.write("src/pkg/_async/__init__.py", "lost = 1\n")
    project.write("src/pkg/_async/client.py", "from pkg._async import lost\n\nasync def get(): ...\n")
    assert told(project) == [("UA908", 1, "lost would be taken from pkg._sync, which does not have it")]
    assert sync(project, "client") == "from pkg._sync import lost\n\ndef get(): ...\n"


OTHERWISE = """\
from contextlib import asynccontextmanager  # unasync: skip
from contextlib import contextmanager
from ..aio import AsyncThing, Lost  # unasync: skip
from ..plain import Plain

thing = AsyncThing()
lost = Lost()

@asynccontextmanager
async def f():
    yield 1
"""


def test_the_new_name_may_be_imported_otherwise(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE + 'replace = { "pkg.aio.AsyncThing" = "pkg.plain.Plain" }\n')
    project.write("src/pkg/aio.py", "class AsyncThing: ...\nclass Lost: ...\n")
    project.write("src/pkg/plain.py", "class Plain: ...\n")
    project.write("src/pkg/_async/client.py", OTHERWISE)
    assert told(project) == [
        ("UA910", 7, "pkg._async.client.Lost is left out of the sync output, and is used here"),
    ]
    assert sync(project, "client").startswith("from contextlib import contextmanager\nfrom ..plain import Plain\n\n")


BOTH = """\
class AsyncAuth:
    async def token(self):
        return await self.fetch()

class AsyncBase:
    def call(self):
        return AsyncAuth

class Base:
    def call(self):
        return Auth  # noqa: F821
"""
CLIENTS = """\
from ._base import AsyncAuth, AsyncBase as Parent
from .far import AsyncBase

class AsyncClient(AsyncBase, Parent):
    auth: AsyncAuth

class Auth:
    pass
"""


def test_what_has_the_sync_name_stands_in(project: SampleProject) -> None:
    project.write("pyproject.toml", TABLE.replace("[[", 'drop = ["AsyncBase", "pkg._async.client.Auth"]\n[['))
    project.write("src/pkg/_async/_base.py", BOTH)
    project.write("src/pkg/_async/far.py", "from ._base import AsyncBase\n")
    project.write("src/pkg/_async/client.py", CLIENTS)
    assert told(project) == []
    assert sync(project, "_base") == BOTH.replace("AsyncAuth", "Auth").replace("async ", "").replace(
        "await ", ""
    ).replace("class AsyncBase:\n    def call(self):\n        return Auth\n\n", "")
    assert sync(project, "far") == "from ._base import Base\n"
    assert sync(project, "client") == (
        "from ._base import Auth, Base as Parent\nfrom .far import Base\n\n"
        "class Client(Base, Parent):\n    auth: Auth\n"
    )
