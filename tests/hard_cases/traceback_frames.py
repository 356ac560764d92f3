"""The traceback shows the user's line and the async code's lines, and at most five others."""

import asyncio
import traceback

from case import Retry, bridge


async def deeper():
    await asyncio.sleep(0)
    raise ValueError("deep")


async def fails():
    await deeper()


async def numbers():
    yield 1
    await deeper()


def names(call):
    try:
        call()
    except ValueError as error:
        frames = traceback.extract_tb(error.__traceback__)
    own = [frame.name for frame in frames if frame.filename == __file__]
    others = [frame.name for frame in frames if frame.filename != __file__]
    assert len(others) <= 5, others
    return own, others


own, others = names(lambda: bridge.run(fails()))
assert own == ["names", "<lambda>", "fails", "deeper"] and len(others) == 1, (own, others)
own, others = names(lambda: list(bridge.iterate(numbers())))
assert own == ["names", "<lambda>", "numbers", "deeper"] and len(others) == 2, (own, others)
everything = bridge.with_options(
    retry=Retry(2, 0.0, ValueError), timeout=5, correlation_id=True, around=lambda call, name: call()
)
own, others = names(lambda: everything.run(fails()))
assert own == ["names", "<lambda>", "<lambda>", "fails", "deeper"], own
print("ok")
