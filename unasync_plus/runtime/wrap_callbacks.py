"""Functions that cross the bridge: the user's, for async callers.

What a user hands in is called on the loop, and must not block it, when async code wants the result at once; in a thread
when async code awaits the result or does not look at it. Which of these it is stands in the source, so the generator says
it (`Facade.as_async`, `Facade.as_event`); a callback of which nobody knows is called at once.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from functools import partial
from types import CoroutineType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from .wrap_annotations import retype
from .wrap_functions import async_side, crossed
from .wrap_inspect import static_attribute
from .wrap_kept import kept, kept_for_object, kept_method
from .wrap_lead import following
from .wrap_meant import called_plainly
from .wrap_threads import InOrder, in_thread

if TYPE_CHECKING:
    from .wrap_translation import Translation


Make = Callable[["Translation", Any, int], Any]
"""Makes a callback of a function; the last argument is how many of the first arguments are handed on as they are."""


def original(function: Any) -> Any:
    """The user's function behind a callback; None if ``function`` is none of ours.

    What async code has made of a callback with `functools.wraps` has its attributes, but does more than the callback.
    """
    side: tuple[int, Any] = getattr(function, "_sync_side_", (0, None))
    callback, found = side
    if type(function) is MethodType:
        return MethodType(found, function.__self__) if callback == id(function.__func__) else None
    return found if callback == id(function) else None


def marked(translation: Translation, callback: Any, function: Any) -> Any:
    """The user's ``function``, with what the async side has set on the ``callback`` made of it, as decorators do."""
    if type(callback) is FunctionType and type(function) is FunctionType:
        for name, value in callback.__dict__.items():
            if name not in _OURS and name not in function.__dict__:
                function.__dict__[name] = translation.to_sync(value)
    return function


_OURS = frozenset(("__wrapped__", "_calls_", "_made_for_bridges_", "_sync_side_"))


def _callback(translation: Translation, function: Any, how: str, make: Make) -> Any:
    """What stands for ``function`` on the async side, always the same as long as that lives; a method for a method."""
    if original(function) is not None:
        return function
    package = translation.package
    if kept_method(function):
        owner, function = function.__self__, function.__func__
        key = (package, id(function), how)
        return MethodType(kept_for_object(owner, key, lambda: _made(translation, function, make, 1)), owner)
    key = (package, id(getattr(function, "__func__", None)), how)
    owner = getattr(function, "__self__", None) if type(function) is MethodType else function
    return kept(owner, key, lambda: _made(translation, function, make, 0))


def _made(translation: Translation, function: Any, make: Make, passed: int) -> Any:
    found = make(translation, function, passed)
    try:
        functools.update_wrapper(found, function)
    except (AttributeError, TypeError):  # a callable object with odd attributes
        found.__wrapped__ = function
    retype(translation, found, function)
    found._sync_side_ = id(found), function
    return found


def simple_callback(translation: Translation, function: Any) -> Any:
    """A callback for async code of which nobody knows what it does with the result."""
    own = async_side(translation, function)
    if own is not None:
        return own
    if inspect.isasyncgenfunction(function):
        return _callback(translation, function, "stream", _async_stream)
    if _is_coroutine_function(function):
        return _callback(translation, function, "coroutine", _coroutine)
    return _callback(translation, function, "plain", _plain)


def _is_coroutine_function(function: Any) -> bool:
    """Whether it is ``async def``, or an object of which ``__call__`` is."""
    call = None if isinstance(function, _FUNCTIONS) else static_attribute(type(function), "__call__")
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call)


_FUNCTIONS: tuple[type, ...] = (FunctionType, MethodType, partial)


def awaited_callback(translation: Translation, function: Any) -> Any:
    """A callback whose result async code awaits."""
    own = async_side(translation, function)
    if own is not None and inspect.iscoroutinefunction(own):
        return own
    if _is_coroutine_function(function):
        return simple_callback(translation, function)
    return _callback(translation, function, "awaited", _awaited)


def event_callback(translation: Translation, function: Any) -> tuple[Any, InOrder | None]:
    """A callback whose result nobody looks at, and its queue."""
    if inspect.iscoroutinefunction(function):
        return simple_callback(translation, function), None
    made = _callback(translation, function, "event", _event)
    return made, getattr(made, "_calls_", None)


def led_callback(translation: Translation, function: Any, kind: str) -> Any:
    """A callback that async code iterates over or enters; ``kind`` as in `async_kind`."""
    if inspect.isasyncgenfunction(inspect.unwrap(function)):
        return simple_callback(translation, function)
    return _callback(translation, function, kind, partial(following, kind))


def maker_callback(translation: Translation, function: Any, is_awaited: bool = False) -> Any:
    """A callback that gives functions whose results async code awaits."""

    def give(*args: Any, **kwargs: Any) -> Any:
        made = function(*args, **kwargs)
        return awaited_callback(translation, made) if callable(made) else made

    if inspect.iscoroutinefunction(function):
        return _callback(translation, function, "coroutine maker", _coroutine_maker)
    how, make = ("awaited maker", _awaited) if is_awaited else ("maker", _plain)
    return _callback(translation, function, how, lambda through, _, passed: make(through, give, passed))


def _coroutine_maker(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = crossed(translation.aio, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        made = await function(*args, **kwargs)
        return awaited_callback(translation, made) if callable(made) else translation.to_async(made)

    return callback


def _plain(translation: Translation, function: Any, passed: int) -> Any:
    is_auto = translation.package.interface == "auto"

    def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = crossed(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        result = called_plainly(function, args, kwargs) if is_auto else function(*args, **kwargs)
        return _translated(translation, result) if type(result) is CoroutineType else translation.to_async(result)

    return callback


async def _translated(translation: Translation, coroutine: Any) -> Any:
    return translation.to_async(await coroutine)


def _coroutine(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = crossed(translation.aio, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        return translation.to_async(await function(*args, **kwargs))

    return callback


def _async_stream(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = crossed(translation.aio, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        async for item in function(*args, **kwargs):
            yield translation.to_async(item)

    return callback


def _awaited(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = crossed(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        result = await in_thread(function, *args, **kwargs)
        if inspect.isawaitable(result) and not isinstance(result, translation.package.wrapper_class):
            result = await result
        return translation.to_async(result)

    return callback


def _event(translation: Translation, function: Any, passed: int) -> Any:
    calls = InOrder()

    def callback(*args: Any, **kwargs: Any) -> None:
        args, kwargs = crossed(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        calls.add(function, *args, **kwargs)

    callback._calls_ = calls  # type: ignore[attr-defined]  # read back by `event_callback`
    return callback
