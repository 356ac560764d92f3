"""Ctrl-C while a block is entered, too late to stop that: nobody gets the block, so it is left before the exception."""

import asyncio
import contextlib
import threading

from case import bridge, interrupt_soon

log = []


@contextlib.asynccontextmanager
async def stubborn():
    log.append("enters")
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        log.append("entered")
    first = asyncio.current_task()
    try:
        yield
    finally:
        await asyncio.sleep(0.01)
        assert asyncio.current_task() is first
        log.append("left")


for _ in range(3):
    log.clear()
    thread = interrupt_soon(lambda: log)
    try:
        with bridge.enter(stubborn()):
            log.append("inside")
    except KeyboardInterrupt as error:
        log.append("interrupted")
        kept = error  # with its traceback, and all that is in its frames
    thread.join()
    assert log == ["enters", "entered", "left", "interrupted"], log


async def tasks():
    return len(asyncio.all_tasks())


assert bridge.run(tasks()) == 1
assert threading.active_count() <= 2
print("ok")
