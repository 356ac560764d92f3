"""Between calls, the thread in the background waits outside of the loop: a call finds the lead free, and whatever it leaves
behind in the loop (a timer, a callback, something to read) is done in time though no other call follows.
"""

import asyncio
import collections
import os
import random
import socket
import threading
import time

from case import DRIVE, bridge, skip, until

if DRIVE != "caller":
    skip("about who drives between calls")
PATIENCE = 20.0  # seconds


async def where():
    return threading.get_ident()


async def suspends():
    await asyncio.sleep(0)


async def later(done):
    asyncio.get_running_loop().call_later(random.uniform(0, 0.004), done.set)


async def soon(done):
    asyncio.get_running_loop().call_soon(done.set)


async def in_a_task(done):
    async def job():
        await asyncio.sleep(0.001)
        done.set()

    done.task = asyncio.ensure_future(job())


async def when_written(done):
    mine, done.other = socket.socketpair()
    loop = asyncio.get_running_loop()

    def read():
        mine.recv(1)
        loop.remove_reader(mine)
        mine.close()
        done.set()

    loop.add_reader(mine, read)


async def in_a_thread(done):
    done.future = asyncio.get_running_loop().run_in_executor(None, done.set)


class Ready(collections.deque):
    """The callbacks of a loop that is patched so that it can be run by what it runs."""

    def popleft(self):
        return super().popleft() if self else asyncio.Handle(int, (), bridge._shared.loop)


async def run_inside(done):
    """A callback runs the loop, as patches of asyncio let it, and waits for what takes a while."""
    loop = asyncio.get_running_loop()
    loop._ready = Ready(loop._ready)

    def callback():
        future = loop.create_future()
        loop.call_later(0.02, future.set_result, None)
        while not future.done():
            loop._run_once()
        done.set()

    loop.call_soon(callback)


bridge.run(where())
answered_here = []
for _ in range(40):
    time.sleep(random.uniform(0.005, 0.012))
    answered_here.append(bridge.run(where()) == threading.get_ident())
assert sum(answered_here) > 30, answered_here  # it drives now and then, on a busy machine

chosen = random.Random(1)
for _ in range(300):
    done = threading.Event()
    make = chosen.choice((later, soon, in_a_task, when_written, in_a_thread, run_inside))
    time.sleep(chosen.choice((0, 0.001, 0.003, 0.006)))
    for _ in range(chosen.randrange(3)):
        bridge.run(chosen.choice((where, suspends))())
    bridge.run(make(done))
    for _ in range(chosen.randrange(2)):
        bridge.run(chosen.choice((where, suspends))())
    if make is when_written:
        time.sleep(chosen.choice((0, 0.004)))
        done.other.send(b"x")
    assert done.wait(PATIENCE), make.__name__
    if make is when_written:
        done.other.close()

asyncio.run_coroutine_threadsafe(suspends(), bridge._shared.loop).result(PATIENCE)

# While it waits, the processor has a rest, too; and what it waits with is given back.
time.sleep(0.05)
before = time.process_time()
time.sleep(0.3)
assert time.process_time() - before < 0.2
if os.path.isdir("/proc/self/fd"):

    def opened():
        return len(os.listdir("/proc/self/fd"))

    bridge.close()
    before = opened()
    for _ in range(5):
        bridge.run(suspends())
        time.sleep(0.01)
        bridge.close()
    until(lambda: opened() == before)
print("ok")
