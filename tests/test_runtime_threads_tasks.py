"""Tasks: each async original and its sync counterpart do the same."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from runtime_sides import Log, assert_same

from unasync_plus.runtime import threads, waiting
from unasync_plus.runtime.completion import wait
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.threads import create_task, sleep


def test_a_task_returns_its_result() -> None:
    async def original(log: Log) -> object:
        async def double(x: int, *, plus: int = 0) -> int:
            log("runs")
            return 2 * x + plus

        task = asyncio.create_task(double(3))
        other = asyncio.create_task(double(3, plus=1), name="other")
        log(await task)
        log(task.result())
        log((task.done(), task.cancelled(), task.exception(), other.get_name()))
        return await other

    def converted(log: Log) -> object:
        def double(x: int, *, plus: int = 0) -> int:
            log("runs")
            return 2 * x + plus

        task = create_task(double, 3)
        other = create_task(partial(double, 3, plus=1), name="other")
        log(task.result())
        log(task.result())
        log((task.done(), task.cancelled(), task.exception(), other.get_name()))
        return other.result()

    assert_same(original, converted, log=[6, 6, "runs", "runs", (True, False, None, "other")], result=7, any_order=True)


def test_tasks_overlap() -> None:
    async def original(log: Log) -> object:
        async def meet(mine: asyncio.Event, others: asyncio.Event) -> None:
            mine.set()
            await others.wait()

        a, b = asyncio.Event(), asyncio.Event()
        first, second = asyncio.create_task(meet(a, b)), asyncio.create_task(meet(b, a))
        await first
        await second
        return "met"

    def converted(log: Log) -> object:
        meet = threading.Barrier(3)
        first, second = create_task(meet.wait), create_task(meet.wait)
        meet.wait(60)
        first.result()
        second.result()
        return "met"

    assert_same(original, converted, log=[], result="met")


def test_an_exception_is_raised_where_the_task_is_awaited() -> None:
    async def original(log: Log) -> object:
        async def fail() -> None:
            raise ValueError("no")

        task = asyncio.create_task(fail())
        for _ in range(2):
            try:
                await task
            except ValueError as error:
                log(error.args)
        log(repr(task.exception()))
        await task
        return None

    def converted(log: Log) -> None:
        def fail() -> None:
            raise ValueError("no")

        task = create_task(fail)
        for _ in range(2):
            try:
                task.result()
            except ValueError as error:
                log(error.args)
        log(repr(task.exception()))
        task.result()

    assert_same(original, converted, log=[("no",), ("no",), "ValueError('no')"], result=ValueError("no"))


def test_a_traceback_shows_the_users_frames_once() -> None:
    def fail() -> None:
        raise ValueError

    task = create_task(fail)
    for _ in range(3):
        with pytest.raises(ValueError) as caught:
            task.result()
        frames = [entry.name for entry in caught.traceback]
        assert frames == ["test_a_traceback_shows_the_users_frames_once", "result", "fail"]


def test_a_task_cannot_await_itself() -> None:
    async def original(log: Log) -> object:
        async def wait_for_itself() -> None:
            log("runs")
            await task

        task = asyncio.create_task(wait_for_itself())
        try:
            await task
        except RuntimeError:
            return "error"
        return None

    def converted(log: Log) -> object:
        def wait_for_itself() -> None:
            go.wait()
            log("runs")
            made[0].result()

        made: list[threads.Task[None]] = []
        go = Event()
        made.append(create_task(wait_for_itself))
        go.set()
        try:
            made[0].result()
        except RuntimeError:
            return "error"
        return None

    assert_same(original, converted, log=["runs"], result="error")


def test_a_task_begins_when_its_creator_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS_HELD_BACK", 60)

    async def original(log: Log) -> object:
        class Service:
            def __init__(self) -> None:
                self.task = asyncio.create_task(self.run(), name="service")
                log("created")

            async def run(self) -> None:
                log(self.task.get_name())

        service = Service()
        other = asyncio.create_task(service.run())
        log("both created")
        await service.task
        await other
        return None

    def converted(log: Log) -> object:
        class Service:
            def __init__(self) -> None:
                self.task = create_task(self.run, name="service")
                log("created")

            def run(self) -> None:
                log(self.task.get_name())

        service = Service()
        other = create_task(service.run)
        log("both created")
        service.task.result()
        other.result()
        return None

    assert_same(original, converted, log=["created", "both created", "service", "service"])


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing happens because some milliseconds have passed, as they do on a machine that is busy."""
    monkeypatch.setattr(waiting, "SECONDS_HELD_BACK", 60)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("unhurried")
def test_tasks_begin_in_the_order_in_which_they_were_made() -> None:
    async def original(log: Log) -> object:
        async def send(number: int) -> None:
            log(number)

        tasks = [asyncio.create_task(send(number)) for number in range(20)]
        tasks[7].cancel()
        await asyncio.wait(tasks)
        return "sent"

    def converted(log: Log) -> object:
        tasks = [create_task(log, number) for number in range(20)]
        tasks[7].cancel()
        wait(tasks)
        return "sent"

    numbers: list[object] = [number for number in range(20) if number != 7]
    assert_same(original, converted, log=numbers, result="sent")


def test_a_task_that_finds_no_thread_holds_up_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SECONDS_HELD_BACK", 60)
    first = create_task(int)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_thread)
        with pytest.raises(RuntimeError):
            create_task(int)
    last = create_task(int)
    done, _ = wait([first, last], timeout=10)
    assert done == {first, last}


def _no_thread(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_task_begins_although_nobody_waits_for_it() -> None:
    begun = threading.Event()
    task = create_task(begun.set)
    assert begun.wait(60)  # the runtime does not see this
    task.result()


def test_a_task_cancelled_at_once_never_begins() -> None:
    async def original(log: Log) -> object:
        async def work() -> None:
            log("never")

        task = asyncio.create_task(work())
        task.cancel()
        await asyncio.sleep(0)
        return task.cancelled()

    def converted(log: Log) -> object:
        def work() -> None:
            log("never")

        task = create_task(work)
        task.cancel()
        sleep(0)
        return task.cancelled()

    assert_same(original, converted, log=[], result=True)
