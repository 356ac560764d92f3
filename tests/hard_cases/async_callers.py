"""`aio` and `stream` from other loops: asyncio's, and trio's; cancellation reaches the work and waits for it."""

import asyncio
import contextlib
import threading

from case import bridge

log = []


async def waits():
    try:
        log.append("waits")
        await asyncio.sleep(30)
    finally:
        await asyncio.sleep(0.01)
        log.append("cleaned")


async def numbers():
    me = asyncio.current_task()
    try:
        for number in range(5):
            got = yield number
            if got is not None:
                log.append(got)
            assert asyncio.current_task() is me
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(0)
        log.append("closed")


async def fails():
    await asyncio.sleep(0)
    raise LookupError("no")


async def loop_of_work():
    return asyncio.get_running_loop()


async def main():
    assert await bridge.aio(loop_of_work()) is not asyncio.get_running_loop()
    task = asyncio.ensure_future(bridge.aio(waits()))
    while not log:
        await asyncio.sleep(0.001)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        log.append("cancelled")
    assert log == ["waits", "cleaned", "cancelled"], log
    log.clear()
    assert [number async for number in bridge.stream(numbers())] == [0, 1, 2, 3, 4]
    items = bridge.stream(numbers())
    assert await items.__anext__() == 0
    assert await items.asend("hello") == 1
    await items.aclose()
    assert log == ["closed", "hello", "closed"], log
    with contextlib.suppress(LookupError):
        await bridge.aio(fails())
        raise AssertionError("no error")
    assert await asyncio.gather(*(bridge.aio(asyncio.sleep(0.001, n)) for n in range(50))) == list(range(50))
    try:
        await bridge.with_options(timeout=0.02).aio(asyncio.sleep(5))
    except TimeoutError:
        pass
    else:
        raise AssertionError("no timeout")


asyncio.run(main())
log.clear()
threads = [threading.Thread(target=lambda: asyncio.run(main_of_thread())) for _ in range(4)]
results = []


async def main_of_thread():
    for number in range(20):
        assert await bridge.aio(asyncio.sleep(0.001, number)) == number
    results.append(1)


for thread in threads:
    thread.start()
for number in range(50):
    assert bridge.run(asyncio.sleep(0.001, number)) == number
for thread in threads:
    thread.join(60)
assert results == [1] * 4

try:
    import trio
except ImportError:
    print("ok")
    raise SystemExit(0) from None


async def in_trio():
    assert await bridge.aio(asyncio.sleep(0.01, 5)) == 5
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bridge.aio, waits())
        while not log:
            await trio.sleep(0.001)
        nursery.cancel_scope.cancel()
    with trio.move_on_after(0.01) as scope:
        await bridge.aio(asyncio.sleep(1000))
    assert scope.cancelled_caught
    assert log == ["waits", "cleaned"], log
    assert [number async for number in bridge.stream(numbers())] == [0, 1, 2, 3, 4]
    try:
        bridge.run(asyncio.sleep(0))
    except RuntimeError:
        pass
    else:
        raise AssertionError("no error")
    assert bridge.with_options(in_loop="block").run(asyncio.sleep(0, 3)) == 3


log.clear()
trio.run(in_trio)
print("ok")
