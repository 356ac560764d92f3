"""The task of a call, a generator or a block looks as if it had been made for it, whatever the ones before have done to theirs."""

import asyncio
import contextlib
import gc
import sys
import threading
import time
import traceback
import weakref
from contextvars import Context, ContextVar

from case import DRIVE, bridge, until

var = ContextVar("var")


async def visit(job):
    return job()


async def visits(job):
    yield job()


@contextlib.asynccontextmanager
async def visited(job):
    yield job()


def through_call(job):
    return bridge.run(visit(job))


def through_items(job):
    (found,) = bridge.iterate(visits(job))
    return found


def through_block(job):
    with bridge.enter(visited(job)) as found:
        return found


async def pause():
    await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def pausing():
    await asyncio.sleep(0)
    yield


def look_around():
    """All that shows when a task is not a new one."""
    task = asyncio.current_task()
    assert not task.done()
    assert asyncio.all_tasks() == {task}, asyncio.all_tasks()
    assert not hasattr(task, "mark") and task.get_name() != "mine" and task not in weakly
    assert not any(task is other for other in kept), "a task that somebody kept was used again"
    assert not any(task.get_coro() is other for other in kept)
    assert sys.version_info < (3, 11) or task.cancelling() == 0
    assert sys.version_info < (3, 12) or not any(task.get_context() is other for other in kept)
    assert var.get("unset") == "unset"


kept, weakly, called = [], weakref.WeakKeyDictionary(), []


def mark():
    asyncio.current_task().mark = True


def keep():
    kept.append(asyncio.current_task())


def keep_weakly():
    weakly[asyncio.current_task()] = True


def keep_coroutine():
    kept.append(asyncio.current_task().get_coro())


def keep_context():
    if sys.version_info >= (3, 12):
        kept.append(asyncio.current_task().get_context())


def call_back():
    asyncio.current_task().add_done_callback(called.append)


def rename():
    asyncio.current_task().set_name("mine")


def cancel():
    asyncio.current_task().cancel()


def cancel_in_vain():
    asyncio.current_task().cancel()
    if sys.version_info >= (3, 11):
        asyncio.current_task().uncancel()


def keep_in_frames():
    task = asyncio.current_task()
    raise LookupError(task)


def rest():
    """Till it is forgotten who left traces: such code gets tasks of its own, for a while."""
    if DRIVE == "caller":
        until(lambda: not bridge._shared.workers._traces)


if DRIVE == "caller":

    def is_kept(through):
        through(look_around)
        return bridge._shared.workers.idle is not None

    for through in (through_block, through_items):
        until(lambda through=through: is_kept(through))  # not at once, if the thread in the background drives just then

traces = [mark, keep, keep_weakly, keep_coroutine, keep_context, call_back, rename, cancel, cancel_in_vain, keep_in_frames]
for through in (through_call, through_items, through_block):
    for trace in traces:
        for _ in range(2):
            rest()
            through(look_around)
            with contextlib.suppress(asyncio.CancelledError, LookupError) as _:
                through(trace)
            through(look_around)
            bridge.run(pause())  # nobody has cancelled this one
            with bridge.enter(pausing()):  # nor this one
                pass
            for other in kept:
                if isinstance(other, asyncio.Task):
                    until(other.done)  # as its work is
            kept.clear()
    until(lambda: len(called) == 2)
    assert all(task.done() for task in called)
    called.clear()
    gc.collect()
    until(lambda: not weakly)


@contextlib.asynccontextmanager
async def swallowing():
    asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(1000)
    yield


@contextlib.asynccontextmanager
async def failing():
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, LookupError())
    await future
    yield


for _ in range(3):
    rest()
    with bridge.enter(swallowing()):
        pass
    through_block(look_around)
    try:
        bridge.enter(failing()).__enter__()
    except LookupError as error:
        *_, place = traceback.walk_tb(error.__traceback__)
        assert place[0].f_code.co_name == "failing", place
    through_block(look_around)


async def cancels_itself():
    asyncio.current_task().cancel("why")
    await asyncio.sleep(0)


async def items_cancelling(how):
    yield 1
    asyncio.current_task().cancel()
    if how == "here":
        await asyncio.sleep(0)
    yield 2
    await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def block_cancelling():
    asyncio.current_task().cancel("why")
    await asyncio.sleep(0)
    yield


def raises_cancelled(job):
    try:
        job()
    except asyncio.CancelledError as error:
        return error
    raise AssertionError("not cancelled")


