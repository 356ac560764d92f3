"""What callers hand in, made into what async code expects there."""

from __future__ import annotations

import functools
import inspect
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wrap_callbacks import awaited_callback, event_callback, led_callback, maker_callback
from .wrap_containers import CONTAINERS, translate
from .wrap_futures import future_to_async, is_thread_future
from .wrap_inspect import async_kind
from .wrap_kept import kept
from .wrap_streams import AsyncContext, async_items

if TYPE_CHECKING:
    from .wrap_translation import Translation


def adapted(value: Any, adapt: Callable[[Any], Any]) -> Any:
    """``value`` with `adapt` applied to every function in it."""
    kind = CONTAINERS.get(type(value))
    if kind is not None:
        return translate(value, kind, lambda part: adapted(part, adapt))
    is_function = callable(value) and not isinstance(value, type) and not hasattr(value, "_async_")
    return adapt(value) if is_function else value


class Unchanged:
    """A function that the async side is to have as it is: another process runs it, or has it by its name."""

    __slots__ = ("function",)

    def __init__(self, function: Any) -> None:
        self.function = function


def unchanged(value: Any) -> Any:
    """``value`` so that it crosses as it is, if it is a function."""
    return Unchanged(value) if callable(value) else value


ADAPTERS: dict[str, Callable[[Any, Any], Any]] = {
    "as_async": awaited_callback,
    "as_event": lambda translation, function: event_callback(translation, function)[0],
    "as_generator": lambda translation, function: led_callback(translation, function, "iterate"),
    "as_manager": lambda translation, function: led_callback(translation, function, "enter"),
    "as_maker": maker_callback,
    "as_is": lambda _, function: Unchanged(function),
    "as_async_maker": lambda translation, function: maker_callback(translation, function, True),
}
"""What generated classes say of the functions in an attribute → what is made of one."""


def taking_callbacks(facade: Any, function: Any) -> Any:
    """``function`` with the functions that it is given adapted."""

    @functools.wraps(function)
    def take(*args: Any, **kwargs: Any) -> Any:
        args = tuple(facade.as_async(value) for value in args)
        return function(*args, **{name: facade.as_async(value) for name, value in kwargs.items()})

    return take


def as_async_items(translation: Translation, values: Any) -> Any:
    """An async iterator over a sync iterable; anything else, texts, tables, and what is async already, as it is."""
    if isinstance(values, _ONE_THING):
        return values
    if hasattr(values, "__aiter__") or hasattr(values, "_async_") or not hasattr(values, "__iter__"):
        return values
    return async_items(translation, values)


def as_async_iterator(translation: Translation, values: Any) -> Any:
    """The same over a sync iterator alone; what can be iterated over anew, and files, as they are."""
    if not hasattr(values, "__next__") or hasattr(values, "read"):
        return values
    return as_async_items(translation, values)


_ONE_THING = (str, bytes, bytearray, memoryview, dict)
"""What functions take beside items (``str | AsyncIterable[str]``), although it has some."""


def as_async_context(translation: Translation, manager: Any) -> Any:
    """An async context manager made of a sync one."""
    if hasattr(manager, "__aenter__") or hasattr(manager, "_async_") or not hasattr(manager, "__enter__"):
        return manager
    return AsyncContext(translation, lambda: manager)


def ready(translation: Translation, value: Any) -> Any:
    """Something to await that gives ``value``."""
    if inspect.isawaitable(value) and not hasattr(value, "_async_"):
        return value
    if is_thread_future(type(value)):
        return future_to_async(translation, value)

    async def given() -> Any:
        return translation.to_async(value)

    return given()


def follower(translation: Translation, value: Any, protocols: tuple[Any, ...]) -> Any:
    """An object with async methods that lead to those of ``value``, a sync object, or of each in it: those of ``protocols``."""
    kind = CONTAINERS.get(type(value))
    if kind is not None:
        return translate(value, kind, lambda part: follower(translation, part, protocols))
    if value is None or hasattr(value, "_async_") or isinstance(value, type):
        return value
    bases = [base for protocol in protocols for base in _class(protocol).__mro__]
    kinds = {name: async_kind(found) for base in bases for name, found in vars(base).items()}
    led = {name: kind for name, kind in kinds.items() if kind in _LED and hasattr(value, name)}
    if not led or any(async_kind(getattr(type(value), name, None)) in _LED for name in led):
        return value  # it is async itself, or something else
    return kept(value, (translation.package, *sorted(led)), lambda: Follower(translation, value, led))


def _class(protocol: Any) -> Any:
    """The class that ``protocol`` is, or names with its module."""
    return pkgutil.resolve_name(protocol) if isinstance(protocol, str) else protocol


_LED = ("await", "iterate", "enter")


class Follower:
    """Stands for a sync object on the async side."""

    def __init__(self, translation: Translation, value: Any, kinds: dict[str, str]) -> None:
        self._translation_ = translation
        self._sync_value_ = value
        self._kinds_ = kinds

    def __getattr__(self, name: str) -> Any:
        found, kind = getattr(self._sync_value_, name), self._kinds_.get(name)
        if kind is None:
            return self._translation_.to_async(found)
        if kind == "await":
            return awaited_callback(self._translation_, found)
        return led_callback(self._translation_, found, kind)
