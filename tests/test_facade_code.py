"""Bridge mode, the text: what the facade of a module looks like."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import ROOT
from facade_made import Make, generated, result_of, write

HEAD = """\
from __future__ import annotations

from unasync_plus.runtime.wrap import Facade

from . import aio as _async

_bridge = Facade("lib", __name__, _async)


"""


def body(source: str, **given: object) -> str:
    """The facade behind the line that sets the bridge up."""
    code = generated(source, **given)
    _, _, rest = code.partition("_bridge = ")
    return rest.partition("\n")[2].strip("\n") + "\n"


def same(source: str, expected: str, **given: object) -> None:
    assert body(source, **given) == dedent(expected).strip("\n") + "\n"


def test_a_function() -> None:
    source = '''
    async def fetch(url: str, *, timeout: float = 5.0) -> bytes:
        """Fetch it."""
        return b""
    '''
    assert generated(source) == HEAD + dedent('''\
    @_bridge.function
    def fetch(url: str, *, timeout: float = 5.0) -> bytes:
        """Fetch it."""
        return _bridge.run(_async, "fetch", url, timeout=timeout)
    ''')


def test_a_class() -> None:
    same(
        '''
        class Client:
            """The client."""

            retries = 3

            def __init__(self, url: str) -> None:
                self.url = url

            async def close(self) -> None:
                pass

            def _private(self) -> int:
                return 1

            async def __aenter__(self):
                return self

            async def __aexit__(self, *exc: object) -> None: ...
        ''',
        '''
        class Client(Wrapper, wraps=_async.Client):
            """The client."""

            retries = 3
            url: str

            def __init__(self, url: str) -> None:
                _bridge.direct(self, "__init__", url)

            def close(self) -> None:
                _bridge.run(self, "close")

            def __enter__(self) -> Self:
                return _bridge.enter(self)

            def __exit__(self, *exc: object) -> None:
                _bridge.exit(self, *exc)
        ''',
    )


def test_every_kind_of_parameter_goes_across_as_it_came() -> None:
    same(
        "async def f(a, /, b: int = 1, *args: str, c, d: bytes = b'', **kw: int) -> None: ...",
        """
        @_bridge.function
        def f(a, /, b: int = 1, *args: str, c, d: bytes = b'', **kw: int) -> None:
            _bridge.run(_async, "f", a, b, *args, c=c, d=d, **kw)
        """,
    )


def test_signatures_keep_their_layout_comments_and_defaults() -> None:
    same(
        """
        import os

        _UNSET = object()


        # above
        # two lines
        async def f(
            a: int,  # the first
            b: str = os.sep + "x",
            c: object = _UNSET,
        ) -> int:  # behind
            return 1
        """,
        """
        _UNSET = _async._UNSET


        # above
        # two lines
        @_bridge.function
        def f(
            a: int,  # the first
            b: str = os.sep + "x",
            c: object = _UNSET,
        ) -> int:  # behind
            return _bridge.run(_async, "f", a, b, c)
        """,
    )


def test_long_calls_are_broken() -> None:
    names = [f"a_rather_long_name_{number}" for number in range(8)]
    code = body(f"async def f({', '.join(names)}): ...")
    ast.parse(code)
    assert all(len(line) <= 120 for line in code.splitlines()[2:])


@pytest.mark.parametrize(
    ("returns", "sync"),
    [
        ("AsyncIterator[int]", "Iterator[int]"),
        ("AsyncGenerator[int, str]", "Generator[int, str, None]"),
        ("Awaitable[int]", "int"),
        ("Coroutine[Any, Any, list[int]]", "list[int]"),
        ("AsyncContextManager[int]", "ContextManager[int]"),
        ("Optional[Awaitable[int]]", "Optional[int]"),
        ("'Awaitable[int]'", "'int'"),
        ("asyncio.Task[int]", "Future[int]"),
        ("asyncio.Queue[int]", "Any"),
        ("Callable[[int], Awaitable[str]]", "Callable[[int], str]"),
    ],
)
def test_return_types(returns: str, sync: str) -> None:
    code = body(
        f"""
        import asyncio
        from typing import *
        from typing import Any, AsyncContextManager, AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Optional

        def f() -> {returns}: ...
        """
    )
    assert f"def f() -> {sync}:" in code


def test_a_context_manager_made_by_a_decorator() -> None:
    same(
        """
        from collections.abc import AsyncIterator
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def session(name: str) -> AsyncIterator[int]:
            yield 1
        """,
        """
        @_bridge.function
        def session(name: str) -> AbstractContextManager[int]:
            return _bridge.run(_async, "session", name)
        """,
    )


def test_properties_class_and_static_methods() -> None:
    same(
        '''
        class A:
            @property
            def x(self) -> int:
                """The x."""
                return self._x

            @x.setter
            def x(self, value: int) -> None:
                self._x = value

            @x.deleter
            def x(self) -> None:
                del self._x

            @classmethod
            async def make(cls, n: int = 1) -> "A": ...

            @staticmethod
            async def ping() -> int: ...

            @classmethod
            @property
            def kind(cls) -> str:
                return "a"
        ''',
        '''
        class A(Wrapper, wraps=_async.A):
            @property
            def x(self) -> int:
                """The x."""
                return _bridge.get(self, "x")

            @x.setter
            def x(self, value: int) -> None:
                _bridge.set(self, "x", value)

            @x.deleter
            def x(self) -> None:
                _bridge.delete(self, "x")

            @classmethod
            def make(cls, n: int = 1) -> "A":
                return _bridge.run(cls, "make", n)

            @staticmethod
            def ping() -> int:
                return _bridge.run(_async.A, "ping")

            @_bridge.class_property
            def kind(cls) -> str:
                return _bridge.get(cls, "kind")
        ''',
    )


def test_a_plain_function_that_needs_the_loop_goes_there() -> None:
    code = body(
        """
        import asyncio

        class A:
            def start(self) -> None:
                asyncio.get_running_loop().create_task(self.run())

            def again(self) -> None:
                self.start()

            def name(self) -> str:
                return "a".upper()

            def other(self, sock) -> None:
                self.sock.frobnicate()

            async def run(self) -> None: ...
        """
    )
    assert re.findall(r'_bridge\.(\w+)\(self, "(\w+)"', code) == [
        ("call", "start"),
        ("call", "again"),
        ("direct", "name"),
        ("call", "other"),
        ("run", "run"),
    ]


def test_what_is_plain_is_shared() -> None:
    code = generated(
        """
        import enum
        from dataclasses import dataclass
        from typing import Any

        LIMIT = 5
        NAMES = ["a", "b"]
        TABLE = dict(a=1)

        class LibError(Exception):
            async def odd(self) -> None: ...

        class Color(enum.Enum):
            RED = 1

        @dataclass
        class Point:
            x: int
            y: int = 0

            def norm(self) -> int:
                return self.x

        @dataclass(frozen=True)
        class Message:
            body: Any

        def parse(text: str) -> Point:
            return Point(int(text))
        """
    )
    assert code == dedent(
        """\
        from __future__ import annotations

        from . import aio as _async

        LIMIT = 5
        NAMES = _async.NAMES
        TABLE = _async.TABLE
        LibError = _async.LibError
        Color = _async.Color
        Point = _async.Point
        Message = _async.Message
        parse = _async.parse
        """
    )


def test_what_may_hold_a_wrapped_object_is_wrapped_itself() -> None:
    code = body(
        """
        from dataclasses import dataclass, field

        class Client:
            async def go(self) -> None: ...

        class Typed:
            def __init__(self, client: Client) -> None:
                self.client = client

        class Untyped:
            def __init__(self, client) -> None:
                self.client = client

        class Later:
            def __init__(self) -> None:
                self.clients = []

        @dataclass
        class Data:
            client: Client
            names: list[str] = field(default_factory=list)

        class Plain:
            def __init__(self, n: int) -> None:
                self.n = n

        def first(later: Later) -> Client:
            return later.clients[0]
        """
    )
    assert re.findall(r"^class (\w+)\(Wrapper", code, re.M) == ["Client", "Typed", "Untyped", "Later", "Data"]
    assert "Plain = _async.Plain" in code
    assert "@wrapped_dataclass\nclass Data" in code
    assert '_bridge.direct(_async, "first", later)' in code


def test_types_alone_are_written_again_with_sync_types() -> None:
    same(
        """
        from typing import NamedTuple, Protocol, TypedDict

        class Client:
            async def go(self) -> None: ...

        class Store(Protocol):
            async def put(self, client: Client) -> None:
                '''Put.'''
                ...

        class Pair(NamedTuple):
            client: Client
            n: int = 0

        class Options(TypedDict):
            client: Client
        """,
        """
        class Client(Wrapper, wraps=_async.Client):
            def go(self) -> None:
                _bridge.run(self, "go")

        class Store(Protocol):
            def put(self, client: Client) -> None:
                '''Put.'''
                ...

        @_bridge.copied(_async.Pair)
        class Pair(NamedTuple):
            client: Client
            n: int = 0

        class Options(TypedDict):
            client: Client
        """,
    )


def test_bases() -> None:
    code = body(
        """
        import abc
        from abc import ABC, abstractmethod
        from collections.abc import AsyncIterator
        from typing import Generic, TypeVar

        import somewhere

        T = TypeVar("T")

        class Mixin:
            def plain(self) -> int:
                return 1

        class A(Mixin, somewhere.Else, ABC, Generic[T]):
            @abstractmethod
            async def go(self) -> T: ...

        class B(A[int], AsyncIterator[int], metaclass=abc.ABCMeta):
            async def __anext__(self) -> int: ...
        """
    )
    heads = re.findall(r"^class .*:$", code, re.M)
    assert heads == [
        "class Mixin(Wrapper, wraps=_async.Mixin):",
        "class A(Mixin, ABC, Generic[T], wraps=_async.A):",
        "class B(A[int], Iterator[int], metaclass=abc.ABCMeta, wraps=_async.B):",
    ]
    assert "    @abstractmethod\n    def go(self) -> T:" in code
    assert 'T = TypeVar("T")' in code


def test_pep_695() -> None:
    same(
        """
        from collections.abc import Awaitable, Callable

        type Handler[T] = Callable[[T], Awaitable[None]]

        class Box[T]:
            async def get[U: int](self, other: U) -> tuple[T, U]: ...

        async def first[T](items: list[T]) -> T: ...
        """,
        """
        type Handler[T] = Callable[[T], None]

        class Box[T](Wrapper, wraps=_async.Box):
            def get[U: int](self, other: U) -> tuple[T, U]:
                return _bridge.run(self, "get", other)

        @_bridge.function
        def first[T](items: list[T]) -> T:
            return _bridge.run(_async, "first", items)
        """,
        target_version=(3, 12),
    )


def test_overloads_that_become_equal_are_merged() -> None:
    code = body(
        """
        from collections.abc import Awaitable, Callable
        from typing import overload

        class A:
            @overload
            async def each(self, f: Callable[[], Awaitable[int]]) -> int: ...
            @overload
            async def each(self, f: Callable[[], int]) -> int: ...
            async def each(self, f): ...

            @overload
            async def get(self, key: int) -> int: ...
            @overload
            async def get(self, key: str) -> str: ...
            async def get(self, key): ...
        """
    )
    assert code.count("def each") == 1
    assert "def each(self, f: Callable[[], int]) -> int:" in code
    assert code.count("@overload") == 2
    assert code.count("def get") == 3


def test_slots_operators_and_hooks() -> None:
    code = body(
        """
        class A:
            __slots__ = ("x",)

            async def go(self) -> None: ...
            def __len__(self) -> int:
                return 1
            def __eq__(self, other: object) -> bool:
                return True
            def __getattr__(self, name: str) -> int: ...
            def __get__(self, obj, owner=None): ...
            def __setattr__(self, name, value): ...
            def __await__(self):
                return self.go().__await__()
            def _hook(self) -> None: ...
            def __secret(self) -> None: ...
        """
    )
    assert "__slots__ = ()" in code
    assert 'def __len__(self) -> int:\n        return _bridge.direct(self, "__len__")' in code
    assert "def __getattr__(self, name: str) -> int:\n        return _bridge.read(self, name)" in code
    assert 'def __get__(self, obj, owner=None):\n        return _bridge.direct(self, "__get__", obj, owner)' in code
    assert "def result(self, timeout: float | None = None) -> Any:" in code
    assert not re.search(r"__setattr__|_hook|secret", code)


def test_names_follow_the_configuration_and_async_ones_stay_behind_the_bridge() -> None:
    same(
        '''
        class AsyncClient:
            """An AsyncClient."""

            async def aread(self, *, async_mode: bool = True) -> bytes: ...

        async def async_connect(client: AsyncClient) -> None: ...
        ''',
        '''
        class Client(Wrapper, wraps=_async.AsyncClient):
            """A Client."""

            def read(self, *, mode: bool = True) -> bytes:
                return _bridge.run(self, "aread", async_mode=mode)

        @_bridge.function
        def connect(client: Client) -> None:
            _bridge.run(_async, "async_connect", client)
        ''',
        rename={"aread": "read"},
    )


def test_what_callers_hand_in_is_adapted_as_the_source_uses_it() -> None:
    code = body(
        """
        from collections.abc import AsyncIterator, Awaitable, Callable
        from typing import Any, AsyncContextManager, Protocol

        class Store(Protocol):
            async def put(self, n: int) -> None: ...

        class Step(Protocol):
            async def __call__(self, n: int) -> None: ...

        class Client:
            def __init__(self) -> None:
                self._kept = []

            async def typed(self, f: Callable[[int], Awaitable[int]]) -> None: ...
            async def event(self, f: Callable[[int], None]) -> None: ...
            async def value(self, f: Callable[[int], int]) -> None: ...
            async def items(self, f: AsyncIterator[int]) -> None: ...
            async def entered(self, f: AsyncContextManager[int]) -> None: ...
            async def awaited(self, f: Awaitable[int]) -> None: ...
            async def store(self, f: Store) -> None: ...
            async def stores(self, f: list[Store]) -> None: ...
            async def step(self, f: Step | None) -> None: ...
            async def untyped(self, f) -> None:
                await f(1)
            async def ignored(self, f: Any) -> None:
                f(1)
            def kept(self, f) -> None:
                self._kept.append(f)
            async def emit(self) -> None:
                for each in self._kept:
                    await each(1)
        """
    )
    found = dict(re.findall(r'_bridge\.\w+\(self, "(\w+)", (.*)\)$', code, re.M))
    assert found == {
        "typed": "_bridge.as_async(f)",
        "event": "_bridge.as_event(f)",
        "value": "f",
        "items": "_bridge.as_items(f)",
        "entered": "_bridge.as_context(f)",
        "awaited": "_bridge.as_awaitable(f)",
        "store": "_bridge.as_protocol(f, _async.Store)",
        "stores": "_bridge.as_protocol(f, _async.Store)",
        "step": "_bridge.as_async(f)",
        "untyped": "_bridge.as_async(f)",
        "ignored": "_bridge.as_event(f)",
        "kept": "_bridge.as_async(f)",
    }


def test_options_are_adapted_as_those_that_they_are_handed_on_to_use_them() -> None:
    code = body(
        """
        from collections.abc import Awaitable, Callable
        from typing import Any

        Callback = Callable[[], Awaitable[None]]

        class Base:
            def __init__(self, name: str, *, on_close: Callback | None = None) -> None: ...

        class Client(Base):
            def __init__(self, name: str, done: Callable[[int], None] = print, **more: Any) -> None:
                super().__init__(name, **more)

            @classmethod
            async def open(cls, name: str, **options: Any) -> "Client":
                return cls(name, **options)

            async def given(self, **options: Any) -> None:
                Client("x", done=print, **options)

            async def unknown(self, **options: Any) -> None:
                print(**options)

        class Other:
            async def run(self, on_close: int = 0, on_open: Callback | None = None) -> None: ...

        class Another:
            async def run(self, on_close: Callback | None = None) -> None: ...

        async def connect(name: str, **options: Any) -> Client:
            client = await Client.open(name, **options)
            return client

        async def run(thing: Any, **options: Any) -> None:
            await thing.run(**options)
        """
    )
    found = {name: options.strip(")") for name, options in re.findall(r'"(\w+)",[^"]*\*\*(\w+.*)$', code, re.M)}
    assert found == {
        "__init__": '_bridge.handed_on(more, as_async=["on_close"]',
        "open": '_bridge.handed_on(options, as_event=["done"], as_async=["on_close"]',
        "given": '_bridge.handed_on(options, as_async=["on_close"]',
        "unknown": "options",
        "connect": '_bridge.handed_on(options, as_event=["done"], as_async=["on_close"]',
        "run": '_bridge.handed_on(options, as_async=["on_open"]',  # of `on_close` they disagree
    }


def test_imports_that_depend_on_the_platform_inside_of_those_that_may_fail() -> None:
    code = generated(
        """
        import sys

        try:
            if sys.platform == "win32":
                from winloop import Loop
            else:
                from uvloop import Loop
            HAS_LOOP = True
        except ImportError:
            HAS_LOOP = False

        if HAS_LOOP:
            class Runner:
                async def run(self) -> None: ...
        else:
            def stands_in() -> None:
                raise NotImplementedError

        async def go(loop: Loop) -> None: ...
        """
    )
    assert (
        """
