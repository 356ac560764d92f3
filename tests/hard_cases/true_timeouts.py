"""A TimeoutError comes only when time has run out, or the callee raised it; and then the clean-up has run."""

import asyncio
import threading
import time

from case import bridge

log = []


async def slow(seconds):
    try:
        await asyncio.sleep(seconds)
        return "in time"
    finally:
        log.append("cleaned")


limited = bridge.with_options(timeout=0.05)
for _ in range(3):
    log.clear()
    start = time.monotonic()
    try:
        limited.run(slow(5))
    except TimeoutError as error:
        assert type(error) is TimeoutError and "slow()" in str(error), error
        assert time.monotonic() - start >= 0.05
    else:
        raise AssertionError("no timeout")
    assert log == ["cleaned"]
assert limited.run(slow(0)) == "in time"


async def own():
    raise TimeoutError("my own")


try:
    limited.run(own())
except TimeoutError as error:
    assert str(error) == "my own"


async def refuses():
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        return "finished anyway"


assert limited.run(refuses()) == "finished anyway"

# Deadlines of many threads: some far away, some that pass, some that pass as the answer comes.
wrong = []


def many(seconds, timeout):
    for _ in range(30):
        start = time.monotonic()
        try:
            bridge.with_options(timeout=timeout).run(asyncio.sleep(seconds))
        except TimeoutError:
            if time.monotonic() - start < timeout:
                wrong.append("too early")
        else:
            if seconds > timeout:
                wrong.append("never")


async def many_async():
    async def one():
        start = time.monotonic()
        try:
            await bridge.with_options(timeout=0.3).aio(asyncio.sleep(0.1))
        except TimeoutError:
            if time.monotonic() - start < 0.3:
                wrong.append("too early, async")

    await asyncio.gather(*(one() for _ in range(30)))


threads = [threading.Thread(target=many, args=args) for args in [(0.002, 60), (60, 0.002), (0.005, 0.005)] * 3]
for thread in threads:
    thread.start()
asyncio.run(many_async())
for thread in threads:
    thread.join()
assert not wrong, wrong


async def items():
    for seconds in (0, 0, 1000):
        await asyncio.sleep(seconds)
        yield seconds


got = []
try:
    for item in limited.iterate(items()):  # each item has its own time
        got.append(item)
        time.sleep(0.06)
except TimeoutError:
    got.append("timeout")
assert got == [0, 0, "timeout"], got
print("ok")
