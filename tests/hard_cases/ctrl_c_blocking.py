"""Ctrl-C while the coroutine blocks the thread in its first step: as in sync code, where that step is the caller's."""

import asyncio
import time

from case import DRIVE, bridge, interrupt_soon

log = []


async def blocks():
    try:
        log.append("blocks")
        for _ in range(200):
            time.sleep(0.01)
        await asyncio.sleep(10)
    finally:
        log.append("cleaned")


thread = interrupt_soon(lambda: log)
start = time.monotonic()
try:
    bridge.run(blocks())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert log == ["blocks", "cleaned", "interrupted"], log
if DRIVE == "caller":
    assert time.monotonic() - start < 1.5


async def answer():
    return 42


assert bridge.run(answer()) == 42
print("ok")
