"""Ctrl-C cancels the coroutine, waits for its clean-up, then raises; the next call works."""

import asyncio
import signal

from case import bridge, interrupt_soon

log = []


async def work(name):
    try:
        log.append(name)
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.02)
        log.append(f"cleaned {name}")


async def answer():
    await asyncio.sleep(0)
    return 42


for name in ("first", "second"):
    log.clear()
    thread = interrupt_soon(lambda: log)
    try:
        bridge.run(work(name))
    except KeyboardInterrupt:
        log.append("interrupted")
    thread.join()
    assert log == [name, f"cleaned {name}", "interrupted"], log
    assert bridge.run(answer()) == 42
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# A generator, and a context manager.
async def numbers():
    try:
        yield 1
        log.append("waits")
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.01)
        log.append("closed")


log.clear()
thread = interrupt_soon(lambda: "waits" in log)
try:
    for number in bridge.iterate(numbers()):
        log.append(number)
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert log == [1, "waits", "closed", "interrupted"], log

# A user's own handler is called, and decides.
called = []
signal.signal(signal.SIGINT, lambda *_: called.append(1))
log.clear()


async def short():
    log.append("short")
    await asyncio.sleep(0.3)
    return "done"


thread = interrupt_soon(lambda: log)
assert bridge.run(short()) == "done"
thread.join()
assert called == [1]
print("ok")
