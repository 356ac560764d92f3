"""The second Ctrl-C does not wait for clean-up any more; the bridge still works."""

import asyncio
import threading

from case import bridge, press, until

log = []
give_up = threading.Event()


async def stubborn():
    log.append("started")
    while not give_up.is_set():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            log.append("no")


async def answer():
    await asyncio.sleep(0)
    return 42


def press_twice():
    until(lambda: "started" in log)
    press()
    until(lambda: "no" in log)
    press()


thread = threading.Thread(target=press_twice)
thread.start()
try:
    bridge.run(stubborn())
except KeyboardInterrupt:
    log.append("interrupted")
thread.join()
assert log[:2] == ["started", "no"] and log.count("interrupted") == 1, log
assert bridge.run(answer()) == 42
give_up.set()
print("ok")
