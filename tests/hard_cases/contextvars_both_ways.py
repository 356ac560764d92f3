"""Context variables go in and come back: for calls, items, context managers; also when another thread drives."""

import asyncio
import contextlib
import threading
from contextvars import ContextVar

from case import bridge

var = ContextVar("var", default="unset")
other = ContextVar("other", default="unset")


async def call(value):
    seen = var.get()
    var.set(value)
    await asyncio.sleep(0)
    assert var.get() == value
    return seen


async def numbers():
    token = other.set("generator")
    try:
        for number in range(3):
            seen.append(var.get())
            yield number
            assert other.get() == "generator"
            var.set(f"item {number}")
    finally:
        other.reset(token)  # works in the same context only


@contextlib.asynccontextmanager
async def manager():
    token = other.set("manager")
    await asyncio.sleep(0)
    try:
        yield
    finally:
        seen.append(var.get())
        other.reset(token)


def check():
    var.set("mine")
    assert bridge.run(call("new")) == "mine"
    assert var.get() == "new"
    var.set("before")
    for number in bridge.iterate(numbers()):
        assert other.get() == "generator"
        assert var.get() == ("before" if number == 0 else f"item {number - 1}")
        if number == 1:
            var.set("changed meanwhile")
    assert seen == ["before", "item 0", "item 1"], seen
    assert var.get() == "item 2"
    assert other.get() == "unset"
    seen.clear()
    with bridge.enter(manager()):
        assert other.get() == "manager"
        var.set("in the block")
    assert seen == ["in the block"]
    assert other.get() == "unset"
    seen.clear()
    # Equal, but another object.
    first, second = [], []
    var.set(first)
    bridge.run(call(second))
    assert var.get() is second
    bridge.with_options(correlation_id=True).run(call("id"))
    assert var.get() == "id"


seen = []
check()
begun, enough = threading.Event(), threading.Event()


async def drives():
    begun.set()
    while not enough.is_set():
        await asyncio.sleep(0.01)


driver = threading.Thread(target=lambda: bridge.run(drives()))
driver.start()
begun.wait()
check()
enough.set()
driver.join()
thread = threading.Thread(target=check)
thread.start()
thread.join()


async def elsewhere():
    var.set("async")
    assert await bridge.aio(call("from aio")) == "async"
    assert var.get() == "from aio"


asyncio.run(elsewhere())
print("ok")