for _ in range(3):
    rest()
    assert sys.version_info < (3, 11) or raises_cancelled(lambda: bridge.run(cancels_itself())).args == ("why",)
    raises_cancelled(lambda: bridge.enter(block_cancelling()).__enter__())
    for how, items in (("here", [1]), ("later", [1, 2])):
        got = []
        raises_cancelled(lambda how=how, got=got: got.extend(bridge.iterate(items_cancelling(how))))
        iterator, got = bridge.iterate(items_cancelling(how)), []
        with contextlib.suppress(asyncio.CancelledError):
            for item in iterator:
                got.append(item)
        assert got == items, (how, got)
    through_call(look_around)
    through_block(look_around)


async def watch(nobody_calls):
    """In the background: the tasks that others see while nobody calls."""
    seen = set()
    while nobody_calls:
        seen |= {repr(task) for task in asyncio.all_tasks() - {asyncio.current_task()}}
        await asyncio.sleep(0.001)
    return seen


async def spawn(coroutine):
    return asyncio.ensure_future(coroutine)


async def result(task):
    return await task


for through in (through_call, through_items, through_block):
    rest()
    through(lambda: None)
    nobody_calls = [True]
    watcher = bridge.run(spawn(watch(nobody_calls)))
    time.sleep(0.05)
    nobody_calls.clear()
    until(watcher.done)
    assert not bridge.run(result(watcher)), "a task that does nothing is seen"


async def waits_for_all():
    """As at the end of a program: it must not wait for a task that never ends."""
    await asyncio.sleep(0.01)
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    return "all"


waiter = bridge.run(spawn(waits_for_all()))
for _ in range(200):
    through_call(lambda: None)
    through_items(lambda: None)
    through_block(lambda: None)
    bridge.run(pause())
    time.sleep(0.0002)
assert bridge.run(result(waiter)) == "all"


async def waits_for(task):
    await asyncio.wait({task})
    return "ended"


@contextlib.asynccontextmanager
async def awaited_block():
    yield await spawn(waits_for(asyncio.current_task()))


with bridge.enter(awaited_block()) as waiter:
    pass
assert bridge.run(result(waiter)) == "ended"

# Variables, in and out, and as long as they live and no longer.


class Held:
    pass


def holds():
    held = Held()
    outside = var.set(held)
    for through in (through_call, through_items, through_block):
        for _ in range(4):
            assert through(var.get) is held
    var.reset(outside)
    return weakref.ref(held)


reference = holds()
gc.collect()
until(lambda: reference() is None)
for through in (through_call, through_items, through_block):
    for number in range(3):
        through(lambda number=number: var.set(number))
        assert var.get() == number == through(var.get)
    through(lambda: var.set("unset"))

for through in (through_call, through_items, through_block):
    rest()
    for _ in range(3):
        Context().run(through, lambda: var.set("seen by others") and None)
        assert Context().run(through, lambda: var.get("unset")) == "unset"

# Two at a time: of one thread, and of several.
first, second = bridge.enter(visited(asyncio.current_task)), bridge.enter(visited(asyncio.current_task))
with first as one, second as other:
    assert one is not other
    items = bridge.iterate(visits(asyncio.current_task))
    assert next(items) not in (one, other)
    items.close()


def again_and_again():
    for number in range(100):
        assert through_call(lambda number=number: number) == number
        assert through_items(lambda number=number: number) == number
        assert through_block(lambda number=number: number) == number


threads = [threading.Thread(target=again_and_again) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()


class Calls:
    """When it is collected, it makes a call: outside a call that is possible, inside it is an error."""

    def __del__(self):
        with contextlib.suppress(RuntimeError):
            through_block(lambda: None)


def dies():
    cycle = Calls()
    cycle.cycle = cycle
    del cycle
    gc.collect()


for through in (through_call, through_items, through_block):
    through(dies)
    dies()
    through(look_around)

if sys.version_info >= (3, 11):

    async def limited(seconds):
        async with asyncio.timeout(seconds):
            await asyncio.sleep(0)
            await asyncio.sleep(0.01 if seconds else 1000)
        return "in time"

    for _ in range(3):
        assert bridge.run(limited(1000)) == "in time"
        with contextlib.suppress(TimeoutError):
            raise AssertionError(bridge.run(limited(0)))

# Closed while a task waits for its next work, and while one is in use.
left_open = bridge.iterate(visits(lambda: 1))
assert next(left_open) == 1
through_block(lambda: None)
bridge.close()
through_block(look_around)
through_call(look_around)
print("ok")
