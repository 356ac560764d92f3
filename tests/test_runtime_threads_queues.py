"""The queues of asyncio, on threads."""

from __future__ import annotations

import asyncio
import queue
import sys
from functools import partial
from typing import Any

import pytest
from runtime_sides import Log, assert_same, newest, until_waiting

from unasync_plus.runtime.locks import Event, Lock
from unasync_plus.runtime.queues import LifoQueue, PriorityQueue, Queue, ShutDown
from unasync_plus.runtime.threads import CancelledError, Task, create_task, gather, sleep
from unasync_plus.runtime.timeouts import timeout


def test_a_worker_that_never_has_to_wait_can_be_cancelled() -> None:
    items: Queue[int] = Queue()
    items.put(1)

    def work() -> None:
        while True:
            items.put(items.get())

    task = create_task(work)
    task.cancel()
    with pytest.raises(CancelledError):
        task.result()


def test_what_succeeds_at_once_is_never_too_late() -> None:
    lock, event, items = Lock(), Event(), Queue[int]()
    event.set()
    with timeout(0):
        with lock:
            event.wait()
        items.put(1)
        assert items.get() == 1


def test_a_producer_and_a_consumer_over_a_bounded_queue() -> None:
    async def original(log: Log) -> object:
        async def produce() -> None:
            for item in range(20):
                await items.put(item)
            await items.put(None)

        async def consume() -> list[int]:
            got = []
            while (item := await items.get()) is not None:
                got.append(item)
                items.task_done()
            return got

        items: asyncio.Queue[Any] = asyncio.Queue(2)
        return (await asyncio.gather(produce(), consume()))[1]

    def converted(log: Log) -> object:
        def produce() -> None:
            for item in range(20):
                items.put(item)
            items.put(None)

        def consume() -> list[int]:
            got = []
            while (item := items.get()) is not None:
                got.append(item)
                items.task_done()
            return got

        items: Queue[Any] = Queue(2)
        return gather(produce, consume)[1]

    assert_same(original, converted, log=[], result=[*range(20)])


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_the_interface_of_queues(kind: str) -> None:
    ours: dict[str, type[Queue[int]]] = {"Queue": Queue, "LifoQueue": LifoQueue, "PriorityQueue": PriorityQueue}

    async def original(log: Log) -> object:
        items = getattr(asyncio, kind)(3)
        try:
            items.get_nowait()
        except asyncio.QueueEmpty:
            log("empty")
        for item in (2, 3, 1):
            items.put_nowait(item)
        try:
            items.put_nowait(4)
        except asyncio.QueueFull:
            log("full")
        log((items.qsize(), items.empty(), items.full(), items.maxsize))
        got = [await items.get() for _ in range(3)]
        for _ in range(3):
            items.task_done()
        await items.join()
        try:
            items.task_done()
        except ValueError:
            log("done already")
        return got

    def converted(log: Log) -> object:
        items = ours[kind](3)
        try:
            items.get_nowait()
        except queue.Empty:
            log("empty")
        for item in (2, 3, 1):
            items.put_nowait(item)
        try:
            items.put_nowait(4)
        except queue.Full:
            log("full")
        log((items.qsize(), items.empty(), items.full(), items.maxsize))
        got = [items.get() for _ in range(3)]
        for _ in range(3):
            items.task_done()
        items.join()
        try:
            items.task_done()
        except ValueError:
            log("done already")
        return got

    expected = {"Queue": [2, 3, 1], "LifoQueue": [1, 3, 2], "PriorityQueue": [1, 2, 3]}[kind]
    assert_same(original, converted, log=["empty", "full", (3, False, True, 3), "done already"], result=expected)
    assert isinstance(ours[kind](), queue.Queue)


@pytest.mark.parametrize("immediate", [False, True])
def test_a_queue_is_shut_down(immediate: bool) -> None:
    async def original(log: Log) -> object:
        empty: Any = asyncio.Queue()
        full: Any = asyncio.Queue(1)
        full.put_nowait(1)
        tasks = [asyncio.create_task(empty.get()), asyncio.create_task(full.put(2)), asyncio.create_task(full.join())]
        await asyncio.sleep(0)
        empty.shutdown(immediate)
        full.shutdown(immediate)
        for use in (empty.get_nowait, lambda: empty.put_nowait(1), lambda: full.put_nowait(1)):
            try:
                use()
            except newest.QueueShutDown:
                log("shut down")
        if not immediate:
            log(await full.get())
            full.task_done()
        try:
            await full.get()
        except newest.QueueShutDown:
            log("shut down")
        return [type(result).__name__ for result in await asyncio.gather(*tasks, return_exceptions=True)][-1]

    def converted(log: Log) -> object:
        empty: Queue[int] = Queue()
        full: Queue[int] = Queue(1)
        full.put_nowait(1)
        tasks: list[Task[Any]] = [create_task(empty.get), create_task(full.put, 2), create_task(full.join)]
        until_waiting(*tasks)
        empty.shutdown(immediate)
        full.shutdown(immediate)
        for use in (empty.get_nowait, lambda: empty.put_nowait(1), lambda: full.put_nowait(1)):
            try:
                use()
            except ShutDown:
                log("shut down")
        if not immediate:
            log(full.get())
            full.task_done()
        try:
            full.get()
        except ShutDown:
            log("shut down")
        results = gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results[:2]] == [ShutDown, ShutDown]
        return type(results[-1]).__name__

    log: list[object] = [*["shut down"] * 3, *([] if immediate else [1]), "shut down"]
    assert_same(original, converted, log=log, result="NoneType", runs=sys.version_info >= (3, 13))


def test_a_queue_waits_no_longer_than_it_is_told() -> None:
    items: Queue[int] = Queue(1)
    with pytest.raises(queue.Empty):
        items.get(timeout=0.01)
    items.put(1)
    with pytest.raises(queue.Full):
        items.put(2, timeout=0.01)
    assert items.get(timeout=1) == 1


def test_no_item_is_lost_to_a_cancelled_consumer() -> None:
    items: Queue[int] = Queue()
    got: list[int] = []

    def consume() -> None:
        while True:
            got.append(items.get())
            sleep(0)

    consumers = [create_task(consume) for _ in range(20)]
    producers = [
        create_task(partial(gather, *[partial(items.put, x + y) for y in range(10)])) for x in range(0, 100, 10)
    ]
    for consumer in consumers[:15]:
        consumer.cancel()
    gather(*producers)
    while items.qsize():
        sleep(0.001)
    for consumer in consumers:
        consumer.cancel()
    gather(*consumers, return_exceptions=True)
    assert sorted(got) == [*range(100)]
