"""What a value of one side is on the other, by what it is at run time."""

from __future__ import annotations

import contextlib
import functools
import itertools
import types
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wrap_adapters import Follower, Unchanged
from .wrap_callbacks import marked, original, simple_callback
from .wrap_calls import finished
from .wrap_containers import CONTAINERS, Kind, is_other, of_derived, of_fields, translate
from .wrap_functions import SyncFunction
from .wrap_futures import GivenFuture, future_to_async, future_to_sync, is_thread_future
from .wrap_held import held_to_async, held_to_sync, held_ways
from .wrap_inspect import is_async_type
from .wrap_interface import Dual
from .wrap_live import LIVE, live
from .wrap_meant import RUN, is_auto_aio
from .wrap_streams import PlainContext, generator, given_generator, plain_generator, stream

if TYPE_CHECKING:
    from .bridge import Bridge
    from .wrap_package import Package

Handler = Callable[["Translation", Any], Any]

_UNKNOWN: Any = object()
"""Not looked at yet; a handler of None stands for "passes as it is"."""


class Translation:
    """A package seen through a bridge with certain options.

    ``is_aio`` says who asks: a caller with a loop of its own gets async generators, any other one generators.
    """

    __slots__ = ("_aio", "_blocking", "_quiet", "bridge", "is_aio", "package")

    def __init__(self, package: Package, bridge: Bridge, is_aio: bool = False) -> None:
        self.package = package
        self.bridge = bridge
        self.is_aio = is_aio
        self._aio: Translation | None = self if is_aio else None
        self._blocking: Bridge | None = None
        self._quiet: Bridge | None = None

    def with_options(self, options: dict[str, Any]) -> Translation:
        """The same package through the same loop, with other options."""
        return Translation(self.package, self.bridge.with_options(**options))

    def reset(self, options: dict[str, Any]) -> None:
        """Take other options, for all who have this translation."""
        self.bridge = self.bridge.with_options(**options)
        self._aio = self._blocking = self._quiet = None

    @property
    def aio(self) -> Translation:
        """The same for a caller with a loop of its own."""
        if self._aio is None:
            self._aio = Translation(self.package, self.bridge, True)
        return self._aio

    @property
    def blocking(self) -> Bridge:
        """For functions that are not async: they take no time, so any thread may wait for them."""
        if self._blocking is None:
            self._blocking = self.bridge.with_options(in_loop="block")
        return self._blocking

    @property
    def quiet(self) -> Bridge:
        """For what nobody would call a call: reading an attribute, making an object."""
        if self._quiet is None:
            options = {"timeout": None, "retry": None, "correlation_id": False, "around": None}
            self._quiet = self.blocking.with_options(**options)
        return self._quiet

    def arguments(self, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The arguments of a call, for the async side."""
        to_async = self.to_async
        if kwargs:
            kwargs = {name: to_async(value) for name, value in kwargs.items()}
        return [to_async(value) for value in args], kwargs

    def to_sync(self, value: Any) -> Any:
        """What the sync side gets to see of ``value``."""
        kinds = self.package.sync_kinds
        kind = kinds.get(type(value), _UNKNOWN)
        if kind is _UNKNOWN:
            kind = kinds[type(value)] = _sync_kind(self.package, type(value))
        return value if kind is None else kind(self, value)

    def to_async(self, value: Any) -> Any:
        """What the async side gets to see of ``value``."""
        kinds = self.package.async_kinds
        kind = kinds.get(type(value), _UNKNOWN)
        if kind is _UNKNOWN:
            kind = kinds[type(value)] = _async_kind(self.package, type(value))
        return value if kind is None else kind(self, value)

    def to_sync_filled_later(self, value: Any) -> Any:
        """The same where an empty container may come to hold anything."""
        return self._filled_later(value, self.to_sync, True) if type(value) in LIVE else self.to_sync(value)

    def to_async_filled_later(self, value: Any) -> Any:
        """Likewise."""
        return self._filled_later(value, self.to_async, False) if type(value) in LIVE else self.to_async(value)

    def to_sync_held(self, value: Any, how: str) -> Any:
        """The same where functions that callers put in go through an adapter."""
        return held_to_sync(self, value, how)

    def to_async_held(self, value: Any, how: str) -> Any:
        """What is kept in an attribute of the async side, functions by an adapter; "" for none."""
        return held_to_async(self, value, how) if how else self.to_async(value)

    def _filled_later(self, values: Any, convert: Callable[[Any], Any], for_sync: bool) -> Any:
        is_filled = bool(vars(values) if isinstance(values, types.SimpleNamespace) else values)
        is_same = is_filled and translate(values, is_other, convert) is not True
        return values if is_same else self._live(values, for_sync)

    def _live(self, values: Any, for_sync: bool, how: str = "") -> Any:
        """What looks through to ``values`` from the other side; the same as long as it lives."""
        package, key = self.package, (id(values), id(self), for_sync, how)
        with package.lock:
            found = package.live.get(key)
            if found is None:
                found = package.live[key] = live(values, *self._ways(for_sync, how), (package, for_sync))
        found._hold_()
        return found

    def _ways(self, for_sync: bool, how: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """What is made of what is read from a container of the other side, and of what is put into it."""
        if how:
            return held_ways(self, for_sync, how)
        return (self.to_sync_filled_later, self.to_async) if for_sync else (self.to_async_filled_later, self.to_sync)


def _sync_kind(package: Package, cls: type) -> Handler | None:
    if cls in _TO_SYNC:
        return _TO_SYNC[cls]
    if package.wrapper_class in cls.__mro__:
        return None
    if issubclass(cls, type):
        return _class_to_sync
    if issubclass(cls, GivenFuture):
        return future_to_sync
    if cls in package.copies:
        return lambda translation, values: package.copies[cls](*map(translation.to_sync, values))
    if package.class_of(cls) is not None:
        return wrapped
    return _to_sync_inside(_parts(cls, package))


def _async_kind(package: Package, cls: type) -> Handler | None:
    if cls in _TO_ASYNC:
        return _TO_ASYNC[cls]
    if package.wrapper_class in cls.__mro__:
        return _unwrapped
    if issubclass(cls, type):
        return _class_to_async
    if cls in package.copies:
        return lambda translation, values: package.copies[cls](*map(translation.to_async, values))
    if is_async_type(cls):
        return _remembered
    if is_thread_future(cls):
        return future_to_async
    return _to_async_inside(_parts(cls, package))


def _parts(cls: type, package: Package) -> Kind | None:
    """For values that are made of other values: what derives from a container, and the package's frozen dataclasses."""
    if issubclass(cls, (list, tuple, dict, set, frozenset, deque)):
        return of_derived
    params = getattr(cls, "__dataclass_params__", None)
    return of_fields if params is not None and params.frozen and package.counterpart(cls.__module__) else None


def _looked_through(for_sync: bool) -> Handler:
    """For containers that can be changed: one in which nothing is another object on the other side is the same there."""

    def handle(translation: Translation, values: Any) -> Any:
        convert = translation.to_sync if for_sync else translation.to_async
        return translation._live(values, for_sync) if translate(values, is_other, convert) is True else values

    return handle


def _live_to(for_sync: bool) -> Handler:
    def handle(translation: Translation, view: Any) -> Any:
        return view._there_ if view._of_ == (translation.package, not for_sync) else view

    return handle


def _to_sync_inside(kind: Kind | None) -> Handler | None:
    return None if kind is None else lambda translation, values: translate(values, kind, translation.to_sync)


def _to_async_inside(kind: Kind | None) -> Handler | None:
    return None if kind is None else lambda translation, values: translate(values, kind, translation.to_async)


def wrapped(translation: Translation, value: Any) -> Any:
    """The one wrapper of an object of the async side."""
    package = translation.package
    found = package.wrappers.get(id(value))
    if found is not None:
        return found
    if package.some_came_in and package.came_in(value):
        return value
    own = getattr(value, "_sync_", None) if "_sync_" in type(value).__dict__ else None
    if own is not None:
        return own
    return package.class_of(type(value))._of_(value)


def _unwrapped(_: Translation, value: Any) -> Any:
    return value._async_


def _remembered(translation: Translation, value: Any) -> Any:
    """An async object of the user's own: the async side may hand it back, and then it must not be wrapped."""
    translation.package.note_came_in(value)
    return value


def _class_to_sync(translation: Translation, cls: Any) -> Any:
    found = translation.package.class_of(cls)
    return translation.package.copies.get(cls, cls) if found is None else found  # a class may be false


def _class_to_async(translation: Translation, cls: Any) -> Any:
    return cls._async_class_ if translation.package.wrapper_class in cls.__mro__ else cls


def _function_to_sync(translation: Translation, function: Any) -> Any:
    known = original(function)
    if known is None and translation.package.some_came_in and translation.package.came_in(function):
        return function
    return SyncFunction(translation, function) if known is None else marked(translation, function, known)


def _function_to_async(translation: Translation, function: Any) -> Any:
    return simple_callback(translation, function)


def _coroutine(translation: Translation, coroutine: Any) -> Any:
    if translation.is_aio or is_auto_aio(translation, RUN):
        return finished(translation.aio, coroutine, coroutine)
    return translation.to_sync(translation.bridge.run(coroutine))


def _async_generator(translation: Translation, values: Any) -> Any:
    return stream(translation, values) if translation.is_aio else generator(translation, values)


def _iterator(translation: Translation, values: Any) -> Any:
    return map(translation.to_sync, values)


def _given_iterator(translation: Translation, values: Any) -> Any:
    return map(translation.to_async, values)


_FUNCTIONS: tuple[type, ...] = (types.FunctionType, types.MethodType, functools.partial)
_EMPTY: tuple[Any, ...] = ([], (), set(), deque(), {}, {}.values(), {}.items(), OrderedDict())
_ITERATORS: tuple[Any, ...] = (
    *(type(iter(empty)) for empty in _EMPTY),
    type(reversed([])),
    type(reversed(deque())),
    *(map, filter, zip, enumerate, reversed),
    *(one for one in vars(itertools).values() if isinstance(one, type) and hasattr(one, "__next__")),
)

_TO_SYNC: dict[type, Handler | None] = {
    **{container: _to_sync_inside(kind) for container, kind in CONTAINERS.items()},
    **{container: _looked_through(True) for container in LIVE},
    **dict.fromkeys(LIVE.values(), _live_to(True)),
    **dict.fromkeys(_FUNCTIONS, _function_to_sync),
    **dict.fromkeys(_ITERATORS, _iterator),
    types.CoroutineType: _coroutine,
    types.AsyncGeneratorType: _async_generator,
    types.GeneratorType: plain_generator,
    contextlib._GeneratorContextManager: PlainContext,
    SyncFunction: None,
    Follower: lambda _, follower: follower._sync_value_,
    types.ModuleType: None,
}

_TO_ASYNC: dict[type, Handler | None] = {
    **{container: _to_async_inside(kind) for container, kind in CONTAINERS.items()},
    **{container: _looked_through(False) for container in LIVE},
    **dict.fromkeys(LIVE.values(), _live_to(False)),
    **dict.fromkeys(_FUNCTIONS, _function_to_async),
    **dict.fromkeys(_ITERATORS, _given_iterator),
    types.GeneratorType: given_generator,
    types.CoroutineType: None,
    types.AsyncGeneratorType: None,
    SyncFunction: lambda _, function: function.__wrapped__,
    Unchanged: lambda translation, held: _remembered(translation, held.function),
    Dual: _function_to_async,
    types.ModuleType: None,
}
