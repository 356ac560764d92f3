"""A generator or a context manager lives in one task and one context from first step to last, whoever takes the steps."""

import asyncio
import contextlib
import sys
import threading
import time

from case import bridge


async def numbers():
    first = asyncio.current_task()
    assert first is not None and not first.done()
    for number in range(4):
        yield number
        assert asyncio.current_task() is first
        await asyncio.sleep(0.001 * (number % 2))
        assert asyncio.current_task() is first


@contextlib.asynccontextmanager
async def manager():
    first = asyncio.current_task()
    try:
        yield first
    finally:
        assert asyncio.current_task() is first
        await asyncio.sleep(0)
        assert asyncio.current_task() is first


def check():
    assert list(bridge.iterate(numbers())) == [0, 1, 2, 3]
    with bridge.enter(manager()):
        time.sleep(0.001)


check()
threads = [threading.Thread(target=check) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

# The steps of one generator taken by different threads.
items = bridge.iterate(numbers())
got = []
for _ in range(4):
    thread = threading.Thread(target=lambda: got.append(next(items)))
    thread.start()
    thread.join()
assert got == [0, 1, 2, 3]

if sys.version_info >= (3, 11):

    async def limited():
        async with asyncio.timeout(None) as limit:
            yield 1
            yield 2
            limit.reschedule(asyncio.get_running_loop().time() + 0.05)  # not before, whatever else the machine does
            yield 3
            await asyncio.sleep(1000)

    async def grouped():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(0.01, "done"))
            yield 1
            await asyncio.sleep(0.02)
            yield task.result()

    items = bridge.iterate(limited())
    assert [next(items), next(items), next(items)] == [1, 2, 3]
    try:
        next(items)
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")
    # The deadline passes while the caller is busy: the next step learns of it.
    items = bridge.iterate(limited())
    assert [next(items), next(items), next(items)] == [1, 2, 3]
    time.sleep(0.1)
    try:
        next(items)
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")
    assert list(bridge.iterate(grouped())) == [1, "done"]

    @contextlib.asynccontextmanager
    async def limited_block(seconds):
        async with asyncio.timeout(seconds):
            yield

    try:
        with bridge.enter(limited_block(0.05)):
            time.sleep(0.1)
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")
    with bridge.enter(limited_block(1000)):
        pass
print("ok")
