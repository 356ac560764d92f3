"""Bridge mode, at run time: what users bring along: subclasses, hooks, callbacks, iterables and context managers."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest
from facade_made import Make

PLUGINS = """
    from __future__ import annotations
    import asyncio
    from abc import ABC, abstractmethod
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager
    from typing import Any

    registry: dict[str, type[Plugin]] = {}


    class Plugin(ABC):
        timeout = 1
        label: str

        def __init_subclass__(cls, name: str = "", **kw: Any) -> None:
            super().__init_subclass__(**kw)
            if name:
                registry[name] = cls

        def __init__(self, level: int = 1) -> None:
            self.level = level
            self.log: list[str] = []

        @abstractmethod
        async def work(self, item: Item) -> Item: ...

        async def greet(self) -> str:
            return "base"

        def on_start(self, who: str) -> str:
            self.log.append(who)
            return "started " + who

        async def rows(self, n: int) -> AsyncIterator[int]:
            for i in range(n):
                yield i

        @asynccontextmanager
        async def opened(self) -> AsyncIterator[str]:
            yield "base"

        @property
        def title(self) -> str:
            return "base title"

        @classmethod
        async def make(cls, level: int) -> Plugin:
            return cls(level)

        @staticmethod
        def helper(n: int) -> int:
            return n

        def _hook(self) -> str:
            return "base hook"


    class Item:
        def __init__(self, n: int) -> None:
            self.n = n
        async def double(self) -> Item:
            await asyncio.sleep(0)
            return Item(self.n * 2)


    async def drive(plugin: Plugin) -> dict[str, Any]:
        assert isinstance(plugin, Plugin)
        async with plugin.opened() as inside:
            return {
                "work": await plugin.work(Item(4)),
                "greet": await plugin.greet(),
                "start": plugin.on_start("me"),
                "rows": [row async for row in plugin.rows(3)],
                "opened": inside,
                "title": plugin.title,
                "timeout": plugin.timeout,
                "label": getattr(plugin, "label", None),
                "helper": plugin.helper(2),
                "hook": plugin._hook(),
                "extra": await plugin.extra() if hasattr(plugin, "extra") else None,
            }


    async def build(name: str, level: int) -> dict[str, Any]:
        plugin = registry[name](level)
        return {"plugin": plugin, "greet": await plugin.greet(), "level": plugin.level}


    async def greet_many(plugins: list[Plugin]) -> list[str]:
        return list(await asyncio.gather(*(plugin.greet() for plugin in plugins)))


    class Keeper:
        def __init__(self) -> None:
            self.plugins: list[Plugin] = []
        def keep(self, plugin: Plugin) -> None:
            self.plugins.append(plugin)
        async def ask(self) -> str:
            return await self.plugins[0].greet()
