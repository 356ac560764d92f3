"""`gather`: order, overlap, and the first error."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest
from runtime_sides import Log, assert_same, until_waiting

from unasync_plus.runtime import threads
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.threads import (
    CancelledError,
    Future,
    all_tasks,
    create_task,
    gather,
    sleep,
)


def test_gather_keeps_the_order() -> None:
    async def original(log: Log) -> object:
        async def later(x: int, after: asyncio.Event, then: asyncio.Event) -> int:
            await after.wait()
            log(x)
            then.set()
            return x

        a, b, c, d = (asyncio.Event() for _ in range(4))
        a.set()
        return await asyncio.gather(later(1, c, d), later(2, b, c), later(3, a, b))

    def converted(log: Log) -> object:
        def later(x: int, after: Event, then: Event) -> int:
            after.wait()
            log(x)
            then.set()
            return x

        a, b, c, d = (Event() for _ in range(4))
        a.set()
        return gather(partial(later, 1, c, d), partial(later, 2, b, c), partial(later, 3, a, b))

    assert_same(original, converted, log=[3, 2, 1], result=[1, 2, 3])


def test_gather_takes_calls_made_earlier_and_tasks() -> None:
    async def original(log: Log) -> object:
        async def echo(x: int) -> int:
            return x

        calls = [echo(x) for x in range(3)]
        task = asyncio.create_task(echo(3))
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        future.set_result(4)
        log(await asyncio.gather())
        return await asyncio.gather(*calls, task, future, task)

    def converted(log: Log) -> object:
        def echo(x: int) -> int:
            return x

        calls = [partial(echo, x) for x in range(3)]
        task = create_task(echo, 3)
        future: Future[int] = Future()
        future.set_result(4)
        log(gather())
        return gather(*calls, task, future, task)

    assert_same(original, converted, log=[[]], result=[0, 1, 2, 3, 4, 3])


def test_gather_returns_exceptions_if_asked_to() -> None:
    async def original(log: Log) -> object:
        async def fail(error: BaseException) -> None:
            raise error

        task = asyncio.create_task(asyncio.sleep(3600))
        task.cancel()
        results = await asyncio.gather(
            fail(ValueError(1)), asyncio.sleep(0, "fine"), fail(KeyError(2)), task, return_exceptions=True
        )
        return list(results)

    def converted(log: Log) -> object:
        def fail(error: BaseException) -> None:
            raise error

        task = create_task(sleep, 3600)
        task.cancel()
        results = gather(
            partial(fail, ValueError(1)),
            partial(sleep, 0, "fine"),
            partial(fail, KeyError(2)),
            task,
            return_exceptions=True,
        )
        return list(results)

    assert_same(original, converted, log=[], result=[ValueError(1), "fine", KeyError(2), CancelledError()])


def test_the_first_error_ends_gather_and_the_others_run_on() -> None:
    async def original(log: Log) -> object:
        async def fail() -> None:
            log("fails")
            raise ValueError(1)

        async def work(go: asyncio.Event) -> None:
            await go.wait()
            log("worked")

        go = asyncio.Event()
        slow = asyncio.create_task(work(go))
        try:
            await asyncio.gather(slow, fail())
        except ValueError:
            log("raised")
        log(slow.done())
        go.set()
        await slow
        return None

    def converted(log: Log) -> None:
        def fail() -> None:
            log("fails")
            raise ValueError(1)

        def work(go: Event) -> None:
            go.wait()
            log("worked")

        go = Event()
        slow = create_task(work, go)
        try:
            gather(slow, fail)
        except ValueError:
            log("raised")
        log(slow.done())
        go.set()
        slow.result()

    assert_same(original, converted, log=["fails", "raised", False, "worked"])


def test_the_first_error_in_time_wins() -> None:
    async def original(log: Log) -> object:
        async def fail_late(task: asyncio.Task[None]) -> None:
            await asyncio.wait([task])
            raise ValueError("late")

        async def fail_early() -> None:
            raise KeyError("early")

        task = asyncio.create_task(fail_early())
        return await asyncio.gather(fail_late(task), task)

    def converted(log: Log) -> object:
        def fail_late(task: threads.Task[None]) -> None:
            task.exception()
            task.join()
            raise ValueError("late")

        def fail_early() -> None:
            go.wait()
            raise KeyError("early")

        go = Event()
        task = create_task(fail_early)
        late = create_task(fail_late, task)
        until_waiting(task, late)
        go.set()
        return gather(late, task)

    assert_same(original, converted, log=[], result=KeyError("early"))


def test_gather_nests_without_end() -> None:
    def tree(depth: int) -> int:
        return 1 if depth == 0 else sum(gather(partial(tree, depth - 1), partial(tree, depth - 1)))

    before = threading.active_count()
    assert tree(7) == 128
    assert threading.active_count() == before


def test_many_calls_overlap() -> None:
    meet = threading.Barrier(200)
    assert sorted(gather(*[meet.wait] * 200)) == list(range(200))


def test_gather_runs_calls_itself_when_there_are_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "Task-1" or len(begun) == 2:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        start(thread)

    begun: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert gather(*[partial(pow, 2, x) for x in range(5)]) == [1, 2, 4, 8, 16]
    with pytest.raises(RuntimeError):
        create_task(pow, 2, 2)
    assert not all_tasks()


def test_gather_refuses_what_was_called_already() -> None:
    with pytest.raises(TypeError, match="a call that has yet to be made is required, not 3"):
        gather(3)  # type: ignore[call-overload]  # that is the point


def test_an_interrupted_gather_cancels_its_children() -> None:
    async def original(log: Log) -> object:
        async def child(name: str) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log(name)

        async def parent() -> None:
            await asyncio.gather(child("a"), child("a"))

        task = asyncio.create_task(parent())
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log("cancelled")
        return None

    def converted(log: Log) -> None:
        both = threading.Barrier(3)

        def child(name: str) -> None:
            both.wait()
            try:
                sleep(3600)
            finally:
                log(name)

        def parent() -> None:
            gather(partial(child, "a"), partial(child, "a"))

        task = create_task(parent)
        both.wait(60)
        until_waiting(*all_tasks())
        task.cancel()
        try:
            task.result()
        except CancelledError:
            log("cancelled")

    assert_same(original, converted, log=["a", "a", "cancelled"])
