"""Bridge mode for type checkers: the output, its stubs and the vendored runtime under `mypy --strict` in a user's project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from mypy import api
from project import SampleProject

TABLE = """
[tool.unasync-plus]
target-version = "3.9"
mode = "bridge"
interface = "INTERFACE"
stubs = STUBS
[[tool.unasync-plus.package]]
source = "lib/aio"
target = "lib/sync"
"""

SOURCE = """
    from __future__ import annotations
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import asynccontextmanager
    from dataclasses import dataclass
    from typing import Generic, TypeVar, overload

    T = TypeVar("T")

    @dataclass
    class Item:
        n: int
        async def up(self) -> Item:
            return Item(self.n + 1)

    class Client(Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value
        @property
        def name(self) -> str:
            return "client"
        @property
        async def item(self) -> Item:
            return Item(1)
        @property
        async def kept(self) -> T:
            return self.value
        async def __aenter__(self) -> Client[T]:
            return self
        async def __aexit__(self, *args: object) -> None: ...
        async def get(self, n: int = 1) -> T:
            return self.value
        async def items(self, n: int) -> AsyncIterator[Item]:
            yield Item(n)
        @asynccontextmanager
        async def session(self) -> AsyncIterator[Item]:
            yield Item(1)
        @classmethod
        async def create(cls, value: T) -> Client[T]:
            return cls(value)
        @staticmethod
        async def version() -> str:
            return "1"
        @overload
        async def find(self, key: int) -> Item: ...
        @overload
        async def find(self, key: str) -> str: ...
        async def find(self, key: int | str) -> Item | str:
            return Item(key) if isinstance(key, int) else key
        async def apply(self, f: Callable[[int], Awaitable[int]]) -> int:
            return await f(1)
        async def close(self) -> None: ...
        def plain(self) -> int:
            return 1

    class Pool(Client[int]):
        @property
        async def first(self) -> Client[int]:
            return self
        @property
        async def all(self) -> AsyncIterator[Client[int]]:
            yield self

    async def fetch(n: int, *, deep: bool = False) -> Item:
        return Item(n)

    async def count(n: int) -> AsyncIterator[int]:
        for i in range(n):
            yield i
"""

USER = """
    from typing_extensions import assert_type
    from lib.sync import Client, Item, Pool, fetch, count
    client = Client("x")
    assert_type(client.get(2), str)
    assert_type(client.get(n=2), str)
    assert_type(client.value, str)
    assert_type(client.name, str)
    assert_type(client.item, Item)
    assert_type(client.kept, str)
    assert_type(Pool(1).first, Client[int])
    assert_type(client.find(1), Item)
    assert_type(client.find("1"), str)
    assert_type(Client.version(), str)
    assert_type(client.apply(lambda n: n + 1), int)
    assert_type(client.plain(), int)
    assert_type(fetch(1, deep=True), Item)
    assert_type(Item(1).up(), Item)
    for item in client.items(3):
        assert_type(item, Item)
    for number in count(3):
        assert_type(number, int)
    with client.session() as inside:
        assert_type(inside, Item)
    with client as same:
        assert_type(same, Client[str])
    client.close()
    assert_type(client.with_options(timeout=1.0).get(), str)
"""
CREATED = "assert_type(Client.create(1), Client[int])\n"
"""A class method of a generic class; mypy loses the parameter of the class where a descriptor stands for the method."""

DUAL_USER = """
    async def main() -> None:
        assert_type(await client.get.aio(2), str)
        assert_type(await client.get.aio(n=2), str)
        assert_type(await client.aio.item, Item)
        assert_type(await Pool(1).aio.item, Item)
        assert_type(await Pool(1).aio.first, Client[int])
        async for one in Pool(1).aio.all:
            assert_type(one, Client[int])
        assert_type(await Client.version.aio(), str)
        assert_type(await fetch.aio(1, deep=True), Item)
        assert_type(await fetch.with_options(timeout=1.0).aio(1), Item)
        assert_type(await Item(1).up.aio(), Item)
        async for item in client.items.aio(3):
            assert_type(item, Item)
        async for number in count.aio(3):
            assert_type(number, int)
        async with client.session.aio() as inside:
            assert_type(inside, Item)
        async with client as same:
            assert_type(same, Client[str])
        await client.close.aio()
        assert_type(fetch.with_options(timeout=1.0)(1), Item)
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def check_strictly(folder: Path, cache: Path, interface: str, stubs: str, source: str, user: str) -> SampleProject:
    """Bridge ``source`` in ``folder``; `mypy --strict` finds nothing in the output, nor in ``user``, who imports it."""
    project = SampleProject(folder)
    project.write("pyproject.toml", TABLE.replace("INTERFACE", interface).replace("STUBS", stubs))
    project.write("lib/__init__.py")
    project.write("lib/py.typed")
    project.write("lib/aio/__init__.py", dedent(source))
    report = project.build()
    assert not any(item.is_error for item in report.diagnostics), report.diagnostics
    path = project.write("user.py", user)
    told, errors, status = api.run(
        ["--strict", "--config-file=", f"--cache-dir={cache}", str(folder / "lib"), str(path)]
    )
    assert (status, errors) == (0, ""), told
    return project


@pytest.mark.parametrize("stubs", ["true", "false"])
@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_a_users_project_is_strictly_typed(interface: str, stubs: str, cache: Path, tmp_path: Path) -> None:
    check_strictly(
        tmp_path,
        cache,
        interface,
        stubs,
        SOURCE,
        dedent(USER) + (dedent(DUAL_USER) if interface == "dual" else CREATED),
    )


GENERIC = """
    from __future__ import annotations
    from dataclasses import dataclass
    from typing import Generic, NewType, TypeVar

    class Client:
        async def get(self) -> int:
            return 1

    C = TypeVar("C", bound=Client)
    T = TypeVar("T")
    Main = NewType("Main", Client)

    class Name(str, Generic[C]):
        # The name of a client.
        size: int = 0
        def __new__(cls, text: str) -> Name[C]:
            return super().__new__(cls, text)
        def __init__(self, text: str) -> None:
            self.half = len(text) // 2
        def kind(self) -> type[C] | None:
            return None

    class ShortName(Name[C]): ...

    class Page(Generic[T]):
        def __init__(self, items: list[T]) -> None:
            self.items = items
        def first(self) -> T:
            return self.items[0]

    @dataclass
    class Pair(Generic[C]):
        one: C
        other: C

    class Holder:
        def __init__(self, main: Main) -> None:
            self.main = main

    async def find(name: Name[C]) -> C | None:
        return None
    async def page() -> Page[Client]:
        return Page([Client()])
    async def pair() -> Pair[Client]:
        return Pair(Client(), Client())
    async def holder() -> Holder:
        return Holder(Main(Client()))
"""
GENERIC_USER = """
    from typing import Optional, Type
    from typing_extensions import assert_type
    from lib.sync import Client, Name, ShortName, find, holder, page, pair
    name: Name[Client] = Name("abc")
    short: ShortName[Client] = ShortName("abc")
    assert_type(name.upper(), str)
    assert_type(name.half, int)
    assert_type(name.kind(), Optional[Type[Client]])
    assert_type(find(name), Optional[Client])
    assert_type(find(short), Optional[Client])
    assert_type(page().first(), Client)
    assert_type(page().items, "list[Client]")
    assert_type(pair().one, Client)
"""
GENERIC_PROGRAM = """
    from lib import aio
    from lib.sync import Client, Name, find, holder, page, pair
    assert Name is aio.Name and Name("abc").half == 1 and find(Name("abc")) is None
    for client in (page().first(), page().items[0], pair().other, holder().main):
        assert type(client) is Client and client.get() == 1, client
"""


@pytest.mark.parametrize("stubs", ["true", "false"])
def test_classes_that_are_generic_over_wrapped_ones(stubs: str, cache: Path, tmp_path: Path) -> None:
    """A text stays a text, told with sync types; what holds objects is wrapped, and so is what it gives."""
    check_strictly(tmp_path, cache, "sync", stubs, GENERIC, dedent(GENERIC_USER))
    subprocess.run([sys.executable, "-c", dedent(GENERIC_PROGRAM)], cwd=tmp_path, check=True)


OVERLOADED = """
    from __future__ import annotations
    from collections.abc import AsyncIterator, Awaitable
    from typing import Generic, TypeVar, overload

    T = TypeVar("T")
    K = TypeVar("K")

    @overload
    async def find(key: int) -> str: ...
    @overload
    async def find(key: str, *, deep: bool = ...) -> bytes: ...
    async def find(key: int | str, *, deep: bool = False) -> str | bytes:
        return str(key) if isinstance(key, int) else key.encode()

    class Box(Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value
        @overload
        async def get(self, key: int) -> T: ...
        @overload
        async def get(self, key: str, other: K) -> K: ...
        async def get(self, key: int | str, other: K | None = None) -> T | K | None:
            return self.value if isinstance(key, int) else other
        @overload
        def items(self, n: int) -> AsyncIterator[int]: ...
        @overload
        def items(self, n: str) -> AsyncIterator[str]: ...
        async def items(self, n: int | str) -> AsyncIterator[int | str]:
            yield n
        @overload
        @classmethod
        async def make(cls, value: int) -> Box[int]: ...
        @overload
        @classmethod
        async def make(cls, value: str) -> Box[str]: ...
        @classmethod
        async def make(cls, value: int | str) -> Box[int] | Box[str]:
            return Box(value) if isinstance(value, int) else Box(value)

    class Base:
        @overload
        async def up(self, key: int, /, *more: int) -> int: ...
        @overload
        async def up(self, key: str, /, **more: str) -> str: ...
        async def up(self, key: int | str, /, *more: int, **named: str) -> int | str:
            return key
        @overload
        @staticmethod
        async def at(key: int) -> int: ...
        @overload
        @staticmethod
        async def at(key: str) -> str: ...
        @staticmethod
        async def at(key: int | str) -> int | str:
            return key
        @overload
        async def only(self, key: int) -> int: ...
        @overload
        def only(self, key: int) -> Awaitable[int]: ...  # type: ignore[overload-cannot-match, unused-ignore]
        async def only(self, key: int) -> int:
            return key

    class Derived(Base):
        @overload
        async def up(self, key: int, /, *more: int) -> int: ...
        @overload
        async def up(self, key: str, /, **more: str) -> str: ...
        @overload
        async def up(self, key: bytes, /) -> bytes: ...
        async def up(self, key: int | str | bytes, /, *more: int, **named: str) -> int | str | bytes:
            return key
"""
OVERLOADED_USER = """
    import asyncio
    from typing import TYPE_CHECKING
    from lib.sync import Base, Box, Derived, find
    if TYPE_CHECKING:
        from typing_extensions import assert_type
    else:
        def assert_type(value, _):
            assert type(value) is _ or _ in (Box[int], Box[str])
    class Sub(Box[bytes]): ...
    box = Box(1.5)
    assert_type(find(1), str)
    assert_type(box.get(1), float)
    assert_type(box.get("a", 3j), complex)
    assert_type(Sub(b"").get(1), bytes)
    assert_type(Box.make(1), Box[int])
    assert_type(Base().up("a", b="c"), str)
    assert_type(Derived().up(b""), bytes)
    assert_type(Base.at(1), int)
    for number in box.items(1):
        assert_type(number, int)
    async def main() -> None:
        assert_type(await find.aio("a", deep=True), bytes)
        assert_type(await find.with_options(timeout=1).aio(1), str)
        assert_type(await box.get.aio(1), float)
        assert_type(await box.get.aio("a", 3j), complex)
        assert_type(await Sub(b"").get.aio(1), bytes)
        assert_type(await Box.make.aio("a"), Box[str])
        assert_type(await Base().up.aio(1, 2), int)
        assert_type(await Derived().up.aio(b""), bytes)
        assert_type(await Base().only.aio(1), int)
        assert_type(await Base.at.aio("a"), str)
        async for text in box.items.aio("a"):
            assert_type(text, str)
    asyncio.run(main())
"""


def test_overloads_of_both_faces(cache: Path, tmp_path: Path) -> None:
    """The stub has those of ``.aio`` too, and stubtest finds nothing in it that the code has not."""
    check_strictly(tmp_path, cache, "dual", "true", OVERLOADED, dedent(OVERLOADED_USER))
    for command in (["user.py"], ["-m", "mypy.stubtest", "--concise", "lib.sync"]):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line and not line.startswith("lib.sync._unasync_plus.")]
        assert lines == [] and "Traceback" not in done.stderr, done


