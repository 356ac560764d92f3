"""What becomes of ``**options``: handed on to functions of the project, whose parameters say what they are for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import all_parameters, dotted, own_nodes

from .callbacks import PROTOCOL
from .callees import callees
from .facts import FunctionFacts
from .held import held_adapter
from .mentions import is_dataclass

if TYPE_CHECKING:
    from .callbacks import Callbacks
    from .index import Index

_DEPTH = 6  # calls through which options are followed


def handed_on(function: FunctionFacts, index: Index, callbacks: Callbacks, depth: int = 0) -> dict[str, str]:
    """Name of an option → the method of the facade that it goes through, for the ``**options`` of ``function``.

    Where two callees disagree about a name, nothing is known of it.
    """
    star = function.node.params.star_kwarg
    if star is None or depth == _DEPTH:
        return {}
    key = (id(function.node), depth)
    if key not in callbacks.options:
        callbacks.options[key] = _found(function, star, index, callbacks, depth)
    return callbacks.options[key]


def _found(function: FunctionFacts, star: cst.Param, index: Index, callbacks: Callbacks, depth: int) -> dict[str, str]:
    found = {name: {adapter} for name, adapter in callbacks.of_overloads(function).items()}
    for name in map(attrgetter("name.value"), all_parameters(function.node.params)):
        found.pop(name, None)
    for caller, call in _calls_with(function, star.name.value, index):
        given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
        for callee in _callees(caller, call, index):
            params = (*callee.node.params.params, *callee.node.params.kwonly_params)
            adapters = dict(handed_on(callee, index, callbacks, depth + 1))
            adapters.update({param.name.value: callbacks.adapter(callee, param) for param in params})
            for name, adapter in adapters.items():
                if name not in given:
                    found.setdefault(name, set()).add(adapter)
        for name, adapter in _fields(caller, call, index, callbacks).items():
            if name not in given:
                found.setdefault(name, set()).add(adapter)
    certain = {name: next(iter(adapters)) for name, adapters in found.items() if len(adapters) == 1}
    return {name: adapter for name, adapter in certain.items() if adapter and not adapter.startswith(PROTOCOL)}


def _fields(caller: FunctionFacts, call: cst.Call, index: Index, callbacks: Callbacks) -> dict[str, str]:
    """The adapters for the fields of a dataclass that is made with the options."""
    one = index.class_named(caller.module.resolve(call.func, caller.owner))
    if one is None or not is_dataclass(one):
        return {}
    fields = {name: each for each in reversed(list(index.lineage(one))) for name in each.fields}
    return {name: held_adapter(name, each, callbacks) for name, each in fields.items()}


def _calls_with(function: FunctionFacts, name: str, index: Index) -> Iterator[tuple[FunctionFacts, cst.Call]]:
    """The calls that are given the options, also by what they were put into: ``self.kwargs.update(kwargs)``."""
    places = {name}
    nodes = list(own_nodes(function.node.body))
    for node in nodes:
        if isinstance(node, cst.Assign) and any(_is_or_has(node.value, place) for place in tuple(places)):
            places.update(path for target in node.targets if (path := dotted(target.target)) is not None)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "update":
            if any(dotted(arg.value) == name for arg in node.args):
                places.add(dotted(node.func.value) or name)
    yield from ((function, call) for call in _given(nodes, places))
    kept = {place for place in places if place.startswith("self.")}
    if kept and function.owner is not None:
        for one in index.lineage(function.owner):
            for method in one.members():
                if method is not function:
                    yield from ((method, call) for call in _given(own_nodes(method.node.body), kept))


def _is_or_has(node: cst.BaseExpression, place: str) -> bool:
    """``options``, or ``{**defaults, **options}``."""
    if isinstance(node, cst.Dict):
        return any(isinstance(one, cst.StarredDictElement) and dotted(one.value) == place for one in node.elements)
    return dotted(node) == place


def _given(nodes: Iterable[cst.CSTNode], places: set[str]) -> Iterator[cst.Call]:
    for node in nodes:
        if isinstance(node, cst.Call) and any(arg.star == "**" and dotted(arg.value) in places for arg in node.args):
            yield node


def _callees(function: FunctionFacts, call: cst.Call, index: Index) -> Iterator[FunctionFacts]:
    """The functions that are given the options; for a method of the object itself, those that override it, too."""
    callee = call.func
    if call.args and function.module.resolve(callee, function.owner) == "functools.partial":
        callee = call.args[0].value
    yield from callees(function, callee, index)
    if function.owner is not None and isinstance(callee, cst.Attribute) and dotted(callee.value) == "self":
        for one in index.classes.values():
            if callee.attr.value in one.functions and function.owner in index.ancestors(one):
                yield from one.functions[callee.attr.value]
