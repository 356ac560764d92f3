"""What a call, a generator or a block held is freed when it ends, and does not wait for the garbage collector."""

import asyncio
import contextlib
import gc
import weakref
from contextvars import ContextVar

from case import bridge, until

gc.collect()
gc.disable()
var = ContextVar("var")


class Held:
    pass


async def call(held, fail=False):
    await asyncio.sleep(0)
    if fail:
        raise LookupError
    return held


async def numbers(held, fail=False):
    for number in range(3):
        yield number, held
    await call(held, fail)


@contextlib.asynccontextmanager
async def block(held):
    var.set(1)
    yield held


def calls(held):
    bridge.run(call(held))


def fails(held):
    with contextlib.suppress(LookupError):
        bridge.run(call(held, True))


def ends(held):
    assert len(list(bridge.iterate(numbers(held)))) == 3


def breaks(held):
    for number, _ in bridge.iterate(numbers(held)):
        if number == 1:
            break


def fails_late(held):
    with contextlib.suppress(LookupError):
        list(bridge.iterate(numbers(held, True)))


def enters(held):
    with bridge.enter(block(held)) as entered:
        assert entered is held


def leaves(held):
    with contextlib.suppress(LookupError), bridge.enter(block(held)):
        raise LookupError


@contextlib.asynccontextmanager
async def stubborn():
    try:
        yield
    finally:
        raise LookupError


def throws_away(held):
    """What is left in this call fails, and nobody hears of it."""
    entered = bridge.enter(stubborn())
    entered.__enter__()
    del entered
    bridge.run(call(held))


for use in (calls, fails, ends, breaks, fails_late, enters, leaves, throws_away):
    held = Held()
    alive = weakref.ref(held)
    use(held)
    del held
    until(lambda alive=alive: alive() is None, 20)
print("ok")
