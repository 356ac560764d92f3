"""Child processes, whose end the loop is told of, from any thread."""

import asyncio
import sys
import threading

from case import bridge


async def run():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "print(input())", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(b"hello\n")
    return process.returncode, output


assert bridge.run(run()) == (0, b"hello\n")
results = []
threads = [threading.Thread(target=lambda: results.append(bridge.run(run()))) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert results == [(0, b"hello\n")] * 3
print("ok")
