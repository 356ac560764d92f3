"""Bridge mode, at run time: generators, context managers, options, and the three interfaces."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from facade_made import Make

from unasync_plus.runtime import Retry

SOURCE = """
    from __future__ import annotations
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
    from contextlib import asynccontextmanager
    from typing import Any, Self

    closed: list[str] = []
    attempts = 0


    class Node:
        def __init__(self, n: int) -> None:
            self.n = n
        async def up(self) -> Node:
            await asyncio.sleep(0)
            return Node(self.n + 1)


    class Client:
        def __init__(self, n: int = 0) -> None:
            self.n = n
            self.state = "new"
            self.proxy = Proxy(self)
            self.inner = Node(0)

        async def get(self, n: int = 1) -> Node:
            await asyncio.sleep(0)
            return Node(n)

        async def fail(self) -> None:
            raise LookupError("failed")

        async def slow(self, seconds: float = 5.0) -> str:
            try:
                await asyncio.sleep(seconds)
            finally:
                closed.append("slow")
            return "slow"

        async def flaky(self) -> int:
            global attempts
            attempts += 1
            if attempts < 3:
                raise ConnectionError(attempts)
            return attempts

        def plain(self) -> str:
            return "plain"

        def make(self) -> Node:
            return Node(9)

        def start(self) -> None:
            self.task = asyncio.get_running_loop().create_task(self.get(4))

        async def nodes(self, n: int) -> AsyncIterator[Node]:
            try:
                for i in range(n):
                    await asyncio.sleep(0)
                    yield Node(i)
            finally:
                await asyncio.sleep(0)
                closed.append("nodes")

        async def echo(self) -> AsyncGenerator[Any, Any]:
            got = None
            while True:
                try:
                    got = yield got
                except KeyError:
                    got = "caught"

        @asynccontextmanager
        async def session(self) -> AsyncIterator[Node]:
            task = asyncio.current_task()
            try:
                yield Node(2)
            except LookupError:
                closed.append("suppressed")
            finally:
                assert asyncio.current_task() is task
                closed.append("session")

        async def __aenter__(self) -> Self:
            self.entered = asyncio.current_task()
            self.state = "in"
            return self

        async def __aexit__(self, *exc: object) -> None:
            assert asyncio.current_task() is self.entered
            self.state = "out"

        def __aiter__(self) -> AsyncIterator[int]:
            self.left = 3
            return self

        async def __anext__(self) -> int:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return self.left

        @classmethod
        async def create(cls, n: int) -> Self:
            return cls(n)

        @staticmethod
        async def ping() -> str:
            return "pong"


    class Promise:
        def __init__(self, n: int) -> None:
            self.n = n
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return Node(self.n)


    class Proxy:
        def __init__(self, client: Client) -> None:
            self._client = client
        def __getattr__(self, name: str) -> Any:
            async def call(*args: Any) -> Any:
                if name == "slow":
                    return await self._client.slow()
                return (name, args)
            return call


    class Path:
        def __init__(self, path: str = "") -> None:
            self._path = path
        def __getattr__(self, name: str) -> "Path":
            return Path(f"{self._path}.{name}")
        async def __call__(self, value: int, *more: int, unit: str = "", **options: int) -> str:
            await asyncio.sleep(0)
            return f"{self._path}({value}, {more}, {unit}, {options})"


    async def fetch(n: int) -> Node:
        await asyncio.sleep(0)
        return Node(n)

    async def count(n: int) -> AsyncIterator[int]:
        for i in range(n):
            yield i

    async def slow() -> None:
        await asyncio.sleep(5)
