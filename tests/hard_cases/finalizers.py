"""Garbage is collected anywhere: generators left open, and finalizers that make calls, do no harm."""

import asyncio
import gc
import threading
import time

from case import bridge, until

closed = []
refused = []


async def numbers():
    try:
        while True:
            yield 1
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(0)
        closed.append(1)


class Cycle:
    def __init__(self):
        self.items = bridge.iterate(numbers())
        next(self.items)
        self.me = self


class Calls:
    def __init__(self):
        self.me = self

    def __del__(self):
        try:
            refused.append(bridge.run(asyncio.sleep(0, "ran")))
        except RuntimeError:
            refused.append("refused")


async def collects():
    gc.collect()
    await asyncio.sleep(0)
    gc.collect()


for _ in range(5):
    Cycle()
bridge.run(collects())  # collected by the thread that runs the loop: closed soon
until(lambda: len(closed) == 5)
for _ in range(5):
    Cycle()
gc.collect()  # collected by a thread that can wait: closed now
assert len(closed) == 10
Calls()
gc.collect()
assert refused == ["ran"]
Calls()
bridge.run(collects())
assert refused == ["ran", "refused"]

# Under load, with the collector at work all the time.
gc.set_threshold(10, 2, 2)


def work():
    for _ in range(100):
        Cycle()
        Calls()
        assert bridge.run(asyncio.sleep(0, 5)) == 5


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
    assert not thread.is_alive()
gc.set_threshold(700, 10, 10)
gc.collect()
until(lambda: len(closed) == 410)
time.sleep(0.01)


# An async generator of the library's that nobody closes.
async def abandons():
    items = numbers()
    await items.__anext__()


del closed[:]
bridge.run(abandons())
gc.collect()
until(lambda: closed == [1])
print("ok")
