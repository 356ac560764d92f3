"""What a cancellation reaches, and what it leaves behind."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest
from runtime_sides import Log, assert_same, until_waiting

from unasync_plus.runtime import threads
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.threads import (
    CancelledError,
    Future,
    create_task,
    current_task,
    gather,
    interruptible,
    shield,
    sleep,
)
from unasync_plus.runtime.timeouts import timeout

number: ContextVar[int] = ContextVar("number", default=0)


def test_a_cancelled_future_raises() -> None:
    async def original(log: Log) -> object:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        log(future.cancel())
        log((future.done(), future.cancelled()))
        return await future

    def converted(log: Log) -> object:
        future: Future[int] = Future()
        log(future.cancel())
        log((future.done(), future.cancelled()))
        return future.result()

    assert_same(original, converted, log=[True, (True, True)], result=CancelledError())


def test_cancel_ends_a_wait() -> None:
    async def original(log: Log) -> object:
        async def work() -> None:
            log("begins")
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError as error:
                log(error.args)
                raise
            finally:
                log("cleans up")

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        log(task.cancel("enough"))
        try:
            await task
        except asyncio.CancelledError:
            log((task.done(), task.cancelled(), task.cancel()))
        return None

    def converted(log: Log) -> None:
        def work() -> None:
            log("begins")
            try:
                sleep(3600)
            except CancelledError as error:
                log(error.args)
                raise
            finally:
                log("cleans up")

        task = create_task(work)
        until_waiting(task)
        log(task.cancel("enough"))
        try:
            task.result()
        except CancelledError:
            log((task.done(), task.cancelled(), task.cancel()))

    assert_same(original, converted, log=["begins", True, ("enough",), "cleans up", (True, True, False)])


def test_a_task_may_refuse_to_be_cancelled() -> None:
    async def original(log: Log) -> object:
        async def work() -> str:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                await asyncio.sleep(0)
            return "anyway"

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        return await task, task.cancelled()

    def converted(log: Log) -> object:
        def work() -> str:
            try:
                sleep(3600)
            except CancelledError:
                sleep(0)
            return "anyway"

        task = create_task(work)
        until_waiting(task)
        task.cancel()
        return task.result(), task.cancelled()

    assert_same(original, converted, log=[], result=("anyway", False))


def test_a_cancelled_task_that_never_waits_again_ends_as_cancelled() -> None:
    computing, go = threading.Event(), threading.Event()

    def compute() -> str:
        computing.set()
        go.wait()
        return "result"

    task = create_task(compute)
    assert computing.wait(60)
    assert task.cancel()
    assert not task.done()
    go.set()
    with pytest.raises(CancelledError):
        task.result()
    assert task.cancelled()


def test_a_task_that_has_not_begun_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[threading.Thread] = []
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", lambda thread: begun.append(thread))
        task = create_task(pytest.fail, "it ran")
    assert task.cancel()
    assert task.cancelled()
    begun[0].start()
    with pytest.raises(CancelledError):
        task.result()


def test_cancelling_a_task_cancels_what_it_awaits() -> None:
    async def original(log: Log) -> object:
        async def inner() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log("inner")

        async def outer() -> None:
            try:
                await asyncio.create_task(inner())
            finally:
                log("outer")

        task = asyncio.create_task(outer())
        await asyncio.sleep(0.01)
        task.cancel()
        await task
        return None

    def converted(log: Log) -> None:
        def inner() -> None:
            try:
                sleep(3600)
            finally:
                log("inner")

        tasks: list[threads.Task[None]] = []

        def outer() -> None:
            tasks.append(create_task(inner))
            try:
                tasks[0].result()
            finally:
                log("outer")

        task = create_task(outer)
        until_waiting(task)
        until_waiting(*tasks)
        task.cancel()
        task.result()

    assert_same(original, converted, log=["inner", "outer"], result=CancelledError())


def test_a_shielded_task_goes_on() -> None:
    async def original(log: Log) -> object:
        async def save(go: asyncio.Event) -> str:
            await go.wait()
            log("saved")
            return "result"

        async def client(task: asyncio.Task[str]) -> str:
            return await asyncio.shield(task)

        go = asyncio.Event()
        saving = asyncio.create_task(save(go))
        task = asyncio.create_task(client(saving))
        await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            log("cancelled")
        go.set()
        return await saving

    def converted(log: Log) -> object:
        def save(go: Event) -> str:
            go.wait()
            log("saved")
            return "result"

        def client(task: threads.Task[str]) -> str:
            return shield(task)

        go = Event()
        saving = create_task(save, go)
        task = create_task(client, saving)
        until_waiting(saving, task)
        task.cancel()
        try:
            task.result()
        except CancelledError:
            log("cancelled")
        go.set()
        return saving.result()

    assert_same(original, converted, log=["cancelled", "saved"], result="result")
    assert shield(pow, 2, 3) == 8


def test_workers_that_wait_for_ever_are_cancelled() -> None:
    """The example of asyncio's own documentation of queues."""
    from unasync_plus.runtime.queues import Queue

    async def original(log: Log) -> object:
        async def worker(queue: asyncio.Queue[int]) -> None:
            while True:
                log(await queue.get())
                queue.task_done()

        queue: asyncio.Queue[int] = asyncio.Queue()
        for item in range(9):
            queue.put_nowait(item)
        tasks = [asyncio.create_task(worker(queue)) for _ in range(3)]
        await queue.join()
        for task in tasks:
            task.cancel()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    def converted(log: Log) -> object:
        def worker(queue: Queue[int]) -> None:
            while True:
                log(queue.get())
                queue.task_done()

        queue: Queue[int] = Queue()
        for item in range(9):
            queue.put_nowait(item)
        tasks = [create_task(worker, queue) for _ in range(3)]
        queue.join()
        for task in tasks:
            task.cancel()
        return list(gather(*tasks, return_exceptions=True))

    assert_same(original, converted, log=[*range(9)], result=[CancelledError()] * 3, any_order=True)


def test_interruptible_is_a_call_in_all_respects() -> None:
    def work(x: int, *, y: int) -> int:
        number.set(x)
        log.append((current_task(), threading.current_thread() is thread))
        if y == 0:
            raise ValueError("no")
        return x // y

    log: list[object] = []
    thread = threading.current_thread()
    assert interruptible(work, 6, y=3) == 2
    with timeout(60):
        assert interruptible(work, 8, y=4) == 2
        assert number.get() == 8
        with pytest.raises(ValueError):
            interruptible(work, 1, y=0)
    assert log == [(current_task(), True), (current_task(), False), (current_task(), False)]


def test_interruptible_gives_up_what_it_cannot_stop() -> None:
    blocked, go = threading.Event(), threading.Event()

    def work() -> None:
        blocked.set()
        go.wait()
        try:
            sleep(0)
        except CancelledError:
            ended.set()

    ended = threading.Event()
    with pytest.raises(TimeoutError), timeout(0.05):
        interruptible(work)
    assert blocked.is_set()
    go.set()
    assert ended.wait(60)  # it is told at its first wait


def test_a_cancelled_task_leaves_what_blocks_it() -> None:
    blocked, go = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        go.wait()

    task = create_task(interruptible, block)
    assert blocked.wait(60)
    until_waiting(task)
    task.cancel()
    with pytest.raises(CancelledError):
        task.result()
    go.set()
