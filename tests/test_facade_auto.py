"""`interface = "auto"`: one call for sync and async callers. What SmartAsync promises, and where it breaks them.

SmartAsync remembers for good that a function was once called inside a loop, for all instances and threads; and it makes a
loop a call, so that nothing which belongs to a loop outlives one. Each test here mixes what such a decision gets wrong.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from facade_made import importable, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    import contextvars
    import threading
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager

    who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
    begun: list[str] = []
    cleaned: list[str] = []


    class Manager:
        __slots__ = ("data", "lock", "queue", "server", "__weakref__")

        def __init__(self) -> None:
            self.data: list[int] = []
            self.lock = asyncio.Lock()
            self.queue: asyncio.Queue[int] | None = None
            self.server: asyncio.Task[None] | None = None

        async def add(self, item: int) -> list[int]:
            async with self.lock:
                await asyncio.sleep(0)
                self.data.append(item)
                return list(self.data)

        async def ask(self, n: int) -> int:
            \"\"\"Answered by one task that lives from the first call on.\"\"\"
            if self.server is None:
                self.queue = asyncio.Queue()
                self.server = asyncio.create_task(self._serve())
            answer = asyncio.get_running_loop().create_future()
            self.queue.put_nowait((n, answer))
            return await answer

        async def _serve(self) -> None:
            while True:
                n, answer = await self.queue.get()
                answer.set_result(n * 2)

        async def configure(self, name: str) -> str:
            before = who.get()
            await asyncio.sleep(0)
            who.set(name)
            return before

        async def forever(self) -> None:
            begun.append("forever")
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0)
                cleaned.append("forever")

        async def fail(self, message: str) -> None:
            raise RuntimeError(message)

        def thread(self) -> int:
            return threading.get_ident()

        def note(self, name: str) -> str:
            before = who.get()
            who.set(name)
            return before

        async def items(self, n: int) -> AsyncIterator[int]:
            try:
                for i in range(n):
                    await asyncio.sleep(0)
                    yield i
            finally:
                cleaned.append("items")

        @asynccontextmanager
        async def session(self, name: str) -> AsyncIterator[str]:
            try:
                yield name
            finally:
                cleaned.append(name)

        @classmethod
        async def create(cls, *items: int) -> Manager:
            manager = cls()
            for item in items:
                await manager.add(item)
            return manager

        @staticmethod
        async def double(n: int) -> int:
            await asyncio.sleep(0)
            return n * 2


    async def fetch(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1
"""


