"""Runs an async original under asyncio and its sync counterpart on the thread runtime, and compares what they did."""

from __future__ import annotations

import asyncio
import builtins
import gc
import threading
import time
from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

from unasync_plus.runtime.tasks import Task

Log = Callable[[object], None]

newest: Any = asyncio
"""For what the oldest Python has not; a test that needs it says so to `assert_same`."""


def in_asyncio(original: Callable[[Log], Coroutine[Any, Any, object]], log: Log) -> object:
    return asyncio.run(original(log))


def group_of(*errors: BaseException) -> BaseException:
    """What a task group raises for them, where nobody has installed the backport of exception groups."""
    try:
        module: Any = builtins if hasattr(builtins, "BaseExceptionGroup") else import_module("exceptiongroup")
    except ImportError:
        return errors[0]
    group: BaseException = module.BaseExceptionGroup("unhandled errors in a TaskGroup", errors)
    return group


def outcome(run: Callable[[Log], object]) -> tuple[list[object], object]:
    """What it logged, and what it returned or raised."""
    log: list[object] = []
    try:
        return log, run(log.append)
    except BaseException as error:
        return log, error


def described(value: object) -> object:
    """An exception in words that are the same on both sides; anything else as it is."""
    if isinstance(value, BaseException):
        name, args = type(value).__name__, value.args
        if name == "CancelledError":
            args = tuple(filter(None, args))  # with an empty message before Python 3.11
        parts = getattr(value, "exceptions", None)
        return (name, *args) if parts is None else (name, sorted(map(described, parts), key=str))
    if isinstance(value, (list, tuple)):
        return [described(part) for part in value]
    return value


def assert_same(
    original: Callable[[Log], Coroutine[Any, Any, object]],
    converted: Callable[[Log], object],
    *,
    log: list[object],
    result: object = None,
    runs: bool = True,
    run: Callable[[Any, Log], object] = in_asyncio,
    any_order: bool = False,
) -> None:
    """Both sides log and return, or raise, exactly this.

    ``runs``: whether this Python has what the original uses, as ``run`` needs it.
    """
    threads = threading.active_count()
    sides = [outcome(converted)]  # first, so that nothing of asyncio's is around yet
    gc.collect()
    for _ in range(1000):  # what a failed gather leaves behind ends by itself
        if threading.active_count() > threads:
            time.sleep(0.001)
    assert threading.active_count() <= threads, "a thread was left behind"
    if runs:
        sides.append(outcome(lambda log: run(original, log)))
    expected = (in_order(log) if any_order else log, described(result))
    for logged, returned in sides:
        did = (in_order(logged) if any_order else logged, described(returned))
        assert did == expected, f"{did} instead of {expected}"


def in_order(log: list[object]) -> list[object]:
    return sorted(log, key=str)


def until_waiting(*tasks: Task[Any]) -> None:
    """Until each of these tasks is in a wait of the runtime, where a cancellation reaches it at once."""
    for task in tasks:
        while not task._scope._waiters:
            assert not task.done()
            time.sleep(0.001)
