"""Ctrl-C in the main thread while another thread drives the loop: it hits the main thread's call only."""

import asyncio
import threading
import time

from case import bridge, interrupt_soon

log = []


async def long():
    await asyncio.sleep(0.6)
    return "other"


async def mine():
    try:
        log.append("mine")
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.01)
        log.append("cleaned")


answers = []
other = threading.Thread(target=lambda: answers.append(bridge.run(long())))
other.start()
time.sleep(0.05)
thread = interrupt_soon(lambda: log)
try:
    bridge.run(mine())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert log == ["mine", "cleaned", "interrupted"], log
other.join()
assert answers == ["other"]

# And the other way round: the main thread drives, and another thread's call is not touched.
log.clear()
answers.clear()


def late():
    time.sleep(0.05)
    answers.append(bridge.run(long()))


other = threading.Thread(target=late)
other.start()
thread = interrupt_soon(lambda: log)
try:
    bridge.run(mine())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
other.join()
assert log == ["mine", "cleaned", "interrupted"], log
assert answers == ["other"]
print("ok")