OF_SELF = """
    from __future__ import annotations
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager
    from typing import Generic, Optional, TypeVar, Union, overload
    from typing_extensions import Self
    T = TypeVar("T")
    class Node:
        async def one(self) -> Self:
            return self
        async def many(self, n: int = 1) -> list[Self]:
            return [self] * n
        async def maybe(self) -> Optional[Self]:
            return self
        async def named(self, *, key: str) -> dict[str, Self]:
            return {key: self}
        async def each(self) -> AsyncIterator[Self]:
            yield self
        async def pairs(self) -> AsyncIterator[tuple[Self, int]]:
            yield self, 1
        @asynccontextmanager
        async def session(self) -> AsyncIterator[Self]:
            yield self
        @classmethod
        async def load(cls, n: int) -> list[Self]:
            return [cls() for _ in range(n)]
        @classmethod
        async def make(cls) -> Self:
            return cls()
        @overload
        async def find(self, key: int) -> Self: ...
        @overload
        async def find(self, key: str) -> list[Self]: ...
        async def find(self, key: Union[int, str]) -> Union[Self, list[Self]]:
            return self if isinstance(key, int) else [self]
        @overload
        @classmethod
        async def get(cls, key: int) -> Self: ...
        @overload
        @classmethod
        async def get(cls, key: str) -> list[Self]: ...
        @classmethod
        async def get(cls, key: Union[int, str]) -> Union[Self, list[Self]]:
            return cls() if isinstance(key, int) else [cls()]
        async def same(self, other: Self) -> bool:
            return self is other
    class Leaf(Node):
        async def many(self, n: int = 1, *, also: int = 0) -> list[Self]:
            return [self] * (n + also)
        @overload
        async def find(self, key: int) -> Self: ...
        @overload
        async def find(self, key: str) -> list[Self]: ...
        async def find(self, key: Union[int, str]) -> Union[Self, list[Self]]:
            return await super().find(key)
    class Box(Generic[T]):
        def __init__(self, value: T) -> None:
            self.value = value
        async def copies(self, n: int) -> list[Self]:
            return [self] * n
        async def paired(self) -> list[tuple[Self, T]]:
            return [(self, self.value)]
    class Sub(Box[int]):
        pass
"""

