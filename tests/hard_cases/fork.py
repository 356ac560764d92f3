"""A forked child starts a loop of its own, also while other threads hold locks; the parent's goes on."""

import asyncio
import os
import sys
import threading
import time
import warnings

from case import bridge, skip

if not hasattr(os, "fork"):
    skip("no fork here")
warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of a fork with threads: that is what we try


async def answer(value):
    await asyncio.sleep(0.002)
    return value


async def connect():
    return await asyncio.open_connection("127.0.0.1", port)


async def echo(streams):
    streams[1].write(b"x")
    return await streams[0].readexactly(1)


async def hang_up():
    streams[1].close()
    await streams[1].wait_closed()
    await asyncio.sleep(0.02)  # the server sees it and closes its side
    server.close()


async def serve():
    async def handle(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


server, port = bridge.run(serve())
streams = bridge.run(connect())
assert bridge.run(echo(streams)) == b"x"
stop = False
failed = []


def busy():
    while not stop:
        try:
            assert bridge.run(answer(5)) == 5
        except BaseException as error:
            failed.append(error)
            raise


threads = [threading.Thread(target=busy) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(8):
    child = os.fork()
    if child == 0:
        try:
            assert bridge.run(answer(7)) == 7
            assert list(bridge.iterate(items())) == [1, 2] if "items" in globals() else True
            results = []
            inner = [threading.Thread(target=lambda: results.append(bridge.run(answer(8)))) for _ in range(3)]
            for thread in inner:
                thread.start()
            for thread in inner:
                thread.join(60)
            assert results == [8, 8, 8], results
            os._exit(0)
        except BaseException as error:
            print("child:", repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert status == 0, status
    assert bridge.run(echo(streams)) == b"x"  # the child did not touch the parent's selector
    time.sleep(0.01)
stop = True
for thread in threads:
    thread.join(60)
bridge.run(hang_up())
assert not failed, failed
sys.stdout.flush()

# A child that exits as programs do, with the parent's generator and context still open.


async def items():
    try:
        yield 1
        yield 2
    finally:
        print("closed in", "child" if os.getpid() != parent else "parent", flush=True)


parent = os.getpid()
open_items = bridge.iterate(items())
next(open_items)
child = os.fork()
if child == 0:
    assert bridge.run(answer(9)) == 9
    try:
        next(open_items)
    except RuntimeError as error:
        assert "fork" in str(error), error
    sys.exit(0)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert next(open_items) == 2
open_items.close()
print("ok")
