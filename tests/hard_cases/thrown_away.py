"""A block that nobody can leave any more is left soon, as if it had been cancelled, in its task."""

import asyncio
import contextlib
import gc
import threading

from case import bridge, until

left = []


@contextlib.asynccontextmanager
async def block():
    task = asyncio.current_task()
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        left.append(asyncio.current_task() is task)
        raise


class Holder:
    def __init__(self):
        self.block = bridge.enter(block())
        self.block.__enter__()
        self.me = self


def lose():
    bridge.enter(block()).__enter__()


async def collects():
    gc.collect()
    await asyncio.sleep(0)


async def tasks():
    return asyncio.all_tasks() - {asyncio.current_task()}


lose()
until(lambda: len(left) == 1)  # without another call
thread = threading.Thread(target=lose)
thread.start()
thread.join()
until(lambda: len(left) == 2)
Holder()
gc.collect()
until(lambda: len(left) == 3)
Holder()
bridge.run(collects())  # collected by the thread that runs the loop
until(lambda: len(left) == 4)
assert all(left)
assert not bridge.run(tasks())
print("ok")
