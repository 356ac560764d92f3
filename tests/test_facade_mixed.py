"""`mode = "auto"`: each definition is converted where all it awaits has a sync meaning, else bridged, with a note."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from project import SampleProject

from unasync_plus.model import Severity

TABLE = """
[tool.unasync-plus]
target-version = "3.10"
mode = "auto"
stubs = false
[[tool.unasync-plus.package]]
source = "lib/aio"
target = "lib/sync"
"""
CLIENT = """
    import asyncio

    import aiohttp


    class ClientError(Exception):
        pass


    class Client:
        def __init__(self, url: str) -> None:
            self.url = url

        async def __aenter__(self) -> "Client":
            self.session = aiohttp.ClientSession()
            return self

        async def __aexit__(self, *args: object) -> None:
            await self.session.close()

        async def echo(self, value: object) -> object:
            await asyncio.sleep(0)
            return value


    class Special(Client):
        async def shout(self, value: str) -> str:
            return str(await self.echo(value)).upper()


    async def nap() -> str:
        await asyncio.sleep(0)
        return "rested"


    class LateError(Exception):
        pass


    # unasync: bridge
    async def whole_loop() -> bool:
        return asyncio.get_running_loop().is_running()
"""
USERS = """
    from .client import Client, ClientError, Special, nap, whole_loop


    class Users:
        def __init__(self, client: Client) -> None:
            self.client = client

        async def name(self, n: int) -> object:
            if n < 0:
                raise ClientError(n)
            await nap()
            return await self.client.echo(f"user {n}")


    async def everything(client: Special) -> list[object]:
        async with client as same:
            assert same is client
            return [await Users(client).name(1), await client.shout("hey"), await whole_loop()]
"""
PROGRAM = """
    import lib.aio.client
    from lib.sync.client import Client, ClientError, Special, nap
    from lib.sync.users import Users, everything

    users = Users(Client("http://localhost"))
    assert users.name(1) == "user 1"
    assert nap() == "rested"
    assert everything(Special("http://localhost")) == ["user 1", "HEY", True]
    try:
        users.name(-1)
    except lib.aio.client.ClientError as error:
        assert type(error) is ClientError
    else:
        raise AssertionError
    print("fine")
