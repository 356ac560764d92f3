"""A coroutine forks; the child leaves as it should."""

import asyncio
import os
import warnings

from case import bridge, skip

if not hasattr(os, "fork"):
    skip("no fork here")
warnings.simplefilter("ignore", DeprecationWarning)


async def forks():
    child = os.fork()
    if child == 0:
        os._exit(3)
    await asyncio.sleep(0)
    return os.waitpid(child, 0)[1]


async def forks_later():
    await asyncio.sleep(0)
    return await forks()


assert os.WEXITSTATUS(bridge.run(forks())) == 3
assert os.WEXITSTATUS(bridge.run(forks_later())) == 3
print("ok")
