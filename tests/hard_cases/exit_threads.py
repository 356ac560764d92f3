"""The main thread ends, other threads go on calling until they are done."""

import asyncio
import threading
import time

from case import bridge


async def answer(value):
    await asyncio.sleep(0.001)
    return value


def work():
    time.sleep(0.1)
    for value in range(50):
        assert bridge.run(answer(value)) == value
    done.append(1)
    if len(done) == 3:
        print("ok", flush=True)


done = []
bridge.run(answer(1))
for _ in range(3):
    threading.Thread(target=work).start()
