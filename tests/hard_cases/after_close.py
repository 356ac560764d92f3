"""After close() the next call starts anew; calls that were under way end with an error; close() may come twice."""

import asyncio
import threading

from case import DRIVE, Bridge, bridge, until

started = []


async def forever():
    try:
        started.append(1)
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0)
        started.append("cleaned")


async def answer():
    await asyncio.sleep(0)
    return 42


def call():
    try:
        bridge.run(forever())
    except RuntimeError as error:
        errors.append(str(error))


bridge.close()
assert bridge.run(answer()) == 42
first = bridge._shared.loop
errors = []
threads = [threading.Thread(target=call) for _ in range(3)]
for thread in threads:
    thread.start()
until(lambda: len(started) == 3)
bridge.close()
for thread in threads:
    thread.join(5)
assert len(errors) == 3 and all("closed" in error for error in errors), errors
assert started.count("cleaned") == 3
assert first.is_closed()
bridge.close()
assert bridge.run(answer()) == 42
assert Bridge("case", drive=DRIVE).run(answer()) == 42
before = threading.active_count()
for _ in range(20):
    assert bridge.run(answer()) == 42
    bridge.close()
assert threading.active_count() <= before, threading.enumerate()


async def closes():
    bridge.close()


try:
    bridge.run(closes())
except RuntimeError as error:
    assert "own loop" in str(error)
else:
    raise AssertionError("no error")


async def elsewhere():
    assert await bridge.aio(answer()) == 42
    bridge.close()


asyncio.run(elsewhere())
print("ok")
