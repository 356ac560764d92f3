"""`wait` and `as_completed`, and timers."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from runtime_sides import Log, assert_same, newest, until_waiting

from unasync_plus.runtime.completion import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    as_completed,
    completed,
    wait,
)
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.runs import run
from unasync_plus.runtime.tasks import all_tasks
from unasync_plus.runtime.threads import CancelledError, Task, create_task, sleep
from unasync_plus.runtime.timeouts import timeout
from unasync_plus.runtime.timers import call_at, call_later


@pytest.mark.parametrize("when", [FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED])
def test_wait(when: str) -> None:
    async def original(log: Log) -> object:
        async def fail() -> None:
            await quick
            await go_fail.wait()
            raise ValueError

        go_fail, go_slow = asyncio.Event(), asyncio.Event()
        quick, fails, slow = map(asyncio.ensure_future, (asyncio.sleep(0), fail(), go_slow.wait()))
        tasks = {"quick": quick, "fails": fails, "slow": slow}
        if when != FIRST_COMPLETED:
            go_fail.set()
        if when == ALL_COMPLETED:
            go_slow.set()
        done, pending = await asyncio.wait(tasks.values(), return_when=when)
        go_fail.set()
        go_slow.set()
        log(sorted(name for name, task in tasks.items() if task in done))
        log(sorted(name for name, task in tasks.items() if task in pending))
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        return None

    def converted(log: Log) -> object:
        def fail() -> None:
            quick.result()
            go_fail.wait()
            raise ValueError

        go_fail, go_slow = Event(), Event()
        quick, fails, slow = create_task(sleep, 0), create_task(fail), create_task(go_slow.wait)
        tasks = {"quick": quick, "fails": fails, "slow": slow}
        if when != FIRST_COMPLETED:
            go_fail.set()
        if when == ALL_COMPLETED:
            go_slow.set()
        done, pending = wait(tasks.values(), return_when=when)
        go_fail.set()
        go_slow.set()
        log(sorted(name for name, task in tasks.items() if task in done))
        log(sorted(name for name, task in tasks.items() if task in pending))
        wait(tasks.values())
        assert fails.exception()
        return None

    done = {
        FIRST_COMPLETED: ["quick"],
        FIRST_EXCEPTION: ["fails", "quick"],
        ALL_COMPLETED: ["fails", "quick", "slow"],
    }[when]
    assert_same(original, converted, log=[done, sorted({"quick", "fails", "slow"} - {*done})])


def test_wait_gives_up_without_an_error() -> None:
    async def original(log: Log) -> object:
        task = asyncio.create_task(asyncio.sleep(3600))
        done, pending = await asyncio.wait([task], timeout=0.01)
        log((done, pending == {task}, task.done()))
        done, pending = await asyncio.wait({task}, timeout=0)
        task.cancel()
        done, pending = await asyncio.wait({task})
        log((done == {task}, pending, task.cancelled()))
        try:
            await asyncio.wait([])
        except ValueError:
            log("nothing")
        await asyncio.wait([task], return_when="SOMEDAY")
        return None

    def converted(log: Log) -> object:
        task = create_task(sleep, 3600)
        done, pending = wait([task], timeout=0.01)
        log((done, pending == {task}, task.done()))
        done, pending = wait({task}, timeout=0)
        task.cancel()
        done, pending = wait({task})
        log((done == {task}, pending, task.cancelled()))
        try:
            wait([create_task(int)][:0])
        except ValueError:
            log("nothing")
        wait([task], return_when="SOMEDAY")
        return None

    log: list[object] = [(set(), True, False), (True, set(), True), "nothing"]
    assert_same(original, converted, log=log, result=ValueError("Invalid return_when value: SOMEDAY"))


def test_wait_starts_calls() -> None:
    meet = threading.Barrier(3)
    done, pending = wait([meet.wait] * 3)
    assert sorted(task.result() for task in done) == [0, 1, 2]
    assert not pending


def test_a_cancelled_wait_cancels_nothing() -> None:
    sleeper = create_task(sleep, 3600)
    waiting = create_task(wait, [sleeper])
    until_waiting(sleeper, waiting)
    waiting.cancel()
    with pytest.raises(CancelledError):
        waiting.result()
    assert not sleeper.done()
    sleeper.cancel()
    wait([sleeper])


def test_as_completed() -> None:
    async def original(log: Log) -> object:
        async def work(x: int, after: asyncio.Event, then: asyncio.Event) -> int:
            await after.wait()
            asyncio.get_running_loop().call_later(0.01, then.set)
            if x == 2:
                raise ValueError(x)
            return x

        a, b, c, d = (asyncio.Event() for _ in range(4))
        a.set()
        for next_one in asyncio.as_completed([work(1, c, d), work(2, b, c), work(3, a, b)]):
            log("waits")
            try:
                log(await next_one)
            except ValueError as error:
                log(repr(error))
        return None

    def converted(log: Log) -> object:
        def work(x: int, after: Event) -> int:
            after.wait()
            if x == 2:
                raise ValueError(x)
            return x

        a, b, c = (Event() for _ in range(3))
        tasks = [create_task(work, 1, c), create_task(work, 2, b), create_task(work, 3, a)]
        following = iter([a, b, c])
        for next_one in as_completed(tasks):
            log("waits")
            next(following).set()
            try:
                log(next_one.result())
            except ValueError as error:
                log(repr(error))
        return None

    assert_same(original, converted, log=["waits", 3, "waits", "ValueError(2)", "waits", 1])


def test_as_completed_awaited_later() -> None:
    async def original(log: Log) -> object:
        return sorted([await one for one in [*asyncio.as_completed([asyncio.sleep(0, x) for x in range(3)])]])

    def converted(log: Log) -> object:
        return sorted([one.result() for one in [*as_completed([partial(pow, x, 1) for x in range(3)])]])

    assert_same(original, converted, log=[], result=[0, 1, 2])


def test_as_completed_is_too_late() -> None:
    async def original(log: Log) -> object:
        sleeper, first = asyncio.create_task(asyncio.sleep(3600)), asyncio.create_task(asyncio.sleep(0, "first"))
        await first
        for next_one in asyncio.as_completed([sleeper, first], timeout=0.05):
            try:
                log(await next_one)
            except asyncio.TimeoutError:
                log("too late")
        log(sleeper.done())
        sleeper.cancel()
        return None

    def converted(log: Log) -> object:
        sleeper, first = create_task(sleep, 3600), create_task(str, "first")
        first.result()
        tasks: list[Task[object]] = [sleeper, first]
        for next_one in as_completed(tasks, timeout=0.05):
            try:
                log(next_one.result())
            except TimeoutError:
                log("too late")
        log(sleeper.done())
        sleeper.cancel()
        wait([sleeper])
        return None

    assert_same(original, converted, log=["first", "too late", False])


def test_as_completed_in_an_async_for_loop() -> None:
    async def original(log: Log) -> object:
        first, second = asyncio.create_task(asyncio.sleep(3600)), asyncio.create_task(asyncio.sleep(0, 2))
        async for task in newest.as_completed([first, second]):
            log((task is first, task is second, task.done()))
            first.cancel()
        return None

    def converted(log: Log) -> object:
        first, second = create_task(sleep, 3600), create_task(sleep, 0, 2)
        for task in completed([first, second]):
            log((task is first, task is second, task.done()))
            first.cancel()
        return None

    expected: list[object] = [(False, True, True), (True, False, True)]
    assert_same(original, converted, log=expected, runs=sys.version_info >= (3, 13))


def test_a_deadline_ends_as_completed() -> None:
    sleeper = create_task(sleep, 3600)
    with pytest.raises(TimeoutError), timeout(0.01):
        for next_one in as_completed([sleeper]):
            next_one.result()
    assert not sleeper.done()
    sleeper.cancel()
    wait([sleeper])


def test_timers() -> None:
    async def original(log: Log) -> object:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def end(word: str) -> None:
            log(word)
            done.set()

        cancelled = loop.call_later(3600, log, "never")
        cancelled.cancel()
        timer = loop.call_at(loop.time() + 0.02, end, "late")
        loop.call_later(0, log, "soon")
        await done.wait()
        return cancelled.cancelled(), timer.cancelled(), timer.when() <= loop.time()

    def converted(log: Log) -> object:
        done = Event()

        def end(word: str) -> None:
            log(word)
            soon.wait()
            done.set()

        def begin() -> None:
            log("soon")
            soon.set()

        soon = Event()
        cancelled = call_later(3600, log, "never")
        cancelled.cancel()
        timer = call_at(time.monotonic() + 0.02, end, "late")
        call_later(0, begin)
        assert not all_tasks()
        done.wait()
        return cancelled.cancelled(), timer.cancelled(), timer.when() <= time.monotonic()

    assert_same(original, converted, log=["soon", "late"], result=(True, False, True), any_order=True)


def test_a_failing_timer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    called = Event()

    def fail() -> None:
        call_later(0, called.set)
        raise ValueError("late")

    before = threading.active_count()
    call_later(0, fail)
    called.wait()
    while threading.active_count() > before:
        sleep(0.001)
    assert "late" in caplog.text


def test_behind_a_run_no_timer_rings() -> None:
    rung: list[int] = []
    ring: Callable[[int], None] = rung.append

    def main() -> None:
        call_later(3600, ring, 1)
        sleep(0.01)

    before = threading.active_count()
    run(main)
    assert threading.active_count() == before
    assert not rung