"""


@pytest.fixture
def sync(make: Make) -> Any:
    return make(PLUGINS).sync()


def test_a_subclass_overrides_everything_for_the_async_side_too(sync: Any) -> None:
    class Mine(sync.Plugin):  # type: ignore[misc]  # made at run time
        timeout = 9
        label = "mine"

        def work(self, item: Any) -> Any:
            assert isinstance(item, sync.Item)
            return item.double()  # calls back into the bridge

        def greet(self) -> str:
            return super().greet() + " and mine"  # type: ignore[no-any-return]

        def on_start(self, who: str) -> str:
            return super().on_start(who).upper()  # type: ignore[no-any-return]

        def rows(self, n: int) -> Iterator[int]:
            for row in super().rows(n):
                yield row * 10

        @contextmanager
        def opened(self) -> Iterator[str]:
            with super().opened() as inside:
                yield inside + " reopened"

        @property
        def title(self) -> str:
            return "my " + super().title  # type: ignore[no-any-return]

        @staticmethod
        def helper(n: int) -> int:
            return n + 100

        def _hook(self) -> str:
            return super()._hook() + "ed"  # type: ignore[no-any-return]

        def extra(self) -> str:
            return "extra"

    mine = Mine(3)
    assert (mine.level, mine.greet(), list(mine.rows(2))) == (3, "base and mine", [0, 10])
    found = sync.drive(mine)
    assert found.pop("work").n == 8
    assert found == {
        "greet": "base and mine",
        "start": "STARTED ME",
        "rows": [0, 10, 20],
        "opened": "base reopened",
        "title": "my base title",
        "timeout": 9,
        "label": "mine",
        "helper": 102,
        "hook": "base hooked",
        "extra": "extra",
    }
    assert mine.log == ["me"]


def test_abstract_classes_stay_abstract(sync: Any) -> None:
    with pytest.raises(TypeError, match="abstract"):
        sync.Plugin()

    class Half(sync.Plugin):  # type: ignore[misc]
        @abstractmethod
        def more(self) -> None: ...

        def work(self, item: Any) -> Any:
            return item

    with pytest.raises(TypeError, match="more"):
        Half()


def test_state_of_the_users_objects_lives_as_long_as_the_async_side_holds_them(sync: Any) -> None:
    class Mine(sync.Plugin):  # type: ignore[misc]
        def __init__(self) -> None:  # does not call the base class
            self.calls = 0

        def work(self, item: Any) -> Any:
            return item

        def greet(self) -> str:
            self.calls += 1
            return f"call {self.calls}"

    keeper = sync.Keeper()
    keeper.keep(Mine())
    assert [keeper.ask(), keeper.ask()] == ["call 1", "call 2"]
    assert keeper.plugins[0].calls == 2


def test_the_async_side_can_make_objects_of_the_users_class(sync: Any) -> None:
    class Mine(sync.Plugin, name="mine"):  # type: ignore[misc, call-arg]
        def __init__(self, level: int) -> None:
            super().__init__(level * 2)
            self.own = "own"

        def work(self, item: Any) -> Any:
            return item

        def greet(self) -> str:
            return self.own

    found = sync.build("mine", 4)
    assert type(found["plugin"]) is Mine
    assert (found["greet"], found["level"], found["plugin"].own) == ("own", 8, "own")
    made = Mine.make(5)
    assert type(made) is Mine
    assert made.level == 10


def test_a_dataclass_can_derive_from_a_wrapper(sync: Any) -> None:
    @dataclass
    class Mine(sync.Plugin):  # type: ignore[misc]
        name: str
        seen: int = 0

        def __post_init__(self) -> None:
            super().__init__()

        def work(self, item: Any) -> Any:
            self.seen += 1
            return item

    mine = Mine("x")
    found = sync.drive(mine)
    assert (found["greet"], mine.seen, mine == Mine("x", 1)) == ("base", 1, True)


def test_several_levels_and_bases(sync: Any) -> None:
    class Mixin:
        def greet(self) -> str:
            return "mixin+" + super().greet()  # type: ignore[misc, no-any-return]

    class First(sync.Plugin):  # type: ignore[misc]
        def work(self, item: Any) -> Any:
            return item

        def greet(self) -> str:
            return "first+" + super().greet()  # type: ignore[no-any-return]

    class Second(Mixin, First):
        pass

    assert sync.drive(Second())["greet"] == "mixin+first+base"
    assert sync.greet_many([First(), Second()]) == ["first+base", "mixin+first+base"]


def test_a_method_replaced_later_is_seen_by_the_async_side(sync: Any) -> None:
    class Mine(sync.Plugin):  # type: ignore[misc]
        def work(self, item: Any) -> Any:
            return item

    Mine.greet = lambda self: "replaced"
    assert sync.drive(Mine())["greet"] == "replaced"


def test_errors_of_overrides_reach_the_caller(sync: Any) -> None:
    class Mine(sync.Plugin):  # type: ignore[misc]
        def work(self, item: Any) -> Any:
            raise LookupError(item.n)

    with pytest.raises(LookupError, match="4"):
        sync.drive(Mine())


def test_an_async_override_is_awaited(sync: Any) -> None:
    class Mine(sync.Plugin):  # type: ignore[misc]
        async def work(self, item: Any) -> Any:
            return item

        async def greet(self) -> str:
            return "async"

    assert sync.drive(Mine())["greet"] == "async"


CALLBACKS = """
    from __future__ import annotations
    import asyncio
    import contextvars
    import inspect
    import threading
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Any, Protocol

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


    class Node:
        def __init__(self, n: int) -> None:
            self.n = n
        async def child(self) -> Node:
            await asyncio.sleep(0)
            return Node(self.n + 1)


    class Client:
        def __init__(self) -> None:
            self._listeners: list[Callable[[Node], Awaitable[None]]] = []
            self._handlers = {}
            self.beats = 0
            self.on_message: Callable[[str], None] | None = None

        async def apply(self, f: Callable[[Node], Awaitable[Node]]) -> Node:
            return await f(Node(1))

        async def each(self, f: Callable[[int], None], n: int) -> str:
            for i in range(n):
                f(i)
                await asyncio.sleep(0)
            return "done"

        async def value(self, f: Callable[[Node], Node]) -> Node:
            return f(Node(5))

        async def maybe(self, f: Any) -> Any:
            result = f(Node(7))
            if inspect.isawaitable(result):
                result = await result
            return result

        def add(self, listener: Callable[[Node], Awaitable[None]]) -> None:
            self._listeners.append(listener)

        def remove(self, listener: Callable[[Node], Awaitable[None]]) -> None:
            self._listeners.remove(listener)

        async def emit(self) -> None:
            for listener in self._listeners:
                await listener(Node(3))

        def on(self, name: str):
            def decorate(handler):
                self._handlers[name] = handler
                return handler
            return decorate

        async def dispatch(self, name: str, *args: Any) -> Any:
            return await self._handlers[name](*args)

        async def beat_while(self, f: Callable[[], Awaitable[None]]) -> int:
            async def beat() -> None:
                while True:
                    self.beats += 1
                    await asyncio.sleep(0.001)
            task = asyncio.ensure_future(beat())
            await f()
            task.cancel()
            return self.beats

        async def many(self, f: Callable[[int], Awaitable[int]], n: int) -> list[int]:
            return list(await asyncio.gather(*(f(i) for i in range(n))))

        async def upload(self, chunks: AsyncIterable[bytes]) -> int:
            return sum([len(chunk) async for chunk in chunks])

        async def within(self, manager: AbstractAsyncContextManager[int]) -> int:
            async with manager as n:
                return n

        async def waits(self, value: Awaitable[int]) -> int:
            return await value

        async def put(self, store: Store) -> int:
            await store.put(Node(4))
            return store.size()

        async def put_in_all(self, stores: Sequence[Store]) -> int:
            for store in stores:
                await store.put(Node(5))
            return sum(store.size() for store in stores)

        async def through(self, steps: list[Step]) -> Node:
            node = Node(0)
            for step in steps:
                node = await step(node, by=2)
            return node

        async def finished(self, **options: Any) -> Node:
            return await self.finish(Node(1), **options)

        async def finish(self, node: Node, last: Callable[[Node], Awaitable[Node]], plain: int = 0) -> Node:
            return await last(node)

        async def all_of(self, table: dict[str, Callable[[int], Awaitable[int]]]) -> dict[str, int]:
            return {name: await f(1) for name, f in table.items()}

        async def in_context(self, f: Callable[[], Awaitable[str]]) -> str:
            variable.set("inside")
            got = await f()
            return got + " " + variable.get()


    class Store(Protocol):
        async def put(self, node: Node) -> None: ...
        def size(self) -> int: ...


    class Step(Protocol):
        async def __call__(self, node: Node, *, by: int) -> Node: ...


    def plain_each(f: Callable[[Node], int]) -> list[int]:
        return [f(Node(i)) for i in range(2)]
