"""Callbacks that callers keep in attributes: ``hub.on_close = close``, ``hub.handlers.append(handle)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import all_parameters, dotted

from .facts import ClassFacts
from .uses import AWAITED, AWAITED_MAKER, ELSEWHERE, EVENT, GENERATOR, MAKER, MANAGER

if TYPE_CHECKING:
    from .callbacks import Callbacks

ADAPTERS = frozenset((AWAITED, AWAITED_MAKER, ELSEWHERE, EVENT, GENERATOR, MAKER, MANAGER))


def held_callbacks(one: ClassFacts, callbacks: Callbacks) -> dict[str, list[str]]:
    """The adapters for the public attributes of ``one`` in which functions are kept, and their names."""
    found: dict[str, list[str]] = {}
    for name in sorted({*one.fields, *one.values, *one.attributes}):
        adapter = "" if name.startswith("_") else held_adapter(name, one, callbacks)
        if adapter in ADAPTERS:
            found.setdefault(adapter, []).append(name)
    return found


def held_adapter(name: str, one: ClassFacts, callbacks: Callbacks) -> str:
    """The adapter for what is kept in one attribute."""
    attribute = one.attributes.get(name)
    annotation = one.fields[name].annotation.annotation if name in one.fields else None
    if annotation is None and attribute is not None:
        annotation = attribute.annotation
    said = callbacks.of_annotation(one.module, annotation, one) if annotation is not None else None
    if said is not None:
        return ELSEWHERE if said == EVENT and callbacks.of_attribute(one, name) == ELSEWHERE else said
    if attribute is not None and isinstance(attribute.value, cst.Name):
        for param in all_parameters(attribute.function.node.params):
            if param.name.value == attribute.value.value and not param.star:
                return callbacks.adapter(attribute.function, param)
    value = attribute.value if attribute is not None else one.values.get(name)
    return callbacks.of_attribute(one, name) if value is None or may_be_filled(value) else ""


def may_be_filled(value: cst.BaseExpression) -> bool:
    """Whether what an attribute is set to first is a function, or something that others take the place of, or are put in."""
    if isinstance(value, cst.Call):
        return (dotted(value.func) or "").rpartition(".")[2] in _CONTAINERS
    return isinstance(value, (cst.Name, cst.Attribute, cst.Lambda, cst.List, cst.Dict, cst.Set))


_CONTAINERS = frozenset(
    "defaultdict deque dict field list set OrderedDict WeakKeyDictionary WeakSet WeakValueDictionary".split()
)
