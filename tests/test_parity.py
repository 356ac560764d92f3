"""The parity report: what it pairs, what it finds, what it lets pass."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from textwrap import dedent

import click.testing
import pytest
from conftest import ROOT

from unasync_plus.api import build
from unasync_plus.cli.parity import parity as command
from unasync_plus.config import Config
from unasync_plus.parity import AllowList, BadList, NotFound, Options, parity

ASYNC = '''
from typing import AsyncGenerator, AsyncIterator, Awaitable, Callable, Optional, Union
from contextlib import asynccontextmanager

class AsyncClient(AsyncBase):
    """A client."""
    timeout: float = 1.0
    def __init__(self, url: str, on_close: Optional[Callable[[], Awaitable[None]]] = None) -> None:
        self.url = url
    async def __aenter__(self) -> "AsyncClient":
        """Enter."""
    async def aread(self, size: int = -1) -> bytes:
        """Read."""
    async def aclose(self) -> None: ...
    def close(self) -> None: ...
    async def stream(self, *, kind: str = "a") -> AsyncIterator[bytes]:
        yield b""
    async def pages(self) -> AsyncGenerator[int, str]:
        yield 1
    @property
    def pool(self) -> "AsyncPool": ...
    def _private(self) -> None: ...

class AsyncPool: ...

async def fetch_async(url: str, client: Union[AsyncClient, None] = None) -> Awaitable[int]: ...

DEFAULT = AsyncClient("a")
'''

SYNC = '''
from __future__ import annotations
import typing as t

class Client(Base):
    """A client."""
    timeout: float = 1.0
    def __init__(self, url: str, on_close: t.Callable[[], None] | None = None) -> None:
        self.url = url
    def __enter__(self) -> Client:
        """Enter."""
    def read(self, size: int = -1) -> bytes:
        """Read."""
    def close(self) -> None: ...
    def stream(self, *, kind: str = 'a') -> t.Iterator[bytes]:
        yield b""
    def pages(self) -> t.Generator[int, str]:
        yield 1
    @property
    def pool(self) -> Pool: ...

class Pool: ...

def fetch(url: str, client: t.Optional[Client] = None) -> int: ...

DEFAULT = Client("a")
'''


def compare(folder: Path, ours: str, theirs: str, **options: object) -> list[str]:
    """``code message`` of each finding."""
    (folder / "aio").mkdir(exist_ok=True)
    (folder / "sync").mkdir(exist_ok=True)
    (folder / "aio" / "mod.py").write_text(dedent(ours))
    (folder / "sync" / "mod.py").write_text(dedent(theirs))
    report = parity("aio", "sync", folder, Options(**options))  # type: ignore[arg-type]
    return [f"{one.code} {one.message}" for one in report.diagnostics]


def test_a_pair_in_two_styles_has_no_differences(tmp_path: Path) -> None:
    assert compare(tmp_path, ASYNC, SYNC) == []


def test_types_with_metadata_are_translated(tmp_path: Path) -> None:
    ours = """
        from typing import Annotated, AsyncContextManager, Awaitable, TypeVar
        T = TypeVar("T")
        Coro = Awaitable[T]
        async def f(x: Annotated[AsyncClient, "it's"]) -> AsyncContextManager[int]: ...
        class AsyncClient: ...
    """
    theirs = """
        from contextlib import AbstractContextManager
        from typing import Annotated, TypeVar
        T = TypeVar("T")
        Coro = Annotated[T, ...]
        def f(x: Annotated[Client, "it's"]) -> AbstractContextManager[int]: ...
        class Client: ...
    """
    assert compare(tmp_path, ours, theirs) == []
    assert compare(tmp_path, ours, theirs.replace('"it\'s"', '"other"')) != []


def test_a_difference_says_how_it_is_allowed(tmp_path: Path) -> None:
    compare(tmp_path, ASYNC, SYNC.replace("*, kind", "kind"))
    (told,) = parity("aio", "sync", tmp_path, Options()).diagnostics
    assert told.help == "allow it with a reason (--allow FILE) as mod.Client.stream, kind signature"
    listed = tmp_path / "allow.toml"
    listed.write_text('[[allow]]\nname = "gone"\nreason = "x"\n\n[[allow]]\nname = "Client.*"\nreason = "x"\n')
    report = parity("aio", "sync", tmp_path, Options(allow=AllowList.read(listed)))
    assert [(one.code, one.line, one.help) for one in report.diagnostics if one.code == "UA829"] == [
        ("UA829", 1, "remove the entry"),
        ("UA829", 5, "names begin with the module: mod.Client.stream"),
    ]


def test_what_is_private_in_an_exported_class_and_event_loops_that_are_handed_on(tmp_path: Path) -> None:
    ours = """
        import asyncio
        __all__ = ["Job", "_listed"]
        class Job:
            def __init__(self, loop: asyncio.AbstractEventLoop): ...
            def __await__(self): ...
        _listed = 1
    """
    theirs = """
        from ._unasync_plus.loops import Loop
        __all__ = ["Job", "_listed"]
        class Job:
            def __init__(self, loop: Loop): ...
            _awaited_by_result = True
            def result(self, timeout=None): ...
        _listed = 1
    """
    assert compare(tmp_path, ours, theirs) == []
    assert compare(tmp_path, ours, theirs.replace("_listed = 1", "")) == ["UA820 value _listed has no sync counterpart"]


DRIFTS = {
    ("    def read(self, size: int = -1) -> bytes:\n", "    def reed(self, size: int = -1) -> bytes:\n"): [
        "UA820 function AsyncClient.aread has no sync counterpart",
        "UA821 function Client.reed is on the sync side only",
    ],
    ("class Pool: ...", ""): ["UA820 class AsyncPool has no sync counterpart"],
    ("size: int = -1", "size: int = 0"): ["UA824 the default of size in Client.read is 0, not -1"],
    ("size: int = -1", "size: str = -1"): ["UA825 size in Client.read is of type str, not int"],
    ("size: int = -1", "length: int = -1"): ["UA823 Client.read takes (length=), not (size=)"],
    ("*, kind", "kind"): ["UA823 Client.stream takes (kind=), not (* kind=)"],
    ("t.Iterator[bytes]", "t.Iterable[bytes]"): [
        "UA825 the result of Client.stream is of type Iterable[bytes], not Iterator[bytes]"
    ],
    ("-> Client:", "-> AsyncClient:"): ["UA825 the result of Client.__enter__ is of type AsyncClient, not Client"],
    ('"""Read."""', "..."): ["UA826 function Client.read has no docstring on the sync side"],
    ("    @property\n", ""): ["UA822 Client.pool is a function, AsyncClient.pool a property"],
    ("class Client(Base)", "class Client"): ["UA825 the bases of Client are (), not (Base)"],
    ("    def read", "    async def read"): ["UA822 function Client.read is still a coroutine function"],
    ("timeout: float = 1.0", "timeout: int = 1.0"): ["UA825 Client.timeout is of type int, not float"],
    ("timeout: float = 1.0", "timeout: float = 1"): ["UA824 the default of Client.timeout is 1, not 1.0"],
    ("timeout: float = 1.0", "timeout: float"): ["UA824 the default of Client.timeout is none, not 1.0"],
    ("    @property\n", "    @property\n    @abc.abstractmethod\n"): [
        "UA822 property Client.pool is abstract on the sync side only"
    ],
    ("        self.url = url\n", "        ...\n"): ["UA820 value AsyncClient.url has no sync counterpart"],
    ("DEFAULT =", "OTHER ="): [
        "UA820 value DEFAULT has no sync counterpart",
        "UA821 value OTHER is on the sync side only",
    ],
}


@pytest.mark.parametrize("change", DRIFTS, ids=range(len(DRIFTS)))
def test_every_kind_of_drift_is_found(change: tuple[str, str], tmp_path: Path) -> None:
    assert SYNC.count(change[0]) >= 1
    assert sorted(compare(tmp_path, ASYNC, SYNC.replace(*change, 1))) == sorted(DRIFTS[change])


def test_places_are_those_of_the_side_that_has_the_name(tmp_path: Path) -> None:
    compare(tmp_path, "async def f(): ...\n\nx = 1\n", "def g(): ...\nx = 1\n")
    report = parity("aio", "sync", tmp_path, Options())
    assert [(one.path, one.line, one.code) for one in report.diagnostics] == [
        ("aio/mod.py", 1, "UA820"),
        ("sync/mod.py", 1, "UA821"),
    ]


def test_overloads_are_compared_one_by_one(tmp_path: Path) -> None:
    ours = """
        from typing import overload
        @overload
        async def f(a: int) -> int: ...
        @overload
        async def f(a: str) -> str: ...
        async def f(a): ...
    """
    assert compare(tmp_path, ours, ours.replace("async ", "")) == []
    changed = ours.replace("async ", "").replace("-> str", "-> bytes")
    assert compare(tmp_path, ours, changed) == ["UA825 the result of f is of type bytes, not str"]


def test_type_variables_that_begin_with_a_letter_for_async(tmp_path: Path) -> None:
    """As psycopg_pool has them. A sync side that has both may mean either."""
    (tmp_path / "a.py").write_text("from abc_ import ACT, AT, T\ndef get(x: ACT, y: AT, z: T) -> ACT: ...\n")
    other = tmp_path / "b.py"
    other.write_text("from abc_ import CT, AT, T\ndef get(x: CT, y: AT, z: T) -> CT: ...\n")
    assert parity("a.py", "b.py", tmp_path, Options()).ok
    other.write_text("from abc_ import CT, AT, T\ndef get(x: CT, y: T, z: T) -> CT: ...\n")
    (found,) = parity("a.py", "b.py", tmp_path, Options()).errors
    assert found.message == "y in get is of type T, not AT"


@pytest.mark.parametrize(
    ("word", "told"), [("", []), ("async ", ["UA821 function C.__aenter__ is on the sync side only"])]
)
def test_a_class_that_can_be_entered_both_ways(word: str, told: list[str], tmp_path: Path) -> None:
    """As in the dual interface, whose ``__aenter__`` is no coroutine function."""
    ours = "class C:\n    async def __aenter__(self): ...\n"
    theirs = f"class C:\n    def __enter__(self): ...\n    {word}def __aenter__(self): ...\n"
    assert compare(tmp_path, ours, theirs) == told


def test_modules_are_paired_and_renamed(tmp_path: Path) -> None:
    for name in ("aio/async_client.py", "aio/extra.py", "aio/sub/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    for name in ("sync/client.py", "sync/other.py", "sync/sub/__init__.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    found = [one.message for one in parity("aio", "sync", tmp_path, Options()).diagnostics]
    assert found == ["module extra has no sync counterpart", "module other is on the sync side only"]


def test_a_broken_module_is_told_and_the_others_are_compared(tmp_path: Path) -> None:
    compare(tmp_path, "def f(): ...", "x = (")
    (tmp_path / "aio" / "b.py").write_text("def f(): ...\n")
    (tmp_path / "sync" / "b.py").write_text("")
    codes = [one.code for one in parity("aio", "sync", tmp_path, Options()).diagnostics]
    assert codes == ["UA820", "UA820", "UA001"]


def test_dotted_names_are_found_without_an_import(tmp_path: Path) -> None:
    for side, code in (("_async", "async def f() -> int: ...\n"), ("_sync", "def f() -> int: ...\n")):
        folder = tmp_path / "src" / "lib" / side
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(code)
    (tmp_path / "src" / "lib" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    assert parity("lib._async", "lib._sync", tmp_path, Options()).diagnostics == ()
    with pytest.raises(NotFound, match=r"lib\._nowhere"):
        parity("lib._async", "lib._nowhere", tmp_path, Options())


def test_renames_skips_and_private_names(tmp_path: Path) -> None:
    ours = """
        async def start() -> None: ...
        # unasync: skip
        async def only_async() -> None: ...
        async def _hidden() -> None: ...
    """
    theirs = "def begin() -> None: ...\n"
    assert len(compare(tmp_path, ours, theirs)) == 2
    assert compare(tmp_path, ours, theirs, renames={"start": "begin"}) == []
    assert compare(tmp_path, ours, theirs, renames={"start": "begin"}, private=True) == [
        "UA820 function _hidden has no sync counterpart"
    ]


def test_the_configuration_tells_names_and_what_is_left_out(tmp_path: Path) -> None:
    package = {"source": "aio", "target": "sync", "rename": {"arun": "execute"}, "drop": ["only"]}
    config = Config.from_mapping({"package": [package]}, tmp_path)
    ours = "async def arun() -> None: ...\nasync def only() -> None: ...\n"
    assert compare(tmp_path, ours, "def execute() -> None: ...\n", config=config) == []


def test_reexports(tmp_path: Path) -> None:
    ours = "from .client import AsyncClient\nfrom typing import Any\nfrom .util import helper as helper\n"
    (tmp_path / "aio").mkdir()
    (tmp_path / "sync").mkdir()
    (tmp_path / "aio" / "__init__.py").write_text(ours)
    (tmp_path / "sync" / "__init__.py").write_text("from .client import Client\n")
    found = [one.message for one in parity("aio", "sync", tmp_path, Options()).diagnostics]
    assert found == ["import helper has no sync counterpart"]


def allow(folder: Path, text: str) -> AllowList:
    (folder / "allow.toml").write_text(dedent(text))
    return AllowList.read(folder / "allow.toml")


def test_allowed_differences_need_a_name_and_may_name_a_kind(tmp_path: Path) -> None:
    entries = """
        [[allow]]
        name = "mod.f"
        kind = "missing"
        reason = "there is no sync meaning"
        [[allow]]
        name = "mod.g*"
        reason = "newer"
        [[allow]]
        name = "mod.gone"
        reason = "was there once"
    """
    found = compare(tmp_path, "async def f(): ...\n", "def g1(): ...\n", allow=allow(tmp_path, entries))
    assert found == ["UA829 allowed difference mod.gone does not exist (any more)"]


BAD = {
    '[[allow]]\nname = "a"': "needs a `reason`",
    '[[allow]]\nname = "a"\nreason = " "': "needs a `reason`",
    '[[allow]]\nname = "a"\nreason = "b"\nkind = "other"': "`kind` has to be one of",
    '[[allow]]\nname = "a"\nreason = "b"\nwhy = "c"': "unknown key `why`",
    "[allowed]": "unknown key `allowed`",
    "allow = 1": "array of tables",
    "x =": "cannot be read",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_bad_list_is_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadList, match=BAD[text]):
        allow(tmp_path, text)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    compare(tmp_path, ASYNC, SYNC)
    runner = click.testing.CliRunner()
    clean = runner.invoke(command, ["aio", "sync"])
    assert (clean.exit_code, clean.output) == (0, "parity: no differences\n")
    (tmp_path / "sync" / "mod.py").write_text(SYNC.replace("class Pool: ...", ""))
    drift = runner.invoke(command, ["aio", "sync"])
    assert drift.exit_code == 1
    assert "aio/mod.py:24:1: UA820 [error] class AsyncPool has no sync counterpart" in drift.output
    assert drift.output.endswith("parity: 1 difference\n")
    told = json.loads(runner.invoke(command, ["aio", "sync", "--output-format", "json"]).output)
    assert [one["code"] for one in told["diagnostics"]] == ["UA820"]
    assert not told["ok"]
    assert runner.invoke(command, ["aio", "sync", "--rename", "AsyncPool=Client"]).exit_code == 1
    assert runner.invoke(command, ["aio", "nowhere"]).exit_code == 2
    assert runner.invoke(command, ["aio", "sync", "--rename", "a"]).exit_code == 2


def test_a_generated_tree_has_no_differences(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "packages" / "keyval", tmp_path / "keyval")
    root = tmp_path / "keyval"
    config = Config.load(root)
    assert build(config).ok
    report = parity("src/keyval/aio", "src/keyval/sync", root, Options(config=config))
    assert [one.message for one in report.diagnostics] == []


@pytest.mark.parametrize(("item", "drifts"), [("int", False), ("str", True)])
def test_context_managers_in_two_styles(item: str, drifts: bool, tmp_path: Path) -> None:
    """A generator that is made one, and a function that returns one."""
    (tmp_path / "a.py").write_text(
        "from collections.abc import AsyncIterator\nfrom contextlib import asynccontextmanager\n\n\n"
        "@asynccontextmanager\nasync def held() -> AsyncIterator[int]:\n    yield 1\n"
    )
    (tmp_path / "b.py").write_text(
        "from contextlib import AbstractContextManager, nullcontext\n\n\n"
        f"def held() -> AbstractContextManager[{item}]:\n    return nullcontext()\n"
    )
    assert [one.code for one in parity("a.py", "b.py", tmp_path, Options()).errors] == ["UA825"] * drifts


CONSTANTS = """
    import enum
    import re
    from dataclasses import dataclass
    from typing import Dict, List, Optional, Union
    from typing_extensions import TypeAlias

    AGENT = "my async client"
    LIMIT = 60 * 60
    PATTERN = re.compile("a+", flags=re.I)
    CODES = (1, 2, (3, None))
    NAMES = {"a": 1, "async": LIMIT}
    Headers = Dict[str, Optional[str]]
    Auth: TypeAlias = "Union[AsyncAuth, None]"
    LOCK = asyncio.Lock()

    class AsyncAuth: ...

    class Color(enum.Enum):
        RED = 1
        BLUE = enum.auto()

    @dataclass(frozen=True, eq=True)
    class Point:
        x: int
        y: List[int] = field(default=3, repr=False)
