"""Bridge mode: what is rarely handed across, and what else is expected of what is."""

from __future__ import annotations

import dataclasses
import gc
import io
import threading
import weakref
from collections import ChainMap, UserDict
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from facade_made import Make

STORES = """
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from typing import Protocol

    class Node:
        async def name(self) -> str:
            return "node"

    class Store(Protocol):
        async def get(self, key: int) -> Node: ...
        def keys(self) -> AsyncIterator[int]: ...
        def locked(self) -> AbstractAsyncContextManager[Node]: ...

    class Cache:
        def __init__(self) -> None:
            self.stores: list[Store] = []
        def add(self, store: Store) -> None:
            self.stores.append(store)
        def remove(self, store: Store) -> None:
            self.stores.remove(store)
        def first(self) -> Store:
            return self.stores[0]
        async def all(self) -> list[Node]:
            async with self.stores[0].locked() as node:
                return [node, *[await self.stores[0].get(key) async for key in self.stores[0].keys()]]
"""


class PlainStore:
    """Follows `Store` as sync code would."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.threads: list[str] = []

    def get(self, key: int) -> Any:
        return self.node

    def keys(self) -> Any:
        self.threads.append(threading.current_thread().name)
        yield from (1, 2)

    def locked(self) -> Any:
        return self

    def __enter__(self) -> Any:
        self.node.name()  # calls back
        return self.node

    def __exit__(self, *_: object) -> None:
        self.node = None


def test_a_follower_of_a_protocol_gives_iterators_and_blocks(make: Make) -> None:
    sync = make(STORES).sync()
    cache, node = sync.Cache(), sync.Node()
    store = PlainStore(node)
    cache.add(store)
    assert cache.all() == [node, node, node]
    assert store.node is None and store.threads != ["MainThread"]


def test_a_follower_of_a_protocol_comes_back_as_itself_and_can_be_removed(make: Make) -> None:
    sync = make(STORES).sync()
    cache, store = sync.Cache(), PlainStore(None)
    cache.add(store)
    assert cache.first() is store
    cache.remove(store)
    assert cache.stores == []


def test_fields_of_a_derived_dataclass_are_its_own(make: Make) -> None:
    sync = make(
        """
        from dataclasses import dataclass

        @dataclass(frozen=True)
        class Base:
            id: int
            async def get(self) -> int:
                return self.id

        @dataclass(eq=True, frozen=True)
        class Derived(Base):
            extra: str = ""
        """
    ).sync()
    derived = sync.Derived(1, "x")
    assert [field.name for field in dataclasses.fields(derived)] == ["id", "extra"]
    assert dataclasses.replace(derived, extra="y") == sync.Derived(1, "y")
    assert sync.Derived.__match_args__ == ("id", "extra")


def test_what_derives_from_an_abstract_class_is_an_instance_of_it(make: Make) -> None:
    sync = make(
        """
        from collections import UserDict
        from contextlib import AbstractAsyncContextManager

        class Store(UserDict):
            async def load(self, key: str) -> object:
                return self[key]

        class Client(AbstractAsyncContextManager):
            async def __aexit__(self, *exc: object) -> None: ...
        """
    ).sync()
    store = sync.Store(a=1)
    assert store.load("a") == 1 and all(isinstance(store, one) for one in (Mapping, MutableMapping, UserDict))
    from contextlib import AbstractAsyncContextManager

    assert not isinstance(sync.Client(), AbstractAsyncContextManager)


def test_a_private_sentinel_is_the_same_object_everywhere(make: Make) -> None:
    made = make(
        """
        from typing import Any

        class _Missing:
            pass

        MISSING: Any = _Missing()
        _OTHER = _Missing()
        registry: dict[str, Any] = {}

        class Client:
            def __init__(self, tag: Any = MISSING) -> None:
                self.tag = tag
            async def get(self, default: Any = _OTHER) -> Any:
                registry["last"] = default
                return default
        """
    )
    sync = made.sync()
    assert sync.Client().tag is sync.MISSING and sync.Client().get(sync.MISSING) is sync.MISSING
    assert sync.Client().get() is sync.Client().get() and sync.registry["last"] is sync.Client().get()


def test_the_block_of_a_sync_context_manager_sees_wrappers(make: Make) -> None:
    sync = make(
        """
        from contextlib import contextmanager
        from contextvars import ContextVar
        from collections.abc import Iterator

        current: ContextVar["Client | None"] = ContextVar("current", default=None)

        class Client:
            async def get(self) -> "Client | None":
                return current.get()
            @contextmanager
            def used(self) -> Iterator["Client"]:
                token = current.set(self)
                try:
                    yield self
                finally:
                    current.reset(token)
        """
    ).sync()
    client = sync.Client()
    with client.used() as inner:
        assert inner is client and client.get() is client
    assert client.get() is None

    @client.used()  # type: ignore[untyped-decorator, unused-ignore]
    def decorated() -> Any:
        return client.get()

    assert decorated() is client and decorated() is client


def test_objects_are_found_in_chained_maps_views_and_namespaces(make: Make) -> None:
    sync = make(
        """
        from collections import ChainMap
        from collections.abc import Mapping
        from types import MappingProxyType, SimpleNamespace

        class Node:
            async def get(self) -> int:
                return 1

        class Graph:
            def __init__(self) -> None:
                self.nodes = {"a": Node()}
                self.space = SimpleNamespace(root=self.nodes["a"], plain=SimpleNamespace(x=1))
            async def view(self) -> Mapping[str, Node]:
                return MappingProxyType(self.nodes)
            async def chain(self, more: dict[str, Node]) -> Mapping[str, Node]:
                return ChainMap(more, self.nodes)
            async def take(self, space: SimpleNamespace) -> bool:
                return type(space.root) is Node
        """
    ).sync()
    graph = sync.Graph()
    node = graph.nodes["a"]
    assert graph.view()["a"] is node and type(graph.view()).__name__ == "mappingproxy"
    chained = graph.chain({"b": node})
    assert type(chained) is ChainMap and chained["a"] is chained["b"] is node
    assert graph.space.root is node and graph.space.plain is graph.space.plain
    assert graph.take(SimpleNamespace(root=node))


def test_async_methods_of_a_named_tuple_are_called_on_the_loop(make: Make) -> None:
    sources = """
        import asyncio
        from typing import NamedTuple

        class Client:
            async def get(self) -> int:
                return asyncio.get_running_loop() is not None and 7

        class Pair(NamedTuple):
            left: Client
            right: int

            async def total(self) -> int:
                return await self.left.get() + self.right

            @classmethod
            async def of(cls, right: int) -> "Pair":
                return cls(Client(), right)
    """
    sync = make(sources, interface="dual").sync()
    pair = sync.Pair.of(1)
    assert type(pair) is sync.Pair and type(pair.left) is sync.Client and pair.total() == 8
    import asyncio

    assert asyncio.run(pair.total.aio()) == 8 and asyncio.run(sync.Pair.of.aio(2)).right == 2


def test_functions_that_a_decorator_adds_to_a_function_are_there(make: Make) -> None:
    sync = make(
        """
        import functools

        class Client:
            async def get(self) -> int:
                return 1

        def twice(function):
            @functools.wraps(function)
            async def call(*args):
                return 2 * await function(*args)
            call.once = function
            call.maker = Client()
            return call

        @functools.lru_cache(maxsize=None)
        def client(name: str) -> Client:
            return Client()

        @twice
        async def get(client: Client) -> int:
            return await client.get()
        """
    ).sync()
    first = sync.client("a")
    assert sync.client("a") is first and sync.client.cache_info().hits == 1
    sync.client.cache_clear()
    assert sync.client("a") is not first
    assert sync.get(first) == 2 and sync.get.once(first) == 1

    @sync.twice  # type: ignore[untyped-decorator, unused-ignore]
    def own(client: Any) -> int:
        return client.get() + 1  # type: ignore[no-any-return]

    assert own(first) == 4 and own.maker.get() == 1 and not hasattr(own, "other")


def test_what_a_decorator_has_made_of_a_function_has_its_methods_here(make: Make) -> None:
    sync = make(
        """
        import functools

        asked = []

        class Stream:
            def __init__(self, make):
                self.make = make
            def __aiter__(self):
                return self.make()

        def operator(function):
            class Operator:
                raw = staticmethod(function)
                count = 0
                def __call__(self, *args):
                    return Stream(functools.partial(function, *args))
                def pipe(self, *args):
                    return lambda source: self(source, *args)
                async def first(self, *args):
                    async for item in function(*args):
                        return item
                @property
                def costly(self):
                    asked.append(1)
            return Operator()

        @operator
        async def times(source, factor):
            async for item in source:
                yield item * factor

        async def numbers():
            yield 1
            yield 2
        """
    ).sync()
    given = [sync.times.raw(sync.numbers(), 3), sync.times.pipe(3)(sync.numbers())]
    assert [list(items) for items in [sync.times([1, 2], 3), *given]] == 3 * [[3, 6]]
    assert sync.times.first(sync.numbers(), 2) == 2 and sync.asked == []
    assert not hasattr(sync.times, "count")  # it would be what it was at first


def test_what_the_closure_of_a_method_holds_is_let_go(make: Make) -> None:
    sync = make(
        """
        import functools

        class Client:
            @functools.singledispatchmethod
            def label(self, what):
                return "something"
            async def get(self) -> int:
                return 1
        """
    ).sync()
    client = sync.Client()
    assert client.label(3) == "something"
    there = weakref.ref(client._async_)
    del client
    gc.collect()
    assert there() is None


def test_decorators_see_what_the_caller_gave(make: Make) -> None:
    sync = make(
        """
        import functools
        from typing import Any

        DEFAULT: Any = object()
        seen: list[Any] = []

        def noting(function):
            @functools.wraps(function)
            async def noted(*args, **kwargs):
                seen.append((args[1:], kwargs))
                return await function(*args, **kwargs)
            return noted

        class Cache:
            @noting
            async def set(self, key: str, value: int = 2, ttl: Any = DEFAULT, *, name: str = "n", **more: int) -> Any:
                return key, value, ttl is DEFAULT, name, more

        @noting
        async def get(first: int, *rest: int, last: bool = False) -> Any:
            return first, rest, last

        def told() -> list[Any]:
            return seen
        """
    ).sync()
    cache = sync.Cache()
    assert cache.set("k") == ("k", 2, True, "n", {}) and cache.set("k", 3, name="m", x=1) == (
        "k",
        3,
        True,
        "m",
        {"x": 1},
    )
    assert cache.set("k", ttl=5) == ("k", 2, False, "n", {})
    assert sync.get(1, 2, last=True) == (1, (2,), True) and sync.get(1) == (1, (), False)
    assert sync.told()[:3] == [(("k",), {}), (("k", 3), {"name": "m", "x": 1}), (("k", 2, 5), {})]
    assert sync.told()[3:] == [((2,), {"last": True}), ((), {})]


def test_a_text_is_no_stream_of_its_characters(make: Make) -> None:
    sync = make(
        """
        from collections.abc import AsyncIterable, Iterable

        async def send(message: str | bytes | dict | Iterable[bytes] | AsyncIterable[bytes]) -> str:
            if isinstance(message, (str, bytes, dict)):
                return type(message).__name__
            return f"{len([part async for part in message])} parts"
        """
    ).sync()
    assert [sync.send(one) for one in ("ab", b"ab", {"a": 1}, [b"a", b"b"], iter([b"a"]))] == [
        "str",
        "bytes",
        "dict",
        "2 parts",
        "1 parts",
    ]


STREAMS = """
    import collections.abc
    import os

    class Table:
        async def load(self, source) -> str:
            return await self._load(source)

        async def _load(self, source) -> str:
            try:
                return f"path {os.fspath(source)}"
            except TypeError:
                pass
            if hasattr(source, "read"):
                return f"file {source.read()!r}"
            if isinstance(source, collections.abc.AsyncIterable):
                return f"items {[part async for part in source]}"
            return f"data {bytes(source)!r}"

    class Rows:
        def __init__(self, rows):
            self._rows = rows

        async def total(self) -> int:
            return sum([row async for row in self._rows])

    async def total(numbers) -> int:
        found = 0
        async for number in numbers:
            found += number
        return found

    async def either(numbers) -> str:
        if not isinstance(numbers, collections.abc.AsyncIterable):
            return type(numbers).__name__
        return str([number async for number in numbers])

    async def both(numbers) -> str:
        if hasattr(numbers, "__aiter__"):
            return str([number async for number in numbers])
        return "sync " + str([number for number in numbers])

    async def made(count) -> int:
        if isinstance(count, int):
            count = given(count)
        return len([one async for one in count])

    async def given(count: int):
        for number in range(count):
            yield number