USER_OF_SELF = """
    import asyncio
    from typing import Any, Optional
    from typing_extensions import assert_type
    from lib.sync import Node, Leaf, Box, Sub
    leaf = Leaf()
    assert_type(leaf.one(), Leaf)
    assert_type(leaf.many(2), list[Leaf])
    assert_type(leaf.maybe(), Optional[Leaf])
    assert_type(leaf.named(key="a"), dict[str, Leaf])
    assert_type(Leaf.load(1), list[Leaf])
    assert_type(Leaf.make(), Leaf)
    assert_type(leaf.find(1), Leaf)
    assert_type(leaf.find("a"), list[Leaf])
    assert_type(Leaf.get(1), Leaf)
    assert_type(Leaf.get("a"), list[Leaf])
    assert_type(leaf.same(leaf), bool)
    for one in leaf.each():
        assert_type(one, Leaf)
    for pair in leaf.pairs():
        assert_type(pair, tuple[Leaf, int])
    with leaf.session() as s:
        assert_type(s, Leaf)
    assert_type(Box(1).copies(2), list[Box[int]])
    assert_type(Sub(1).copies(2), list[Sub])
    async def main() -> None:
        assert_type(await leaf.one.aio(), Leaf)
        assert_type(await leaf.many.aio(n=2), list[Leaf])
        assert_type(await leaf.maybe.aio(), Optional[Leaf])
        assert_type(await leaf.named.aio(key="a"), dict[str, Leaf])
        assert_type(await Leaf.load.aio(1), list[Leaf])
        assert_type(await Leaf.make.aio(), Leaf)
        assert_type(await leaf.find.aio(1), Leaf)
        assert_type(await leaf.find.aio("a"), list[Leaf])
        assert_type(await Leaf.get.aio(1), Leaf)
        assert_type(await Leaf.get.aio("a"), list[Leaf])
        assert_type(await leaf.same.aio(leaf), bool)
        async for one in leaf.each.aio():
            assert_type(one, Leaf)
        async for pair in leaf.pairs.aio():
            assert_type(pair, tuple[Leaf, int])
        async with leaf.session.aio() as s:
            assert_type(s, Leaf)
        assert_type(await Box(1).copies.aio(2), list[Box[int]])
        assert_type(await Sub(1).copies.aio(2), list[Sub])
        assert leaf.many.__self__ is leaf
        assert_type(await Sub(1).paired.aio(), list[tuple[Any, int]])
    asyncio.run(main())

"""


