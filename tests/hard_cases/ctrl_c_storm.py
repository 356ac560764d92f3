"""Ctrl-C at random moments, most of them between two lines of the runtime: every call ends, nothing is left behind."""

import asyncio
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings

from case import bridge

# Interrupted before it was handed over, or in a finalizer: that is no fault of the bridge.
warnings.simplefilter("ignore", RuntimeWarning)
logging.disable(logging.CRITICAL)
sys.unraisablehook = lambda unraisable: None
running = True
rounds = 0


async def fast():
    return 1


async def slow():
    await asyncio.sleep(0)
    return 2


async def numbers():
    while True:
        yield 3


def press():
    while running:
        time.sleep(random.uniform(0.0005, 0.004))
        if running:
            os.kill(os.getpid(), 2)


def everything():
    assert bridge.run(fast()) == 1
    assert bridge.run(slow()) == 2
    for number in bridge.iterate(numbers()):
        assert number == 3
        break


everything()
thread = threading.Thread(target=press, daemon=True)
thread.start()
end = time.monotonic() + 4
hits = 0
while time.monotonic() < end:
    try:
        while time.monotonic() < end:
            everything()
            rounds += 1
    except KeyboardInterrupt:
        hits += 1
for _ in range(3):
    try:
        running = False
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        thread.join()
        break
    except KeyboardInterrupt:
        pass
signal.signal(signal.SIGINT, signal.default_int_handler)
assert asyncio._get_running_loop() is None
assert tuple(sys.get_asyncgen_hooks()) == (None, None)
everything()
result = []
other = threading.Thread(target=lambda: result.append(bridge.run(slow())))
other.start()
other.join(5)
assert result == [2], "another thread does not get the lead"


async def tasks():
    await asyncio.sleep(0.05)
    return asyncio.all_tasks() - {asyncio.current_task()}


left = bridge.run(tasks())
assert not left, left
assert hits > 20 and rounds > 20, (hits, rounds)
print("ok")