"""
SAME = {
    '"my async client"': '"my client"',
    "60 * 60": "3600",
    "enum.auto()": "2",
    "Dict[str, Optional[str]]": "dict[str, str | None]",
    '"Union[AsyncAuth, None]"': "Auth_ | None",
    "class AsyncAuth": "class Auth_",
    "asyncio": "threading",
    "frozen=True, eq=True": "frozen=True, order=False",
    '"async": LIMIT': '"sync": MOST',
}
"""What is not told: the same in other words, names, and what only running would tell."""
OTHER_VALUES = {
    ("3600", "1800"): "UA827 LIMIT is 1800, not 60 * 60",
    ('"my client"', '"your client"'): 'UA827 AGENT is "your client", not "my async client"',
    ('"a+"', '"a*"'): 'UA827 PATTERN is re.compile("a*", flags=re.I), not re.compile("a+", flags=re.I)',
    ("(3, None)", "(3,)"): "UA827 CODES is (1, 2, (3,)), not (1, 2, (3, None))",
    ('"a": 1', '"a": True'): 'UA827 NAMES is {"a": True, "sync": MOST}, not {"a": 1, "async": LIMIT}',
    ("str | None]", "str]"): "UA825 Headers is of type dict[str, str], not dict[str, str | None]",
    ("Auth_ | None", "Auth_ | int"): "UA825 Auth is of type Auth_ | int, not Auth_ | None",
    ("RED = 1", "RED = 2"): "UA827 Color.RED is 2, not 1",
    ("frozen=True, order=False", "order=True"): "UA828 Point is @dataclass(order=True), Point @dataclass(frozen=True)",
    ("@dataclass(frozen=True, order=False)", ""): "UA828 Point is no dataclass, Point @dataclass(frozen=True)",
    ("default=3", "default=4"): "UA827 Point.y is field(default=4, repr=False), not field(default=3, repr=False)",
}


@pytest.mark.parametrize("change", [("", ""), *OTHER_VALUES], ids=range(len(OTHER_VALUES) + 1))
def test_values_and_options_are_compared(change: tuple[str, str], tmp_path: Path) -> None:
    theirs = CONSTANTS
    for old, new in SAME.items():
        theirs = theirs.replace(old, new)
    found = compare(tmp_path, CONSTANTS, theirs.replace(*change, 1), renames={"AsyncAuth": "Auth_"})
    assert found == ([OTHER_VALUES[change]] if any(change) else [])


def test_of_values_under_conditions_one_has_to_be_the_same(tmp_path: Path) -> None:
    conditional = "if is_async():\n    LIMIT = 1\nelse:\n    LIMIT = 2\n"
    assert compare(tmp_path, conditional, "LIMIT = 2\n") == []
    assert compare(tmp_path, conditional, "LIMIT = 3\n") == ["UA827 LIMIT is 3, not 1"]


def test_variables_that_are_set_together(tmp_path: Path) -> None:
    together = "A, B = 1, 2\n(C, [D, *E]) = made()\n"
    assert compare(tmp_path, together, "A = 1\nB = 2\nC, D, E = made()\n") == []
    assert compare(tmp_path, together, "A = 1\nB = 3\nC = made()\nE = ()\nF = 1\n") == [
        "UA820 value D has no sync counterpart",
        "UA827 B is 3, not 2",
        "UA821 value F is on the sync side only",
    ]


@pytest.mark.parametrize("kind", ["value", "options"])
def test_values_and_options_may_be_allowed(kind: str, tmp_path: Path) -> None:
    (tmp_path / "allowed.toml").write_text(f'[[allow]]\nname = "mod.*"\nkind = "{kind}"\nreason = "meant"\n')
    ours = CONSTANTS.replace("AsyncAuth", "Credentials")
    theirs = ours.replace("RED = 1", "RED = 2") if kind == "value" else ours.replace("frozen=True", "order=True")
    assert len(compare(tmp_path, ours, theirs)) == 1
    assert compare(tmp_path, ours, theirs, allow=AllowList.read(tmp_path / "allowed.toml")) == []


def test_what_the_configuration_sets_and_replaces_is_no_difference(tmp_path: Path) -> None:
    (tmp_path / "unasync-plus.toml").write_text(
        '[set]\nIS_SYNC = true\n[text]\nslow = "fast"\n[[package]]\nsource = "aio"\ntarget = "sync"\n'
    )
    (tmp_path / "aio").mkdir()
    config = Config.load(tmp_path)
    ours, theirs = 'IS_SYNC = False\nWORD = "slow"\n', 'IS_SYNC = True\nWORD = "fast"\n'
    assert compare(tmp_path, ours, theirs, config=config) == []
    assert len(compare(tmp_path, ours, theirs)) == 2


def test_objects_of_loops_are_anything_behind_the_bridge(tmp_path: Path) -> None:
    ours = (
        "import asyncio\nfrom asyncio import StreamReader\nclass Event: ...\n"
        "async def read(reader: StreamReader, queue: asyncio.Queue[list[int]] | None) -> bytes: ...\n"
        "async def fire(event: Event) -> None: ...\n"
    )
    theirs = (
        "_bridge = Facade()\nclass Event: ...\ndef read(reader: Any, queue: Any | None) -> bytes: ...\n"
        "def fire(event: EVENT) -> None: ...\n"
    )
    (tmp_path / "ours.py").write_text(ours)
    (tmp_path / "theirs.py").write_text(theirs.replace("EVENT", "Event"))
    assert not parity("ours.py", "theirs.py", tmp_path, Options()).errors
    (tmp_path / "theirs.py").write_text(theirs.replace("EVENT", "Any"))
    assert [one.message for one in parity("ours.py", "theirs.py", tmp_path, Options()).errors] == [
        "event in fire is of type Any, not Event"
    ]
    (tmp_path / "theirs.py").write_text(theirs.replace("EVENT", "Event").replace("_bridge", "_plain"))
    assert len(parity("ours.py", "theirs.py", tmp_path, Options()).errors) == 2


def test_a_wrapper_has_no_base_that_the_sync_side_only_hands_on(tmp_path: Path) -> None:
    guarded = "try:\n    from quic import Protocol\nexcept ImportError:\n    Protocol = {}\n"
    ours = f"{guarded.format('object')}class Base: ...\nclass Client(Protocol, Base): ...\n"
    theirs = (
        f"from ._unasync_plus.wrap import Wrapper\n_bridge = Facade()\n{guarded.format('_async.Protocol')}"
        "class Base(Wrapper, wraps=_async.Base): ...\nclass Client(BASE, wraps=_async.Client): ...\n"
    )
    (tmp_path / "ours.py").write_text(ours)
    (tmp_path / "theirs.py").write_text(theirs.replace("BASE", "Base"))
    assert not parity("ours.py", "theirs.py", tmp_path, Options()).errors
    (tmp_path / "theirs.py").write_text(theirs.replace("BASE", "Wrapper"))
    assert [one.message for one in parity("ours.py", "theirs.py", tmp_path, Options()).errors] == [
        "the bases of Client are (), not (Base)"
    ]


def test_a_bridged_class_may_say_more_and_leave_out_what_its_base_does(tmp_path: Path) -> None:
    ours = """
    from asyncio import Future
    class AsyncA:
        def __del__(self) -> None: ...
        async def __aenter__(self): ...
        async def get(self, a: Future) -> None: ...
        def size(self): ...
    """
    theirs = """
    from ._unasync_plus.wrap import Wrapper
    _bridge = Facade()
    class A(Wrapper, wraps=_async.AsyncA):
        def __enter__(self) -> Self: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
        def get(self, a: Future[Any]) -> None: ...
        def size(self) -> int: ...
    def __getattr__(name: str) -> Any: ...
    """
    ours, theirs = dedent(ours), dedent(theirs)
    (tmp_path / "ours.py").write_text(ours)
    (tmp_path / "theirs.py").write_text(theirs)
    assert not parity("ours.py", "theirs.py", tmp_path, Options()).errors
    (tmp_path / "theirs.py").write_text(theirs.replace(", wraps=_async.AsyncA", "").replace("_bridge", "_other"))
    told = {one.code for one in parity("ours.py", "theirs.py", tmp_path, Options()).errors}
    assert told == {"UA820", "UA821", "UA825"}
