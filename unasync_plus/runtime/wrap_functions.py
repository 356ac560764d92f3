"""The async side's functions, as sync callers see them, and what is behind them."""

from __future__ import annotations

import functools
import inspect
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from .wrap_calls import perform
from .wrap_inspect import is_async_function, static_attribute
from .wrap_interface import Dual, DualMethod
from .wrap_meant import CALL, HERE, Pending, call_meant

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
        if self._is_to_await_():
            return self.aio(*args, **kwargs)
        if self._generated_ is not None:
            return self._generated_(*args, **kwargs)
        return perform(self._translation_, CALL, self.__wrapped__, args, kwargs)

    def _is_to_await_(self) -> bool:
        """Whether an async callback calls it, which can await, and cannot wait otherwise."""
        translation = self._translation_
        return translation.is_aio and HERE.pending is None and translation.bridge.is_inside() and self._is_async_

    @functools.cached_property
    def _is_async_(self) -> bool:
        return is_async_function(inspect.unwrap(_unbound(self.__wrapped__)))

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


def _unbound(function: Any) -> Any:
    """What a partial, or one of one, is of."""
    while type(function) is partial:
        function = function.func
    return function


def _generated(translation: Translation, function: Any) -> Any:
    """What the wrapper has for a method of the async side, which knows what to make of arguments; also in a partial."""
    if type(function) is partial:
        found = _generated(translation, function.func)
        args, kwargs = crossed(translation, function.args, function.keywords)
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


def crossed(translation: Translation, args: Any, kwargs: Any, passed: int = 0) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call of the async side, for sync code, but the first ones that are ``passed`` on as they are."""
    to_sync = translation.to_sync
    return [*args[:passed], *map(to_sync, args[passed:])], {name: to_sync(value) for name, value in kwargs.items()}
