"""The interpreter exits with work pending: clean-up runs, nothing is printed, nothing hangs. Expects "cleaned 1 2 3"."""

import asyncio
import atexit
import contextlib

from case import bridge

cleaned = []


async def background():
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0.01)
        cleaned.append(1)


async def start():
    global task
    task = asyncio.ensure_future(background())


async def numbers():
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0.01)
        cleaned.append(2)


@contextlib.asynccontextmanager
async def manager():
    try:
        yield
    finally:
        await asyncio.sleep(0.01)
        cleaned.append(3)


async def answer():
    await asyncio.sleep(0)
    return 42


def last_word():
    assert bridge.run(answer()) == 42  # registered after the import of the bridge: calls still work


bridge.run(start())
items = bridge.iterate(numbers())
next(items)
block = bridge.enter(manager())
block.__enter__()
atexit.register(last_word)


class Late:
    """Collected at the very end."""

    def __del__(self):
        if sorted(cleaned) == [1, 2, 3]:
            print("ok")


import builtins  # noqa: E402

builtins.late = Late()
