"""Concurrency without threads: the same names, one thing after another."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
from contextvars import ContextVar
from functools import partial
from types import ModuleType

import pytest
from runtime_sides import Log, assert_same, group_of, newest

from unasync_plus.runtime import (
    completion,
    groups,
    nursery,
    sequential,
    sequential_groups,
    threads,
    timeouts,
)
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.queues import Queue
from unasync_plus.runtime.sequential import CancelledError, create_task, gather, sleep

number: ContextVar[int] = ContextVar("number", default=0)
HAS_GROUPS = sys.version_info >= (3, 11)


@pytest.fixture(autouse=True)
def _no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda thread: pytest.fail("a thread was started"))


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            threads,
            "create_task ensure_future gather shield interruptible result_of sleep Task Future CancelledError "
            "InvalidStateError current_task all_tasks",
        ),
        (completion, "wait as_completed completed FIRST_COMPLETED FIRST_EXCEPTION ALL_COMPLETED"),
        (timeouts, "wait_for"),
    ],
)
def test_the_interface_is_the_same(module: ModuleType, names: str) -> None:
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and inspect.isroutine(value)
    }
    if module is not timeouts:
        assert public <= {*names.split()}
    for name in names.split():
        ours, theirs = getattr(sequential, name), getattr(module, name)
        if inspect.isfunction(ours):
            assert [*inspect.signature(ours).parameters] == [*inspect.signature(theirs).parameters], name


def test_groups_have_the_same_interface() -> None:
    assert issubclass(sequential_groups.TaskGroup, groups.TaskGroup)
    assert issubclass(sequential_groups.Nursery, nursery.Nursery)


def test_a_task_runs_when_it_is_created() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> int:
            log((x, number.get()))
            number.set(5)
            return x

        number.set(3)
        task = asyncio.create_task(work(1), name="one")
        await asyncio.sleep(0)
        log("created")
        task.add_done_callback(lambda task: log("callback"))
        await asyncio.sleep(0)
        log((task.done(), task.cancel(), task.get_name(), number.get()))
        return await task

    def converted(log: Log) -> object:
        def work(x: int) -> int:
            log((x, number.get()))
            number.set(5)
            return x

        number.set(3)
        task = create_task(work, 1, name="one")
        log("created")
        task.add_done_callback(lambda task: log("callback"))
        log((task.done(), task.cancel(), task.get_name(), number.get()))
        return task.result()

    log: list[object] = [(1, 3), "created", "callback", (True, False, "one", 3)]
    assert_same(original, converted, log=log, result=1)


def test_an_exception_is_kept_until_it_is_awaited() -> None:
    def fail() -> None:
        raise ValueError("no")

    task = create_task(fail)
    with pytest.raises(ValueError):
        task.result()


def test_ctrl_c_and_exit_are_not_kept() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_task(interrupt)
    with pytest.raises(SystemExit):
        create_task(sys.exit)


def test_gather_makes_all_calls() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> int:
            log(x)
            if x % 2:
                raise ValueError(x)
            return x

        log(await asyncio.gather(*[work(x) for x in range(0, 6, 2)]))
        log([repr(x) for x in await asyncio.gather(*[work(x) for x in range(3)], return_exceptions=True)])
        return await asyncio.gather(*[work(x) for x in range(4)])

    def converted(log: Log) -> object:
        def work(x: int) -> int:
            log(x)
            if x % 2:
                raise ValueError(x)
            return x

        log(gather(*[partial(work, x) for x in range(0, 6, 2)]))
        log([repr(x) for x in gather(*[partial(work, x) for x in range(3)], return_exceptions=True)])
        return gather(*[partial(work, x) for x in range(4)])

    log: list[object] = [0, 2, 4, [0, 2, 4], 0, 1, 2, ["0", "ValueError(1)", "2"], 0, 1, 2, 3]
    assert_same(original, converted, log=log, result=ValueError(1))


def test_waiting_for_tasks() -> None:
    done, pending = sequential.wait([partial(pow, 2, x) for x in range(3)])
    assert sorted(task.result() for task in done) == [1, 2, 4]
    assert not pending
    assert [one.result() for one in sequential.as_completed([partial(pow, 2, x) for x in range(3)])] == [1, 2, 4]
    tasks = [create_task(pow, 2, x) for x in range(3)]
    assert [*sequential.completed(tasks)] == tasks
    assert sequential.shield(pow, 2, 3) == sequential.shield(tasks[2]) + 4 == sequential.interruptible(pow, 2, 3)


def test_wait_for_ends_a_wait_of_the_runtime() -> None:
    assert sequential.wait_for(pow, 3600, 2, 3) == 8
    assert sequential.wait_for(create_task(pow, 2, 3), 0) == 8
    for call in (partial(sleep, 3600), Queue[int]().get, Event().wait):
        with pytest.raises(TimeoutError):
            sequential.wait_for(call, 0.01)
    with pytest.raises(TimeoutError):
        sequential.wait_for(pytest.fail, 0, "called")


def test_a_deadline_reaches_into_a_task() -> None:
    log: list[str] = []

    def work() -> None:
        try:
            sleep(3600)
        finally:
            log.append("unwinds")

    with pytest.raises(TimeoutError), timeouts.timeout(0.01):
        create_task(work).result()
    with pytest.raises(TimeoutError), timeouts.timeout(0.01):
        gather(work, work)
    assert log[:2] == ["unwinds", "unwinds"]


def test_a_group_is_a_plain_block() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> int:
            log(x)
            return x

        async with newest.TaskGroup() as group:
            tasks = [group.create_task(work(x)) for x in range(3)]
        return [task.result() for task in tasks]

    def converted(log: Log) -> object:
        def work(x: int) -> int:
            log(x)
            return x

        with sequential_groups.TaskGroup() as group:
            tasks = [group.create_task(work, x) for x in range(3)]
        return [task.result() for task in tasks]

    assert_same(original, converted, log=[0, 1, 2], result=[0, 1, 2], runs=HAS_GROUPS)


def test_errors_of_a_group_are_the_same() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> None:
            log(x)
            if x == 0:
                raise ValueError(x)
            await asyncio.sleep(0.01)
            log("never")

        async with newest.TaskGroup() as group:
            for x in range(2):
                group.create_task(work(x))
            await asyncio.sleep(0.01)
            log("never")
        return None

    def converted(log: Log) -> object:
        def work(x: int) -> None:
            log(x)
            if x == 0:
                raise ValueError(x)
            sleep(0.01)
            log("never")

        with sequential_groups.TaskGroup() as group:
            for x in range(2):
                group.create_task(work, x)
            sleep(0.01)
            log("never")
        return None

    assert_same(original, converted, log=[0, 1], result=group_of(ValueError(0)), runs=HAS_GROUPS)


def test_a_nursery_is_a_plain_block() -> None:
    log: list[object] = []

    def serve(x: int, *, task_status: nursery.TaskStatus[str] = nursery.TASK_STATUS_IGNORED) -> None:
        log.append(x)
        task_status.started("ready")
        log.append("over")

    with sequential_groups.Nursery() as group:
        group.start_soon(serve, 1, name="one")
        log.append(group.start(serve, 2))
        group.cancel_scope.cancel()
        sleep(0)
        log.append("never")
    assert log == [1, "over", 2, "over", "ready"]
    assert group.cancel_scope.cancelled_caught


def test_the_flow_is_known() -> None:
    def flow() -> object:
        return sequential.current_task().get_name()

    assert create_task(flow, name="mine").result() == "mine"
    assert not sequential.all_tasks()
    with pytest.raises(CancelledError):
        create_task(lambda: sequential.current_task().cancel()).result()


def test_wait_for_what_is_left_over() -> None:
    done, left = sequential.wait([partial(str, 1), partial(str, 2)], return_when=sequential.FIRST_COMPLETED)
    assert (len(done), left) == (2, set())
    assert sequential.wait(left) == (set(), set())
