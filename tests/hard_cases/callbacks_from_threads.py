"""Sync code that async code runs in a thread calls back into the bridge; many times, from many threads at once."""

import asyncio
import threading

from case import bridge


async def answer(value):
    await asyncio.sleep(0.001)
    return value


def callback(value):
    return bridge.run(answer(value)) + bridge.run(answer(value))


async def uses_callbacks(count):
    loop = asyncio.get_running_loop()
    return sum(await asyncio.gather(*(loop.run_in_executor(None, callback, number) for number in range(count))))


assert bridge.run(uses_callbacks(20)) == 2 * sum(range(20))
results = []
threads = [threading.Thread(target=lambda: results.append(bridge.run(uses_callbacks(5)))) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(60)
assert results == [20] * 8, results
print("ok")
