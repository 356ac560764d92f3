"""uvloop through `loop_factory`; and Ctrl-C and timeouts there."""

import asyncio
import contextlib
import threading
import time

from case import DRIVE, Bridge, interrupt_soon, skip

try:
    import uvloop
except ImportError:
    skip("uvloop is not installed")
bridge = Bridge("uv", drive=DRIVE, loop_factory=uvloop.new_event_loop)
log = []


async def call(value):
    assert type(asyncio.get_running_loop()).__module__ == "uvloop", asyncio.get_running_loop()
    assert asyncio.current_task() is not None
    await asyncio.sleep(0.001)
    return value


async def fast():
    return 1


async def numbers():
    try:
        for number in range(5):
            await asyncio.sleep(0)
            yield number
    finally:
        log.append("closed")


@contextlib.asynccontextmanager
async def block():
    yield 5


async def waits():
    try:
        log.append("waits")
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0)
        log.append("cleaned")


assert bridge.run(call(3)) == 3
assert bridge.run(fast()) == 1
assert list(bridge.iterate(numbers())) == [0, 1, 2, 3, 4]
for _ in bridge.iterate(numbers()):
    break
assert log == ["closed", "closed"]
with bridge.enter(block()) as five:
    assert five == 5
start = time.monotonic()
try:
    bridge.with_options(timeout=0.05).run(asyncio.sleep(1000))
except TimeoutError:
    assert time.monotonic() - start >= 0.05
else:
    raise AssertionError("no timeout")
log.clear()
thread = interrupt_soon(lambda: log)
try:
    bridge.run(waits())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert log == ["waits", "cleaned", "interrupted"], log
results = []
threads = [threading.Thread(target=lambda: results.append(bridge.run(call(6)))) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == [6] * 8
time.sleep(0.05)
assert bridge.run(call(3)) == 3
print("ok")
