"""A loop with a task factory: the library's tasks and ours come from it."""

import asyncio
import contextlib
import sys
from contextvars import ContextVar

from case import DRIVE, Bridge

made = []
var = ContextVar("var", default=0)


def plain(loop, coroutine, **kwargs):
    made.append(1)
    return asyncio.Task(coroutine, loop=loop, **kwargs)


factories = [plain]
if sys.version_info >= (3, 12):
    factories.append(asyncio.eager_task_factory)


async def call(value):
    var.set(value)
    await asyncio.sleep(0)
    return value


async def numbers():
    for number in range(3):
        var.set(number)
        yield number
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def block():
    yield 5


for factory in factories:

    def new_loop(factory=factory):
        loop = asyncio.new_event_loop()
        loop.set_task_factory(factory)
        return loop

    bridge = Bridge("factory", drive=DRIVE, loop_factory=new_loop)
    assert bridge.run(call(5)) == 5 and var.get() == 5
    assert [(number, var.get()) for number in bridge.iterate(numbers())] == [(0, 0), (1, 1), (2, 2)]
    with bridge.enter(block()) as five:
        assert five == 5
    bridge.close()
assert made
print("ok")
