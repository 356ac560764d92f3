"""Named bridges are separate: each has its own loop; code of one may wait for the other."""

import asyncio
import threading

from case import DRIVE, Bridge

one = Bridge("one", drive=DRIVE, in_loop="block")
two = Bridge("two", drive=DRIVE, in_loop="block")


async def loop():
    return asyncio.get_running_loop()


async def nested():
    await asyncio.sleep(0)
    return two.run(loop())  # blocks the loop of `one`, as it was told


assert one.run(loop()) is not two.run(loop())
assert one.run(loop()) is Bridge("one", drive=DRIVE).run(loop())
assert one.run(nested()) is two.run(loop())


async def answers():
    return await two.aio(asyncio.sleep(0.001, 5))


results = []
threads = [threading.Thread(target=lambda: results.append(one.run(answers()))) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(10)
assert results == [5] * 8
print("ok")
