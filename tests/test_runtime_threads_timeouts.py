"""Deadlines: asyncio's timeouts and `wait_for`."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from runtime_sides import Log, assert_same, newest, until_waiting

from unasync_plus.runtime.locks import Condition, Event, Lock, Semaphore
from unasync_plus.runtime.queues import Queue
from unasync_plus.runtime.threads import CancelledError, Future, create_task, gather, interruptible, shield, sleep
from unasync_plus.runtime.timeouts import timeout, timeout_at, wait_for

HAS_TIMEOUT = sys.version_info >= (3, 11)


def test_a_wait_inside_ends_at_the_deadline() -> None:
    async def original(log: Log) -> None:
        async with newest.timeout(0.01) as scope:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                log(("cancelled", scope.expired()))
                raise
            finally:
                log("unwinds")

    def converted(log: Log) -> None:
        with timeout(0.01) as scope:
            try:
                sleep(3600)
            except CancelledError:
                log(("cancelled", scope.expired()))
                raise
            finally:
                log("unwinds")

    assert_same(original, converted, log=[("cancelled", True), "unwinds"], result=TimeoutError(), runs=HAS_TIMEOUT)


def test_a_block_that_is_quick_enough_is_left_as_usual() -> None:
    async def original(log: Log) -> object:
        async with newest.timeout(None) as none, newest.timeout(3600) as scope:
            log((none.when(), scope.when() - asyncio.get_running_loop().time() > 3000))
            await asyncio.sleep(0)
        return scope.expired()

    def converted(log: Log) -> object:
        with timeout(None) as none, timeout(3600) as scope:
            when = scope.when()
            assert when
            log((none.when(), when - time.monotonic() > 3000))
            sleep(0)
        return scope.expired()

    assert_same(original, converted, log=[(None, True)], result=False, runs=HAS_TIMEOUT)


def test_a_deadline_can_be_moved() -> None:
    async def original(log: Log) -> object:
        async with newest.timeout_at(0) as scope:
            scope.reschedule(None)
            await asyncio.sleep(0)
            log(scope.when())
            scope.reschedule(asyncio.get_running_loop().time())
            try:
                await asyncio.sleep(3600)
            finally:
                try:
                    scope.reschedule(None)
                except RuntimeError:
                    log("too late")
        return None

    def converted(log: Log) -> object:
        with timeout_at(0) as scope:
            scope.reschedule(None)
            sleep(0)
            log(scope.when())
            scope.reschedule(time.monotonic())
            try:
                sleep(3600)
            finally:
                try:
                    scope.reschedule(None)
                except RuntimeError:
                    log("too late")
        return None

    assert_same(original, converted, log=[None, "too late"], result=TimeoutError(), runs=HAS_TIMEOUT)


def test_a_deadline_can_be_moved_while_a_thread_waits() -> None:
    scope = timeout(3600)

    def work() -> None:
        with scope:
            sleep(3600)

    task = create_task(work)
    until_waiting(task)
    scope.reschedule(time.monotonic())
    with pytest.raises(TimeoutError):
        task.result()


def test_the_outer_deadline_ends_the_inner_block_too() -> None:
    async def original(log: Log) -> None:
        async with newest.timeout(0.01):
            try:
                async with newest.timeout(3600):
                    await asyncio.sleep(3600)
            except TimeoutError:
                log("never: it is the outer one's")

    def converted(log: Log) -> None:
        with timeout(0.01):
            try:
                with timeout(3600):
                    sleep(3600)
            except TimeoutError:
                log("never: it is the outer one's")

    assert_same(original, converted, log=[], result=TimeoutError(), runs=HAS_TIMEOUT)


def test_the_inner_deadline_leaves_the_outer_block_alone() -> None:
    async def original(log: Log) -> object:
        async with newest.timeout(3600) as outer:
            try:
                async with newest.timeout(0):
                    await asyncio.sleep(3600)
            except TimeoutError:
                log("inner")
            await asyncio.sleep(0.001)
        return outer.expired()

    def converted(log: Log) -> object:
        with timeout(3600) as outer:
            try:
                with timeout(0):
                    sleep(3600)
            except TimeoutError:
                log("inner")
            sleep(0.001)
        return outer.expired()

    assert_same(original, converted, log=["inner"], result=False, runs=HAS_TIMEOUT)


def test_a_cleanup_may_wait_again() -> None:
    async def original(log: Log) -> None:
        async with newest.timeout(0.01):
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0.001)
                log("cleaned up")

    def converted(log: Log) -> None:
        with timeout(0.01):
            try:
                sleep(3600)
            finally:
                sleep(0.001)
                log("cleaned up")

    assert_same(original, converted, log=["cleaned up"], result=TimeoutError(), runs=HAS_TIMEOUT)


def test_another_error_at_the_deadline_stays_what_it_is() -> None:
    async def original(log: Log) -> None:
        async with newest.timeout(0.01):
            try:
                await asyncio.sleep(3600)
            finally:
                raise ValueError("mine")

    def converted(log: Log) -> None:
        with timeout(0.01):
            try:
                sleep(3600)
            finally:
                raise ValueError("mine")

    assert_same(original, converted, log=[], result=ValueError("mine"), runs=HAS_TIMEOUT)


def test_a_cancelled_task_does_not_time_out() -> None:
    async def original(log: Log) -> None:
        async def work() -> None:
            async with newest.timeout(3600):
                await asyncio.sleep(3600)

        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await task

    def converted(log: Log) -> None:
        def work() -> None:
            with timeout(3600):
                sleep(3600)

        task = create_task(work)
        until_waiting(task)
        task.cancel()
        task.result()

    assert_same(original, converted, log=[], result=CancelledError(), runs=HAS_TIMEOUT)


def test_a_task_started_inside_is_outside() -> None:
    async def original(log: Log) -> object:
        async def work(go: asyncio.Event) -> str:
            await go.wait()
            return "done"

        go = asyncio.Event()
        try:
            async with newest.timeout(0.01):
                task = asyncio.create_task(work(go))
                await asyncio.sleep(3600)
        except TimeoutError:
            go.set()
        return await task

    def converted(log: Log) -> object:
        go = Event()

        def work() -> str:
            go.wait()
            return "done"

        try:
            with timeout(0.01):
                task = create_task(work)
                sleep(3600)
        except TimeoutError:
            go.set()
        return task.result()

    assert_same(original, converted, log=[], result="done", runs=HAS_TIMEOUT)


def waits() -> dict[str, object]:
    """Whatever waits in this runtime, in a state in which it has to."""
    lock, condition, semaphore = Lock(), Condition(), Semaphore(0)
    full: Queue[int] = Queue(1)
    full.put(1)
    unfinished: Queue[int] = Queue()
    unfinished.put(1)
    future: Future[int] = Future()

    def wait_on_condition() -> None:
        with condition:
            condition.wait()

    lock.acquire()
    return {
        "sleep": partial(sleep, 3600),
        "event": Event().wait,
        "lock": lock.acquire,
        "semaphore": semaphore.acquire,
        "condition": wait_on_condition,
        "get": Queue().get,
        "put": partial(full.put, 2),
        "join": unfinished.join,
        "future": future.result,
        "task": lambda: create_task(sleep, 3600).result(),
        "gather": partial(gather, partial(sleep, 3600), partial(sleep, 3600)),
        "shield": partial(shield, future),
        "interruptible": partial(interruptible, threading.Event().wait, 5),
    }


@pytest.mark.parametrize("name", waits())
def test_every_wait_ends_at_a_deadline(name: str) -> None:
    wait = waits()[name]
    assert callable(wait)
    with pytest.raises(TimeoutError), timeout(0.01):
        wait()
    with pytest.raises(TimeoutError):
        wait_for(waits()[name], 0.01)  # type: ignore[call-overload]  # one of many types


def test_a_lock_is_free_again_behind_a_deadline() -> None:
    lock = Lock()
    with lock, pytest.raises(TimeoutError):
        wait_for(lock.acquire, 0.01)
    assert not lock.locked()
    with lock:
        assert lock.locked()


def test_wait_for_returns_the_result() -> None:
    async def original(log: Log) -> object:
        async def add(x: int, *, y: int) -> int:
            await asyncio.sleep(0)
            return x + y

        log(await asyncio.wait_for(add(1, y=2), 3600))
        log(await asyncio.wait_for(add(1, y=2), timeout=None))
        return await asyncio.wait_for(asyncio.create_task(add(3, y=4)), 3600)

    def converted(log: Log) -> object:
        def add(x: int, *, y: int) -> int:
            sleep(0)
            return x + y

        log(wait_for(add, 3600, 1, y=2))
        log(wait_for(add, None, 1, y=2))
        return wait_for(create_task(partial(add, 3, y=4)), 3600)

    assert_same(original, converted, log=[3, 3], result=7)


def test_wait_for_cancels_what_takes_too_long() -> None:
    async def original(log: Log) -> object:
        async def work() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log("unwinds")

        task = asyncio.create_task(work())
        for waited in (work(), task):
            try:
                await asyncio.wait_for(waited, 0.01)
            except asyncio.TimeoutError:
                log("too late")
        return task.cancelled()

    def converted(log: Log) -> object:
        def work() -> None:
            try:
                sleep(3600)
            finally:
                log("unwinds")

        task = create_task(work)
        until_waiting(task)
        for waited in (work, task):
            try:
                wait_for(waited, 0.01)
            except TimeoutError:
                log("too late")
        return task.cancelled()

    assert_same(original, converted, log=["unwinds", "too late"] * 2, result=True)


def test_wait_for_a_queue_and_go_on_with_it() -> None:
    async def original(log: Log) -> object:
        queue: asyncio.Queue[int] = asyncio.Queue()
        try:
            await asyncio.wait_for(queue.get(), 0.01)
        except asyncio.TimeoutError:
            log("empty")
        queue.put_nowait(1)
        return await asyncio.wait_for(queue.get(), 3600)

    def converted(log: Log) -> object:
        queue: Queue[int] = Queue()
        try:
            wait_for(queue.get, 0.01)
        except TimeoutError:
            log("empty")
        queue.put_nowait(1)
        return wait_for(queue.get, 3600)

    assert_same(original, converted, log=["empty"], result=1)


def test_a_shielded_task_survives_wait_for() -> None:
    async def original(log: Log) -> object:
        go = asyncio.Event()
        task = asyncio.create_task(go.wait())
        try:
            await asyncio.wait_for(asyncio.shield(task), 0.01)
        except asyncio.TimeoutError:
            log((task.done(), task.cancelled()))
        go.set()
        return await task

    def converted(log: Log) -> object:
        go = Event()
        task = create_task(go.wait)
        try:
            wait_for(shield, 0.01, task)
        except TimeoutError:
            log((task.done(), task.cancelled()))
        go.set()
        return task.result()

    assert_same(original, converted, log=[(False, False)], result=True)


def test_no_time_is_too_little_time() -> None:
    async def original(log: Log) -> object:
        async def work() -> None:
            log("never")

        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        future.set_result(1)
        log(await asyncio.wait_for(future, 0))
        try:
            await asyncio.wait_for(work(), 0)
        except asyncio.TimeoutError:
            return "too late"
        return None

    def converted(log: Log) -> object:
        def work() -> None:
            log("never")

        future: Future[int] = Future()
        future.set_result(1)
        log(wait_for(future, 0))
        try:
            wait_for(work, 0)
        except TimeoutError:
            return "too late"
        return None

    assert_same(original, converted, log=[1], result="too late")


def test_wait_for_leaves_behind_what_cannot_be_stopped() -> None:
    go = threading.Event()
    task = create_task(go.wait)
    with pytest.raises(TimeoutError):
        wait_for(task, 0.01)
    assert not task.done()
    with pytest.raises(TimeoutError):
        wait_for(go.wait, 0.01)
    go.set()
    with pytest.raises(CancelledError):
        task.result()


def test_a_queue_of_another_copy_of_the_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages may have one each, and one may be handed what the other made."""
    import unasync_plus.runtime

    shutil.copytree(Path(unasync_plus.runtime.__file__).parent, tmp_path / "copy_of_runtime")
    monkeypatch.syspath_prepend(tmp_path)
    queue = importlib.import_module("copy_of_runtime.queues").Queue()
    with pytest.raises(TimeoutError):
        wait_for(queue.get, 0.05)
    queue.put_nowait(None)  # for the thread that was left behind
    for name in [name for name in sys.modules if name.partition(".")[0] == "copy_of_runtime"]:
        monkeypatch.delitem(sys.modules, name)
