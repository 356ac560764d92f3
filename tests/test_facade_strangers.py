"""Bridge mode: what packages in the wild do that nobody tuned for."""

from __future__ import annotations

import importlib
import threading
from typing import Any

import pytest
from facade_made import Make, generated, result_of


def test_a_name_that_is_set_to_the_builtin_of_its_own_name() -> None:
    code = generated(
        """
        import sys
        if sys.version_info >= (3, 11):
            TimeoutError = TimeoutError
        else:
            from asyncio import TimeoutError

        async def wait() -> None:
            raise TimeoutError
        """
    )
    assert "TimeoutError = _async.TimeoutError" in code


def test_a_module_whose_name_is_no_identifier(make: Make) -> None:
    made = make({"0001_initial": "class Client:\n    async def get(self) -> int:\n        return 1\n"})
    assert importlib.import_module(f"{made.name}.sync.0001_initial").Client().get() == 1
    assert f'_async = import_module("{made.name}.aio.0001_initial")' in made.text("0001_initial")


def test_a_public_name_of_a_private_method(make: Make) -> None:
    made = make(
        """
        class Client:
            async def _ready(self) -> int:
                return 7
            check = _ready
        """
    )
    assert made.sync().Client().check() == 7


def test_what_an_async_decorator_adds_to_a_sync_function_is_not_lost(make: Make) -> None:
    made = make(
        """
        import functools
        from typing import Any, Callable

        def doubling(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def double(*args: Any) -> Any:
                return 2 * function(*args)
            return double

        class Registry:
            def __init__(self) -> None:
                self.functions: list[Callable[..., Any]] = []
            def add(self, function: Callable[..., Any]) -> None:
                self.functions.append(function)
            def same(self) -> Callable[..., Any]:
                return self.functions[0]
            async def call(self, value: int) -> list[int]:
                return [one(value) for one in self.functions]
        """
    ).sync()

    def add_one(value: int) -> int:
        return value + 1

    plus_one = made.doubling(add_one)

    assert plus_one(3) == 8
    registry = made.Registry()
    registry.add(plus_one)
    assert registry.call(3) == [8]
    own = lambda value: value  # noqa: E731  # an object that is compared by identity
    other = made.Registry()
    other.add(own)
    assert other.same() is own


HANDLERS = {
    "protocols": """
        from typing import Protocol

        class Node:
            async def read(self) -> int:
                return 7

        class Plain(Protocol):
            def changed(self, node: Node) -> None: ...

        class Changes(Protocol):
            async def changed(self, node: Node) -> None: ...

        class Ends(Protocol):
            async def ended(self) -> None: ...

        Handler = Plain | Changes | Ends
    """,
    "client": """
        import asyncio
        from .protocols import Handler, Node

        class Client:
            async def watch(self, handler: Handler) -> None:
                for name, args in (("changed", (Node(),)), ("ended", ())):
                    if hasattr(handler, name):
                        found = getattr(handler, name)(*args)
                        if asyncio.iscoroutine(found):
                            await found
    """,
}


def test_a_handler_that_follows_one_of_several_protocols_of_another_module(make: Make) -> None:
    made = make(HANDLERS)
    client = made.sync("client").Client()
    seen: list[Any] = []

    class Both:
        def changed(self, node: Any) -> None:
            seen.append(node.read())  # calls back: so it has a thread of its own

        def ended(self) -> None:
            seen.append(threading.current_thread() is not threading.main_thread())

    client.watch(Both())
    assert seen == [7, True]


def test_a_protocol_speaks_of_the_classes_of_the_sync_side(make: Make) -> None:
    made = make(HANDLERS)
    assert "def changed(self, node: Node) -> None: ..." in made.text("protocols").partition("class Changes")[0]


def test_a_star_import_brings_what_the_other_module_imports(make: Make) -> None:
    made = make(
        {
            "errors": "class Failure(Exception):\n    pass\n",
            "types": "from .errors import Failure\nasync def fail() -> None:\n    raise Failure('no')\n",
            "__init__": "from .types import *\n",
        }
    )
    with pytest.raises(made.sync().Failure):
        made.sync().fail()