def test_self_inside_other_types_and_in_overloads_has_both_faces(cache: Path, tmp_path: Path) -> None:
    """``list[Self]`` is a list of the class that a method was called on, for subclasses and for async callers too."""
    check_strictly(tmp_path, cache, "dual", "true", OF_SELF, dedent(USER_OF_SELF))
    for command in (["user.py"], ["-m", "mypy.stubtest", "--concise", "lib.sync"]):
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.stdout.strip(), done.returncode) == ("", 0) or "no issues" in done.stdout, done


def test_attributes_are_told_or_warned_of(tmp_path: Path) -> None:
    table = TABLE.replace("INTERFACE", "sync").replace("STUBS", "true")
    project = SampleProject(tmp_path)
    project.write("pyproject.toml", table)
    project.write("lib/__init__.py")
    source = """\
        import re
        def made(x): return x
        class Client:
            names = ["a"]
            pattern = re.compile("x")
            unknown = made(1)
            def __init__(self, given) -> None:
                self.given = given
                self.several = [made(1)]
                self.known = [1]
            async def get(self) -> int: return 1
    """
    project.write("lib/aio/__init__.py", dedent(source))
    report = project.build()
    told = [(one.line, one.message) for one in report.diagnostics if one.code == "UA801"]
    assert told == [
        (6, "the type of Client.unknown cannot be told: the sync side says Any"),
        (8, "the type of Client.given cannot be told: the sync side says Any"),
        (9, "the type of Client.several cannot be told: the sync side says Any"),
    ]
    stub = project.read("lib/sync/__init__.pyi")
    for line in ("names: list[str]", "pattern: re.Pattern[str]", "unknown: Any", "given: Any", "known: list[int]"):
        assert f"    {line}\n" in stub


NESTED = """
    from __future__ import annotations
    import enum
    from dataclasses import dataclass

    @dataclass
    class Message:
        data: bytes
        class Kind(enum.Enum):
            ACK = 1
        async def acknowledge(self) -> Message.Kind:
            return Message.Kind.ACK
"""


@pytest.mark.parametrize("stubs", ["true", "false"])
def test_a_class_in_a_dataclass(stubs: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a TypeAlias, which Python 3.9 does not have: there mypy takes the class for a variable."""
    monkeypatch.setitem(globals(), "TABLE", TABLE.replace('"3.9"', '"3.10"'))
    user = "from lib.sync import Message\n\nkind: Message.Kind = Message(b'').acknowledge()\n"
    check_strictly(tmp_path, cache, "sync", stubs, NESTED, user)
