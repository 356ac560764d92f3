"""Translating what is inside containers, without touching those in which nothing changes.

A container comes back as the same object when none of its elements changes, otherwise as a new one of the same type.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any], Any]
Kind = Callable[[Any, Convert], Any]

_busy = threading.local()


def _changed(values: Any, convert: Convert) -> list[Any] | None:
    """The elements, translated; None if all stay as they are."""
    old = list(values)
    new = [convert(value) for value in old]
    return new if any(one is not other for one, other in zip(new, old)) else None  # noqa: B905


def _of_list(values: Any, convert: Convert) -> Any:
    changed = _changed(values, convert)
    return values if changed is None else changed


def _of_tuple(values: Any, convert: Convert) -> Any:
    changed = _changed(values, convert)
    return values if changed is None else tuple(changed)


def of_named_tuple(values: Any, convert: Convert) -> Any:
    """A tuple with names, as the same class."""
    changed = _changed(values, convert)
    return values if changed is None else tuple.__new__(type(values), changed)


def _of_set(values: Any, convert: Convert) -> Any:
    changed = _changed(values, convert)
    return values if changed is None else type(values)(changed)


def _of_deque(values: Any, convert: Convert) -> Any:
    changed = _changed(values, convert)
    return values if changed is None else deque(changed, values.maxlen)


def _of_dict(values: Any, convert: Convert) -> Any:
    items = list(values.items())  # at once: the loop may change the dict meanwhile
    changed = [(convert(key), convert(value)) for key, value in items]
    if all(key is old and value is was for (key, value), (old, was) in zip(changed, items)):  # noqa: B905
        return values
    if type(values) is defaultdict:
        return defaultdict(values.default_factory, changed)
    return type(values)(changed)


def of_fields(value: Any, convert: Convert) -> Any:
    """An instance of a frozen dataclass: a copy with the fields translated."""
    names = type(value).__dataclass_fields__
    changed = {}
    for name in names:
        old = getattr(value, name, None)
        new = convert(old)
        if new is not old:
            changed[name] = new
    if not changed:
        return value
    copy = object.__new__(type(value))
    for name in names:
        if name in changed or hasattr(value, name):
            object.__setattr__(copy, name, changed.get(name, getattr(value, name, None)))
    return copy


CONTAINERS: dict[type, Kind] = {
    list: _of_list,
    tuple: _of_tuple,
    set: _of_set,
    frozenset: _of_set,
    deque: _of_deque,
    dict: _of_dict,
    OrderedDict: _of_dict,
    defaultdict: _of_dict,
    type({}.keys()): _of_list,
    type({}.values()): _of_list,
    type({}.items()): _of_list,
}


def translate(values: Any, kind: Kind, convert: Convert) -> Any:
    """``values`` by ``kind``; a container that holds itself is left alone inside itself."""
    active = getattr(_busy, "active", None)
    if active is None:
        active = _busy.active = set()
    if id(values) in active:
        return values
    active.add(id(values))
    try:
        return kind(values, convert)
    finally:
        active.discard(id(values))
