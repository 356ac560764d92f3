"""Task groups of asyncio: waiting, errors, and what they cancel."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest
from runtime_sides import Log, assert_same, group_of, newest, until_waiting

from unasync_plus.runtime import groups, threads
from unasync_plus.runtime.groups import TaskGroup
from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.tasks import all_tasks
from unasync_plus.runtime.threads import CancelledError, Future, create_task, sleep
from unasync_plus.runtime.timeouts import timeout

HAS_GROUPS = sys.version_info >= (3, 11)


def test_leaving_the_block_waits() -> None:
    async def original(log: Log) -> object:
        async def work(x: int) -> int:
            await asyncio.sleep(0)
            return x

        async with newest.TaskGroup() as group:
            tasks = [group.create_task(work(x), name=f"work {x}") for x in range(3)]
        log([task.get_name() for task in tasks])
        return [task.result() for task in tasks]

    def converted(log: Log) -> object:
        def work(x: int) -> int:
            meet.wait()
            return x

        meet = threading.Barrier(3)
        with TaskGroup() as group:
            tasks = [group.create_task(work, x, name=f"work {x}") for x in range(3)]
        assert threading.active_count() == before
        log([task.get_name() for task in tasks])
        return [task.result() for task in tasks]

    before = threading.active_count()
    assert_same(original, converted, log=[["work 0", "work 1", "work 2"]], result=[0, 1, 2], runs=HAS_GROUPS)


def test_a_task_starts_another_while_the_group_is_being_left() -> None:
    async def original(log: Log) -> None:
        class Server:
            def __init__(self) -> None:
                self.group = newest.TaskGroup()

            async def countdown(self, n: int) -> None:
                await asyncio.sleep(0)
                log(n)
                if n:
                    self.group.create_task(self.countdown(n - 1))

            async def run(self) -> None:
                async with self.group:
                    self.group.create_task(self.countdown(3))

        await Server().run()

    def converted(log: Log) -> None:
        class Server:
            def __init__(self) -> None:
                self.group = TaskGroup()

            def countdown(self, n: int) -> None:
                log(n)
                if n:
                    self.group.create_task(self.countdown, n - 1)

            def run(self) -> None:
                with self.group:
                    self.group.create_task(self.countdown, 3)

        Server().run()

    assert_same(original, converted, log=[3, 2, 1, 0], runs=HAS_GROUPS)


def test_a_group_has_its_time() -> None:
    group = TaskGroup()
    with pytest.raises(RuntimeError, match="has not been entered"):
        group.create_task(int)
    with group, pytest.raises(RuntimeError, match="already been entered"):
        group.__enter__()
    with pytest.raises(RuntimeError, match="is finished"):
        group.create_task(int)
    with TaskGroup():
        pass


def test_an_error_cancels_the_siblings_and_the_body() -> None:
    async def original(log: Log) -> None:
        async def wait_for_ever() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log("child cancelled")

        async def fail() -> None:
            raise ValueError("no")

        async with newest.TaskGroup() as group:
            group.create_task(wait_for_ever())
            await asyncio.sleep(0)
            group.create_task(fail())
            try:
                await asyncio.sleep(3600)
            finally:
                log("body cancelled")

    def converted(log: Log) -> None:
        def wait_for_ever() -> None:
            try:
                sleep(3600)
            finally:
                log("child cancelled")

        def fail() -> None:
            raise ValueError("no")

        with TaskGroup() as group:
            until_waiting(group.create_task(wait_for_ever))
            group.create_task(fail)
            try:
                sleep(3600)
            finally:
                log("body cancelled")

    assert_same(
        original,
        converted,
        log=["body cancelled", "child cancelled"],
        any_order=True,
        result=group_of(ValueError("no")),
        runs=HAS_GROUPS,
    )


def test_all_errors_are_raised_together() -> None:
    async def original(log: Log) -> None:
        async def fail(error: Exception) -> None:
            raise error

        async with newest.TaskGroup() as group:
            group.create_task(fail(ValueError(1)))
            group.create_task(fail(KeyError(2)))
            try:
                await asyncio.sleep(3600)
            finally:
                raise OSError(3)

    def converted(log: Log) -> None:
        def fail(error: Exception) -> None:
            raise error

        with TaskGroup() as group:
            group.create_task(fail, ValueError(1))
            group.create_task(fail, KeyError(2))
            try:
                sleep(3600)
            finally:
                raise OSError(3)

    assert_same(original, converted, log=[], result=group_of(ValueError(1), KeyError(2), OSError(3)), runs=HAS_GROUPS)


def test_without_exception_groups_the_first_error_carries_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "builtins", object())  # those of Python 3.9
    monkeypatch.setitem(sys.modules, "exceptiongroup", None)

    def fail_with_context() -> None:
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise ValueError("first") from error

    def second() -> None:
        first.join()
        raise OSError("second")

    with pytest.raises(ValueError) as caught, TaskGroup() as group:
        first = group.create_task(fail_with_context)
        group.create_task(second)
        first.join()
    assert chain(caught.value) == ["ValueError('first')", "KeyError('cause')", "OSError('second')"]

    with pytest.raises(ValueError) as caught_body, TaskGroup() as group:
        first = group.create_task(fail_with_context)
        first.join()
        raise TypeError("body")
    assert chain(caught_body.value) == ["ValueError('first')", "KeyError('cause')", "TypeError('body')"]


def chain(error: BaseException | None) -> list[str]:
    return [] if error is None else [repr(error), *chain(error.__context__)]


def test_the_backport_of_exception_groups_is_used_if_there(monkeypatch: pytest.MonkeyPatch) -> None:
    class Backport(Exception):
        def __init__(self, message: str, exceptions: list[BaseException]) -> None:
            super().__init__(message)
            self.exceptions = exceptions

    module: Any = type(sys)("exceptiongroup")
    module.BaseExceptionGroup = Backport
    monkeypatch.setattr(groups, "builtins", object())  # those of Python 3.9
    monkeypatch.setitem(sys.modules, "exceptiongroup", module)
    with pytest.raises(Backport) as caught, TaskGroup():
        raise ValueError
    assert [type(error) for error in caught.value.exceptions] == [ValueError]


def test_a_cancelled_child_is_no_error() -> None:
    async def original(log: Log) -> object:
        async with newest.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(3600))
            await asyncio.sleep(0)
            task.cancel()
            log("left")
        return task.cancelled()

    def converted(log: Log) -> object:
        with TaskGroup() as group:
            task = group.create_task(sleep, 3600)
            until_waiting(task)
            task.cancel()
            log("left")
        return task.cancelled()

    assert_same(original, converted, log=["left"], result=True, runs=HAS_GROUPS)


def test_a_cancelled_group_cancels_its_children() -> None:
    async def original(log: Log) -> None:
        async def child() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log("child")

        async def parent() -> None:
            async with newest.TaskGroup() as group:
                group.create_task(child())
            log("never")

        task = asyncio.create_task(parent())
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        finally:
            log("parent")

    def converted(log: Log) -> None:
        def child() -> None:
            try:
                sleep(3600)
            finally:
                log("child")

        def parent() -> None:
            with TaskGroup() as group:
                until_waiting(group.create_task(child))
            log("never")

        task = create_task(parent)
        until_waiting(task)
        task.cancel()
        try:
            task.result()
        finally:
            log("parent")

    assert_same(original, converted, log=["child", "parent"], result=CancelledError(), runs=HAS_GROUPS)


def test_a_timeout_around_a_group_ends_it() -> None:
    async def original(log: Log) -> None:
        async with newest.timeout(0.01), newest.TaskGroup() as group:
            group.create_task(asyncio.sleep(3600))

    def converted(log: Log) -> None:
        with timeout(0.01), TaskGroup() as group:
            group.create_task(sleep, 3600)

    assert_same(original, converted, log=[], result=TimeoutError(), runs=HAS_GROUPS)


def test_a_failing_child_and_a_failing_cleanup() -> None:
    async def original(log: Log) -> None:
        async def clean_up_badly() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                raise KeyError("cleanup")

        async def fail() -> None:
            raise ValueError("no")

        async with newest.TaskGroup() as group:
            group.create_task(clean_up_badly())
            await asyncio.sleep(0)
            group.create_task(fail())

    def converted(log: Log) -> None:
        def clean_up_badly() -> None:
            try:
                sleep(3600)
            finally:
                raise KeyError("cleanup")

        def fail() -> None:
            raise ValueError("no")

        with TaskGroup() as group:
            until_waiting(group.create_task(clean_up_badly))
            group.create_task(fail)

    assert_same(original, converted, log=[], result=group_of(ValueError("no"), KeyError("cleanup")), runs=HAS_GROUPS)


def test_groups_nest() -> None:
    async def original(log: Log) -> None:
        async with newest.TaskGroup(), newest.TaskGroup() as inner:
            inner.create_task(asyncio.sleep(0))
            raise ValueError("inner")

    def converted(log: Log) -> None:
        with TaskGroup(), TaskGroup() as inner:
            inner.create_task(sleep, 0)
            raise ValueError("inner")

    assert_same(
        original,
        converted,
        log=[],
        result=group_of(group_of(ValueError("inner"))),
        runs=HAS_GROUPS,
    )


def test_a_task_created_after_an_error_is_cancelled_at_its_first_wait() -> None:
    async def original(log: Log) -> None:
        async def fail() -> None:
            raise ValueError("no")

        async def work() -> None:
            log("begins")
            await asyncio.sleep(3600)
            log("never")

        async with newest.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(work())

    def converted(log: Log) -> None:
        def fail() -> None:
            raise ValueError("no")

        def work() -> None:
            log("begins")
            sleep(3600)
            log("never")

        with TaskGroup() as group:
            group.create_task(fail).join()
            group.create_task(work)

    assert_same(original, converted, log=["begins"], result=group_of(ValueError("no")), runs=HAS_GROUPS)


def test_exit_is_not_grouped() -> None:
    def leave() -> None:
        sys.exit(3)

    with pytest.raises(SystemExit) as caught, TaskGroup() as group:
        group.create_task(leave)
    assert caught.value.code == 3
    with pytest.raises(SystemExit), TaskGroup() as group:
        task = group.create_task(sleep, 3600)
        until_waiting(task)
        sys.exit()
    assert task.cancelled()


def test_a_foreign_cancellation_passes_through() -> None:
    future: Future[None] = Future()
    future.cancel()
    with pytest.raises(CancelledError), TaskGroup() as group:
        task = group.create_task(sleep, 3600)
        until_waiting(task)
        future.result()
    assert task.cancelled()


def test_a_group_may_be_entered_and_left_by_hand() -> None:
    group = groups.TaskGroup().__enter__()
    go = Event()
    task: threads.Task[bool] = group.create_task(go.wait)
    go.set()
    group.__exit__(None, None, None)
    assert task.result()
    assert not all_tasks()


@pytest.mark.parametrize(("tick", "together"), [(60, ["early", "late"]), (0, ["early"])])
def test_sleeps_that_end_in_the_same_step_fail_together(
    monkeypatch: pytest.MonkeyPatch, tick: float, together: list[str]
) -> None:
    """asyncio cancels no sleep that is over in the step in which a sibling fails."""

    def fail(delay: float, text: str) -> None:
        sleep(delay)
        raise ValueError(text)

    monkeypatch.setattr(groups, "SECONDS_OF_A_TICK", tick)
    monkeypatch.setattr(groups, "_group_class", lambda: lambda _, errors: RuntimeError(sorted(map(str, errors))))
    with pytest.raises(RuntimeError) as found, TaskGroup() as group:
        group.create_task(fail, 0.01, "early")
        group.create_task(fail, 0.5, "late")
    assert found.value.args == (together,)
