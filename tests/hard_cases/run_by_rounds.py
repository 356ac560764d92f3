"""A loop of asyncio's own is run without the preparations of `run_forever`, any other one with them: nobody can tell."""

import asyncio
import sys

from case import DRIVE, Bridge, bridge, skip

if DRIVE not in ("caller", "thread"):
    skip("about our own runtime")


class Other(asyncio.SelectorEventLoop):
    runs = 0

    def run_forever(self):
        Other.runs += 1
        super().run_forever()


async def numbers():
    yield 1


async def looks(loops):
    seen = []
    for _ in range(3):
        loop = asyncio.get_running_loop()
        numbers_of_this_step = numbers()
        await numbers_of_this_step.__anext__()
        hooks = sys.get_asyncgen_hooks()
        assert numbers_of_this_step in loop._asyncgens, "the loop does not know what it has to close"
        seen.append((loop, loop.is_running(), asyncio.current_task() in asyncio.all_tasks(), hooks))
        loop.stop()  # ends no call
        await asyncio.sleep(0)
        await numbers_of_this_step.aclose()
    await asyncio.sleep(0.001)
    assert all(one == seen[0] for one in seen), seen
    loops.append(seen[0][0])
    return seen[0][1:3]


async def fails():
    await asyncio.sleep(0)
    raise SystemExit(3)  # goes through the loop


for number, one in enumerate((bridge, Bridge("other", drive=DRIVE, loop_factory=Other))):
    loops: list = []
    for _ in range(3):
        before = sys.get_asyncgen_hooks()
        assert one.run(looks(loops)) == (True, True)
        assert sys.get_asyncgen_hooks() == before
        assert asyncio._get_running_loop() is None
        try:
            one.run(fails())
        except SystemExit as error:
            assert error.code == 3
        else:
            raise AssertionError("it was lost")
        assert sys.get_asyncgen_hooks() == before
        assert asyncio._get_running_loop() is None
    assert len(set(map(id, loops))) == 1
    if DRIVE == "caller":
        assert (one._shared.rounds is None) is bool(number), "run_forever is not what it was when this was written"
        one._shared.lock.acquire()  # nobody drives
        assert not loops[0].is_running()
        one._shared.lock.release()
assert Other.runs
print("ok")
