"""What every program begins with: helpers of the kinds that libraries have."""

LIBRARY = """\
import asyncio
import contextlib
import functools
import inspect

log = []


async def double(x):
    await asyncio.sleep(0)
    log.append(("double", x))
    return (2 * x) % 97


async def add(x, y):
    return x + y


def triple(x):
    log.append(("triple", x))
    return 3 * x


async def fail(x):
    log.append(("fail", x))
    raise ValueError(x)


async def forever():
    try:
        await asyncio.sleep(30)
    finally:
        log.append("no more")


async def numbers(n):
    try:
        for i in range(n):
            yield i
    finally:
        log.append("numbers end")


async def pairs(n):
    async for i in numbers(n):
        yield i, await double(i)


async def echo(x):
    try:
        while True:
            try:
                got = yield x
                x = x if got is None else (got + 1) % 97
            except ValueError as error:
                log.append(("echo", repr(error)))
                x = -1
    finally:
        log.append("echo end")


async def consume(awaitable):
    return await awaitable


async def timed(coro):
    log.append("timed")
    try:
        return await coro
    finally:
        log.append("timed end")


async def maybe(coro=None):
    if coro is None:
        return 0
    return await coro


def relay(coro):
    return consume(coro)


def spawn(coro):
    return asyncio.create_task(coro)


def start_in(group, x):
    group.create_task(double(x))


async def call_either(function, *args):
    result = function(*args)
    if inspect.isawaitable(result):
        result = await result
    return result


async def call_walrus(function, x):
    if inspect.isawaitable(result := function(x)):
        return await result
    return result


async def call_expression(function, x):
    result = function(x)
    return await result if inspect.isawaitable(result) else result


async def call_by_kind(function, x):
    if asyncio.iscoroutinefunction(function):
        return await function(x)
    result = function(x)
    return (await result) if asyncio.iscoroutine(result) else result


def logged(function):
    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        log.append(f"before {function.__name__}")
        return await function(*args, **kwargs)

    return wrapper


def retry(times):
    def decorate(function):
        @functools.wraps(function)
        async def wrapper(*args):
            for _ in range(times):
                try:
                    return await function(*args)
                except ValueError:
                    log.append("again")
            return 0

        return wrapper

    return decorate


class Job:
    def __init__(self, coro):
        self.coro = coro

    async def run(self):
        log.append("job")
        return await self.coro


class Counter:
    def __init__(self):
        self.value = 0
        self.lock = asyncio.Lock()

    async def increment(self):
        async with self.lock:
            before = self.value
            await asyncio.sleep(0)
            self.value = before + 1


class Owner:
    def __init__(self):
        self.group = asyncio.TaskGroup()
        self.tasks = []

    async def run(self, x):
        async with self.group:
            for i in range(2):
                self.tasks.append(self.group.create_task(self.step(x + i), name=f"step {i}"))
        return sum([await task for task in self.tasks])

    async def step(self, x):
        return await double(x)


async def produce(queue, n):
    for i in range(n):
        await queue.put(i)
    await queue.put(None)


async def drain(queue):
    total = 0
    while (item := await queue.get()) is not None:
        total += item
        queue.task_done()
    return total


async def hold(semaphore, x):
    async with semaphore:
        return await double(x)


async def meet(mine, other):
    mine.set()
    await other.wait()
    return 1


async def collect(condition, items, n):
    async with condition:
        await condition.wait_for(lambda: len(items) >= n)
        return sum(items)


async def resolve(future, x):
    future.set_result(x)
"""