if HAS_LOOP:
    class Runner(Wrapper, wraps=_async.Runner):
        def run(self) -> None:
            _bridge.run(self, "run")
else:
    stands_in = _async.stands_in
"""
        in code
    )
    assert (
        """
try:
    if sys.platform == "win32":
        from winloop import Loop
    else:
        from uvloop import Loop
except ImportError:
    pass
"""
        in code
    )


def test_a_package_stays_where_it_is() -> None:
    code = generated(
        """
        __path__ = __import__("pkgutil").extend_path(__path__, __name__)
        __version__ = "1"

        async def go() -> None: ...
        """
    )
    assert "__path__" not in code
    assert '__version__ = "1"' in code


def test_attributes_have_the_types_that_a_checker_would_find() -> None:
    code = body(
        """
        import asyncio
        import logging
        from collections.abc import Sequence
        from typing import Generic, Optional, TypeVar

        T = TypeVar("T")

        class Part:
            async def go(self) -> None: ...

        class Box(Generic[T]):
            def __init__(self, items: Sequence[T], names: Optional[list[str]] = None, n: int = 0) -> None:
                self.items = list(items)
                self.names = names or []
                self.pair = n, "a"
                self.label = f"{n}"
                self.part = None
                self.log = logging.getLogger("box")
                self.lock = asyncio.Lock()
                self.list = [n]
                self.unknown = n.something()

            async def make(self) -> None:
                from decimal import Decimal
                self.part = Part()
                self.loaded = await self.part.go()
                self.price = Decimal(1)
        """
    )
    found = dict(re.findall(r"^    (\w+): (.*)$", code, re.M))
    assert found == {
        "items": "Any",  # `list` is an attribute here
        "names": "Any",
        "pair": "tuple[int, str]",
        "label": "str",
        "part": "Part | None",
        "log": "logging.Logger",
        "lock": "Any",
        "list": "Any",
        "unknown": "Any",
        "loaded": "Any",
        "price": "Any",
    }
    assert "    items: list[T]\n" in body(
        """
        from typing import Generic, Iterable, TypeVar

        T = TypeVar("T")

        class Box(Generic[T]):
            def __init__(self, items: Iterable[T]) -> None:
                self.items = list(items)

            async def go(self) -> None: ...
        """
    )


def test_a_protocol_of_asyncio_is_no_protocol_of_types() -> None:
    same(
        """
        import asyncio

        class Lines(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.first = asyncio.ensure_future(self.greet())

            async def greet(self) -> None: ...
        """,
        """
        class Lines(Wrapper, wraps=_async.Lines):
            first: Any

            def connection_made(self, transport: Any) -> None:
                _bridge.call(self, "connection_made", transport)

            def greet(self) -> None:
                _bridge.run(self, "greet")
        """,
    )


def test_module_level_code() -> None:
    code = generated(
        """
        import sys
        import logging

        try:
            import uvloop
            HAS_UVLOOP = True
        except ImportError:
            HAS_UVLOOP = False

        __version__ = "1"
        logger = logging.getLogger(__name__)
        current = 0

        if sys.version_info >= (3, 11):
            async def newer() -> int: ...
        else:
            async def newer() -> int: ...

        async def count() -> None:
            global current
            current += 1

        logging.basicConfig()

        if __name__ == "__main__":
            import asyncio
            asyncio.run(newer())
        """
    )
    assert "HAS_UVLOOP = _async.HAS_UVLOOP" in code
    assert "uvloop\n" not in code
    assert '__version__ = "1"' in code
    assert "logger = _async.logger" in code
    assert "current: Any\n" in code
    assert "def __getattr__(name: str) -> Any:\n    return _bridge.attribute(name)" in code
    assert code.count("def newer() -> int:") == 2
    assert "__main__" not in code
    assert "basicConfig" not in code


def test_strings_that_are_values_are_the_same_on_both_sides() -> None:
    code = generated(
        """
        from typing import Final, Literal

        KEY = "lib.aio.size"
        NAMES: Final = ("AsyncClient", f"lib.aio")
        __all__ = ["AsyncClient"]

        class AsyncClient:
            \"\"\"An AsyncClient of lib.aio.\"\"\"

            kind = "lib.aio." "AsyncClient"

            async def get(
                self, a: str = "lib.aio.x", *, b: Literal["AsyncClient"] = "AsyncClient", c: "AsyncClient | None" = None
            ) -> str:
                return a + b
        """
    )
    assert 'KEY = "lib.aio.size"\n' in code
    assert '__all__ = ["Client"]' in code
    assert '"""A Client of lib.sync."""' in code
    assert 'kind = "lib.aio." "AsyncClient"\n' in code
    parameters = 'a: str = "lib.aio.x", *, b: Literal["AsyncClient"] = "AsyncClient", c: "Client | None" = None'
    assert parameters in code


def test_the_dual_interface() -> None:
    same(
        """
        from collections.abc import AsyncIterator
        from typing import Self

        async def fetch(url: str) -> bytes: ...

        class Client:
            async def get(self) -> int: ...
            async def items(self) -> AsyncIterator[int]:
                yield 1
            def me(self) -> Self: ...
            async def __aenter__(self) -> Self: ...
        """,
        """
        @_bridge.dual_function
        def fetch(url: str) -> bytes:
            return _bridge.run(_async, "fetch", url)

        class Client(Wrapper, wraps=_async.Client):
            @_bridge.dual
            def get(self) -> int:
                return _bridge.run(self, "get")
            @_bridge.dual_iterator
            def items(self) -> Iterator[int]:
                return _bridge.run(self, "items")
            @_bridge.dual_self
            def me(self) -> Self:
                return _bridge.direct(self, "me")
            def __enter__(self) -> Self:
                return _bridge.enter(self)

            def __aenter__(self) -> Coroutine[Any, Any, Self]:
                return _bridge.enter_aio(self)
        """,
        interface="dual",
    )


def test_settings_of_the_bridge() -> None:
    code = generated("async def f(): ...", interface="auto", drive="thread", in_loop="warn")
    assert 'Facade("lib", __name__, _async, interface="auto", drive="thread", in_loop="warn")' in code


def test_the_vendored_runtime_is_imported_relatively(tmp_path: Path) -> None:
    made = write(tmp_path, {"core.client": "async def f(): ...", "core.__init__": ""}, runtime="vendor")
    text = made.text("core.client")
    assert "from .._unasync_plus.wrap import Facade\n" in text
    assert "from ...aio.core import client as _async\n" in text


def test_names_of_the_facade_give_way_to_the_source() -> None:
    code = generated("async def _bridge(): ...\nasync def _async(): ...\nclass Wrapper:\n    async def f(self): ...\n")
    assert "Wrapper as Wrapper_" in code
    assert "class Wrapper(Wrapper_, wraps=" in code
    assert "_bridge_ = Facade(" in code
    assert "import aio as _async_" in code


def test_a_syntax_error_is_a_refusal() -> None:
    result = result_of("def f(:\n")
    assert result.code is None
    assert [item.code for item in result.diagnostics] == ["UA001"]


def test_comments_that_leave_something_out_hold_here_too() -> None:
    code = body(
        """
        class A:
            async def kept(self) -> None: ...

            # unasync: skip
            async def skipped(self) -> None: ...
        """
    )
    assert "kept" in code
    assert "skipped" not in code


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_the_facade_is_small_and_the_same_twice(interface: str, tmp_path: Path) -> None:
    package = ROOT / "examples" / "workers" / "src" / "workers" / "aio"
    if not package.is_dir():
        pytest.skip("the example is not there")
    sources = {path.stem: path.read_text() for path in sorted(package.glob("*.py"))}
    made = write(tmp_path / "one", sources, "small", interface=interface)
    again = write(tmp_path / "two", sources, "small", interface=interface)
    lines = [0, 0]
    for name, source in sources.items():
        assert made.text(name) == again.text(name)
        lines[0] += code_lines(source)
        lines[1] += code_lines(made.text(name))
    assert lines[1] <= 2.0 * lines[0], lines


def code_lines(text: str) -> int:
    """Lines with code on them: no blank ones, no comments, no docstrings."""
    return len(ast.unparse(without_docstrings(ast.parse(text))).splitlines())


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_nothing_of_the_source_is_imported_or_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    generated(f"open({str(marker)!r}, 'w').close()\nasync def f(): ...")
    assert not marker.exists()


def test_the_output_does_not_depend_on_hashes(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from facade_made import generated\n"
        "print(generated('import a, b\\nclass A:\\n    async def f(self, x: a.X, y: b.Y): self.p = self.q = self.r = x\\n'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script, str(ROOT), str(ROOT / "tests")],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_a_final_attribute_is_a_plain_one_where_its_value_is_not_repeated() -> None:
    code = generated("""
        from typing import Final

        class Client:
            async def get(self) -> int: ...

        class Names:
            first: Final[Client] = Client()
            port: Final = 3
            count: Final[int]
    """)
    assert "    first: Client\n    port: Final = 3\n    count: int\n" in code


def test_a_context_manager_is_one_by_what_is_decorated() -> None:
    """A decorator of that name that is not contextlib's may stand above what is awaited."""
    source = """
    from collections.abc import AsyncIterator, Iterable
    from .context import contextmanager
    @contextmanager
    async def cursor() -> int: ...
    @contextmanager
    async def rows() -> Iterable[int]: ...
    @contextmanager
    async def session() -> AsyncIterator[int]:
        yield 1
    """
    code = body(source)
    assert "def cursor() -> int:" in code
    assert "def rows() -> Iterable[int]:" in code
    assert "def session() -> AbstractContextManager[int]:" in code


def test_a_class_variable_stays_one_below_the_class_that_declares_it() -> None:
    source = """
    from typing import ClassVar
    class Media:
        PATH: ClassVar[str]
        size: int
        async def send(self) -> None: ...
    class Emoji(Media):
        PATH = paths["emoji"]
        size = sizes["emoji"]
    """
    code = body(source)
    assert "    PATH: ClassVar[Any]\n    size: Any\n" in code.partition("class Emoji")[2]


def test_a_type_over_several_lines_may_stand_on_its_own() -> None:
    code = generated("""
        import asyncio

        class Margin:
            def __init__(
                self,
                prompt: None
                | (int) = None,
            ) -> None:
                self.prompt = prompt

            async def get(self) -> None: ...

            def soon(self) -> asyncio.Future[
                int
                | None
            ]: ...
    """)
    assert "    prompt: (None\n" in code and "def soon(self) -> (int\n" in code
    compile(code, "sync", "exec")


def test_future_imports_stand_above_blocks_of_imports() -> None:
    code = generated("""
        import time
        try:
            import kombu
        except ImportError:
            kombu = None

        class Manager:
            async def get(self) -> float:
                return time.time()
    """)
    assert code.startswith("from __future__ import annotations\n")
    compile(code, "sync", "exec")


def test_a_type_variable_of_a_method_is_no_attribute_s() -> None:
    code = generated(
        """
        from typing import Generic, TypeVar

        T = TypeVar("T")
        U = TypeVar("U")

        class Box(Generic[T]):
            def __init__(self, item: "Box[T]", other: "Box[U] | None" = None) -> None:
                self.item = item
                self.other = other

            async def rest(self) -> "None":
                pass
        """
    )
    assert '    item: "Box[T]"\n    other: Any\n' in code
    assert '-> "None":\n        _bridge.run(self, "rest")' in code


def test_class_variables_that_are_set_together(make: Make) -> None:
    """`x = y = 1`, what is unpacked, and several in a line, read by defaults of methods or not."""
    made = make(
        """
        class Client:
            x = y = 1
            lo, hi = 2, 3
            a, (b, *c) = "a", "bcd"
            p = q = ["shared"]
            n: int = 5; m: int = 6
            (one,) = ["one"]

            async def get(self, x=y, hi=hi, c=c, q=q, one=one) -> list:
                return [x, hi, c, q, one]
        """
    )
    client = made.sync().Client()
    assert client.get() == [1, 3, ["c", "d"], ["shared"], "one"]
    assert [client.x, client.lo, client.a, client.b, client.p, client.n, client.m] == [1, 2, "a", "b", ["shared"], 5, 6]
    assert {"n", "m", "p", "b"} <= set(re.findall(r"^    (\w+): ", made.text(), re.MULTILINE))


def test_names_that_python_changes_within_classes(make: Make) -> None:
    """`_async.Client.__limit` would mean another name in a class of another name."""
    made = make(
        """
        class AsyncClient:
            __limit = object()

            class __Inner:
                @staticmethod
                async def double(n: int) -> int:
                    return 2 * n

            @classmethod
            def inner(cls) -> __Inner:
                return cls.__Inner()

            async def get(self, limit=__limit) -> bool:
                return limit is self.__limit


        class __Page:
            @staticmethod
            async def title() -> str:
                return "title"


        page = __Page()
        """
    )
    sync = made.sync()
    client = getattr(sync, "Client", None) or sync.AsyncClient
    assert client().get()
    assert client.inner().double(2) == 4
    assert sync.page.title() == "title"
