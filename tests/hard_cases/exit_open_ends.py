"""The interpreter exits while a server serves, a process runs, and tasks are gathered: not a word of any of them."""

import asyncio
import sys
import warnings

from case import bridge

warnings.simplefilter("ignore", ResourceWarning)  # nobody closes anything here: Python may warn of that, if asked


async def serve(reader, writer):
    await reader.read()


async def connect():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    ends = await asyncio.open_connection(*server.sockets[0].getsockname())
    await asyncio.sleep(0.05)  # the server has the connection
    return server, ends


async def begin():
    pipe = asyncio.subprocess.PIPE
    code = "import sys; sys.stdin.read()"
    return await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=pipe, stdout=pipe)


async def gathered():
    return [asyncio.gather(asyncio.sleep(1000), asyncio.sleep(1000))]


kept = bridge.run(connect()), bridge.run(begin()), bridge.run(gathered())
print("ok")