"""


@pytest.fixture
def project(tmp_path: Path) -> SampleProject:
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE)
    for folder in ("lib", "lib/aio"):
        project.write(f"{folder}/__init__.py")
    project.write("lib/aio/client.py", dedent(CLIENT).lstrip())
    project.write("lib/aio/users.py", dedent(USERS).lstrip())
    return project


def test_direct_and_bridged_code_work_together(project: SampleProject, tmp_path: Path) -> None:
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    client, users = project.read("lib/sync/client.py"), project.read("lib/sync/users.py")
    assert "class Client(Wrapper, wraps=_async.Client):" in client
    assert "time.sleep(0)" in client or 'return "rested"' in client
    assert '    return "rested"\n\n\nLateError = _async.LateError\n' in client
    assert "_bridge" not in users and "self.client.echo(" in users
    command = [sys.executable, "-W", "error", "-c", dedent(PROGRAM)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("fine\n", "")


def test_a_note_says_what_is_bridged_and_why(project: SampleProject) -> None:
    notes = [item for item in project.build().diagnostics if item.code == "UA701"]
    assert all(item.severity is Severity.NOTE for item in notes)
    told = {item.message.partition(" ")[0]: item for item in notes}
    assert told["client.Client"].message == (
        "client.Client is bridged: aiohttp.ClientSession has no sync counterpart, client.py:15"
    )
    assert (told["client.Client"].path, told["client.Client"].line) == ("lib/aio/client.py", 15)
    assert "which derives from it" in told["client.Special"].message or "its base" in told["client.Special"].message
    assert told["client.whole_loop"].message == "client.whole_loop is bridged: a comment asks for it, client.py:41"
    assert told.keys() == {"client.Client", "client.Special", "client.whole_loop"}
    assert project.build(use_cache=False).diagnostics == project.check().diagnostics


def test_what_has_to_be_direct_and_cannot_is_refused(project: SampleProject) -> None:
    text = dedent(CLIENT).lstrip().replace("class Client:", "# unasync: direct\nclass Client:")
    project.write("lib/aio/client.py", text)
    errors = [item for item in project.build().diagnostics if item.is_error]
    assert [item.path for item in errors] == ["lib/aio/client.py"] * len(errors) and errors
    assert any("aiohttp.ClientSession" in item.message for item in errors)


WARM = """
    import sys
    from unasync_plus import Config, check
    report = check(Config.load("pyproject.toml"))
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    print(sorted({change.status.value for change in report.changes}), "libcst" in sys.modules)
"""


@pytest.mark.parametrize("mode", ["auto", "bridge"])
def test_what_has_not_changed_is_remembered(mode: str, project: SampleProject, tmp_path: Path) -> None:
    project.write("pyproject.toml", TABLE.replace('"auto"', f'"{mode}"'))
    cold = project.build()

    def warm() -> str:
        command = [sys.executable, "-c", dedent(WARM)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    assert warm() == "['unchanged'] False"
    assert project.check().diagnostics == cold.diagnostics
    before = project.read("lib/sync/users.py")
    # whether Users may hold a wrapped object depends on another module
    project.write("lib/aio/client.py", dedent(CLIENT).lstrip().replace("return value\n", "return Client('x')\n"))
    assert not any(item.is_error for item in project.build().diagnostics)
    fresh = project.build(use_cache=False)
    assert {change.status.value for change in fresh.changes} == {"unchanged"}
    project.write("lib/aio/client.py", dedent(CLIENT).lstrip())
    project.build()
    assert project.read("lib/sync/users.py") == before
    assert warm() == "['unchanged'] False"


def test_what_real_modules_have_at_their_top(tmp_path: Path) -> None:
    """Imports for type checkers or for what may not be installed, functions in a `try`, and protocols of asyncio."""
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", TABLE)
    project.write("lib/__init__.py")
    source = """
        from __future__ import annotations

        import asyncio
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from there_is_no_such_module import Buffer

        try:
            import nor_this_one
        except ImportError:
            pass

        try:
            from nolib.proxies import Proxy

            async def connect(host: str) -> str:
                return await Proxy(host).connect()

        except ImportError:

            async def connect(host: str) -> str:
                raise ImportError("nolib is required")


        class Flow(asyncio.Protocol):
            def __init__(self) -> None:
                self.lost = asyncio.get_running_loop().create_future()

            def connection_lost(self, exc: Exception | None) -> None:
                self.lost.set_result(7)

            async def wait(self, data: Buffer | None = None, kind: nor_this_one.Kind | None = None) -> int:
                asyncio.get_running_loop().call_soon(self.connection_lost, None)
                return await self.lost


        async def nap() -> str:
            await asyncio.sleep(0)
            return "rested"
    """
    project.write("lib/aio/__init__.py", dedent(source))
    assert project.build().ok
    written = project.read("lib/sync/__init__.py")
    assert written.count("there_is_no_such_module") == written.count("import nor_this_one") == 1
    assert "class Flow(Wrapper, wraps=_async.Flow):" in written
    assert 'def nap() -> str:\n    return "rested"' in written
    program = """
        import asyncio
        from lib.sync import Flow, connect, nap
        print(Flow().wait(), nap())
        try:
            connect("x")
        except ImportError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "7 rested\nnolib is required\n", done.stderr


MODELS = """
    import asyncio
    from typing import Any


    class ModelMeta(type):
        def __getattr__(cls, name: str) -> Any:
            if not name.startswith("by_"):
                raise AttributeError(name)

            async def found(value: str) -> Any:
                await asyncio.sleep(0)
                return cls(value)

            return found

        async def count(cls) -> int:
            return 1


    class Model(metaclass=ModelMeta):
        def __init__(self, name: str) -> None:
            self.name = name


    class Busy(Exception):
        async def wait(self) -> None:
            await asyncio.sleep(0)
"""