"""


@pytest.fixture
def sync(make: Make) -> Any:
    return make(SOURCE).sync()


@pytest.fixture
def dual(make: Make) -> Any:
    return make(SOURCE, interface="dual").sync()


@pytest.fixture
def auto(make: Make) -> Any:
    return make(SOURCE, interface="auto").sync()


def fail(error: type[Exception]) -> None:
    """Raise, in a block that may take the error back: checkers think that none does."""
    raise error


def test_generators(sync: Any) -> None:
    client = sync.Client()
    assert [node.n for node in client.nodes(3)] == [0, 1, 2]
    assert sync.closed == ["nodes"]
    for _ in client.nodes(5):
        break
    assert sync.closed == ["nodes", "nodes"]
    echo = client.echo()
    next(echo)
    node = sync.Node(1)
    assert echo.send(node) is node
    assert echo.throw(KeyError("x")) == "caught"
    echo.close()
    with pytest.raises(StopIteration):
        next(echo)


def test_context_managers(sync: Any) -> None:
    client = sync.Client()
    with client.session() as node:
        assert node.up().n == 3
    with client.session():
        fail(LookupError)
    assert sync.closed == ["session", "suppressed", "session"]
    with pytest.raises(ZeroDivisionError), client.session():
        raise ZeroDivisionError
    with client as inside:
        assert inside is client
        assert client.state == "in"
        with sync.Client() as other:
            assert other.state == "in"
    assert client.state == "out"


def test_iterators_and_awaitables(sync: Any) -> None:
    client = sync.Client()
    assert iter(client) is client
    assert list(client) == [2, 1, 0]
    promise = sync.Promise(5)
    assert promise.result().n == 5
    assert promise.result(timeout=5).n == 5


def test_plain_functions_that_need_the_loop_run_on_it(sync: Any) -> None:
    client = sync.Client()
    client.start()
    assert client.task.result(timeout=5).n == 4


def test_options(sync: Any) -> None:
    client = sync.Client()
    brief = client.with_options(timeout=0.02)
    assert isinstance(brief, sync.Client)
    assert brief == client
    with pytest.raises(TimeoutError):
        brief.slow()
    assert sync.closed == ["slow"]
    assert client.with_options(timeout=5).get(3).n == 3
    with pytest.raises(TimeoutError):
        sync.slow.with_options(timeout=0.02)()
    assert sync.fetch.with_options(timeout=5)(3).n == 3
    retrying = client.with_options(retry=Retry(attempts=3, backoff=0))
    assert retrying.flaky() == 3
    assert brief.inner.with_options().n == client.inner.n
    with pytest.raises(TypeError):
        client.with_options(nonsense=1)


def test_options_for_the_whole_package(make: Make) -> None:
    made = make(SOURCE)
    sync, client = made.sync(), made.sync().Client()
    sync._bridge.configure(timeout=0.02)
    for call in (client.slow, sync.slow, sync.Client().slow):
        with pytest.raises(TimeoutError):
            call()
    assert client.with_options(timeout=5).get(3).n == 3
    sync._bridge.configure(timeout=None)
    assert client.slow(0.05) == "slow"


def test_options_of_one_thread_do_not_leak_into_another(sync: Any) -> None:
    client = sync.Client()
    problems = []

    def hurried() -> None:
        for _ in range(10):
            try:
                client.with_options(timeout=0.001).slow(0.1)
            except TimeoutError:
                continue
            problems.append("no timeout")

    def patient() -> None:
        for _ in range(10):
            if client.slow(0.005) != "slow":
                problems.append("timeout")

    threads = [threading.Thread(target=target) for target in (hurried, patient) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert problems == []


def test_proxies_that_make_up_attributes(sync: Any) -> None:
    client = sync.Client()
    assert client.proxy.add(1, 2) == ("add", (1, 2))
    with pytest.raises(TimeoutError):
        client.proxy.with_options(timeout=0.02).slow()
    assert client.proxy.with_options(timeout=5).add(1) == ("add", (1,))


def test_a_hook_around_every_call(make: Make) -> None:
    sync = make(SOURCE).sync()
    names = []

    def around(call: Callable[[], Any], name: str) -> Any:
        names.append(name)
        return call()

    client = sync.Client().with_options(around=around)
    client.get()
    client.start()
    _ = client.state
    assert names == ["Client.get()", "Client.start()"]


def test_a_sync_call_in_a_running_loop_is_refused_and_plain_ones_are_not(sync: Any) -> None:
    async def main() -> Any:
        client = sync.Client()
        with pytest.raises(RuntimeError, match=r"Client\.get"):
            client.get()
        client.start()
        return client.plain(), client.n, client.make().n

    assert asyncio.run(main()) == ("plain", 0, 9)


def test_dual_sync(dual: Any) -> None:
    client = dual.Client()
    assert (client.get().n, client.plain(), dual.fetch(2).n, dual.Client.ping()) == (1, "plain", 2, "pong")
    assert list(dual.count(3)) == [0, 1, 2]
    assert type(dual.Client.create(3)) is dual.Client
    with client.session() as node:
        assert node.n == 2
    with pytest.raises(LookupError):
        client.fail()


def test_dual_async(dual: Any) -> None:
    async def main() -> None:
        client = dual.Client()
        node = await client.get.aio(3)
        assert type(node) is dual.Node
        assert (await node.up.aio()).n == 4
        assert await client.plain.aio() == "plain"
        assert (await dual.fetch.aio(5)).n == 5
        assert await dual.Client.ping.aio() == "pong"
        assert type(await dual.Client.create.aio(2)) is dual.Client
        assert [node.n async for node in client.nodes.aio(3)] == [0, 1, 2]
        assert [i async for i in dual.count.aio(2)] == [0, 1]
        async with client.session.aio() as inside:
            assert inside.n == 2
        async with client.session.aio():
            fail(LookupError)
        async with client as same:
            assert same is client
            assert client.state == "in"
        assert client.state == "out"
        assert [i async for i in client] == [2, 1, 0]
        assert (await dual.Promise(5)).n == 5
        with pytest.raises(LookupError):
            await client.fail.aio()
        gathered = await asyncio.gather(*(client.get.aio(i) for i in range(5)))
        assert [node.n for node in gathered] == [0, 1, 2, 3, 4]
        task = asyncio.create_task(client.get.aio(1))
        assert (await task).n == 1
        echo = client.echo.aio()
        await echo.__anext__()
        assert await echo.asend(4) == 4
        assert await echo.athrow(KeyError("x")) == "caught"
        await echo.aclose()
        with pytest.raises(RuntimeError, match="get"):
            client.get()

    asyncio.run(main())
    assert dual.closed.count("session") == 2


def test_a_sync_call_in_a_running_loop_names_its_async_twin(dual: Any) -> None:
    async def main() -> None:
        client = dual.Client()
        with pytest.raises(RuntimeError, match=r"Await Client\.get\.aio\(\) instead"):
            client.get()
        with pytest.raises(RuntimeError, match=r"Await fetch\.aio\(\) instead"):
            dual.fetch(1)

    asyncio.run(main())


def test_dual_works_from_several_loops_on_one_object(dual: Any) -> None:
    client = dual.Client()

    def run(n: int) -> int:
        async def main() -> int:
            return sum([(await client.get.aio(i)).n for i in range(n)])

        return asyncio.run(main())

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, [3, 4, 5, 6])) == [3, 6, 10, 15]
    assert client.get(7).n == 7


def test_dual_overrides_have_both_faces(dual: Any) -> None:
    class Mine(dual.Client):  # type: ignore[misc]
        def get(self, n: int = 1) -> Any:
            return super().get(n * 10)

    mine = Mine()
    assert mine.get(2).n == 20

    async def main() -> int:
        return (await mine.get.aio(3)).n  # type: ignore[attr-defined, no-any-return]  # what is dual is so here too

    assert asyncio.run(main()) == 30


def test_auto_outside_and_inside_of_a_loop(auto: Any) -> None:
    client = auto.Client()
    assert client.get(2).n == 2
    assert client.plain() == "plain"

    async def main() -> None:
        assert (await client.get(3)).n == 3
        assert await client.plain() == "plain"
        assert client.make().n == 9
        assert (await client.make()).n == 9
        assert (await auto.fetch(1)).n == 1
        assert [node.n async for node in client.nodes(2)] == [0, 1]
        async with client.session() as node:
            assert (await node.up()).n == 3
        async with client:
            assert client.state == "in"
        assert (await auto.Promise(3)).n == 3

    asyncio.run(main())
    assert client.get(4).n == 4
    assert [node.n for node in client.nodes(2)] == [0, 1]


def test_auto_errors_and_blocking_plain_functions(make: Make) -> None:
    sync = make(
        """
        import time

        class Manager:
            async def buggy(self) -> None:
                raise RuntimeError("User error in async code")

            def block(self, text: str) -> str:
                time.sleep(0.02)
                return text.upper()
        """,
        interface="auto",
    ).sync()
    manager = sync.Manager()
    with pytest.raises(RuntimeError, match="User error"):
        manager.buggy()
    assert manager.block("a") == "A"

    async def main() -> None:
        with pytest.raises(RuntimeError, match="User error"):
            await manager.buggy()
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        found = await asyncio.gather(*(manager.block(text) for text in "ab"))
        ticking.cancel()
        assert found == ["A", "B"]
        assert ticks > 3

    asyncio.run(main())


def test_named_bridges_and_loops_of_their_own(make: Make) -> None:
    source = "import asyncio\nasync def loop() -> int:\n    return id(asyncio.get_running_loop())\n"
    one, two = make(source).sync(), make(source).sync()
    assert one.loop() == one.loop()
    assert one.loop() != two.loop()


async def _unused() -> AsyncIterator[int]:
    yield 1


def test_objects_that_are_called_have_both_faces_also_if_they_make_up_attributes(dual: Any) -> None:
    path = dual.Path().orders.list
    expected = ".orders.list(1, (2,), kg, {'n': 3})"
    assert path(1, 2, unit="kg", n=3) == expected
    assert asyncio.run(path.aio(1, 2, unit="kg", n=3)) == expected


DECORATORS = """
    from __future__ import annotations
    from collections.abc import AsyncIterator
    from contextlib import AsyncContextDecorator, asynccontextmanager

    log: list[str] = []


    class Pool:
        @asynccontextmanager
        async def session(self, size: int) -> AsyncIterator[int]:
            log.append(f"in {size}")
            try:
                yield size
            finally:
                log.append("out")


    class Turn(AsyncContextDecorator):
        async def __aenter__(self) -> Turn:
            log.append("turn")
            return self

        async def __aexit__(self, *details: object) -> None:
            log.append("over")


    def told() -> str:
        return " ".join(log)
