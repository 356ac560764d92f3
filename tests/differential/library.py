"""Helpers of the kinds that libraries have. A program begins with those of them that it uses."""

from __future__ import annotations

import re

_MODULES = "anyio asyncio concurrent.futures contextlib contextvars dataclasses functools inspect math operator".split()

_LIBRARY = """\
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
        async def wrapper(*args, **kwargs):
            for _ in range(times):
                try:
                    return await function(*args, **kwargs)
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



class Node:
    def __init__(self, x):
        self.x = x

    async def value(self):
        return await double(self.x)

    async def __call__(self, y):
        return await self.value() + y

    @classmethod
    async def create(cls, x):
        log.append((cls.__name__, x))
        await asyncio.sleep(0)
        return cls(x)

    @staticmethod
    async def plus(x, y):
        return await add(x, y)

    @property
    def later(self):
        return self.value()


class Leaf(Node):
    async def value(self):
        before = await super().value()
        log.append(("leaf", before))
        return before + 1


@dataclasses.dataclass
class Point:
    x: int
    y: int = 1

    async def norm(self):
        return await add(self.x, await double(self.y))


class Emitter:
    def __init__(self):
        self.handlers = []
        self.by_name = {"double": double, "triple": triple, "own": self.own}

    def on(self, handler):
        self.handlers.append(handler)
        return handler

    async def own(self, x):
        return await double(x + 1)

    async def emit(self, x):
        results = []
        for handler in self.handlers:
            result = handler(x)
            if inspect.isawaitable(result):
                result = await result
            results.append(result)
        return results

    async def dispatch(self, name, x):
        handler = self.by_name[name]
        if inspect.iscoroutinefunction(handler):
            return await handler(x)
        return handler(x)


class Holder:
    def __init__(self, x):
        self.x = x
        self.stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        await self.stack.__aenter__()
        self.got = await self.stack.enter_async_context(held(self.x))
        self.stack.push_async_callback(note, "holder callback")
        return self

    async def __aexit__(self, *exc_info):
        log.append(("holder exit", exc_info[0] is None))
        return await self.stack.__aexit__(*exc_info)


@contextlib.asynccontextmanager
async def held(x):
    log.append(("held", x))
    try:
        yield x + 1
    except KeyError as error:
        log.append(("held caught", repr(error)))
    finally:
        log.append(("held end", x))


async def note(*args, **kwargs):
    log.append(("note", args, sorted(kwargs)))


async def factorial(n):
    return 1 if n <= 0 else n * await factorial(n - 1)


async def running(total=0):
    try:
        while True:
            got = yield total
            if got is None:
                return
            total += got
    finally:
        log.append(("running", total))


async def chained(*many):
    for each in many:
        async for item in each:
            yield item


async def worker(queue, results):
    while True:
        item = await queue.get()
        try:
            results.append(await double(item))
        finally:
            queue.task_done()


async def cancellable(x):
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        log.append(("cancelled", x))
        raise
    finally:
        log.append(("after", x))


async def stubborn(x):
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        return x


async def lock_held(lock, entered, leave):
    async with lock:
        entered.set()
        await leave.wait()
    return 1


async def passes(barrier, x):
    await barrier.wait()
    return x


async def first_come(lock, x):
    await lock.acquire()
    try:
        log.append(("locked", lock.locked()))
        return await double(x)
    finally:
        lock.release()


current = contextvars.ContextVar("current", default=0)


async def with_variable(x):
    before = current.get()
    current.set(x)
    await asyncio.sleep(0)
    return before * 100 + current.get()


async def announce(x, *, task_status=anyio.TASK_STATUS_IGNORED):
    task_status.started(x + 1)
    log.append(("announced", x))


async def append_to(results, x):
    results.append(await double(x))


async def limited_gather(limit, *coros):
    semaphore = asyncio.Semaphore(limit)

    async def one(coro):
        async with semaphore:
            return await coro

    return await asyncio.gather(*(one(coro) for coro in coros))


async def first_of(*coros):
    tasks = [asyncio.ensure_future(coro) for coro in coros]
    done, pending = await asyncio.wait(tasks)
    return sorted(task.result() for task in done)[0] + len(pending)


def in_order(*functions):
    async def call(x):
        for function in functions:
            x = await function(x)
        return x

    return call


class Cached:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function
        self.known = {}

    async def __call__(self, x):
        if x not in self.known:
            self.known[x] = await self.function(x)
        return self.known[x]


async def exceptions(*errors):
    raise ExceptionGroup("several", list(errors))


async def send(stream, items):
    async with stream:
        for item in items:
            await stream.send(item)


async def receive(stream):
    async with stream:
        return [item async for item in stream]
"""

_WORDS = re.compile(r"[A-Za-z_]\w*")
_DEFINED = re.compile(r"^(?:async def|def|class) (\w+)|^(\w+) =", re.MULTILINE)


def _name(piece: str) -> str:
    found = _DEFINED.search(piece)
    assert found is not None
    return found[1] or found[2]


_PIECES = {_name(piece): piece.strip("\n") for piece in _LIBRARY.strip().split("\n\n\n")}


def prelude(text: str) -> str:
    """The imports and helpers that ``text`` uses, and the log."""
    needed: dict[str, None] = {}
    todo = [text]
    while todo:
        for word in _WORDS.findall(todo.pop()):
            if word in _PIECES and word not in needed:
                needed[word] = None
                todo.append(_PIECES[word])
    pieces = [piece for name, piece in _PIECES.items() if name in needed]
    words = set(_WORDS.findall("\n".join([text, *pieces])))
    imports = [f"import {module}" for module in _MODULES if module.partition(".")[0] in words]
    return "\n\n\n".join(["\n".join([*imports, "", "log = []"]), *pieces])
