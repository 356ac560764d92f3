"""The interpreter exits while daemon threads are inside calls: nothing is printed, nothing hangs."""

import asyncio
import threading
import time

from case import bridge


async def forever():
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0)


async def numbers():
    while True:
        await asyncio.sleep(0.001)
        yield 1


def many():
    while True:
        bridge.run(asyncio.sleep(0.001))


def all_items():
    for _ in bridge.iterate(numbers()):
        pass


async def in_a_loop():
    while True:
        await bridge.aio(asyncio.sleep(0.001))


for target in [lambda: bridge.run(forever())] * 3 + [many] * 3 + [all_items, lambda: asyncio.run(in_a_loop())]:
    threading.Thread(target=target, daemon=True).start()
time.sleep(0.2)
print("ok")
