"""Where a generated method finds what it calls."""

from __future__ import annotations

from typing import Any


def owner_of(wrapper: Any) -> Any:
    """The async object behind ``wrapper``.

    When the user has overridden methods, what generated code calls is what the user's class would call by ``super()``:
    the async class's own method, for the overriding one is what led here.
    """
    if type(wrapper)._is_derived_:
        return super(type(wrapper)._async_class_, wrapper._async_)
    return wrapper._async_


def class_owner_of(cls: Any) -> Any:
    """The same for a wrapper class and its class methods."""
    return super(cls._async_class_, cls._async_class_) if cls._is_derived_ else cls._async_class_


def set_property(wrapper: Any, name: str, value: Any) -> None:
    """Set ``name`` where generated code would: past what the user has overridden."""
    if type(wrapper)._is_derived_:
        _overridden(wrapper, name).__set__(wrapper._async_, value)
    else:
        setattr(wrapper._async_, name, value)


def delete_property(wrapper: Any, name: str) -> None:
    """Delete it there."""
    if type(wrapper)._is_derived_:
        _overridden(wrapper, name).__delete__(wrapper._async_)
    else:
        delattr(wrapper._async_, name)


def _overridden(wrapper: Any, name: str) -> Any:
    for base in type(wrapper)._async_class_.__mro__[1:]:
        if name in base.__dict__:
            return base.__dict__[name]
    raise AttributeError(f"{type(wrapper).__name__!r} object has no attribute {name!r}")
