"""Functions that cross the bridge: the async side's for sync callers, and the user's sync ones for async callers.

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
from .wrap_calls import perform
from .wrap_inspect import static_attribute
from .wrap_interface import Dual, DualMethod
from .wrap_kept import kept, kept_for_object, kept_method
from .wrap_lead import following
from .wrap_meant import CALL, Pending, call_meant, called_plainly
from .wrap_threads import InOrder, in_thread

if TYPE_CHECKING:
    from .wrap_translation import Translation


class SyncFunction:
    """A function, method or closure of the async side, to be called from sync code."""

    __wrapped__: Any

    def __init__(self, translation: Translation, function: Any) -> None:
        functools.update_wrapper(self, function, updated=())
        self._translation_ = translation
        self._generated_ = _generated(translation, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._generated_ is not None:
            return self._generated_(*args, **kwargs)
        return perform(self._translation_, CALL, self.__wrapped__, args, kwargs)

    def aio(self, *args: Any, **kwargs: Any) -> Any:
        """The same for async callers: something to await, to iterate over or to enter, whatever the function gives."""
        return call_meant(Pending(True), self, args, kwargs)

    def with_options(self, **options: Any) -> SyncFunction:
        """The same function through a bridge with other options."""
        return SyncFunction(self._translation_.with_options(options), self.__wrapped__)

    def __getattr__(self, name: str) -> Any:
        """What a decorator of the async side has given the function."""
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {name!r}")
        return self._translation_.to_sync(getattr(self.__wrapped__, name))

    def __deepcopy__(self, memo: Any) -> SyncFunction:
        return self  # as of any function

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A function that is kept in a class is a method there, as any other."""
        return self if instance is None else partial(self, instance)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SyncFunction):
            return bool(self.__wrapped__ == other.__wrapped__)
        own = async_side(self._translation_, other) if type(other) in (MethodType, FunctionType, Dual) else None
        return own is not None and bool(self.__wrapped__ == own)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __repr__(self) -> str:
        return f"<sync {self.__wrapped__!r}>"


def _generated(translation: Translation, function: Any) -> Any:
    """What the wrapper has for a method of the async side, which knows what to make of arguments; also in a partial."""
    if type(function) is partial:
        found = _generated(translation, function.func)
        args, kwargs = _arguments(translation, function.args, function.keywords)
        return None if found is None else partial(found, *args, **kwargs)
    package = translation.package
    if type(function) is not MethodType or package.class_of(type(function.__self__)) is None:
        return None
    wrapper, name = translation.to_sync(function.__self__), function.__func__.__name__
    if not isinstance(wrapper, package.wrapper_class):
        return None  # an async object of the user's own
    if static_attribute(type(function.__self__), name) is not function.__func__ or name.startswith("__"):
        return None
    if not isinstance(static_attribute(type(wrapper), name), (FunctionType, DualMethod)):
        return None
    return getattr(wrapper if translation.aio is package.translation.aio else wrapper._seen_(translation), name)


def async_side(translation: Translation, function: Any) -> Any:
    """The async side's own function or method, if ``function`` is what was generated for one; None for a user's.

    A user who hands on ``site.links`` has the async side call what it would be given there.
    """
    package, named = translation.package, getattr(function, "_async_side_", None)
    if named is not None and named[0] == id(function):
        return named[1]
    if type(function) is FunctionType:
        return function if package.has_globals(function.__globals__) else None
    if type(function) not in (MethodType, Dual):
        return None
    owner = getattr(function, "__self__", None)
    if not isinstance(owner, package.wrapper_class):
        return function if type(owner) in package.classes else None
    name, kind = function.__name__, type(owner)
    if owner._translation_ is not kind._default_:
        return None  # a call has options
    home: Any = next((base for base in kind.__mro__ if name in base.__dict__), None)
    found = getattr(home.__dict__[name], "_inner_", home.__dict__[name]) if home is not None else None
    is_generated = found is getattr(function, "_function_", getattr(function, "__func__", None))
    is_own = is_generated and (type(function) is Dual or not getattr(home, "_is_derived_", True))
    return (
        getattr(owner._async_, name, None) if is_own else None
    )  # one that overrides a dual method is led to from there


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
    if inspect.iscoroutinefunction(function):
        return _callback(translation, function, "coroutine", _coroutine)
    return _callback(translation, function, "plain", _plain)


def awaited_callback(translation: Translation, function: Any) -> Any:
    """A callback whose result async code awaits."""
    own = async_side(translation, function)
    if own is not None and inspect.iscoroutinefunction(own):
        return own
    if inspect.iscoroutinefunction(function):
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
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        made = await function(*args, **kwargs)
        return awaited_callback(translation, made) if callable(made) else translation.to_async(made)

    return callback


def _arguments(translation: Translation, args: Any, kwargs: Any, passed: int = 0) -> tuple[list[Any], dict[str, Any]]:
    to_sync = translation.to_sync
    return [*args[:passed], *map(to_sync, args[passed:])], {name: to_sync(value) for name, value in kwargs.items()}


def _plain(translation: Translation, function: Any, passed: int) -> Any:
    is_auto = translation.package.interface == "auto"

    def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        result = called_plainly(function, args, kwargs) if is_auto else function(*args, **kwargs)
        return _translated(translation, result) if type(result) is CoroutineType else translation.to_async(result)

    return callback


async def _translated(translation: Translation, coroutine: Any) -> Any:
    return translation.to_async(await coroutine)


def _coroutine(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        return translation.to_async(await function(*args, **kwargs))

    return callback


def _async_stream(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        async for item in function(*args, **kwargs):
            yield translation.to_async(item)

    return callback


def _awaited(translation: Translation, function: Any, passed: int) -> Any:
    async def callback(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        result = await in_thread(function, *args, **kwargs)
        if inspect.isawaitable(result) and not isinstance(result, translation.package.wrapper_class):
            result = await result
        return translation.to_async(result)

    return callback


def _event(translation: Translation, function: Any, passed: int) -> Any:
    calls = InOrder()

    def callback(*args: Any, **kwargs: Any) -> None:
        args, kwargs = _arguments(translation, args, kwargs, passed)  # type: ignore[assignment]  # a list serves as well
        calls.add(function, *args, **kwargs)

    callback._calls_ = calls  # type: ignore[attr-defined]  # read back by `event_callback`
    return callback
