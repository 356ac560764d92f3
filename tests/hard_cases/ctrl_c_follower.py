"""Ctrl-C in the main thread while another thread drives the loop: it hits the main thread's call only."""

import asyncio
import threading

from case import bridge, interrupt_soon

log = []
enough = threading.Event()


async def long():
    log.append("long")
    while not enough.is_set():
        await asyncio.sleep(0.01)
    return "other"


async def mine():
    try:
        log.append("mine")
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(0.01)
        log.append("cleaned")


def call_long(after):
    while after not in log:
        enough.wait(0.002)
    answers.append(bridge.run(long()))


# The other thread leads, the main thread follows; and the other way round.
for first, second in (("long", "mine"), ("mine", "long")):
    log.clear()
    answers = []
    enough.clear()
    if first == "long":
        log.append("begin")
    other = threading.Thread(target=call_long, args=("begin" if first == "long" else "mine",))
    other.start()
    while first == "long" and "long" not in log:
        enough.wait(0.002)
    thread = interrupt_soon(lambda: "mine" in log and "long" in log)
    try:
        bridge.run(mine())
    except KeyboardInterrupt:
        log.append("interrupted")
    thread.join()
    assert [word for word in log if word != "begin"] == [first, second, "cleaned", "interrupted"], log
    assert not answers
    enough.set()
    other.join()
    assert answers == ["other"]
print("ok")
