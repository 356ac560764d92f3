"""In IPython, calls work where a loop runs: in cells with `await` and in those that wait for others, as in Jupyter."""

import asyncio
import os
import tempfile

from case import bridge, skip

try:
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
except ImportError:
    skip("IPython is not installed")
HistoryManager.enabled = False
with tempfile.TemporaryDirectory() as folder:
    os.environ["IPYTHONDIR"] = folder
    shell = InteractiveShell.instance()


async def answer(value):
    await asyncio.sleep(0.001)
    return value


async def numbers():
    for number in range(3):
        await asyncio.sleep(0)
        yield number


async def run(cell):
    result = await shell.run_cell_async(cell, transformed_cell=cell, store_history=False)
    result.raise_error()


async def main():
    """As a kernel does, which takes one cell after the other from its loop."""
    await run("assert bridge.run(answer(1)) == 1")
    await run("assert list(bridge.iterate(numbers())) == [0, 1, 2]")
    await run("import asyncio\nawait asyncio.sleep(0)\nassert bridge.run(answer(2)) == 2")
    await run("assert await bridge.aio(answer(3)) == 3")
    await run("last = bridge.run(answer(4))")


shell.user_ns.update(bridge=bridge, answer=answer, numbers=numbers)
asyncio.run(main())
assert shell.user_ns["last"] == 4
assert bridge.run(answer(5)) == 5
print("ok")
