"""Questions about async functions and classes, answered by looking, never by calling."""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable
from typing import Any

ASYNC_METHODS = ("__aenter__", "__aiter__", "__anext__", "__await__")


def _is_async_type(cls: type) -> bool:
    if cls.__module__ == "unittest.mock" or issubclass(cls, (BaseException, type)):
        return False
    if any(hasattr(cls, name) for name in ASYNC_METHODS):
        return True
    return any(
        is_async_function(value) for base in cls.__mro__ if base is not object for value in tuple(vars(base).values())
    )


is_async_type: Callable[[type], bool] = functools.cache(_is_async_type)
"""Whether instances of a class have anything that has to be awaited."""


def plain_function(value: Any) -> Any:
    """The function inside a class method, a static method, a property of any kind, or around it by decorators."""
    if isinstance(value, property):
        value = value.fget
    elif isinstance(value, functools.cached_property):
        value = value.func
    elif isinstance(value, (classmethod, staticmethod)):
        value = value.__func__
    while isinstance(value, functools.partial):
        value = value.func
    return value


def is_async_function(value: Any) -> bool:
    function = plain_function(value)
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def is_async_property(value: Any) -> bool:
    """Whether ``value``, an attribute of a class, is a property that gives a coroutine."""
    return isinstance(value, (property, functools.cached_property)) and inspect.iscoroutinefunction(
        plain_function(value)
    )


def async_kind(value: Any) -> str:
    """What the async side expects of ``value``, an attribute of one of its classes.

    "await": a coroutine function · "iterate": an async generator function · "enter": one that makes an async context
    manager · "plain": anything else that is called · "data": nothing that is called.
    """
    if isinstance(value, property):
        return "property"
    function = plain_function(value)
    if inspect.isasyncgenfunction(function):
        return "iterate"
    if callable(function) and inspect.isasyncgenfunction(inspect.unwrap(function)):
        return "enter"
    if inspect.iscoroutinefunction(function):
        return "await"
    if not isinstance(function, (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)):
        return "plain" if callable(function) else "data"
    return _promised(str(getattr(function, "__annotations__", {}).get("return", "")))


_PROMISES = (
    (("AsyncContextManager",), "enter"),
    (("AsyncIterator", "AsyncGenerator", "AsyncIterable"), "iterate"),
    (("Awaitable[", "Coroutine["), "await"),
)


def _promised(annotation: str) -> str:
    """What a plain function's return annotation says that it returns."""
    for words, kind in _PROMISES:
        if any(word in annotation for word in words):
            return kind
    return "plain"


def is_promise(function: Any, result: Any) -> bool:
    """Whether whoever calls ``function``, which is not async, waits for ``result``, something to await.

    That is what its annotation calls an awaitable or a future, or a future if it has none. A task is something to hold.
    """
    annotation = str(getattr(function, "__annotations__", {}).get("return", ""))
    if re.search(r"\b(Awaitable|Coroutine)\b", annotation):
        return True
    kind = type(result)  # the object itself may make up whatever it is asked for
    if not hasattr(kind, "_asyncio_future_blocking"):
        return False
    return bool(re.search(r"\bFuture\b", annotation)) or (not annotation and not hasattr(kind, "get_coro"))


def static_attribute(cls: type, name: str) -> Any:
    """What ``cls`` or a base of it holds under ``name``, without asking descriptors; None if nothing."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _is_dynamic(cls: type) -> bool:
    bases = [base for base in cls.__mro__ if base is not object and "_sync_class_" not in base.__dict__]
    return any("__getattr__" in base.__dict__ or "__getattribute__" in base.__dict__ for base in bases)


is_dynamic: Callable[[type], bool] = functools.cache(_is_dynamic)
"""Whether a class makes up attributes when it is asked for them."""
