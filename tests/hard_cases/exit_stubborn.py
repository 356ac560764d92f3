"""A background task that does not let itself be cancelled delays the exit by seconds, not for ever."""

import asyncio
import time

from case import bridge


async def stubborn():
    while True:
        try:
            await asyncio.sleep(1000)
        except asyncio.CancelledError:
            pass


async def start():
    global task
    task = asyncio.ensure_future(stubborn())
    await asyncio.sleep(0)


bridge.run(start())
time.sleep(0.01)
print("ok")
