"""Futures of threads that callers hand in: the async side awaits them, and both see the same state."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

import pytest
from facade_made import Make

from unasync_plus.runtime.futures import Future as FutureOfConvertedCode

SOURCE = """
    import asyncio

    class Answer:
        def __init__(self, n):
            self.n = n

    class Desk:
        def __init__(self, future=None):
            self.future = future
            self.seen = []

        async def wait(self):
            return await self.future

        async def wait_for(self, future: asyncio.Future[Answer]):
            return (await asyncio.wait_for(future, 5)).n

        async def gathered(self, *futures):
            return [one.n for one in await asyncio.gather(*futures)]

        async def first(self, futures):
            done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
            return len(done)

        async def short(self, future):
            try:
                await asyncio.wait_for(future, 0.02)
            except asyncio.TimeoutError:
                return future.cancelled()

        async def states(self, future):
            try:
                future.result()
            except asyncio.InvalidStateError:
                pass
            else:
                return "there"
            future.add_done_callback(self.note)
            future.set_result(Answer(7))
            await asyncio.sleep(0.01)
            return self.seen == [(future, asyncio.get_running_loop())] and type(future.result()) is Answer

        def note(self, future):
            self.seen.append((future, asyncio.get_running_loop()))

        async def of_executor(self, future):
            return (await asyncio.wrap_future(future)).n

        def drop(self):
            return self.future.cancel()
"""


@pytest.mark.parametrize("kind", [Future, FutureOfConvertedCode])
def test_futures_of_threads_are_awaited(make: Make, kind: Any) -> None:
    sync = make(SOURCE).sync()
    future = kind()
    desk = sync.Desk(future)
    assert desk.future is future and not future.done()
    answer = sync.Answer(1)
    threading.Timer(0.02, future.set_result, [answer]).start()
    assert desk.wait() is answer and desk.wait() is answer
    assert desk.wait_for(future) == 1 and desk.gathered(future, future) == [1, 1] and desk.first([kind(), future]) == 1
    assert desk.of_executor(future) == 1 if kind is Future else True

    failed = kind()
    failed.set_exception(KeyError("no"))
    with pytest.raises(KeyError, match="no"):
        desk.wait_for(failed)

    slow = kind()
    assert desk.short(slow) is True and slow.cancelled()
    with pytest.raises((CancelledError, asyncio.CancelledError)):
        desk.wait_for(slow)

    told: list[Any] = []
    asked = kind()
    asked.add_done_callback(told.append)
    assert desk.states(asked) is True
    assert told == [asked] and told[0] is asked and type(asked.result()) is sync.Answer and asked.result().n == 7

    desk.future = left = kind()
    assert desk.drop() is True and left.cancelled()


def test_what_an_executor_gives_is_awaited(make: Make) -> None:
    sync = make(SOURCE, interface="dual").sync()
    desk = sync.Desk()
    with ThreadPoolExecutor(2) as pool:
        assert desk.gathered(*(pool.submit(sync.Answer, n) for n in range(5))) == [0, 1, 2, 3, 4]

        async def main() -> Any:
            return await desk.gathered.aio(pool.submit(sync.Answer, 9))

        assert asyncio.run(main()) == [9]


LATER = """
    import asyncio

    class Desk:
        def __init__(self):
            self.jobs = []

        async def ask(self, n):
            self.jobs.append(asyncio.get_running_loop().create_future())
            asyncio.get_running_loop().call_later(0.01, self.jobs[-1].set_result, n)
"""


@pytest.mark.parametrize("interface", ["dual", "auto"])
def test_futures_of_the_async_side_in_functions_of_asyncio(make: Make, interface: str) -> None:
    desk = make(LATER, interface=interface).sync().Desk()

    async def main() -> Any:
        for number in range(4):
            await (desk.ask.aio if interface == "dual" else desk.ask)(number)
        first, second, third, fourth = desk.jobs
        gathered = await asyncio.gather(first, second)
        return [*gathered, await asyncio.wait_for(third, 5), await asyncio.shield(fourth)]

    assert asyncio.run(main()) == [0, 1, 2, 3]
