"""A coroutine without end to its recursion: RecursionError comes out, and the bridge goes on."""

import asyncio

from case import bridge


async def endless():
    await endless()


async def endless_later():
    await asyncio.sleep(0)
    await endless()


async def numbers():
    yield 1
    await endless()


async def answer():
    await asyncio.sleep(0)
    return 42


for call in (
    lambda: bridge.run(endless()),
    lambda: bridge.run(endless_later()),
    lambda: list(bridge.iterate(numbers())),
):
    try:
        call()
    except RecursionError:
        pass
    else:
        raise AssertionError("no error")
    assert bridge.run(answer()) == 42
assert asyncio._get_running_loop() is None
print("ok")
