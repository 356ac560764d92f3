"""Iteration, context managers and awaiting, for classes whose source does not spell them out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from .wrap_calls import perform
from .wrap_context import Entered, enter, enter_aio, leave, leave_aio
from .wrap_inspect import is_async_function
from .wrap_meant import CALL, NOW, RUN
from .wrap_owner import owner_of


def entered_by(self: Any) -> Entered:
    """The blocks that the object is in; kept per wrapper."""
    if self._entered_ is None:
        object.__setattr__(self, "_entered_", Entered())
    return self._entered_  # type: ignore[no-any-return]  # the slot of every wrapper


def enter_block(self: Any) -> Any:
    """`__enter__` by `__aenter__`."""
    return enter(self._translation_, entered_by(self), owner_of(self))


def leave_block(self: Any, *details: Any) -> Any:
    """`__exit__` by `__aexit__`."""
    return leave(entered_by(self), details)


def iterate(self: Any) -> Any:
    """`__iter__` by `__aiter__`."""
    return perform(self._translation_, NOW, owner_of(self).__aiter__, (), {})


def next_item(self: Any) -> Any:
    """`__next__` by `__anext__`."""
    try:
        return perform(self._translation_, RUN, owner_of(self).__anext__, (), {})
    except StopAsyncIteration as end:
        raise StopIteration from end


def decorate(self: Any, function: Any) -> Any:
    """`__call__` of a context manager that is a decorator: every call of a sync ``function`` is a block of its own."""
    owner = owner_of(self)
    if is_async_function(function):
        return perform(self._translation_, CALL, owner.__call__, (function,), {})
    another = getattr(owner, "_recreate_cm", lambda: owner)

    @wraps(function)
    def inner(*args: Any, **kwargs: Any) -> Any:
        with self._translation_.to_sync(another()):
            return function(*args, **kwargs)

    return inner


def result(self: Any, timeout: float | None = None) -> Any:
    """What awaiting the async object gives; `TimeoutError` if that takes longer than ``timeout`` seconds.

    A future is to hold, and can be asked again thereafter; the work of anything else is cancelled then.
    """
    if timeout is None:
        return self._translation_.to_sync(self._translation_.bridge.run(_awaited(owner_of(self))))
    translation = self._translation_.with_options({"timeout": timeout})
    is_future = hasattr(type(self._async_), "_asyncio_future_blocking")
    awaited = _left_alone(self._async_) if is_future else _awaited(owner_of(self))
    return translation.to_sync(translation.bridge.run(awaited))


async def _awaited(owner: Any) -> Any:
    return await _Awaitable(owner.__await__)


async def _left_alone(future: Any) -> Any:
    """What a future comes to; it does not hear of it if nobody waits any more."""
    if not future.done():
        from asyncio import wait

        await wait((future,))
    return future.result()


class _Awaitable:
    """Awaits by one method, which may be a base class's."""

    def __init__(self, method: Callable[[], Any]) -> None:
        self._method = method

    def __await__(self) -> Any:
        return self._method()


async def enter_block_aio(self: Any) -> Any:
    """`__aenter__` for callers with a loop of their own."""
    return await enter_aio(self._translation_, entered_by(self), owner_of(self))


async def leave_block_aio(self: Any, *details: Any) -> bool:
    """`__aexit__` for callers with a loop of their own."""
    return await leave_aio(entered_by(self), details)


def iterate_aio(self: Any) -> Any:
    """`__aiter__` for callers with a loop of their own."""
    return perform(self._translation_.aio, NOW, owner_of(self).__aiter__, (), {})


async def next_item_aio(self: Any) -> Any:
    """`__anext__` for callers with a loop of their own."""
    translation = self._translation_.aio
    return translation.to_sync(await translation.bridge.aio(owner_of(self).__anext__()))


def await_aio(self: Any) -> Any:
    """`__await__` for callers with a loop of their own."""
    return _result_aio(self).__await__()


async def _result_aio(self: Any) -> Any:
    translation = self._translation_.aio
    return translation.to_sync(await translation.bridge.aio(_awaited(owner_of(self))))


def await_nothing(self: Any) -> Any:
    """`__await__` of an object that is already there: with the interface "auto" everything can be awaited."""
    yield from ()
    return self


SYNC_FACES = {
    "__enter__": ("__aenter__", enter_block),
    "__exit__": ("__aexit__", leave_block),
    "__iter__": ("__aiter__", iterate),
    "__next__": ("__anext__", next_item),
    "result": ("__await__", result),
}
"""Sync method → the async one that it needs, and itself."""

ASYNC_FACES = {
    "__aenter__": enter_block_aio,
    "__aexit__": leave_block_aio,
    "__aiter__": iterate_aio,
    "__anext__": next_item_aio,
    "__await__": await_aio,
}
"""What classes have besides when callers may be async."""
