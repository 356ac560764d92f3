"""No thread, no loop and no asyncio before the first call."""

import sys
import threading

from case import ASYNCIO_IS_LOADED, Bridge, bridge

assert not ASYNCIO_IS_LOADED
assert threading.active_count() == 1
other = Bridge("other", timeout=3, in_loop="block").with_options(timeout=5)
bridge.close()
other.close()
assert threading.active_count() == 1
assert "asyncio" not in sys.modules
repr(other)


async def answer():
    return 42


assert bridge.run(answer()) == 42
assert "asyncio" in sys.modules
print("ok")