@pytest.fixture(params=["caller", "thread"])
def auto(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    with importable(write(tmp_path, SOURCE, interface="auto", drive=request.param)) as made:
        yield made.sync()


def in_threads(actions: list[Callable[[], Any]]) -> list[Any]:
    """All at once; what each gives, in their order."""
    barrier = threading.Barrier(len(actions))

    def start(action: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(start, actions))


def test_methods_functions_slots_and_class_methods(auto: Any) -> None:
    manager = auto.Manager()
    assert manager.add(1) == [1]
    assert auto.fetch(1) == 2
    assert auto.Manager.double(4) == 8
    assert auto.Manager.create(5, 6).data == [5, 6]

    async def main() -> None:
        assert await manager.add(2) == [1, 2]
        assert await auto.fetch(2) == 3
        assert await auto.Manager.double(5) == 10
        assert (await auto.Manager.create(7)).data == [7]

    asyncio.run(main())


def test_from_async_back_to_sync_as_often_as_one_likes(auto: Any) -> None:
    """A cached "async" would hand a coroutine to sync code."""
    manager, other = auto.Manager(), auto.Manager()

    async def add(to: Any, n: int) -> list[int]:
        return await to.add(n)  # type: ignore[no-any-return]

    for n in range(0, 10, 2):
        assert asyncio.run(add(manager, n)) == list(range(n + 1))
        assert manager.add(n + 1) == list(range(n + 2))
        assert other.add(n) == other.data
        assert auto.fetch(n) == n + 1


def test_two_instances_one_in_a_loop_and_one_not(auto: Any) -> None:
    one, other = auto.Manager(), auto.Manager()

    def use_sync() -> list[Any]:
        return [one.add(n) for n in range(50)]

    def use_async() -> list[Any]:
        async def main() -> list[Any]:
            return [await other.add(n) for n in range(50)]

        return asyncio.run(main())

    expected = [list(range(n + 1)) for n in range(50)]
    assert in_threads([use_sync, use_async]) == [expected, expected]


def test_one_instance_in_sync_threads_and_in_loops_at_once(auto: Any) -> None:
    manager = auto.Manager()

    def use_sync(first: int) -> list[int]:
        return [manager.ask(first + n) for n in range(25)]

    def use_async(first: int) -> list[int]:
        async def main() -> list[int]:
            one_by_one = [await manager.ask(first + n) for n in range(5)]
            return one_by_one + await asyncio.gather(*(manager.ask(first + n) for n in range(5, 25)))

        return asyncio.run(main())

    actions: list[Callable[[], Any]] = [partial((use_sync, use_async)[i % 2], i * 100) for i in range(16)]
    assert in_threads(actions) == [[2 * (i * 100 + n) for n in range(25)] for i in range(16)]


def test_a_race_of_the_first_calls(auto: Any) -> None:
    """Between asking whether a loop runs and remembering the answer lies nothing here: each call asks for itself."""

    async def fetched(n: int) -> int:
        return await auto.fetch(n)  # type: ignore[no-any-return]

    for _ in range(20):
        found = in_threads([lambda: auto.fetch(1), lambda: asyncio.run(fetched(2))] * 4)
        assert found == [2, 3] * 4


def test_what_belongs_to_a_loop_outlives_the_callers_loops(auto: Any) -> None:
    manager = auto.Manager()

    async def ask(n: int) -> int:
        return await manager.ask(n)  # type: ignore[no-any-return]

    assert manager.ask(1) == 2
    assert [asyncio.run(ask(n)) for n in range(4)] == [0, 2, 4, 6]
    assert manager.ask(5) == 10


def test_threads_inside_of_a_loop_are_sync_callers(auto: Any) -> None:
    manager = auto.Manager()

    def work() -> int:
        return manager.ask(3) + auto.fetch(1)  # type: ignore[no-any-return]

    async def main() -> tuple[Any, ...]:
        return await asyncio.gather(asyncio.to_thread(work), manager.ask(4), asyncio.to_thread(work), auto.fetch(8))

    assert list(asyncio.run(main())) == [8, 8, 8, 9]


def test_a_plain_function_leaves_the_callers_loop_alone(auto: Any, request: pytest.FixtureRequest) -> None:
    """Sync callers run it where they are, unless all of the library belongs to one thread."""
    manager, here = auto.Manager(), threading.get_ident()
    has_a_thread = request.node.callspec.params["auto"] == "thread"
    assert (manager.thread() != here) == has_a_thread

    async def main() -> None:
        assert await manager.thread() != here
        assert await manager.note("async") == "nobody"
        assert auto.who.get() == "async"

    asyncio.run(main())


def test_errors_keep_their_own_words(auto: Any) -> None:
    """Also those that sound like a wrong call."""
    manager = auto.Manager()
    message = "asyncio.run() cannot be called from a running event loop"
    with pytest.raises(RuntimeError) as caught:
        manager.fail(message)
    assert str(caught.value) == message

    async def main() -> None:
        with pytest.raises(RuntimeError) as caught:
            await manager.fail(message)
        assert str(caught.value) == message

    asyncio.run(main())


def test_a_forgotten_await_is_not_silent(auto: Any) -> None:
    found: list[str] = []

    async def main() -> None:
        auto.fetch(1)
        auto.Manager().thread()
        manager = auto.Manager()
        await manager.thread()
        async for _ in manager.items(1):
            pass
        async with manager.session("async"):
            gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda message, *_: found.append(str(message))
        asyncio.run(main())
        gc.collect()
    assert set(found) == {
        "coroutine 'fetch' was never awaited",
        "'Manager.thread' has not been called: what it gave in a running loop was never awaited, iterated over or entered",
    }
    assert auto.fetch(1) == 2


def test_generators_and_context_managers(auto: Any) -> None:
    manager = auto.Manager()
    assert list(manager.items(3)) == [0, 1, 2]
    with manager.session("sync") as name:
        assert name == "sync"
    for _ in manager.items(3):
        break

    async def main() -> None:
        assert [item async for item in manager.items(3)] == [0, 1, 2]
        async with manager.session("async") as name:
            assert name == "async"
            assert await manager.add(1) == [1]
        items = manager.items(3)
        assert await items.__anext__() == 0
        await items.aclose()

    asyncio.run(main())
    assert auto.cleaned == ["items", "sync", "items", "items", "async", "items"]


def test_cancelling_the_caller_cancels_the_work_and_waits(auto: Any) -> None:
    manager = auto.Manager()

    async def main() -> None:
        task = asyncio.ensure_future(manager.forever())
        while not auto.begun:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert auto.cleaned == auto.begun == ["forever"]
        with pytest.raises((asyncio.TimeoutError, TimeoutError)):
            await asyncio.wait_for(manager.forever(), 0.05)
        assert auto.cleaned == auto.begun  # on a busy machine it may not have begun

    asyncio.run(main())
    assert manager.add(1) == [1]


def test_context_variables_go_in_from_both(auto: Any) -> None:
    manager, who = auto.Manager(), auto.who

    def use_sync() -> list[str]:
        who.set("sync")
        return [manager.configure("inside"), who.get()]

    async def use_async() -> str:
        who.set("async")
        return await manager.configure("inside")  # type: ignore[no-any-return]

    assert contextvars.copy_context().run(use_sync) == ["sync", "inside"]
    assert asyncio.run(use_async()) == "async"
    assert who.get() == "nobody"


def test_options_in_both(auto: Any) -> None:
    brief = auto.Manager().with_options(timeout=0.05)
    with pytest.raises(TimeoutError):
        brief.forever()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await brief.forever()

    asyncio.run(main())
    assert auto.cleaned == auto.begun


def test_an_override_of_the_users_serves_both(auto: Any) -> None:
    class Mine(auto.Manager):  # type: ignore[misc]
        def add(self, item: int) -> Any:
            return super().add(item * 10)

    mine = Mine()
    assert mine.add(1) == [10]

    async def main() -> None:
        assert await mine.add(2) == [10, 20]

    asyncio.run(main())
    assert mine.add(3) == [10, 20, 30]


def test_a_loop_of_trio_is_a_loop_too(auto: Any) -> None:
    trio = pytest.importorskip("trio")
    manager = auto.Manager()

    async def main() -> Any:
        assert await manager.add(1) == [1]
        assert [item async for item in manager.items(2)] == [0, 1]
        async with manager.session("trio") as name:
            assert name == "trio"
        assert await manager.thread() != threading.get_ident()
        assert await trio.to_thread.run_sync(lambda: auto.fetch(4)) == 5
        return await auto.fetch(1)

    assert trio.run(main) == 2
    assert manager.add(2) == [1, 2]
