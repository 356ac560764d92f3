"""A finalizer makes a call while the bridge is being closed at exit, in the thread that closes it: it is refused."""

import asyncio
import gc

from case import DRIVE, bridge, skip

if DRIVE not in ("caller", "thread"):
    skip("about our own runtime")


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
from runtime import _closing  # noqa: E402  # imported by the first call

make = _closing.Call


def collect_and_make(*args):
    gc.collect()
    return make(*args)


_closing.Call = collect_and_make
gc.disable()
Calls()
