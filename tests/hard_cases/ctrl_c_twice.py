"""The second Ctrl-C does not wait for clean-up any more; the bridge still works."""

import asyncio
import time

from case import bridge, interrupt_soon

log = []


async def stubborn():
    log.append("started")
    for _ in range(20):
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            log.append("no")


async def answer():
    await asyncio.sleep(0)
    return 42


start = time.monotonic()
thread = interrupt_soon(lambda: log, times=2)
try:
    bridge.run(stubborn())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert time.monotonic() - start < 1.5, log
assert log[0] == "started" and log[-1] == "interrupted"
assert bridge.run(answer()) == 42
print("ok")
