"""One call from the sync side to the async side: in, across, and out again."""

from __future__ import annotations

from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, unwrap
from types import CoroutineType, FunctionType
from typing import TYPE_CHECKING, Any
from warnings import warn
from weakref import WeakKeyDictionary

from .wrap_defaults import without_defaults
from .wrap_hints import with_hint
from .wrap_inspect import is_async_function, is_promise
from .wrap_meant import DIRECT, HERE, NOW, RUN, is_auto_aio
from .wrap_threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .bridge import Bridge
    from .wrap_threads import InOrder
    from .wrap_translation import Translation


def perform(translation: Translation, how: str, function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Call ``function`` of the async side with arguments of the sync side."""
    meant = HERE.pending
    is_aio = is_auto_aio(translation, how)
    if meant is not None:
        HERE.pending = None
        is_aio = is_aio or meant.is_aio
        translation = meant.translation or translation
    events, HERE.events = HERE.events, None
    args, kwargs = translation.arguments(args, kwargs)
    if is_aio:
        made = _for_async_caller(translation, how, function, args, kwargs, events or ())
        if meant is not None:
            meant.made = made
        return made
    try:
        if events is None:
            return _for_sync_caller(translation, how, function, args, kwargs)
        return _with_events(events, translation, how, function, args, kwargs)
    except TypeError as error:
        with_hint(error)
        raise


def _with_events(events: Sequence[InOrder], *call: Any) -> Any:
    """The same, for a call that has told callbacks, which are waited for."""
    try:
        value = _for_sync_caller(*call)
        for calls in events:
            calls.wait()
        return value
    finally:
        for calls in events:
            calls.is_attended = False


def _for_sync_caller(translation: Translation, how: str, function: Any, args: Any, kwargs: Any) -> Any:
    if how is RUN:
        return translation.to_sync(ran(translation, function(*args, **kwargs)))
    if how is DIRECT:
        return translation.to_sync(function(*args, **kwargs))
    return translation.to_sync(on_loop(translation, how, function, args, kwargs))


def ran(translation: Translation, made: Any) -> Any:
    """What an async function comes to, ``made`` being what calling it gives; what cannot be awaited comes as it is."""
    if type(made) is CoroutineType:
        return translation.bridge.run(made)
    return translation.bridge.run(_awaited(made)) if hasattr(made, "__await__") else made


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


def on_loop(translation: Translation, how: str, function: Any, args: Any, kwargs: Any) -> Any:
    """What ``function`` gives when called on the loop; a coroutine is run there to its end."""
    if translation.bridge.is_inside():
        return function(*args, **kwargs)
    bridge = translation.quiet if how is NOW else way_to(translation, function)
    return bridge.run(calling(function, args, kwargs, how is not NOW))


def way_to(translation: Translation, function: Any) -> Bridge:
    """The bridge to call ``function`` through: one that is not async takes no time, so a thread with a loop may wait."""
    plain = getattr(function, "__func__", function)
    is_async = type(plain) is FunctionType and _is_async_inside(plain)
    return translation.bridge if is_async else translation.blocking


def _is_async_inside(function: FunctionType) -> bool:
    """Whether it is an async function, or decorators stand around one."""
    if not function.__dict__:
        return bool(function.__code__.co_flags & _ASYNC)
    found = _decorated.get(function)
    if found is None:
        found = _decorated[function] = is_async_function(unwrap(function))
    return found


_ASYNC = CO_COROUTINE | CO_ASYNC_GENERATOR
_decorated: WeakKeyDictionary[FunctionType, bool] = WeakKeyDictionary()
"""What is known of functions with attributes; held weakly, as what their closures hold is."""


def calling(function: Any, args: Any, kwargs: Any, is_call: bool = True) -> Any:
    """A coroutine that calls ``function`` where it runs; errors and hooks speak of the function.

    ``is_call`` says that the caller has called something, and waits for what that promises.
    """
    args, kwargs = without_defaults(function, args, kwargs)
    return _named_after(function, _called(function, args, kwargs, is_call))


def _named_after(function: Any, coroutine: Any) -> Any:
    name = getattr(function, "__qualname__", None)
    if isinstance(name, str):
        coroutine.__qualname__ = name
    return coroutine


async def _called(function: Any, args: Any, kwargs: Any, is_call: bool) -> Any:
    """Calls ``function`` where this runs."""
    result = function(*args, **kwargs)
    return await result if _is_due(function, result, is_call) else result


def _is_due(function: Any, result: Any, is_call: bool) -> bool:
    """Whether ``result`` has to be awaited; what a decorator makes of an async function stands for its coroutine."""
    if type(result) is CoroutineType:
        return True
    if not hasattr(result, "__await__"):
        return False
    return is_async_function(unwrap(function)) or (is_call and is_promise(function, result))


def _for_async_caller(
    translation: Translation, how: str, function: Any, args: Any, kwargs: Any, events: Sequence[InOrder]
) -> Any:
    translation = translation.aio
    if how is RUN:
        made = function(*args, **kwargs)
        if not hasattr(made, "__await__"):
            return translation.to_sync(made)
        return finished(translation, function, made if type(made) is CoroutineType else _awaited(made), events)
    return Later(translation, how, function, args, kwargs)


def finished(translation: Translation, function: Any, coroutine: Any, events: Sequence[InOrder] = ()) -> Any:
    """What an async caller awaits for what ``coroutine`` comes to, called as ``function`` is."""
    return _named_after(function, _finished(translation, coroutine, events))


async def _finished(translation: Translation, coroutine: Any, events: Sequence[InOrder]) -> Any:
    try:
        value = translation.to_sync(await translation.bridge.aio(coroutine))
        for calls in events:
            await in_thread(calls.wait)
        return value
    except TypeError as error:
        with_hint(error)
        raise
    finally:
        for calls in events:
            calls.is_attended = False


class Later:
    """What a function that is not async gives to an async caller: to await, to iterate over, or to enter."""

    _is_used = True  # until it is made

    def __init__(self, translation: Translation, how: str, function: Any, args: Any, kwargs: Any) -> None:
        self._call = (function, args, kwargs)
        self._translation = translation
        self._how = how
        self._entered: Any = None
        self._items: Any = None
        self._is_used = False

    def __del__(self) -> None:
        """Who forgets it, which sync code does not know, is told as of a coroutine."""
        if not self._is_used:
            name = getattr(self._call[0], "__qualname__", "this")
            text = f"{name!r} has not been called: what it gave in a running loop was never awaited, iterated over or entered"
            warn(text, RuntimeWarning, stacklevel=2, source=self)

    async def _result(self, is_awaited: bool = False) -> Any:
        if self._how is DIRECT:
            function, args, kwargs = self._call
            return self._translation.to_sync(await in_thread(function, *args, **kwargs))
        made = await self._translation.bridge.aio(calling(*self._call))
        if is_awaited and self._translation.package.interface == "auto" and hasattr(made, "__await__"):
            made = await self._translation.bridge.aio(_awaited(made))  # as it would be by async callers of the source
        return self._translation.to_sync(made)

    def __await__(self) -> Any:
        self._is_used = True
        return self._result(True).__await__()

    def __aiter__(self) -> Any:
        return self

    def _stream(self) -> Any:
        self._is_used = True
        if self._items is None:
            self._items = _relay(self._result())
        return self._items

    def __anext__(self) -> Any:
        return self._stream().__anext__()

    def asend(self, value: Any) -> Any:
        """Into an async generator."""
        return self._stream().asend(value)

    def athrow(self, *error: Any) -> Any:
        """Into an async generator."""
        return self._stream().athrow(*error)

    def aclose(self) -> Any:
        """End an async generator."""
        return self._stream().aclose()

    async def __aenter__(self) -> Any:
        self._is_used = True
        self._entered = await self._result()
        return await self._entered.__aenter__()

    async def __aexit__(self, *details: Any) -> Any:
        return await self._entered.__aexit__(*details)


async def _relay(made: Any) -> Any:
    """The items of the async iterator that ``made`` gives; what is sent or thrown goes on to it."""
    items = aiter_of(await made)
    send, throw, close = (_for_async_callers(items, name) for name in ("asend", "athrow", "aclose"))
    try:
        item = await items.__anext__()
        while True:
            try:
                sent = yield item
            except GeneratorExit:
                raise
            except BaseException as error:
                if throw is None:
                    raise
                item = await throw(error)
            else:
                item = await (items.__anext__() if sent is None or send is None else send(sent))
    except StopAsyncIteration:
        return
    finally:
        if close is not None:
            await close()


def _for_async_callers(items: Any, name: str) -> Any:
    """A method of an async iterator; wrappers have it for sync callers too."""
    method = getattr(items, name, None)
    return getattr(method, "aio", method)


def aiter_of(items: Any) -> Any:
    """`aiter`, which Python 3.9 does not have."""
    return type(items).__aiter__(items)