def test_the_exceptions_that_a_module_raises_can_be_imported_from_it(make: Make) -> None:
    made = make(
        {
            "errors": "class Failure(Exception):\n    pass\n\nclass Other(Failure):\n    pass\n",
            "client": """
                from .errors import Failure
                async def fail() -> None:
                    raise Failure("no")
            """,
        }
    )
    client = made.sync("client")
    with pytest.raises(client.Failure):
        client.fail()


def test_functions_by_other_names_are_bridged(make: Make) -> None:
    made = make(
        """
        import functools

        async def double(value: int) -> int:
            return 2 * value

        def plain(value: int) -> int:
            return value

        class Client:
            async def get(self, value: int) -> int:
                return value

        client = Client()
        get = client.get
        twice = double
        four = functools.partial(double, 2)
        handlers = {"double": double, "more": [client.get, Client.get]}
        same = plain
        """
    )
    sync = made.sync()
    assert (sync.get(1), sync.twice(2), sync.four()) == (1, 4, 4)
    assert sync.handlers["double"](3) == 6 and sync.handlers["more"][0](4) == 4
    assert sync.handlers["more"][1](sync.client, 5) == 5
    assert "same = _async.same" in made.text()


def test_callables_in_a_typed_dictionary_have_threads_of_their_own(make: Make) -> None:
    made = make(
        """
        from collections.abc import Awaitable, Callable
        from typing import TypedDict

        class Node:
            async def read(self) -> int:
                return 7

        class Options(TypedDict, total=False):
            limit: int
            check: Callable[[Node], Awaitable[int]]

        class Mixed(TypedDict):
            check: Callable[[Node], Awaitable[int]]
            name: Callable[[int], str]

        async def call(options: Options) -> int:
            return await options["check"](Node())

        async def mixed(options: Mixed) -> str:
            return options["name"](await options["check"](Node()))
        """
    )
    assert made.sync().call({"limit": 1, "check": lambda node: node.read()}) == 7
    assert "as_async" not in made.text().partition("def mixed")[2]


def test_what_only_async_code_can_use_of_shared_classes_is_warned_of(make: Make) -> None:
    made = make(
        """
        import enum

        class Request:
            async def again(self) -> int:
                return 7

        class Failure(Exception):
            def __init__(self, text: str, request: Request) -> None:
                super().__init__(text)
                self.request = request

        class Other(Exception):
            def __init__(self, request: Request) -> None:
                super().__init__(str(request))

        class Mode(enum.Enum):
            ON = 1
            async def switch(self) -> None: ...

        async def fail() -> None:
            raise Failure("no", Request())
        """
    )
    assert [(one.code, one.message) for one in made.diagnostics] == [
        ("UA704", "Failure is the same class on both sides: sync code gets request of its objects as async code does"),
        ("UA704", "Mode is the same class on both sides: switch can only be awaited"),
    ]
    sync = made.sync()
    with pytest.raises(sync.Failure) as caught:
        sync.fail()
    assert sync._bridge.value(caught.value.request).again() == 7


def test_variables_that_exist_on_some_machines_only(make: Make) -> None:
    made = make(
        """
        import sys

        try:
            import there_is_no_such_module
            KINDS = {"a": there_is_no_such_module.A}
            BOTH = 1
        except ImportError:
            BOTH = 2
        else:
            ELSE = 1

        if len(sys.argv) < 0:
            NEVER = 1
        elif len(sys.argv) >= 0:
            ALWAYS = [1]

        try:
            STRICT = 1
        except ValueError:
            raise

        async def get() -> int:
            return BOTH
        """
    )
    sync = made.sync()
    assert (sync.get(), sync.BOTH, sync.ALWAYS, sync.STRICT) == (2, 2, [1], 1)
    assert "BOTH = _async.BOTH" in made.text() and "STRICT = _async.STRICT" in made.text()
    for name in ("KINDS", "ELSE", "NEVER"):
        with pytest.raises(AttributeError, match=name):
            getattr(sync, name)


def test_a_function_that_hides_a_builtin_of_the_generated_code(make: Make) -> None:
    sync = make(
        """
        from collections.abc import AsyncIterable, AsyncIterator

        async def map(*sources: AsyncIterable[int]) -> AsyncIterator[int]:
            for source in sources:
                async for item in source:
                    yield item
        """
    ).sync()
    assert list(sync.map([1], [2, 3])) == [1, 2, 3]


