"""From the async side to what a user's subclass defines: one function of the async side for each of the user's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any

from .wrap_inspect import static_attribute
from .wrap_meant import called_plainly
from .wrap_streams import AsyncContext, async_items
from .wrap_threads import in_thread

_END: Any = object()


def wrapper_of(instance: Any) -> Any:
    """The wrapper of an instance of a user's class; made if the async side has made the instance."""
    found = instance.__dict__.get("_sync_")
    return found if found is not None else type(instance)._sync_class_._of_(instance)


def _bound(instance: Any, name: str) -> tuple[Any, Any]:
    wrapper = wrapper_of(instance)
    return wrapper._translation_, getattr(wrapper, name)


def method(name: str, kind: str, function: Any) -> Any:
    """The method of the async side that leads to the user's method ``name``; ``kind`` as in `async_kind`."""
    made = _MAKERS.get(name) or (_coroutine if inspect.iscoroutinefunction(function) else _BY_KIND.get(kind, _plain))
    lead = made(lambda instance: _bound(instance, name))
    lead.__name__, lead.__doc__ = name, getattr(function, "__doc__", None)
    return lead


def class_method(name: str, kind: str, function: Any) -> Any:
    """The same for a class method."""

    def bound(async_class: Any) -> tuple[Any, Any]:
        cls = async_class._sync_class_
        return cls._default_, getattr(cls, name)

    made = _coroutine if inspect.iscoroutinefunction(function) else _BY_KIND.get(kind, _plain)
    return classmethod(made(bound))


def static_method(cls: Any, name: str, kind: str, function: Any) -> Any:
    """The same for a static method of ``cls``."""
    made = _coroutine if inspect.iscoroutinefunction(function) else _BY_KIND.get(kind, _plain)
    lead = made(lambda _: (cls._default_, getattr(cls, name)))
    return staticmethod(lambda *args, **kwargs: lead(None, *args, **kwargs))


Bound = Callable[[Any], "tuple[Any, Any]"]


def _sync(translation: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    to_sync = translation.to_sync
    return [to_sync(value) for value in args], {key: to_sync(value) for key, value in kwargs.items()}


def _plain(bound: Bound) -> Any:
    def lead(instance: Any, *args: Any, **kwargs: Any) -> Any:
        translation, function = bound(instance)
        args, kwargs = _sync(translation, args, kwargs)
        is_auto = translation.package.interface == "auto"
        made = called_plainly(function, args, kwargs) if is_auto else function(*args, **kwargs)
        return translation.to_async(made)

    return lead


def _in_thread(bound: Bound) -> Any:
    async def lead(instance: Any, *args: Any, **kwargs: Any) -> Any:
        translation, function = bound(instance)
        args, kwargs = _sync(translation, args, kwargs)
        return translation.to_async(await in_thread(function, *args, **kwargs))

    return lead


def _coroutine(bound: Bound) -> Any:
    async def lead(instance: Any, *args: Any, **kwargs: Any) -> Any:
        translation, function = bound(instance)
        args, kwargs = _sync(translation, args, kwargs)
        return translation.to_async(await function(*args, **kwargs))

    return lead


def _items(bound: Bound) -> Any:
    async def lead(instance: Any, *args: Any, **kwargs: Any) -> Any:
        translation, function = bound(instance)
        args, kwargs = _sync(translation, args, kwargs)
        items = async_items(translation, await in_thread(function, *args, **kwargs))
        try:
            item = await items.__anext__()
            while True:
                item = await items.asend((yield item))
        except StopAsyncIteration:
            return
        finally:
            await items.aclose()

    return lead


def _context(bound: Bound) -> Any:
    def lead(instance: Any, *args: Any, **kwargs: Any) -> Any:
        translation, function = bound(instance)
        args, kwargs = _sync(translation, args, kwargs)
        return AsyncContext(translation, lambda: function(*args, **kwargs))

    return lead


def _all_items(_: Bound) -> Any:
    def lead(instance: Any) -> Any:
        wrapper = wrapper_of(instance)
        return async_items(wrapper._translation_, wrapper)

    return lead


def _next_item(bound: Bound) -> Any:
    async def lead(instance: Any) -> Any:
        wrapper = wrapper_of(instance)
        item = await in_thread(next, wrapper, _END)
        if item is _END:
            raise StopAsyncIteration
        return wrapper._translation_.to_async(item)

    return lead


def _awaited(bound: Bound) -> Any:
    coroutine = _in_thread(bound)

    def lead(instance: Any) -> Any:
        return coroutine(instance).__await__()

    return lead


def following(kind: str, translation: Any, function: Any, passed: int) -> Any:
    """What leads to a function of the user's that is no method of a wrapper; ``passed``: it gets the first argument as it is."""
    if passed:
        return _BY_KIND[kind](lambda instance: (translation, MethodType(function, instance)))
    return partial(_BY_KIND[kind](lambda _: (translation, function)), None)


_BY_KIND = {"await": _in_thread, "iterate": _items, "enter": _context}
_MAKERS = {"__iter__": _all_items, "__next__": _next_item, "result": _awaited}


class Mirror:
    """An attribute whose value is the wrapper's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            cls = owner._sync_class_
            return cls._default_.to_async(getattr(cls, self._name))
        translation, value = _bound(instance, self._name)
        return translation.to_async(value)

    def __set__(self, instance: Any, value: Any) -> None:
        wrapper = wrapper_of(instance)
        value = wrapper._translation_.to_sync(value)
        if hasattr(type(static_attribute(type(wrapper), self._name)), "__set__"):
            object.__setattr__(wrapper, self._name, value)
        else:
            wrapper.__dict__[self._name] = value


class AwaitedMirror(Mirror):
    """One that async code awaits; the user's property is read in a thread."""

    def __get__(self, instance: Any, owner: Any) -> Any:
        return super().__get__(instance, owner) if instance is None else self._read(instance)

    async def _read(self, instance: Any) -> Any:
        wrapper = wrapper_of(instance)
        value = await in_thread(getattr, wrapper, self._name)
        return wrapper._translation_.to_async(await value if inspect.isawaitable(value) else value)
