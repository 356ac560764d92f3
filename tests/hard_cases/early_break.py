"""Leaving a loop early runs the async `finally` before the next statement."""

import asyncio
import sys

from case import bridge

log = []


async def numbers():
    try:
        for number in range(10):
            yield number
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(0.01)
        log.append("closed")


for number in bridge.iterate(numbers()):
    if number == 2:
        break
assert log == ["closed"]

log.clear()
try:
    for number in bridge.iterate(numbers()):
        raise KeyError(number)
except KeyError:
    assert log in (["closed"], [])  # the traceback may keep the generator
log.clear()
items = bridge.iterate(numbers())
assert next(items) == 0
items.close()
assert log[-1:] == ["closed"]
assert list(items) == []


class Items:
    """No generator: it has no aclose()."""

    def __init__(self):
        self.number = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.number += 1
        await asyncio.sleep(0)
        if self.number > 3:
            raise StopAsyncIteration
        return self.number


assert list(bridge.iterate(Items())) == [1, 2, 3]


# Again and again: whoever drives, the task is not ahead of the thread that leaves it.
async def many():
    try:
        yield 1
    finally:
        await asyncio.sleep(0)
        ends.append(1)


ends = []
sys.setswitchinterval(1e-6)
for count in range(1, 2001):
    for _ in bridge.iterate(many()):
        break
    assert len(ends) == count, (len(ends), count)
print("ok")
