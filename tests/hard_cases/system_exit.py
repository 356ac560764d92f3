"""SystemExit and KeyboardInterrupt raised inside come out, of calls; in a background task they stop nobody."""

import asyncio
import logging
import sys
import threading

from case import bridge

logging.disable(logging.CRITICAL)  # asyncio reports the background task's exception when it is collected


async def leaves(error, late):
    if late:
        await asyncio.sleep(0)
    raise error


async def answer():
    await asyncio.sleep(0.01)
    return 42


async def start(error):
    global task
    task = asyncio.ensure_future(leaves(error, True))


def check():
    for error in (SystemExit(3), KeyboardInterrupt()):
        for late in (False, True):
            try:
                bridge.run(leaves(error, late))
            except BaseException as caught:
                assert caught is error, caught
            else:
                raise AssertionError("nothing came out")
            assert bridge.run(answer()) == 42


check()
thread = threading.Thread(target=check)
thread.start()
thread.join()


def background():
    bridge.run(start(SystemExit(4)))
    results.append(bridge.run(answer()))


results = []
thread = threading.Thread(target=background)
thread.start()
thread.join(60)
assert results == [42]
try:
    sys.exit(bridge.run(answer()) - 42)
finally:
    print("ok")
