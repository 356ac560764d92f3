"""A finalizer makes a call in the thread that looks after the loop, while others drive and wait: nobody is forgotten."""

import asyncio
import threading

from case import bridge, until
from runtime import _keeper

results = []
armed = threading.Event()
wait_for_bell = _keeper.listen


def listen(bell, patience=None):
    if armed.is_set():  # here the collector could run a finalizer
        armed.clear()
        results.append(bridge.run(asyncio.sleep(1, "finalizer")))
    return wait_for_bell(bell, patience)


def call(seconds):
    results.append(bridge.run(asyncio.sleep(seconds, seconds)))


def everybody_is_served():
    bridge.run(asyncio.sleep(0))  # so that it looks once more who drives
    return len(results) == 5 or bridge._own_thread  # whose thread is always at work


_keeper.listen = listen
bridge.run(asyncio.sleep(0))
for _ in range(2):
    results.clear()
    threads = [threading.Thread(target=call, args=[0.6 + number / 100]) for number in range(4)]
    for thread in threads:
        thread.start()
    armed.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    until(everybody_is_served)
print("ok")
