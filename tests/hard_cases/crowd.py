"""A crowd of threads comes and goes: every call is answered, none is lost when the lead passes, and who is left alone drives."""

import asyncio
import contextlib
import gc
import random
import threading
import time

from case import DRIVE, bridge, until


class Calls:
    """Collected anywhere, also by a thread that hands its work over."""

    def __init__(self):
        self.me = self

    def __del__(self):
        with contextlib.suppress(RuntimeError):  # in the thread that drives
            assert bridge.run(asyncio.sleep(0, "ran")) == "ran"


async def answer(value):
    await asyncio.sleep(0)
    await asyncio.sleep(random.choice([0, 0, 0.0005]))
    return value


async def numbers(value):
    for number in range(3):
        await asyncio.sleep(0)
        yield number, value


async def where():
    await asyncio.sleep(0)
    return threading.get_ident()


def work(index):
    for turn in range(25):
        value = (index, turn)
        Calls()
        assert bridge.run(answer(value)) == value
        assert list(bridge.iterate(numbers(value))) == [(number, value) for number in range(3)]
        if turn % 10 == index % 10:
            time.sleep(0.003)  # so that the crowd gets thin
    done.append(index)


for size in (24, 2, 3, 16, 1):
    done = []
    gc.set_threshold(10, 2, 2)
    threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(size)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 60
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    gc.set_threshold(700, 10, 10)
    assert sorted(done) == list(range(size)), done
    if DRIVE == "caller":
        until(lambda: bridge.run(where()) == threading.get_ident())
        assert bridge.run(where()) == threading.get_ident()
print("ok")
