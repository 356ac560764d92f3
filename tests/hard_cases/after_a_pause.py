"""Whether a step follows another at once, or after a pause in which the background drives the loop, or comes from another
thread: a generator does what it does under asyncio, in one task and one context. Random programs, compared with asyncio.
"""

import asyncio
import gc
import random
import threading
import time
from contextvars import ContextVar
from types import FunctionType

from case import bridge

variable: ContextVar[int] = ContextVar("variable", default=0)
PAUSE = 0.006  # seconds: by then the background drives


async def numbers(log, plan):
    task = asyncio.current_task()
    received = None
    try:
        for number, what in enumerate(plan):
            log.append((number, received, variable.get(), asyncio.current_task() is task, task in asyncio.all_tasks()))
            if what == "suspend":
                await asyncio.sleep(0)
            elif what == "sleep":
                await asyncio.sleep(0.001)
            elif what == "set":
                variable.set(variable.get() + 100)
            elif what == "fail":
                raise KeyError(number)
            elif what == "children":
                log.append(await asyncio.gather(asyncio.sleep(0, "a"), asyncio.sleep(0, "b")))
            try:
                received = yield number
            except ValueError as error:
                received = str(error)
    finally:
        log.append(("left", variable.get(), asyncio.current_task() is task))
        if "sleep" in plan:
            await asyncio.sleep(0)
            log.append("slept")


# Code that never suspends goes another way than code that has been seen to: so this is the same, with a code object of its own.
steady = FunctionType(numbers.__code__.replace(co_name="steady"), globals())


def program(seed):
    chance = random.Random(seed)
    things = ["go", "go", "go", "suspend", "sleep", "set", "children"]
    plan = [chance.choice(things) for _ in range(chance.randint(0, 6))] + chance.choice([[], [], ["fail"]])
    generator = numbers
    if seed % 2:
        plan = [what if what in ("set", "fail") else "go" for what in plan]
        generator = steady
    steps = []
    for _ in range(chance.randint(1, 9)):
        step = chance.choice(["next", "next", "next", "send", "throw", "close", "set"])
        how = chance.choice(["at once", "at once", "pause", "thread", "thread after a pause"])
        steps.append((step, how))
    return generator, plan, steps


async def expected(generator, plan, steps):
    log, out = [], []
    items = generator(log, plan)
    for index, (step, _) in enumerate(steps):
        try:
            if step == "next":
                out.append(await items.__anext__())
            elif step == "send":
                out.append(await items.asend(index if log else None))
            elif step == "throw":
                out.append(await items.athrow(ValueError(str(index))))
            elif step == "set":
                variable.set(variable.get() + 1)
            else:
                break
        except StopAsyncIteration:
            out.append("end")
            break
        except Exception as error:
            out.append(repr(error))
            break
    await items.aclose()
    return log, out, variable.get()


def happens(generator, plan, steps):
    log, out = [], []
    items = bridge.iterate(generator(log, plan))

    def take(index, step):
        try:
            if step == "next":
                out.append(next(items))
            elif step == "send":
                out.append(items.send(index if log else None))
            elif step == "throw":
                out.append(items.throw(ValueError(str(index))))
            else:
                items.close()
        except StopIteration:
            out.append("end")
        except Exception as error:
            out.append(repr(error))

    for index, (step, how) in enumerate(steps):
        if "pause" in how:
            time.sleep(PAUSE)
        if step == "set":
            variable.set(variable.get() + 1)
        elif "thread" in how and not sets(plan, steps):  # a thread has a context of its own
            thread = threading.Thread(target=take, args=(index, step))
            thread.start()
            thread.join()
        else:
            take(index, step)
        if step == "close" or (out and not isinstance(out[-1], int)):
            break  # it has ended
    if len(steps) % 2:
        items.close()
    else:
        del items
        gc.collect()
    return log, out, variable.get()


def sets(plan, steps):
    return "set" in plan or any(step == "set" for step, _ in steps)


def compare(seed):
    what = program(seed)
    variable.set(0)
    right = asyncio.run(expected(*what))
    variable.set(0)
    got = happens(*what)
    assert got == right, (seed, what, got, right)


for seed in range(200):
    compare(seed)
print("ok")