def test_a_metaclass_of_direct_classes_is_direct(project: SampleProject, tmp_path: Path) -> None:
    project.write("lib/aio/models.py", dedent(MODELS).lstrip())
    project.build()
    program = "from lib.sync.models import Model; assert Model.by_name('ann').name == 'ann' and Model.count() == 1"
    command = [sys.executable, "-W", "error", "-c", program]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).stderr == b""


def test_async_methods_of_shared_classes_are_warned_of(project: SampleProject) -> None:
    project.write("lib/aio/models.py", dedent(MODELS).lstrip())
    told = [item.message for item in project.build().diagnostics if item.code == "UA704"]
    assert told == ["Busy is the same class on both sides: wait can only be awaited"]


VARIABLES = """
    import asyncio
    import sys
    from collections.abc import Callable
    from typing import TypeVar

    P = TypeVar("P", bound=asyncio.protocols.Protocol)
    Factory = Callable[[], P]

    if sys.version_info >= (3, 7):
        current = asyncio.current_task
    else:
        current = asyncio.Task.current_task

    if sys.version_info >= (3, 7):
        running = asyncio.get_running_loop
    else:

        def running() -> asyncio.AbstractEventLoop:
            return asyncio.get_event_loop()


    async def double(value: int) -> int:
        return 2 * value


    async def connect(factory: Factory[P], port: int) -> P:
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(factory, "127.0.0.1", port))[1]


    async def named() -> bool:
        return current() is not None and running() is asyncio.get_event_loop()
"""


def test_variables_that_only_async_code_can_have_are_the_async_sides(project: SampleProject, tmp_path: Path) -> None:
    project.write("lib/aio/variables.py", dedent(VARIABLES).lstrip())
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    told = {item.message.partition(":")[0] for item in report.diagnostics if item.code == "UA701"}
    assert {f"variables.{name} is bridged" for name in ("P", "current", "named", "running")} <= told
    text = project.read("lib/sync/variables.py")
    assert "return 2 * value" in text and 'P = TypeVar("P", bound=asyncio.protocols.Protocol)' in text
    program = "from lib.sync.variables import double, named; assert double(2) == 4 and named()"
    command = [sys.executable, "-W", "error", "-c", program]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False).stderr == b""


COMPUTED = """
    from collections.abc import Iterable
    from types import MappingProxyType

    import aiohttp

    from .compat import ClientSession

    TYPES = {".br": "br", ".gz": "gzip"}
    KNOWN = MappingProxyType({name: TYPES[name] for name in (".br", ".gz")})
    FIRST = TYPES[".br"]
    LENGTH = 2 * 3
    TYPES.clear()


    def learn(name: str) -> None:
        TYPES[name] = name


    async def fetch(names: Iterable[str]) -> list[str]:
        aiohttp.ClientSession
        return [KNOWN[name] for name in names] + [FIRST] * LENGTH + [*TYPES]


    async def here() -> str:
        return FIRST
"""
COMPUTED_PROGRAM = """
    import aiohttp
    from lib.sync.client import fetch, here, learn
    from lib.sync.compat import ClientSession

    assert ClientSession is aiohttp.ClientSession, "what others may take from here"
    learn("x")
    assert here() == "br"
    assert fetch([".gz"]) == ["gzip", *["br"] * 6, "x"]
    print("fine")
"""