"""


def test_iterators_are_async_ones_where_the_source_asks_for_those(make: Make) -> None:
    lib = make(STREAMS)
    sync = lib.sync()
    load = sync.Table().load
    threads: list[str] = []

    def parts() -> Iterator[bytes]:
        threads.append(threading.current_thread().name)
        yield b"a"
        yield b"b"

    assert [load(source) for source in (parts(), iter([b"a"]), map(bytes, [b"a"]))] == [
        "items [b'a', b'b']",
        "items [b'a']",
        "items [b'a']",
    ]
    assert threads != [threading.current_thread().name]
    assert [load(source) for source in (io.BytesIO(b"a"), b"a", bytearray(b"a"), [97], Path("p"), "s")] == [
        "file b'a'",
        "path b'a'",
        "data b'a'",
        "data b'a'",
        "path p",
        "path s",
    ]
    assert load(lib.aio().given(2)) == "items [0, 1]"
    assert [sync.either(one) for one in ([1], iter([1]), "a", {1: 2}, (1,), range(1), None, 1)] == [
        "list",
        "[1]",
        "str",
        "dict",
        "tuple",
        "range",
        "NoneType",
        "int",
    ]


def test_what_is_only_iterated_over_asynchronously_takes_all_that_sync_code_iterates_over(make: Make) -> None:
    sync = make(STREAMS).sync()
    assert [sync.total(numbers) for numbers in ([1, 2], (1, 2), {1, 2}, iter([1, 2]), range(3))] == [3] * 5
    assert [sync.Rows(rows).total() for rows in ([1, 2], (n for n in range(3)))] == [3, 3]
    assert sync.made(3) == 3
    assert sync.both([1]) == "sync [1]" and sync.both(iter([1])) == "sync [1]"
