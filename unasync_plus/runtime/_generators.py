"""Async generators as generators, for callers who wait; and as async generators, for callers on another loop."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial

from ._calls import is_async_function
from ._context import export
from ._guard import Guard
from ._naming import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from typing import Any

    from ._session import Session
    from ._step import _Make
    from .bridge import Bridge

END: Any = object()  # what a hook sees at the end of a generator


def iterate(bridge: Bridge, source: Any) -> Generator[Any, Any, None]:
    steps = source if hasattr(source, "asend") else _items(source)
    session = bridge._loop().Session(bridge, source, steps.athrow, steps.aclose)
    take, anext = taker(bridge, session), steps.__anext__
    guard = Guard()  # lives as long as this frame
    guard.watch(session)
    try:
        item = take(anext)
        while item is not END:
            try:
                sent = yield item
            except GeneratorExit:
                raise
            except BaseException as error:
                item = take(steps.athrow, (error,))
            else:
                item = take(anext) if sent is None else take(steps.asend, (sent,))
    except StopAsyncIteration:
        return
    finally:
        session.leave()


async def stream(bridge: Bridge, source: Any) -> AsyncGenerator[Any, Any]:
    steps = source if hasattr(source, "asend") else _items(source)
    session = bridge._loop().Session(bridge, source, steps.athrow, steps.aclose)
    take, anext = _async_taker(bridge, session), steps.__anext__
    try:
        item = await take(anext)
        while item is not END:
            try:
                sent = yield item
            except GeneratorExit:
                raise
            except BaseException as error:
                item = await take(steps.athrow, (error,))
            else:
                item = await (take(anext) if sent is None else take(steps.asend, (sent,)))
    except StopAsyncIteration:
        return
    finally:
        await session.leave_async()


async def _items(source: Any) -> AsyncGenerator[Any, None]:
    async for item in source:
        yield item


async def _or_end(make: _Make, args: tuple[Any, ...]) -> Any:
    try:
        return await make(*args)
    except StopAsyncIteration:
        return END


def taker(bridge: Bridge, session: Session) -> Callable[..., Any]:
    """How to take steps of `session`: directly, or through the hook of `bridge`."""
    hook, name = bridge.options.around, ""
    if hook is None:
        return session.take
    name = name_of(session.source)
    if is_async_function(hook):
        return lambda make, args=(), final=False: session.take(hook, (partial(_or_end, make, args), name), final)
    return lambda make, args=(), final=False: hook(partial(session.take, _or_end, (make, args), final), name)


def _async_taker(bridge: Bridge, session: Session) -> Callable[..., Awaitable[Any]]:
    hook = bridge.options.around
    if hook is None:
        return session.take_async
    if is_async_function(hook):
        name = name_of(session.source)
        return lambda make, args=(): session.take_async(hook, (partial(_or_end, make, args), name))
    take = taker(bridge, session)

    async def take_in_thread(make: _Make, args: tuple[Any, ...] = ()) -> Any:
        """With a hook that blocks: it gets a thread for as long as the step takes."""
        context = copy_context()
        try:
            job = partial(context.run, take, make, args)
            return await session.shared.to_thread(job, session.cancel_from_outside)
        finally:
            export(context)

    return take_in_thread