def test_what_is_computed_from_shared_variables_is_shared(project: SampleProject, tmp_path: Path) -> None:
    project.write("lib/aio/compat.py", "from aiohttp import ClientSession\n\n__all__ = ['ClientSession']\n")
    project.write("lib/aio/client.py", dedent(COMPUTED).lstrip())
    project.write("lib/aio/users.py", "")
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    client = project.read("lib/sync/client.py")
    assert "\nLENGTH = 2 * 3\n" in client and "\nFIRST = _async.FIRST\n" in client
    command = [sys.executable, "-W", "error", "-c", dedent(COMPUTED_PROGRAM)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("fine\n", "")


REGISTRY = """
    from collections.abc import Callable

    import aiohttp

    HANDLERS: list = []
    BY_NAME = {}
    ALIASES = dict(a="b")
    ALIASES.update(c="d")
    ALIASES["n"] = len(ALIASES)
    NAMES = frozenset(ALIASES)
    if NAMES:
        HANDLERS.append("first")
    for number, name in enumerate(sorted(NAMES)):
        BY_NAME[name] = number
    LENGTH = len("abc")


    def register(function: Callable) -> Callable:
        HANDLERS.append(function.__name__)
        return function


    async def handlers() -> list:
        aiohttp.ClientSession
        return [*HANDLERS, ALIASES["n"], *sorted(ALIASES)]


    async def known(name: str) -> bool:
        return name in NAMES and name in BY_NAME
"""
REGISTERED = """
    from . import client
    from .client import HANDLERS, register

    HANDLERS.append("second")
    client.HANDLERS.append("third")


    @register
    async def handle(x: int) -> int:
        return x


    async def plain(x: int) -> int:
        return x + client.LENGTH
"""
REGISTRY_PROGRAM = """
    from lib.sync.users import handle, plain
    from lib.sync.client import BY_NAME, HANDLERS, handlers, known

    assert handlers() == ["first", "second", "third", "handle", 2, "a", "c", "n"], handlers()
    assert [known("a"), known("x")] == [True, False]
    assert (BY_NAME, len(HANDLERS)) == ({"a": 0, "c": 1, "n": 2}, 4)
    assert (handle(1), plain(1)) == (1, 4)
    print("fine")
"""


def test_what_was_done_to_shared_variables_is_not_done_again(project: SampleProject, tmp_path: Path) -> None:
    project.write("lib/aio/client.py", dedent(REGISTRY).lstrip())
    project.write("lib/aio/users.py", dedent(REGISTERED).lstrip())
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    users = project.read("lib/sync/users.py")
    assert "second" not in users and "def plain(x: int) -> int:\n    return x + client.LENGTH" in users
    (told,) = [item for item in report.diagnostics if "users.handle" in item.message]
    assert "for which it is registered" in told.message
    command = [sys.executable, "-W", "error", "-c", dedent(REGISTRY_PROGRAM)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("fine\n", "")


FILES = """
    import asyncio
    import io
    from functools import singledispatch
    from io import BytesIO, StringIO

    from .streams import AsyncBytesIO, AsyncStringIO


    async def opened(content: object) -> object:
        await asyncio.sleep(0)
        return wrap(io.StringIO(content) if isinstance(content, str) else io.BytesIO(content))


    async def size(content: str) -> int:
        await asyncio.sleep(0)
        return len(content)


    @singledispatch
    def wrap(file: object) -> object:
        raise TypeError(file)


    @wrap.register(StringIO)
    def _(file):
        return AsyncStringIO(file)


    @wrap.register(BytesIO)
    def _(file):
        return AsyncBytesIO(file)
"""
STREAMS = """
    import asyncio
    from typing import Any


    class AsyncStringIO:
        def __init__(self, file: Any) -> None:
            self.file = file

        async def read(self) -> Any:
            await asyncio.sleep(0)
            return self.file.read()


    class AsyncBytesIO(AsyncStringIO):
        pass
"""


def test_imports_that_cannot_have_another_name(project: SampleProject, tmp_path: Path) -> None:
    """What uses them is bridged, and what is registered with one function, together with that."""
    project.write("pyproject.toml", TABLE)
    project.write("lib/__init__.py", "")
    project.write("lib/aio/__init__.py", "")
    project.write("lib/aio/files.py", dedent(FILES).lstrip())
    project.write("lib/aio/streams.py", dedent(STREAMS).lstrip())
    assert not any(item.is_error for item in project.build().diagnostics)
    text = project.read("lib/sync/files.py")
    assert '_bridge.call(_async, "wrap"' in text or '_bridge.direct(_async, "wrap"' in text
    assert "return len(content)" in text
    program = """
        from lib.sync import files
        print(type(files.opened("a")).__name__, files.opened("a").read(), files.opened(b"b").read(), files.size("abc"))
    """
    command = [sys.executable, "-c", dedent(program)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout == "StringIO a b'b' 3\n", done.stderr
