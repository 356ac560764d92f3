"""Ctrl-C at random moments, most of them between two lines of the runtime: none is lost, every call ends, nothing is left.

None is lost: each one is waited for until it has come out as KeyboardInterrupt before the next one comes. (Who presses by
the clock counts fewer: on a busy machine the process gets no processor between two signals, and then they are one, as
they are for any program.) In a burst one may come while another is being answered: that is one as well; or in a finalizer.
"""

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
import threading
import time
import warnings

from case import bridge

# Interrupted before it was handed over: that is no fault of the bridge.
warnings.simplefilter("ignore", RuntimeWarning)
logging.disable(logging.CRITICAL)
WANTED = 300
running = True
hits = 0
ignored = []  # raised in a finalizer, where Python prints it and goes on, with a bridge or without
sys.unraisablehook = lambda unraisable: ignored.append(unraisable.exc_type)


async def fast():
    return 1


async def slow():
    await asyncio.sleep(0)
    return 2


async def numbers():
    while True:
        yield 3


@contextlib.asynccontextmanager
async def block():
    yield 4


def press():
    """Again and again, but not before the last one has come out somewhere. Some come in bursts."""
    global running
    started.acquire()
    while hits < WANTED:
        before = hits + len(ignored)
        for _ in range(random.choice([1, 1, 1, 1, 1, 2, 5])):
            time.sleep(random.uniform(0, 0.002))
            os.kill(os.getpid(), signal.SIGINT)
        end = time.monotonic() + 60
        while hits + len(ignored) == before and time.monotonic() < end:
            time.sleep(0.0005)
        if hits + len(ignored) == before:
            lost.append(before)
            break
    time.sleep(0.05)  # let the rest of a burst arrive
    running = False


def everything():
    assert bridge.run(fast()) == 1
    assert bridge.run(slow()) == 2
    for number in bridge.iterate(numbers()):
        assert number == 3
        break
    with bridge.enter(block()) as four:
        assert four == 4


def again_and_again():
    global hits
    while running:
        try:
            while running:
                everything()
        except KeyboardInterrupt:
            hits += 1


lost = []
started = threading.Lock()
started.acquire()
everything()
thread = threading.Thread(target=press, daemon=True)
thread.start()
started.release()
while running:
    try:
        again_and_again()
    except KeyboardInterrupt:  # in its last line
        hits += 1
thread.join()
assert not lost, (lost, hits, len(ignored))
assert asyncio._get_running_loop() is None
assert tuple(sys.get_asyncgen_hooks()) == (None, None)
everything()
result = []
other = threading.Thread(target=lambda: result.append(bridge.run(slow())))
other.start()
other.join(60)
assert result == [2], "another thread does not get the lead"


async def tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


end = time.monotonic() + 60
while left := bridge.run(tasks()):
    assert time.monotonic() < end, left
    time.sleep(0.01)
if hasattr(bridge, "_shared"):
    for left_over in (bridge._shared.sessions, bridge._shared.waiters, bridge._shared.externals):
        assert not left_over, [vars(item) for item in left_over]
print("ok")
