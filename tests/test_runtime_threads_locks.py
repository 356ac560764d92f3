"""The locks of asyncio, on threads."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest
from runtime_sides import Log, assert_same, newest, until_waiting

from unasync_plus.runtime.barriers import Barrier
from unasync_plus.runtime.groups import TaskGroup
from unasync_plus.runtime.locks import BoundedSemaphore, Condition, Event, Lock, Semaphore
from unasync_plus.runtime.threads import CancelledError, create_task, gather
from unasync_plus.runtime.timeouts import wait_for


def test_an_event() -> None:
    async def original(log: Log) -> object:
        event = asyncio.Event()
        tasks = [asyncio.create_task(event.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        log(event.is_set())
        event.set()
        log((event.is_set(), await event.wait()))
        results = await asyncio.gather(*tasks)
        event.clear()
        log(event.is_set())
        return results

    def converted(log: Log) -> object:
        event = Event()
        tasks = [create_task(event.wait) for _ in range(3)]
        until_waiting(*tasks)
        log(event.is_set())
        event.set()
        log((event.is_set(), event.wait()))
        results = gather(*tasks)
        event.clear()
        log(event.is_set())
        return results

    assert_same(original, converted, log=[False, (True, True), False], result=[True, True, True])
    assert not Event().wait(timeout=0.01)


def test_a_lock_excludes_and_is_fair() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> None:
            async with lock:
                log(x)

        lock = asyncio.Lock()
        log(await lock.acquire())
        tasks = [asyncio.create_task(work(x)) for x in range(5)]
        await asyncio.sleep(0)
        log(lock.locked())
        lock.release()
        await asyncio.gather(*tasks)
        log(lock.locked())
        lock.release()
        return None

    def converted(log: Log) -> object:
        def work(x: int) -> None:
            with lock:
                log(x)

        lock = Lock()
        log(lock.acquire())
        tasks = []
        for x in range(5):
            tasks.append(create_task(work, x))
            until_waiting(tasks[-1])
        log(lock.locked())
        lock.release()
        gather(*tasks)
        log(lock.locked())
        lock.release()
        return None

    log = [True, True, 0, 1, 2, 3, 4, False]
    assert_same(original, converted, log=[*log], result=RuntimeError("Lock is not acquired."))


def test_a_lock_is_exclusive_under_load() -> None:
    lock = Lock()
    inside: list[int] = []
    most = 0

    def work() -> None:
        nonlocal most
        for _ in range(200):
            with lock:
                inside.append(1)
                most = max(most, len(inside))
                inside.pop()

    gather(*[work] * 8)
    assert most == 1
    assert not lock.locked()


def test_a_cancelled_waiter_does_not_take_the_lock_with_it() -> None:
    lock = Lock()
    lock.acquire()
    waiting = [create_task(lock.acquire) for _ in range(2)]
    until_waiting(*waiting)
    waiting[0].cancel()
    lock.release()
    assert waiting[1].result(60)
    with pytest.raises(CancelledError):
        waiting[0].result()
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=0.01)
    lock.release()
    assert not lock.locked()


def test_a_lock_under_cancellations_is_never_lost() -> None:
    lock = Lock()

    def work() -> None:
        while True:
            with lock:
                pass

    for _ in range(50):
        tasks = [create_task(work) for _ in range(4)]
        for task in tasks:
            task.cancel()
        assert gather(*tasks, return_exceptions=True)
        assert lock.acquire(blocking=False)
        lock.release()


def test_a_semaphore_limits_fifty_tasks_to_five() -> None:
    running: list[int] = []
    most: list[int] = []
    five_at_once = threading.Barrier(5)
    semaphore = Semaphore(5)

    def work() -> None:
        with semaphore:
            running.append(1)
            most.append(len(running))
            five_at_once.wait(60)
            running.pop()

    with TaskGroup() as group:
        for _ in range(50):
            group.create_task(work)
    assert max(most) == 5
    assert not semaphore.locked()


def test_a_semaphore() -> None:
    async def original(log: Log) -> object:
        semaphore = asyncio.Semaphore(1)
        log((semaphore.locked(), await semaphore.acquire(), semaphore.locked()))
        semaphore.release()
        semaphore.release()
        async with semaphore, semaphore:
            log(semaphore.locked())
        bounded = asyncio.BoundedSemaphore(1)
        async with bounded:
            pass
        bounded.release()
        return None

    def converted(log: Log) -> object:
        semaphore = Semaphore(1)
        log((semaphore.locked(), semaphore.acquire(), semaphore.locked()))
        semaphore.release()
        semaphore.release()
        with semaphore, semaphore:
            log(semaphore.locked())
        bounded = BoundedSemaphore(1)
        with bounded:
            pass
        bounded.release()
        return None

    expected = ValueError("BoundedSemaphore released too many times")
    assert_same(original, converted, log=[(False, True, True), True], result=expected)
    with pytest.raises(ValueError):
        Semaphore(-1)


def test_a_condition() -> None:
    async def original(log: Log) -> object:
        async def consume(x: int) -> int:
            async with condition:
                log(await condition.wait_for(lambda: len(items) > 0 and "item"))
                return items.pop()

        condition = asyncio.Condition()
        items: list[int] = []
        tasks = [asyncio.create_task(consume(x)) for x in range(2)]
        await asyncio.sleep(0)
        async with condition:
            items.append(1)
            condition.notify(1)
            log(condition.locked())
        async with condition:
            items.append(1)
            condition.notify_all()
        return await asyncio.gather(*tasks)

    def converted(log: Log) -> object:
        def consume(x: int) -> int:
            with condition:
                log(condition.wait_for(lambda: len(items) > 0 and "item"))
                return items.pop()

        condition = Condition()
        items: list[int] = []
        tasks = [create_task(consume, x) for x in range(2)]
        until_waiting(*tasks)
        with condition:
            items.append(1)
            condition.notify(1)
            log(condition.locked())
        with condition:
            items.append(1)
            condition.notify_all()
        return gather(*tasks)

    assert_same(original, converted, log=[True, "item", "item"], result=[1, 1], any_order=True)


def test_a_condition_needs_its_lock() -> None:
    lock = Lock()
    condition = Condition(lock)
    for use in (condition.wait, condition.notify, condition.notify_all):
        with pytest.raises(RuntimeError, match="un-acquired lock"):
            use()
    with condition:
        assert lock.locked()
        assert not condition.wait(timeout=0.01)
        assert lock.locked()


def test_a_cancelled_wait_on_a_condition_holds_the_lock_again() -> None:
    def work() -> None:
        with condition:
            try:
                condition.wait()
            finally:
                held.append(condition.locked())

    held: list[bool] = []
    condition = Condition()
    first, second = create_task(work), create_task(work)
    until_waiting(first, second)
    first.cancel()
    with pytest.raises(CancelledError):
        first.result()
    with condition:
        condition.notify()
    second.result()
    assert held == [True, True]


def test_a_barrier() -> None:
    async def original(log: Log) -> object:
        async def work() -> int:
            async with barrier as position:
                return int(position)

        barrier = newest.Barrier(3)
        for _ in range(2):
            log(sorted(await asyncio.gather(work(), work(), work())))
        task = asyncio.create_task(barrier.wait())
        await asyncio.sleep(0)
        log((barrier.n_waiting, barrier.parties, barrier.broken))
        await barrier.abort()
        log(barrier.broken)
        try:
            await task
        except newest.BrokenBarrierError:
            log("aborted")
        try:
            await barrier.wait()
        except newest.BrokenBarrierError:
            log("broken")
        await barrier.reset()
        return barrier.broken

    def converted(log: Log) -> object:
        def work() -> int:
            with barrier as position:
                return int(position)

        barrier = Barrier(3)
        for _ in range(2):
            log(sorted(gather(work, work, work)))
        task = create_task(barrier.wait)
        until_waiting(task)
        log((barrier.n_waiting, barrier.parties, barrier.broken))
        barrier.abort()
        log(barrier.broken)
        try:
            task.result()
        except threading.BrokenBarrierError:
            log("aborted")
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            log("broken")
        barrier.reset()
        return barrier.broken

    log: list[object] = [[0, 1, 2], [0, 1, 2], (1, 3, False), True, "aborted", "broken"]
    assert_same(original, converted, log=log, result=False, runs=sys.version_info >= (3, 11))


def test_one_who_leaves_a_barrier_is_not_counted() -> None:
    barrier = Barrier(2)
    with pytest.raises(TimeoutError):
        wait_for(barrier.wait, 0.01)
    assert barrier.n_waiting == 0
    assert sorted(gather(barrier.wait, barrier.wait)) == [0, 1]
