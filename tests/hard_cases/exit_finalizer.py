"""A finalizer makes a call when the interpreter exits: it is refused, and nothing is said of coroutines never awaited."""

import asyncio
import gc

from case import bridge


class Calls:
    def __init__(self):
        self.me = self

    def __del__(self):
        try:
            bridge.run(asyncio.sleep(0))
        except RuntimeError as error:
            assert str(error) == "bridge 'case' is closed: the interpreter is exiting"
            print("ok")


bridge.run(asyncio.sleep(0))
gc.disable()  # or it may be found while the loop is being closed, and run on it
Calls()