"""


@pytest.mark.skipif(sys.version_info < (3, 10), reason="async context managers are no decorators before")
@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_a_context_manager_decorates_sync_functions(interface: str, make: Make) -> None:
    sync = make(DECORATORS, interface=interface).sync()

    def double(number: int) -> int:
        """Twice the number."""
        sync.log.append(f"body {number}")
        return 2 * number

    def fail() -> None:
        raise ValueError("as it is")

    in_session = sync.Pool().session(3)(double)
    assert (in_session(1), in_session(2), in_session.__doc__) == (2, 4, "Twice the number.")
    with pytest.raises(ValueError, match="as it is"):
        sync.Turn()(fail)()
    assert sync.told() == "in 3 body 1 out in 3 body 2 out turn over"


def test_iterators_with_a_block_of_their_own_end_for_async_callers(make: Make) -> None:
    """``aclose`` of an object that is wrapped would block, but for its ``aio``."""
    sync = make(
        """
        from collections.abc import AsyncIterator

        class Streamer:
            def __init__(self) -> None:
                self.left = 3
            def __aiter__(self) -> "Streamer":
                return self
            async def __anext__(self) -> int:
                self.left -= 1
                if self.left < 0:
                    raise StopAsyncIteration
                return self.left
            async def aclose(self) -> None:
                self.left = -10

        class Stream:
            def __init__(self, streamer: Streamer) -> None:
                self.streamer = streamer
            def __aiter__(self) -> Streamer:
                return self.streamer

        def stream(streamer: Streamer) -> AsyncIterator[int]:
            return Stream(streamer)
        """,
        interface="dual",
    ).sync()
    streamer = sync.Streamer()

    async def main() -> list[int]:
        return [number async for number in sync.stream.aio(streamer)]

    assert asyncio.run(main()) == [2, 1, 0] and streamer.left == -10
