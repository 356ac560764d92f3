"""A CancelledError keeps its type, and does not stop the bridge."""

import asyncio

from case import bridge


async def cancels_itself():
    asyncio.current_task().cancel()
    await asyncio.sleep(1)


async def awaits_cancelled():
    task = asyncio.ensure_future(asyncio.sleep(10))
    task.cancel()
    await task


async def raises():
    raise asyncio.CancelledError("mine")


for make in (cancels_itself, awaits_cancelled, raises):
    for options in ({}, {"timeout": 5}):
        try:
            bridge.with_options(**options).run(make())
        except asyncio.CancelledError as error:
            assert type(error) is asyncio.CancelledError
        else:
            raise AssertionError("not cancelled")


async def numbers():
    yield 1
    raise asyncio.CancelledError


items = bridge.iterate(numbers())
next(items)
try:
    next(items)
except asyncio.CancelledError:
    pass
else:
    raise AssertionError("not cancelled")


async def answer():
    await asyncio.sleep(0)
    return 42


assert bridge.run(answer()) == 42
print("ok")
