"""Ctrl-C while the coroutine blocks the thread instead of awaiting: it is cancelled when it awaits; the second does not wait."""

import asyncio
import time

from case import bridge, interrupt_soon

log = []


async def blocks():
    try:
        log.append("blocks")
        for _ in range(100):
            time.sleep(0.01)
        await asyncio.sleep(10)
    finally:
        log.append("cleaned")


for times in (1, 2):
    log.clear()
    thread = interrupt_soon(lambda: log, times)
    start = time.monotonic()
    try:
        bridge.run(blocks())
    except KeyboardInterrupt:
        log.append("interrupted")
    thread.join()
    if times == 1:
        assert log == ["blocks", "cleaned", "interrupted"], log
    else:
        assert "interrupted" in log and time.monotonic() - start < 0.9, log


async def answer():
    return 42


assert bridge.run(answer()) == 42
print("ok")