def test_a_base_class_that_stands_in_for_one_of_a_library(make: Make) -> None:
    sync = make(
        """
        try:
            import there_is_no_such_module
            Source = there_is_no_such_module.Source
        except ImportError:
            class Source:
                def kind(self) -> str:
                    return "own"

        class Reader(Source):
            async def read(self) -> str:
                return "read " + self.kind()
        """
    ).sync()
    assert sync.Reader().read() == "read own" and sync.Reader().kind() == "own"


def test_what_is_kept_for_each_task_is_warned_of() -> None:
    source = """
        import asyncio

        class Database:
            def __init__(self) -> None:
                self.connections = {{}}
                self.workers = set()

            @property
            def _task(self) -> "asyncio.Task[object]":
                task = asyncio.current_task()
                if task is None:
                    raise RuntimeError
                return task

            async def stop(self) -> None:
                self.workers.discard(asyncio.current_task())
                asyncio.current_task().cancel()

            async def connection(self) -> object:
                {}
        """
    for body in (
        "return self.connections.get(self._task)",
        "task = self._task; return self.connections[task]",
        "self.connections[asyncio.current_task()] = 1",
    ):
        found = result_of(source.format(body)).diagnostics
        assert [(each.code, each.line) for each in found if each.code == "UA706"] == [("UA706", 21)], body
    others = result_of(source.format("return self.connections.get(1)")).diagnostics
    assert "UA706" not in {each.code for each in others}


def test_a_protocol_that_a_module_of_the_project_hands_on(make: Make) -> None:
    made = make(
        {
            "_typing": "from typing import Protocol, TypedDict, TypeVar\nT = TypeVar('T')\n",
            "cache": """
                from typing import Any
                from ._typing import Protocol, T, TypedDict

                class Info(TypedDict):
                    size: int

                class Cached(Protocol[T]):
                    async def get(self) -> T: ...
                    async def info(self) -> Info: ...

                class Plain(Cached[T]):
                    def __init__(self, value: T) -> None:
                        self.value = value

                    async def get(self) -> T:
                        return self.value

                    async def info(self) -> Info:
                        return {"size": 1}

                async def twice(cached: Cached[Any]) -> Any:
                    return await cached.get() * 2
            """,
        }
    )
    cache = made.sync("cache")

    class Own:
        def get(self) -> int:
            return 21

    assert (cache.twice(cache.Plain(2)), cache.twice(Own()), cache.Plain(3).info()) == (4, 42, {"size": 1})


def test_an_attribute_with_two_underscores_on_each_side(make: Make) -> None:
    sync = make(
        """
        class Hooks:
            async def call(self) -> str:
                return "called"

        class Hub:
            def __init__(self) -> None:
                self.__hooks__ = Hooks()

            async def run(self) -> None: ...
        """
    ).sync()
    hub = sync.Hub()
    assert type(hub.__hooks__) is sync.Hooks and hub.__hooks__.call() == "called"
    assert not hasattr(hub, "__iter__") and not hasattr(hub, "__other__")


def test_variables_that_are_set_together(make: Make) -> None:
    made = make(
        """
        class Client:
            async def get(self) -> int:
                return 1

        def made() -> tuple[Client, Client]:
            return Client(), Client()

        (single,) = [Client()]
        one = other = Client()
        first, *rest = made()
        (left, (right, count)) = Client(), (Client(), 3)
        pair, both = twin = made()
        SMALL = SHORT = 1
        low = high = 5
        state = mode = None
        level, depth = 1, 2

        def change() -> None:
            global mode, depth
            mode, depth = "changed", 7
        """
    )
    sync, aio = made.sync(), made.aio()
    clients = [sync.single, sync.one, sync.other, sync.first, *sync.rest, sync.left, sync.right, sync.pair, sync.both]
    assert {type(each) for each in (*clients, *sync.twin)} == {sync.Client}
    assert sync.one is sync.other and sync.twin == (sync.pair, sync.both) and [one.get() for one in clients] == [1] * 9
    sync.change()
    found = (sync.state, sync.mode, sync.level, sync.depth, sync.SMALL, sync.SHORT, sync.low, sync.high, sync.count)
    assert found == (None, "changed", 1, 7, 1, 1, 5, 5, 3)
    sync.high = 6
    assert (aio.low, aio.high) == (5, 6)
