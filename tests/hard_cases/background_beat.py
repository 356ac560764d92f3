"""A background task keeps its beat: between calls, during a long call, and while calls come that never suspend.

What counts is not the clock, which a busy machine stops as it likes, but a thread beside it that sleeps and counts.
"""

import asyncio
import threading
import time

from case import bridge

WANTED, PATIENCE = 30, 4  # beats of the task, before the thread has counted so many times as many
beats = []
pulse = 0


async def beat():
    while True:
        beats.append(1)
        await asyncio.sleep(0.01)


def count():
    global pulse
    while True:
        time.sleep(0.01)
        pulse += 1


async def start():
    global task
    task = asyncio.ensure_future(beat())


async def fast():
    return 1


def is_over():
    return len(beats) >= WANTED or pulse >= WANTED * PATIENCE


def idle():
    while not is_over():
        time.sleep(0.02)


def storm():
    while not is_over():
        bridge.run(fast())


def now_and_then():
    while not is_over():
        time.sleep(0.01)
        bridge.run(fast())


async def lasts():
    while not is_over():
        await asyncio.sleep(0.03)


def long_call():
    bridge.run(lasts())


def other_thread():
    thread = threading.Thread(target=long_call)
    thread.start()
    thread.join()


def many_threads():
    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


bridge.run(start())
threading.Thread(target=count, daemon=True).start()
for action in (idle, storm, now_and_then, long_call, other_thread, many_threads):
    beats.clear()
    pulse = 0
    action()
    assert len(beats) >= WANTED, (action.__name__, len(beats), pulse)
print("ok")
