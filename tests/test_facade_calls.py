"""Bridge mode: which way a call goes, where a decorator or a namesake leads astray."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from facade_made import Make, generated

CURSOR = """
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractAsyncContextManager
    from functools import wraps
    from typing import Any, TypeVar

    T = TypeVar("T")

    class Cursor:
        is_closed = False
        async def rows(self) -> list[int]:
            return [1, 2]
        async def __aenter__(self) -> "Cursor":
            return self
        async def __aexit__(self, *exc: object) -> None:
            self.is_closed = True

    class Result(AbstractAsyncContextManager[T], Coroutine[Any, Any, T]):
        def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
            self.coroutine = coroutine
        def send(self, value: Any) -> Any:
            return self.coroutine.send(value)
        def throw(self, *error: Any) -> Any:
            return self.coroutine.throw(*error)
        def close(self) -> None:
            self.coroutine.close()
        def __await__(self) -> Any:
            return self.coroutine.__await__()
        async def __aenter__(self) -> T:
            self.got = await self.coroutine
            return self.got
        async def __aexit__(self, *exc: object) -> None:
            self.got.is_closed = True

    def contextmanager(method: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Result[T]]:
        @wraps(method)
        def made(*args: Any, **kwargs: Any) -> Result[T]:
            return Result(method(*args, **kwargs))
        return made

    class Connection:
        @contextmanager
        async def execute(self, sql: str) -> Cursor:
            return Cursor()
