"""`send`, `throw`, `close` and the end reach an async generator."""

import asyncio
import inspect
import logging

from case import bridge


async def echo():
    got = None
    while True:
        try:
            got = yield got
            await asyncio.sleep(0)
        except KeyError as error:
            got = f"caught {error}"
        except GeneratorExit:
            raise


items = bridge.iterate(echo())
assert inspect.isgenerator(items)
assert next(items) is None
assert items.send("a") == "a"
assert items.throw(KeyError("k")) == "caught 'k'"
assert items.send("b") == "b"
try:
    items.throw(ValueError("v"))
except ValueError as error:
    assert str(error) == "v"
else:
    raise AssertionError("not thrown")
try:
    next(items)
except StopIteration:
    pass
else:
    raise AssertionError("still alive")


async def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


items = bridge.iterate(stubborn())
next(items)
try:
    items.close()
except RuntimeError as error:
    assert "GeneratorExit" in str(error)
else:
    raise AssertionError("no error")
logging.disable(logging.CRITICAL)  # at exit asyncio tells that this one does not let itself be closed
print("ok")
