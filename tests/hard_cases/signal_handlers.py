"""Signal handlers of the loop: they work where the main thread adds them, else the error says why they can not."""

import asyncio
import os
import signal
import sys
import threading

from case import DRIVE, bridge, skip, until

if sys.platform == "win32":
    skip("loops have no signal handlers there")
got = []


async def add():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, got.append, 1)


async def remove():
    return asyncio.get_running_loop().remove_signal_handler(signal.SIGUSR1)


def refused(call):
    try:
        call()
    except RuntimeError as error:
        assert "main thread" in str(error) and "'case'" in str(error), error
        return True
    return False


if DRIVE == "thread":
    assert refused(lambda: bridge.run(add()))
else:
    until(lambda: not refused(lambda: bridge.run(add())))  # at once, unless the background thread drives just then
    os.kill(os.getpid(), signal.SIGUSR1)
    until(lambda: got == [1])  # whoever drives by then
    until(lambda: not refused(lambda: bridge.run(remove())))
answers = []
thread = threading.Thread(target=lambda: answers.append(refused(lambda: bridge.run(add()))))
thread.start()
thread.join()
assert answers == [True]
print("ok")
