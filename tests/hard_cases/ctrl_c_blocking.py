"""Ctrl-C while the coroutine blocks the thread instead of awaiting: it is cancelled when it awaits; the second does not wait."""

import asyncio
import signal
import threading
import time

from case import bridge, press, until

log = []
go_on = threading.Event()


async def blocks():
    try:
        log.append("blocks")
        while not go_on.is_set():
            time.sleep(0.01)
        await asyncio.sleep(1000)
    finally:
        log.append("cleaned")


def press_and_let_it_await():
    until(lambda: log)
    press()
    go_on.set()


def press_twice():
    until(lambda: log)
    press()
    until(lambda: noted)
    press()


def note(signum, frame):
    noted.append(1)
    signal.default_int_handler(signum, frame)


noted = []
signal.signal(signal.SIGINT, note)
for job, left in ((press_and_let_it_await, ["blocks", "cleaned", "interrupted"]), (press_twice, None)):
    go_on.clear()
    log.clear()
    noted.clear()
    thread = threading.Thread(target=job)
    thread.start()
    try:
        try:
            bridge.run(blocks())
        finally:
            log.append("interrupted")
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("not interrupted")
    assert left is None or log == left, log
    assert job is press_and_let_it_await or not go_on.is_set()  # it did not wait until the coroutine awaits
    thread.join()
    go_on.set()
    until(lambda: "cleaned" in log)


async def answer():
    return 42


assert bridge.run(answer()) == 42
print("ok")
