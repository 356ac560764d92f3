"""Calls with more around them: retries, hooks, and async callers."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from types import CoroutineType

from ._again import recipe
from ._context import correlation, export
from ._correlation import identified, stamp
from ._naming import name_of
from ._stepping import OURS, awaited

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any

    from .bridge import Bridge

    _Wrap = Callable[[Any], Awaitable[Any]]


async def _invoke(function: Any) -> Any:
    return await function()


OURS.add(_invoke.__code__)


def is_async_function(hook: object) -> bool:
    from inspect import iscoroutinefunction

    return iscoroutinefunction(hook) or iscoroutinefunction(type(hook).__call__)


def _same(work: Any) -> Any:
    return work


def _works(bridge: Bridge, work: Any, wrap: _Wrap = _same) -> Iterator[Awaitable[Any]]:
    """The same call again and again."""
    if callable(work):
        while True:
            coroutine: Any = _invoke(work)
            coroutine.__qualname__ = getattr(work, "__qualname__", None) or type(work).__qualname__
            yield wrap(coroutine)
    is_repeated = bridge.options.retry is not None or bridge.options.around is not None
    make = _recipe(bridge, work) if is_repeated else None
    if not isinstance(work, CoroutineType):
        work = awaited(work)
    yield wrap(work)
    while make is not None:
        yield wrap(make())


def _recipe(bridge: Bridge, work: Any) -> Callable[[], Any]:
    """How to make it again: looked up now, while the coroutine has not begun."""
    try:
        return recipe(work)
    except TypeError as error:
        if bridge.options.retry is not None:
            raise
        message = str(error)  # a hook that calls it once needs none

    def refuse() -> Any:
        raise TypeError(message)

    return refuse


def run_managed(bridge: Bridge, work: Any, wrap: _Wrap = _same) -> Any:
    """One logical call through a bridge with a retry or a hook, or of a function."""
    retry, around, name = bridge.options.retry, bridge.options.around, name_of(work)
    once, works = bridge.with_options(retry=None, around=None), _works(bridge, work, wrap)
    with identified(bridge.options.correlation_id):
        if around is not None and is_async_function(around):
            try:
                return once.with_options(timeout=None).run(around(partial(_attempts, bridge, works), name))
            finally:
                _discard(work)

        def call() -> Any:
            return once.run(next(works))

        attempts = call if retry is None else partial(retry.call, call)
        if around is None:
            return attempts()
        try:
            return around(attempts, name)
        finally:
            _discard(work)


def _discard(work: Any) -> None:
    """If the hook has refused to call it."""
    from inspect import CORO_CREATED, getcoroutinestate

    if isinstance(work, CoroutineType) and getcoroutinestate(work) == CORO_CREATED:
        work.close()


async def run_async(bridge: Bridge, work: Any) -> Any:
    """One logical call by an async caller."""
    around, works = bridge.options.around, _works(bridge, work)
    if around is None and bridge.options.retry is None:
        return await _attempt(bridge, next(works))
    with identified(bridge.options.correlation_id):
        if around is None:
            return await _attempts(bridge, works)
        if not is_async_function(around):
            return await _in_thread(bridge, work)
        once = bridge.with_options(retry=None, around=None, timeout=None)
        try:
            return await _attempt(once, around(partial(_attempts, bridge, works), name_of(work)))
        finally:
            _discard(work)


async def _attempts(bridge: Bridge, works: Iterator[Awaitable[Any]]) -> Any:
    retry = bridge.options.retry
    if retry is None:
        return await _attempt(bridge, next(works))
    return await retry.call_async(lambda: _attempt(bridge, next(works)), bridge._loop().sleep)


async def _attempt(bridge: Bridge, work: Awaitable[Any]) -> Any:
    if bridge._bare and bridge.is_inside():
        return await work
    shared = bridge._loop()
    call = shared.Call(shared, work, bridge._terms(shared))
    await shared.wait(call)
    if call.context:
        export(call.context)
    error = call.error
    if error is None:
        return call.value
    stamp(error, call.identity or correlation.get())
    try:
        raise error
    finally:  # its traceback refers to this frame, and to that of the task: no cycle
        call.error = None
        del error, call


async def _in_thread(bridge: Bridge, work: Awaitable[Any]) -> Any:
    """With a hook that is no async function: it blocks while the call lasts, so both get a thread."""
    tasks: list[Any] = []
    context = copy_context()

    async def watched(attempt: Awaitable[Any]) -> Any:
        from asyncio import current_task

        tasks.append(current_task())
        return await attempt

    def cancel() -> None:
        for task in tasks:
            task.get_loop().call_soon_threadsafe(task.cancel)

    try:
        return await bridge._loop().to_thread(partial(context.run, run_managed, bridge, work, watched), cancel)
    finally:
        export(context)
