"""Translating what is inside containers, without touching those in which nothing changes.

A container comes back as the same object when none of its elements changes, otherwise as a new one of the same type.
"""

from __future__ import annotations

import threading
from collections import ChainMap, OrderedDict, defaultdict, deque
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from types import MappingProxyType, MemberDescriptorType, SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

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
        return defaultdict(convert(values.default_factory), changed)
    return type(values)(changed)


def of_derived(values: Any, convert: Convert) -> Any:
    """An instance of a class that derives from a container, as the same class with the same attributes.

    The container's own methods are used: what the class has overridden may do more than hold.
    """
    cls = type(values)
    base: Any = next(base for base in cls.__mro__ if base in _BASES)
    is_dict, is_fixed = issubclass(base, dict), base in (tuple, frozenset)
    old = [part for pair in list(base.items(values)) for part in pair] if is_dict else list(base.__iter__(values))
    names = list(_attributes(values))
    before = [*old, *(getattr(values, name) for name in names)]
    after = _changed(before, convert)
    if after is None:
        return values
    parts: Any = after[: len(old)]
    parts = zip(parts[::2], parts[1::2]) if is_dict else parts  # noqa: B905
    made = base.__new__(cls, parts) if is_fixed else base.__new__(cls)
    if not is_fixed:
        first = (convert(values.default_factory),) if base is defaultdict else ()
        base.__init__(made, *first, parts, *((values.maxlen,) if base is deque else ()))
    for name, value in zip(names, after[len(old) :]):  # noqa: B905
        object.__setattr__(made, name, value)
    return made


def _attributes(values: Any) -> Iterator[str]:
    """The names of what an instance holds besides its elements."""
    yield from getattr(values, "__dict__", ())
    for base in type(values).__mro__:
        if base not in _BASES:
            slots = [name for name, slot in vars(base).items() if isinstance(slot, MemberDescriptorType)]
            yield from (name for name in slots if hasattr(values, name))


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


def _of_mapping_proxy(values: Any, convert: Convert) -> Any:
    items = dict(values)
    changed = _of_dict(items, convert)
    return values if changed is items else MappingProxyType(changed)


def _of_chain_map(values: Any, convert: Convert) -> Any:
    changed = _changed(values.maps, convert)
    return values if changed is None else ChainMap(*changed)


def _of_namespace(values: Any, convert: Convert) -> Any:
    changed = _of_dict(vars(values), convert)
    return values if changed is vars(values) else SimpleNamespace(**changed)


_DICTS: tuple[dict[Any, Any], ...] = ({}, OrderedDict())
CONTAINERS: dict[type, Kind] = {
    list: _of_list,
    tuple: _of_tuple,
    set: _of_set,
    frozenset: _of_set,
    deque: _of_deque,
    dict: _of_dict,
    OrderedDict: _of_dict,
    defaultdict: _of_dict,
    WeakSet: _of_set,
    WeakKeyDictionary: _of_dict,
    WeakValueDictionary: _of_dict,
    ChainMap: _of_chain_map,
    MappingProxyType: _of_mapping_proxy,
    SimpleNamespace: _of_namespace,
    **dict.fromkeys((KeysView, ValuesView, ItemsView), _of_list),
    **{type(view): _of_list for one in _DICTS for view in (one.keys(), one.values(), one.items())},
}


_BASES = frozenset((list, tuple, set, frozenset, deque, dict, OrderedDict, defaultdict))


def is_other(values: Any, convert: Convert) -> bool:
    """Whether anything in a container is another object on the other side: a kind that looks until something is."""
    if isinstance(values, SimpleNamespace):
        values = vars(values)
    if isinstance(values, (dict, WeakKeyDictionary, WeakValueDictionary)):
        return any(convert(key) is not key or convert(value) is not value for key, value in list(values.items()))
    return any(convert(value) is not value for value in list(values))


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