"""


@pytest.fixture
def calls(make: Make) -> Any:
    return make(CALLBACKS).sync()


def test_an_awaited_callback_runs_in_a_thread_and_may_call_back(calls: Any) -> None:
    client, seen = calls.Client(), []

    def callback(node: Any) -> Any:
        seen.append((type(node), threading.current_thread() is threading.main_thread()))
        return node.child().child()

    found = client.apply(callback)
    assert (type(found), found.n) == (calls.Node, 3)
    assert seen == [(calls.Node, False)]


def test_the_loop_goes_on_while_a_callback_blocks(calls: Any) -> None:
    assert calls.Client().beat_while(lambda: time.sleep(0.05)) > 5


def test_many_callbacks_at_once_that_all_call_back(calls: Any) -> None:
    client = calls.Client()

    def nested(i: int) -> int:
        return client.apply(lambda node: node).n + i  # type: ignore[no-any-return]

    assert client.many(nested, 60) == [1 + i for i in range(60)]


def test_events_come_in_order_may_call_back_and_are_over_when_the_call_is(calls: Any) -> None:
    client, seen = calls.Client(), []

    def event(i: int) -> None:
        client.apply(lambda node: node)
        seen.append(i)

    assert client.each(event, 20) == "done"
    assert seen == list(range(20))


def test_what_a_listener_is_may_be_said_by_another_name(make: Make) -> None:
    made = make(
        """
        import asyncio
        from collections.abc import Callable
        from typing import Any

        Listener = Callable[[int], Any]

        class Source:
            def __init__(self) -> None:
                self._listeners: list[Listener] = []

            def listen(self, listener: Listener) -> None:
                self._listeners.append(listener)

            async def get(self, n: int) -> int:
                await asyncio.sleep(0)
                return n

            async def emit(self) -> None:
                for listener in self._listeners:
                    listener(1)
        """
    )
    source, heard = made.sync().Source(), []
    source.listen(lambda n: heard.append(source.get(n)))
    source.emit()
    deadline = time.monotonic() + 30
    while not heard and time.monotonic() < deadline:
        time.sleep(0.01)
    assert heard == [1]


def test_an_error_in_an_event_reaches_the_caller(calls: Any) -> None:
    def event(i: int) -> None:
        if i == 1:
            raise LookupError("event")

    with pytest.raises(LookupError, match="event"):
        calls.Client().each(event, 3)


def test_a_callback_whose_value_is_used_at_once_runs_at_once(calls: Any) -> None:
    client = calls.Client()
    assert client.value(lambda node: calls.Node(node.n * 2)).n == 10
    with pytest.raises(RuntimeError, match="child"):
        client.value(lambda node: node.child())
    assert client.apply(lambda node: node).n == 1


def test_a_callback_of_which_async_code_asks_whether_it_can_be_awaited(calls: Any) -> None:
    assert calls.Client().maybe(lambda node: node.child()).n == 8


def test_a_plain_function_calls_its_callback_where_the_caller_is(calls: Any) -> None:
    threads = set()

    def callback(node: Any) -> int:
        threads.add(threading.current_thread())
        return node.child().n  # type: ignore[no-any-return]

    assert calls.plain_each(callback) == [1, 2]
    assert threads == {threading.main_thread()}


def test_listeners_can_be_removed_again(calls: Any) -> None:
    client = calls.Client()

    class Listener:
        def __init__(self) -> None:
            self.seen: list[int] = []

        def hear(self, node: Any) -> None:
            self.seen.append(node.n)

    listener = Listener()
    client.add(listener.hear)
    client.emit()
    client.remove(listener.hear)
    client.emit()
    assert listener.seen == [3]


def test_decorators_of_the_async_side(calls: Any) -> None:
    client = calls.Client()

    @client.on("x")  # type: ignore[untyped-decorator]  # all of a made module is Any
    def handler(n: int) -> int:
        return n + client.apply(lambda node: node).n  # type: ignore[no-any-return]

    assert handler(1) == 2
    assert client.dispatch("x", 4) == 5


def test_callbacks_in_containers_attributes_and_as_coroutines(calls: Any) -> None:
    client = calls.Client()

    async def coroutine(n: int) -> int:
        return n + 1

    assert client.all_of({"a": lambda n: n, "b": coroutine}) == {"a": 1, "b": 2}
    client.on_message = print
    assert client.on_message is print


def test_iterables_contexts_awaitables_and_protocols(calls: Any) -> None:
    client, closed = calls.Client(), []

    def chunks() -> Iterator[bytes]:
        try:
            yield b"ab"
            yield b"c"
        finally:
            closed.append(True)

    assert client.upload(chunks()) == 3
    assert closed == [True]
    assert client.upload([b"x", b"yz"]) == 3

    @contextmanager
    def manager() -> Iterator[int]:
        yield client.apply(lambda node: node).n
        closed.append(False)

    assert client.within(manager()) == 1
    assert closed == [True, False]
    assert client.waits(5) == 5

    class Store:
        def __init__(self) -> None:
            self.nodes: list[Any] = []

        def put(self, node: Any) -> None:
            self.nodes.append(node.child())

        def size(self) -> int:
            return len(self.nodes)

    store, other = Store(), Store()
    assert client.put(store) == 1
    assert store.nodes[0].n == 5
    assert client.put_in_all([store, other]) == 3
    assert other.nodes[0].n == 6

    def step(node: Any, *, by: int) -> Any:
        return node.child().child() if by == 2 else node

    assert client.through([step, step]).n == 4
    assert client.finished(last=lambda node: node.child().child(), plain=1).n == 3


def test_context_variables_go_into_callbacks_and_come_back(make: Make) -> None:
    made = make(CALLBACKS)
    variable: ContextVar[str] = made.aio().variable

    def callback() -> str:
        before = variable.get()
        variable.set("callback")
        return before

    assert made.sync().Client().in_context(callback) == "inside callback"
