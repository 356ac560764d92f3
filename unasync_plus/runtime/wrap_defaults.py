"""A generated function hands on all of its parameters; what decorators of the async side see is what its caller gave."""

from __future__ import annotations

from inspect import unwrap
from types import FunctionType
from typing import Any

_PLAIN = (bool, bytes, float, int, str)


def without_defaults(function: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arguments without those at the end that are the defaults of the function inside of decorators."""
    plain = getattr(function, "__func__", function)
    if type(plain) is not FunctionType or "__wrapped__" not in plain.__dict__:
        return args, kwargs
    inner: Any = unwrap(plain)
    if type(inner) is not FunctionType:
        return args, kwargs
    count = inner.__code__.co_argcount - (plain is not function)
    defaults = inner.__defaults__ or ()
    args = list(args)
    while (
        len(args) <= count and len(args) > count - len(defaults) and _is_same(args[-1], defaults[len(args) - 1 - count])
    ):
        del args[-1]
    named = inner.__kwdefaults__ or {}
    return args, {
        name: value for name, value in kwargs.items() if name not in named or not _is_same(value, named[name])
    }


def _is_same(value: Any, default: Any) -> bool:
    return value is default or (type(value) is type(default) and isinstance(value, _PLAIN) and value == default)
