"""Whose task it is: current_task, names, contexts, runs."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar, copy_context

import pytest
from runtime_sides import Log, assert_same, until_waiting

from unasync_plus.runtime import threads
from unasync_plus.runtime.runs import Runner, run
from unasync_plus.runtime.threads import (
    CancelledError,
    all_tasks,
    create_task,
    current_task,
    gather,
    sleep,
)

number: ContextVar[int] = ContextVar("number", default=0)


def test_a_task_has_its_own_copy_of_the_context() -> None:
    async def original(log: Log) -> object:
        async def child() -> int:
            seen = number.get()
            number.set(seen + 1)
            return number.get()

        number.set(5)
        task = asyncio.create_task(child())
        number.set(50)
        log(await task)
        log(await asyncio.gather(child(), child()))
        return number.get()

    def converted(log: Log) -> object:
        def child() -> int:
            seen = number.get()
            number.set(seen + 1)
            return number.get()

        number.set(5)
        task = create_task(child)
        number.set(50)
        log(task.result())
        log(gather(child, child))
        return number.get()

    assert_same(original, lambda log: copy_context().run(converted, log), log=[6, [51, 51]], result=50)


def test_a_task_may_run_in_a_given_context() -> None:
    context = copy_context()
    context.run(number.set, 7)
    assert create_task(number.get, context=context).result() == 7
    create_task(number.set, 8, context=context).result()
    assert context[number] == 8
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        leave.wait()

    holder = create_task(hold, context=context)
    assert entered.wait(60)
    with pytest.raises(RuntimeError, match="context"):
        create_task(number.get, context=context).result(60)
    leave.set()
    holder.result()


def test_current_task_tells_flows_apart() -> None:
    def flow() -> tuple[threads.Task[object], threads.Task[object]]:
        return current_task(), current_task()

    (first, again), (second, _) = gather(flow, flow)
    assert first is again
    assert first is not second
    here = current_task()
    assert here is current_task()
    assert here.get_name() == threading.current_thread().name
    assert not here.done()
    assert not here.cancel()
    with pytest.raises(RuntimeError):
        here.result()
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append(current_task()))
    thread.start()
    thread.join()
    assert seen != [here]


def test_names() -> None:
    async def original(log: Log) -> object:
        async def name() -> str:
            task = asyncio.current_task()
            assert task
            before = task.get_name()
            task.set_name(7)
            return before + task.get_name()

        return await asyncio.create_task(name(), name="six ")

    def converted(log: Log) -> object:
        def name() -> str:
            task = current_task()
            before = task.get_name()
            task.set_name(7)
            assert threading.current_thread().name == "7"
            return before + task.get_name()

        return create_task(name, name="six ").result()

    assert_same(original, converted, log=[], result="six 7")
    assert create_task(int).get_name().startswith("Task-")


def test_behind_a_run_no_task_goes_on() -> None:
    async def original(log: Log) -> object:
        async def heartbeat() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                log("stops")

        task = asyncio.create_task(heartbeat())
        await asyncio.sleep(0)
        number.set(1)
        return asyncio.all_tasks() == {task, asyncio.current_task()}

    def converted(log: Log) -> object:
        def main() -> object:
            def heartbeat() -> None:
                try:
                    sleep(3600)
                finally:
                    log("stops")

            task = create_task(heartbeat)
            until_waiting(task)
            number.set(1)
            return all_tasks() == {task}

        before = number.get()
        other = create_task(sleep, 3600)
        result = run(main)
        assert not other.done()
        assert number.get() == before
        other.cancel()
        with pytest.raises(CancelledError):
            other.result()
        return result

    assert_same(original, converted, log=["stops"], result=True)


def test_a_runner_keeps_its_context() -> None:
    def count() -> int:
        number.set(number.get() + 1)
        return number.get()

    before = number.get()
    with Runner() as runner:
        assert [runner.run(count), runner.run(count)] == [before + 1, before + 2]
        task = runner.run(create_task, sleep, 3600)
        until_waiting(task)
    assert task.cancelled()
    assert number.get() == before
