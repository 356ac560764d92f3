"""Ctrl-C between any two lines of the runtime, one after the other, in steps that do not wait: nothing is left undone.

It is raised where a signal would be: not in lines that have SIGINT trapped.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import warnings
from pathlib import Path

from case import DRIVE, bridge, skip, until

if DRIVE not in ("caller", "thread"):
    skip("about our own runtime")
warnings.simplefilter("ignore", RuntimeWarning)  # of what was interrupted before it was handed over
logging.disable(logging.CRITICAL)
sys.unraisablehook = lambda unraisable: None  # Ctrl-C in a finalizer
RUNTIME = str(Path(__file__).parents[2] / "unasync_plus" / "runtime")


async def call():
    return 1


limited = bridge.with_options(timeout=60, correlation_id=True)
opened = 0


async def numbers():
    global opened
    opened += 1
    try:
        yield 2
        yield 3
    finally:
        opened -= 1


@contextlib.asynccontextmanager
async def block():
    global opened
    opened += 1
    try:
        yield 4
    finally:
        opened -= 1


@contextlib.asynccontextmanager
async def opened_slowly():
    await asyncio.sleep(0)
    async with block() as four:
        yield four


def calls():
    assert bridge.run(call()) == 1


def limited_calls():
    assert limited.run(call()) == 1


def items():
    for number in bridge.iterate(numbers()):
        assert number in (2, 3)


def blocks():
    with bridge.enter(block()) as four:
        assert four == 4


def slow_blocks():
    with bridge.enter(opened_slowly()) as four:
        assert four == 4


def interrupted(job, nth):
    """Raise it in the nth line of the runtime. False if there are not so many."""
    lines = 0

    def trace(frame, event, _):
        nonlocal lines
        if not frame.f_code.co_filename.startswith(RUNTIME):
            return None
        if event == "line" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            lines += 1
            if lines == nth:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        job()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return lines >= nth  # it was raised in a finalizer


async def others():
    return asyncio.all_tasks() - {asyncio.current_task()}


counts = []
for job in (calls, limited_calls, items, blocks, slow_blocks):
    for _ in range(5):
        job()  # now it is known to be calm
    nth = 1
    while interrupted(job, nth):
        assert asyncio._get_running_loop() is None, (job, nth)
        assert tuple(sys.get_asyncgen_hooks()) == (None, None), (job, nth)
        until(lambda: opened == 0)
        job()
        nth += 1
    counts.append(nth)
    until(lambda: not bridge.run(others()))
    shared = bridge._shared
    until(lambda shared=shared: not (shared.sessions or shared.waiters or shared.externals))
assert min(counts) > 20, counts
print("ok")
