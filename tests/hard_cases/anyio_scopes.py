"""anyio's task groups and cancel scopes, which insist on one task, around `yield`."""

import contextlib
import time

from case import bridge, skip

try:
    import anyio
except ImportError:
    skip("anyio is not installed")


async def numbers():
    async with anyio.create_task_group() as group:
        send, receive = anyio.create_memory_object_stream(10)

        async def produce():
            for number in range(3):
                await anyio.sleep(0.001)
                await send.send(number)

        group.start_soon(produce)
        with send, receive:
            for _ in range(3):
                yield await receive.receive()


@contextlib.asynccontextmanager
async def scope():
    with anyio.fail_after(5) as cancel_scope:
        async with anyio.create_task_group():
            yield cancel_scope


async def moved_on():
    with anyio.move_on_after(0.02):
        yield 1
        await anyio.sleep(5)
    yield 2


async def threaded():
    return await anyio.to_thread.run_sync(lambda: 5)


assert list(bridge.iterate(numbers())) == [0, 1, 2]
with bridge.enter(scope()):
    time.sleep(0.01)
assert list(bridge.iterate(moved_on())) == [1, 2]
items = bridge.iterate(moved_on())
assert next(items) == 1
time.sleep(0.05)
assert list(items) == [2]
assert bridge.run(threaded()) == 5


@contextlib.asynccontextmanager
async def with_worker():
    async with anyio.create_task_group():
        yield await anyio.to_thread.run_sync(lambda: 6)


block = bridge.enter(with_worker())  # never left: anyio's worker thread must not keep the interpreter
assert block.__enter__() == 6
print("ok")