"""


def test_a_context_manager_that_can_be_awaited_too(make: Make) -> None:
    made = make(CURSOR, interface="dual")
    assert "def execute(self, sql: str) -> Cursor:" in made.text()
    connection = made.sync().Connection()
    assert connection.execute("select").rows() == [1, 2]
    with connection.execute("select") as cursor:
        assert cursor.rows() == [1, 2]
    assert cursor.is_closed

    async def main() -> tuple[object, ...]:
        async with connection.execute.aio("select") as cursor:
            rows = await cursor.rows.aio()
        return rows, cursor.is_closed, await (await connection.execute.aio("select")).rows.aio()

    assert asyncio.run(main()) == ([1, 2], True, [1, 2])


@pytest.mark.parametrize("method", ["close", "write", "set_result", "put_nowait", "cancel"])
def test_what_a_transport_or_a_task_does_is_done_on_the_loop(method: str) -> None:
    code = generated(
        f"""
        class Stream:
            def __init__(self, inner):
                self.inner = inner
            async def wait(self): ...
            def {method}(self):
                self.inner.{method}()
            def own(self):
                return self.named()
            def named(self):
                return 1
        """
    )
    assert f'_bridge.call(self, "{method}")' in code
    assert '_bridge.direct(self, "own")' in code


def test_a_function_that_runs_a_loop_by_itself(make: Make) -> None:
    made = make(
        """
        import asyncio

        class Client:
            async def get(self) -> int:
                await asyncio.sleep(0)
                return 7
            def fetch(self) -> int:
                return asyncio.run(self.get())
            def ask(self) -> int:
                loop = asyncio.new_event_loop()
                try:
                    return loop.run_until_complete(self.get())
                finally:
                    loop.close()
        """
    )
    client = made.sync().Client()
    assert (client.get(), client.fetch(), client.ask()) == (7, 7, 7)


def test_any_number_of_callbacks(make: Make) -> None:
    made = make(
        """
        import asyncio
        from collections.abc import AsyncIterator, Awaitable, Callable

        class Node:
            async def read(self, n: int) -> int:
                return n

            async def together(self, *functions: Callable[["Node"], Awaitable[int]]) -> list[int]:
                return list(await asyncio.gather(*(one(self) for one in functions)))

            async def by_name(self, **functions: Callable[["Node"], Awaitable[int]]) -> dict[str, int]:
                return {name: await one(self) for name, one in functions.items()}

            async def untyped(self, *functions):
                return await asyncio.gather(*[one(self) for _, one in enumerate(functions)])

            async def chained(self, *parts: AsyncIterator[int]) -> list[int]:
                return [item for part in parts async for item in part]
        """,
        interface="dual",
    )
    node = made.sync().Node()
    one, two = (lambda node: node.read(1)), (lambda node: node.read(2))  # they call back: each has a thread of its own
    assert node.together(one, two) == [1, 2] == node.untyped(one, two)
    assert node.by_name(one=one, two=two) == {"one": 1, "two": 2}
    assert node.chained([1, 2], (3,)) == [1, 2, 3]
    assert asyncio.run(node.together.aio(one, two)) == [1, 2]


def test_what_a_plain_function_promises_is_awaited_as_in_the_source(make: Make) -> None:
    """With the interface "auto", async callers write what they would write for the async package."""
    made = make(
        """
        import asyncio

        class Promise:
            def __init__(self, value):
                self.value = value
            def __await__(self):
                yield from asyncio.sleep(0).__await__()
                return self.value
            def __getattr__(self, name):
                if name.startswith("_"):
                    raise AttributeError(name)
                return Promise(f"{self.value}.{name}")
            def __call__(self, value):
                return Promise(f"{self.value}({value})")

        class Client:
            @property
            def call(self) -> Promise:
                return Promise("root")
            def soon(self) -> "asyncio.Future[int]":
                future = asyncio.get_running_loop().create_future()
                future.set_result(7)
                return future
        """,
        interface="auto",
    )
    client = made.sync().Client()
    assert (client.call.add(1).result(), client.soon()) == ("root.add(1)", 7)

    async def main() -> tuple[object, ...]:
        return await client.call.add(1), await client.soon()

    assert asyncio.run(main()) == ("root.add(1)", 7)


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_what_a_plain_function_says_that_it_gives_to_await_is_waited_for(make: Make, interface: str) -> None:
    made = make(
        """
        import asyncio
        from collections.abc import Awaitable
        from typing import Optional

        class Client:
            async def _later(self, value: int) -> int:
                await asyncio.sleep(0.01)
                return value
            def awaitable(self) -> Awaitable[int]:
                return asyncio.ensure_future(self._later(1))
            def future(self) -> "asyncio.Future[int]":
                return asyncio.ensure_future(self._later(2))
            def perhaps(self, value: int) -> Optional[asyncio.Future[int]]:
                return asyncio.ensure_future(self._later(value)) if value else None
            def untold(self):
                return asyncio.gather(self._later(4), self._later(5))
            def task(self) -> "asyncio.Task[int]":
                self.last = asyncio.ensure_future(self._later(6))
                return self.last
            async def begun(self) -> "asyncio.Future[int]":
                return asyncio.ensure_future(self._later(7))

        def ready() -> Awaitable[int]:
            future = asyncio.get_running_loop().create_future()
            future.set_result(8)
            return future
        """,
        interface=interface,
    )
    sync, text = made.sync(), made.text()
    client = sync.Client()
    assert (client.awaitable(), client.future(), client.perhaps(3), client.perhaps(0)) == (1, 2, 3, None)
    assert (client.untold(), sync.ready(), client.begun().result()) == ([4, 5], 8, 7)
    task = client.task()
    assert task is client.last and not task.done() and task.result() == 6 and task.done()
    assert "def future(self) -> int:" in text and "def perhaps(self, value: int) -> Optional[int]:" in text
    assert "def task(self) -> Future[int]:" in text and "def begun(self) -> Future[int]:" in text

    async def main() -> tuple[int, int]:
        return await client.future.aio(), await sync.ready.aio()

    if interface == "dual":
        assert asyncio.run(main()) == (2, 8)


def test_a_class_of_classes_is_shared(make: Make) -> None:
    made = make(
        """
        class Kind(type):
            @property
            def label(cls) -> str:
                return cls.__name__
            def __call__(cls, *args):
                return super().__call__(*args)

        class Client(metaclass=Kind):
            async def get(self) -> int:
                return 7

        class Other(type(Client)):
            def __new__(mcls, name, bases, namespace):
                return super().__new__(mcls, name, bases, namespace)

        class Server(metaclass=Other):
            async def get(self) -> int:
                return 8
        """
    ).sync()
    assert issubclass(made.Other, type) and made.Server().get() == 8
    assert issubclass(made.Kind, type) and made.Client.label == "Client" and made.Client().get() == 7
    assert isinstance(made.Client(), made.Client) and not isinstance("text", made.Client)


def test_the_signature_of_a_dual_method_is_that_of_what_is_called(make: Make) -> None:
    made = make(
        """
        class Client:
            async def get(self, key: str, *, limit: int = 3) -> int:
                return limit
            @classmethod
            async def make(cls, host: str) -> "Client":
                return cls()
        """,
        interface="dual",
    ).sync()
    assert list(inspect.signature(made.Client().get).parameters) == ["key", "limit"]
    assert list(inspect.signature(made.Client.make).parameters) == ["host"]
    assert list(inspect.signature(made.Client.get).parameters) == ["self", "key", "limit"]


def test_untyped_callbacks_that_are_handed_on_to_what_awaits_them(make: Make) -> None:
    made = make(
        """
        from collections.abc import Awaitable, Callable

        class Connection:
            async def get(self, n: int) -> int:
                return n

        class Holder:
            def __init__(self, pool, *, setup: Callable[[Connection], Awaitable[int]] | None) -> None:
                self.pool = pool
                self.setup = setup
            async def acquire(self) -> list[int]:
                connection = Connection()
                found = [await self.setup(connection)] if self.setup else []
                if self.pool._reset is not None:
                    found.append(await self.pool._reset(connection))
                return found

        class Pool:
            def __init__(self, *, setup=None, reset=None, key=None) -> None:
                self._setup = setup
                self._reset = reset
                self._key = key
            async def acquire(self):
                found = await Holder(self, setup=self._setup).acquire()
                return sorted(found, key=self._key)

        def create_pool(*, setup=None, reset=None, key=None) -> Pool:
            return Pool(setup=setup, reset=reset, key=key)
        """
    )
    sync = made.sync()
    pool = sync.create_pool(
        setup=lambda connection: connection.get(1), reset=lambda connection: connection.get(2), key=lambda n: -n
    )
    assert pool.acquire() == [2, 1]
    assert "key=key" in made.text() and "setup=_bridge.as_async(setup)" in made.text()


def test_a_decorated_async_function_does_not_block_a_running_loop(make: Make) -> None:
    connection = make(CURSOR).sync().Connection()

    async def main() -> None:
        connection.execute("select")

    with pytest.raises(RuntimeError, match=r"Connection\.execute\(\) blocks, but this thread runs an event loop"):
        asyncio.run(main())
    assert connection.execute("select").rows() == [1, 2]


def test_what_can_be_entered_or_awaited_is_not_both(make: Make) -> None:
    made = make(
        """
        class Acquired:
            def __init__(self, log):
                self.log = log
            def __await__(self):
                self.log.append("awaited")
                return 7
                yield
            async def __aenter__(self):
                self.log.append("entered")
                return 7
            async def __aexit__(self, *exc):
                self.log.append("left")

        class Pool:
            def __init__(self) -> None:
                self.log = []
            def acquire(self):
                return Acquired(self.log)
        """,
        interface="auto",
    )
    pool = made.sync().Pool()

    async def main() -> None:
        async with pool.acquire() as acquired:
            assert acquired == 7
        assert await pool.acquire() == 7

    asyncio.run(main())
    assert pool.log == ["entered", "left", "awaited"]


def test_options_that_many_functions_hand_on_are_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods of one name that hand on to one another: their ways are as many as a power of them."""
    from unasync_plus.facade import forwarding
    from unasync_plus.facade.callees import callees

    asked = 0

    def counted(*args: Any) -> Any:
        nonlocal asked
        asked += 1
        return callees(*args)

    monkeypatch.setattr(forwarding, "callees", counted)
    classes = "".join(
        f"class C{n}:\n    async def make(self, other, **options):\n        other.make(**options)\n\n"
        for n in range(12)
    )
    generated(classes)
    assert asked <= 12 * forwarding._DEPTH


def test_a_plain_function_that_leads_to_a_loop_of_its_own_is_called_as_it_is(make: Make) -> None:
    made = make(
        """
        import asyncio

        class App:
            async def main(self) -> int:
                await asyncio.sleep(0)
                return 42
            def run(self) -> int:
                return asyncio.run(self.main())

        class Silent(App):
            def run(self) -> int:
                return 0

        class Session:
            def __init__(self) -> None:
                self.app = App()
            def prompt(self) -> int:
                return self.app.run()

        def prompt() -> int:
            return Session().prompt()
        """
    ).sync()
    assert (made.prompt(), made.Session().prompt(), made.App().run(), made.App().main()) == (42,) * 4


def test_an_abstract_class_may_have_a_method_called_register(make: Make) -> None:
    made = make(
        """
        import selectors

        class Selector(selectors.SelectSelector):
            async def waited(self) -> int:
                return 7
        """
    ).sync()
    assert made.Selector().waited() == 7 and isinstance(made.Selector(), __import__("selectors").BaseSelector)
