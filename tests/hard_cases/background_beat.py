"""A background task keeps its beat: between calls, during a long call, and while calls come that never suspend."""

import asyncio
import threading
import time

from case import bridge

beats = []


async def beat():
    while True:
        beats.append(time.monotonic())
        await asyncio.sleep(0.01)


async def start():
    global task
    task = asyncio.ensure_future(beat())


async def fast():
    return 1


def count(action):
    """How often it beat in half a second, and the longest pause."""
    del beats[:]
    action()
    pauses = [later - earlier for earlier, later in zip(beats, beats[1:])]
    return len(beats), max(pauses, default=1.0)


def idle():
    time.sleep(0.5)


def storm():
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        bridge.run(fast())


def now_and_then():
    for _ in range(50):
        time.sleep(0.01)
        bridge.run(fast())


def long_call():
    bridge.run(asyncio.sleep(0.5))


def other_thread():
    thread = threading.Thread(target=long_call)
    thread.start()
    thread.join()


bridge.run(start())
time.sleep(0.05)
for action in (idle, storm, now_and_then, long_call, other_thread):
    best = max((count(action) for _ in range(3)), key=lambda pair: pair[0])
    assert best[0] >= 30, (action.__name__, best)
print("ok")
