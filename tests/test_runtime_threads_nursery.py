"""The task group of anyio, the nursery of trio, and their cancel scopes."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from runtime_sides import Log, assert_same, group_of, until_waiting

from unasync_plus.runtime.locks import Event
from unasync_plus.runtime.nursery import TASK_STATUS_IGNORED, Nursery, TaskStatus
from unasync_plus.runtime.threads import CancelledError, create_task, sleep
from unasync_plus.runtime.timeouts import (
    CancelScope,
    current_effective_deadline,
    fail_after,
    fail_at,
    move_on_after,
    move_on_at,
    timeout,
)

HAS_ANYIO = find_spec("anyio") is not None and sys.version_info >= (3, 11)  # it groups errors as we do there
HAS_TRIO = find_spec("trio") is not None and sys.version_info >= (3, 11)
anyio: Any = import_module("anyio") if HAS_ANYIO else None
trio: Any = import_module("trio") if HAS_TRIO else None


def in_anyio(original: Callable[[Log], object], log: Log) -> object:
    return anyio.run(original, log)


def in_trio(original: Callable[[Log], object], log: Log) -> object:
    return trio.run(original, log)


def test_children_are_waited_for() -> None:
    async def original(log: Log) -> None:
        async def work(x: int, group: Any) -> None:
            await anyio.sleep(0)
            log(x)
            if x:
                group.start_soon(work, x - 1, group, name="again")

        async with anyio.create_task_group() as group:
            group.start_soon(work, 2, group)
        log("left")

    def converted(log: Log) -> None:
        def work(x: int, group: Nursery) -> None:
            log(x)
            if x:
                group.start_soon(work, x - 1, group, name="again")

        with Nursery() as group:
            group.start_soon(work, 2, group)
        log("left")

    assert_same(original, converted, log=[2, 1, 0, "left"], runs=HAS_ANYIO, run=in_anyio)


def test_an_error_cancels_the_rest() -> None:
    async def original(log: Log) -> None:
        async def wait_for_ever(name: str) -> None:
            try:
                await anyio.sleep(3600)
            finally:
                log(name)

        async def fail() -> None:
            await anyio.sleep(0.01)
            raise ValueError("no")

        async with anyio.create_task_group() as group:
            group.start_soon(wait_for_ever, "child")
            group.start_soon(fail)
            await wait_for_ever("body")

    def converted(log: Log) -> None:
        def wait_for_ever(name: str) -> None:
            try:
                sleep(3600)
            finally:
                log(name)

        def fail() -> None:
            sleep(0.01)
            raise ValueError("no")

        with Nursery() as group:
            group.start_soon(wait_for_ever, "child")
            group.start_soon(fail)
            wait_for_ever("body")

    assert_same(
        original,
        converted,
        log=["body", "child"],
        any_order=True,
        result=group_of(ValueError("no")),
        runs=HAS_ANYIO,
        run=in_anyio,
    )


def test_an_error_of_the_body_is_grouped_too() -> None:
    async def original(log: Log) -> None:
        async with anyio.create_task_group():
            raise ValueError("body")

    def converted(log: Log) -> None:
        with Nursery():
            raise ValueError("body")

    assert_same(original, converted, log=[], result=group_of(ValueError("body")), runs=HAS_ANYIO, run=in_anyio)


def test_the_cancel_scope_of_a_group_ends_it_without_an_error() -> None:
    async def original(log: Log) -> object:
        async def stop() -> None:
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 3600)
            group.start_soon(stop)
            try:
                await anyio.sleep(3600)
            finally:
                log("body")
        return group.cancel_scope.cancel_called, group.cancel_scope.cancelled_caught

    def converted(log: Log) -> object:
        def stop() -> None:
            group.cancel_scope.cancel()

        with Nursery() as group:
            group.start_soon(sleep, 3600)
            group.start_soon(stop)
            try:
                sleep(3600)
            finally:
                log("body")
        return group.cancel_scope.cancel_called, group.cancel_scope.cancelled_caught

    assert_same(original, converted, log=["body"], result=(True, True), runs=HAS_ANYIO, run=in_anyio)


def test_in_a_cancelled_scope_every_wait_raises() -> None:
    async def original(log: Log) -> object:
        with trio.CancelScope() as scope:
            scope.cancel()
            for _ in range(2):
                try:
                    await trio.sleep(3600)
                except trio.Cancelled:
                    log("again")
            with trio.CancelScope(shield=True):
                await trio.sleep(0)
                log("shielded")
            await trio.sleep(0)
            log("never")
        log((scope.cancel_called, scope.cancelled_caught))
        return None

    def converted(log: Log) -> object:
        with CancelScope() as scope:
            scope.cancel()
            for _ in range(2):
                try:
                    sleep(3600)
                except CancelledError:
                    log("again")
            with CancelScope(shield=True):
                sleep(0)
                log("shielded")
            sleep(0)
            log("never")
        log((scope.cancel_called, scope.cancelled_caught))
        return None

    assert_same(original, converted, log=["again", "again", "shielded", (True, True)], runs=HAS_TRIO, run=in_trio)


def test_a_scope_cancels_what_runs_in_threads_too() -> None:
    async def original(log: Log) -> object:
        async def child() -> None:
            try:
                await trio.sleep(3600)
            finally:
                log("child")

        with trio.move_on_after(0.01) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(child)
                nursery.start_soon(child)
        return scope.cancelled_caught

    def converted(log: Log) -> object:
        def child() -> None:
            try:
                sleep(3600)
            finally:
                log("child")

        with move_on_after(0.01) as scope, Nursery() as nursery:
            nursery.start_soon(child)
            nursery.start_soon(child)
        return scope.cancelled_caught

    assert_same(original, converted, log=["child", "child"], result=True, runs=HAS_TRIO, run=in_trio)


def test_a_timeout_of_asyncio_ends_a_nursery_too() -> None:
    """The whole group is given up, not just one of the waits."""
    ended = []

    def child() -> None:
        try:
            sleep(3600)
        finally:
            ended.append(1)

    with pytest.raises(TimeoutError), timeout(0.05), Nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(child)
    assert ended == [1, 1, 1]

    def parent() -> None:
        with Nursery() as nursery:
            nursery.start_soon(child)
            nursery.start_soon(child)

    task = create_task(parent)
    until_waiting(task)
    task.cancel()
    with pytest.raises(CancelledError):
        task.result()


def test_fail_after() -> None:
    async def original(log: Log) -> None:
        with anyio.fail_after(3600) as scope:
            await anyio.sleep(0)
        log(scope.cancelled_caught)
        with anyio.fail_after(None):
            await anyio.sleep(0)
        with anyio.fail_after(0.01):
            await anyio.sleep(3600)

    def converted(log: Log) -> None:
        with fail_after(3600) as scope:
            sleep(0)
        log(scope.cancelled_caught)
        with fail_after(None):
            sleep(0)
        with fail_after(0.01):
            sleep(3600)

    assert_same(original, converted, log=[False], result=TimeoutError(), runs=HAS_ANYIO, run=in_anyio)
    with pytest.raises(TimeoutError), fail_at(time.monotonic()):
        sleep(3600)


def test_move_on_after() -> None:
    async def original(log: Log) -> None:
        for delay in (0.01, 3600):
            with anyio.move_on_after(delay) as scope:
                await anyio.sleep(0.02)
                log("slept")
            log((scope.cancel_called, scope.cancelled_caught))
        with anyio.move_on_after(0.01):
            with anyio.move_on_after(3600) as inner:
                await anyio.sleep(3600)
            log("never")
        log(inner.cancelled_caught)

    def converted(log: Log) -> None:
        for delay in (0.01, 3600):
            with move_on_after(delay) as scope:
                sleep(0.02)
                log("slept")
            log((scope.cancel_called, scope.cancelled_caught))
        with move_on_after(0.01):
            with move_on_after(3600) as inner:
                sleep(3600)
            log("never")
        log(inner.cancelled_caught)

    assert_same(original, converted, log=[(True, True), "slept", (False, False), False], runs=HAS_ANYIO, run=in_anyio)


def test_an_exception_is_not_caught_by_a_scope() -> None:
    with pytest.raises(ValueError), move_on_after(0.01):
        try:
            sleep(3600)
        finally:
            raise ValueError


def test_a_deadline_can_be_moved() -> None:
    async def original(log: Log) -> object:
        with trio.move_on_at(math.inf) as scope:
            scope.deadline = trio.current_time() + 0.01
            await trio.sleep(3600)
        return scope.cancelled_caught

    def converted(log: Log) -> object:
        with move_on_at(math.inf) as scope:
            scope.deadline = time.monotonic() + 0.01
            sleep(3600)
        return scope.cancelled_caught

    assert_same(original, converted, log=[], result=True, runs=HAS_TRIO, run=in_trio)


def test_the_deadline_in_force() -> None:
    assert current_effective_deadline() == math.inf
    with move_on_at(10**10), move_on_at(2 * 10**10), CancelScope() as scope:
        assert current_effective_deadline() == 10**10
        with CancelScope(shield=True):
            assert current_effective_deadline() == math.inf
        scope.cancel()
        assert current_effective_deadline() == -math.inf


def test_a_late_block_is_known_to_be_late() -> None:
    with move_on_at(time.monotonic()) as scope:
        assert scope.cancel_called
    assert not scope.cancelled_caught


def test_start_waits_until_the_child_is_ready() -> None:
    async def original(log: Log) -> object:
        async def serve(port: int, *, task_status: Any = anyio.TASK_STATUS_IGNORED) -> None:
            log("binds")
            await anyio.sleep(0.01)
            task_status.started(port + 1)
            await stop.wait()
            log("stops")

        stop = anyio.Event()
        async with anyio.create_task_group() as group:
            port = await group.start(serve, 80)
            log(("started", port))
            stop.set()
        await serve(1)
        return port

    def converted(log: Log) -> object:
        def serve(port: int, *, task_status: TaskStatus[int] = TASK_STATUS_IGNORED) -> None:
            log("binds")
            sleep(0.01)
            task_status.started(port + 1)
            stop.wait()
            log("stops")

        stop = Event()
        with Nursery() as group:
            port: object = group.start(serve, 80)
            log(("started", port))
            stop.set()
        serve(1)
        return port

    log = ["binds", ("started", 81), "stops", "binds", "stops"]
    assert_same(original, converted, log=[*log], result=81, runs=HAS_ANYIO, run=in_anyio)


def test_an_error_before_it_is_ready_is_raised_by_start() -> None:
    async def original(log: Log) -> None:
        async def fail(*, task_status: Any) -> None:
            raise ValueError("no")

        async def end(*, task_status: Any) -> None:
            pass

        async with anyio.create_task_group() as group:
            for function in (fail, end):
                try:
                    await group.start(function)
                except (ValueError, RuntimeError) as error:
                    log(type(error).__name__)

    def converted(log: Log) -> None:
        def fail(*, task_status: TaskStatus[None]) -> None:
            raise ValueError("no")

        def end(*, task_status: TaskStatus[None]) -> None:
            pass

        with Nursery() as group:
            for function in (fail, end):
                try:
                    group.start(function)
                except (ValueError, RuntimeError) as error:
                    log(type(error).__name__)

    assert_same(original, converted, log=["ValueError", "RuntimeError"], runs=HAS_ANYIO, run=in_anyio)


def test_an_error_once_it_is_ready_is_one_of_the_group() -> None:
    def fail(*, task_status: TaskStatus[None]) -> None:
        task_status.started()
        raise ValueError("late")

    expected = group_of(ValueError("late"))
    with pytest.raises(type(expected)), Nursery() as group:
        group.start(fail)


def test_a_cancelled_start_cancels_the_child() -> None:
    def child(*, task_status: TaskStatus[None]) -> None:
        try:
            sleep(3600)
        finally:
            ended.append(1)

    ended: list[int] = []
    with Nursery() as group:
        with move_on_after(0.05) as scope:
            group.start(child)
        assert scope.cancelled_caught
        assert ended == [1]


def test_children_are_known() -> None:
    with Nursery() as nursery:
        nursery.start_soon(sleep, 3600, name="sleeper")
        (task,) = nursery.child_tasks
        assert task.get_name() == "sleeper"
        nursery.cancel_scope.cancel("enough")
    assert not nursery.child_tasks
    assert nursery.cancel_scope.cancelled_caught
