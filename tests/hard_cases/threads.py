"""Sixteen threads with calls, generators and blocks, timeouts and errors: every answer goes to who asked."""

import asyncio
import contextlib
import random
import threading

from case import bridge


async def answer(value):
    await asyncio.sleep(random.choice([0, 0, 0.001, 0.003]))
    return value


async def fails(value):
    await asyncio.sleep(random.choice([0, 0.001]))
    raise LookupError(value)


async def numbers(count, value):
    for number in range(count):
        await asyncio.sleep(random.choice([0, 0, 0.001]))
        yield number, value


@contextlib.asynccontextmanager
async def block(value):
    await asyncio.sleep(0)
    yield value
    await asyncio.sleep(0.001)


def work(index):
    for turn in range(40):
        value = (index, turn)
        assert bridge.run(answer(value)) == value
        try:
            bridge.run(fails(value))
        except LookupError as error:
            assert error.args == (value,)
        assert list(bridge.iterate(numbers(3, value))) == [(number, value) for number in range(3)]
        for item in bridge.iterate(numbers(3, value)):
            assert item == (0, value)
            break
        with bridge.enter(block(value)) as entered:
            assert entered == value
        try:
            assert bridge.with_options(timeout=0.002).run(answer(value)) == value
        except TimeoutError:
            pass
    done.append(index)


async def left():
    await asyncio.sleep(0.02)
    return asyncio.all_tasks() - {asyncio.current_task()}


done = []
threads = [threading.Thread(target=work, args=(index,)) for index in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
assert sorted(done) == list(range(16)), done
assert not bridge.run(left())
if hasattr(bridge, "_shared"):
    assert not bridge._shared.waiters and not bridge._shared.externals and not bridge._shared.sessions
print("ok")
