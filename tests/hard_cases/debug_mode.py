"""With asyncio's debug mode everything works the same."""

import asyncio
import os

os.environ["PYTHONASYNCIODEBUG"] = "1"

import logging
import threading
from contextvars import ContextVar

from case import bridge

logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # slow callbacks of a busy machine are no matter
var = ContextVar("var", default=0)


async def call(value):
    assert asyncio.get_running_loop().get_debug() and asyncio.get_running_loop().is_running()
    var.set(value)
    await asyncio.sleep(0)
    return value


async def numbers():
    for number in range(3):
        yield number


assert bridge.run(call(5)) == 5
assert var.get() == 5
assert list(bridge.iterate(numbers())) == [0, 1, 2]
results = []
threads = [threading.Thread(target=lambda: results.append(bridge.run(call(6)))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == [6] * 4
print("ok")
