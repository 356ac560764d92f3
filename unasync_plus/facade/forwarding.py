"""What becomes of ``**options``: handed on to functions of the project, whose parameters say what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted

from .callbacks import PROTOCOL
from .facts import ClassFacts, FunctionFacts, own_nodes

if TYPE_CHECKING:
    from .callbacks import Callbacks
    from .index import Index

_DEPTH = 4  # calls through which options are followed


def handed_on(function: FunctionFacts, index: Index, callbacks: Callbacks, depth: int = 0) -> dict[str, str]:
    """Name of an option → the method of the facade that it goes through, for the ``**options`` of ``function``.

    Where two callees disagree about a name, nothing is known of it.
    """
    star = function.node.params.star_kwarg
    if star is None or depth == _DEPTH:
        return {}
    found: dict[str, set[str]] = {}
    for call in own_nodes(function.node.body):
        if not isinstance(call, cst.Call) or not any(_is_star_of(arg, star.name.value) for arg in call.args):
            continue
        given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
        for callee in _callees(function, call.func, index):
            params = (*callee.node.params.params, *callee.node.params.kwonly_params)
            adapters = handed_on(callee, index, callbacks, depth + 1)
            adapters.update({param.name.value: callbacks.adapter(callee, param) for param in params})
            for name, adapter in adapters.items():
                if name not in given:
                    found.setdefault(name, set()).add(adapter)
    certain = {name: next(iter(adapters)) for name, adapters in found.items() if len(adapters) == 1}
    return {name: adapter for name, adapter in certain.items() if adapter and not adapter.startswith(PROTOCOL)}


def _is_star_of(arg: cst.Arg, name: str) -> bool:
    return arg.star == "**" and isinstance(arg.value, cst.Name) and arg.value.value == name


def _callees(function: FunctionFacts, callee: cst.BaseExpression, index: Index) -> list[FunctionFacts]:
    """The function that a call means, a class's ``__init__``; or else every method of that name."""
    qualified = function.module.resolve(callee, function.owner)
    one = index.class_named(qualified)
    if one is None and function.owner is not None and function.has("classmethod") and _is_first(function, callee):
        one = function.owner
    if one is not None:
        return _method(one, "__init__", index)
    functions = index.functions_named(qualified)
    if functions or not isinstance(callee, cst.Attribute):
        return functions
    if function.owner is not None and _is_first(function, callee.value):
        return _method(function.owner, callee.attr.value, index)
    if function.owner is not None and isinstance(callee.value, cst.Call) and dotted(callee.value.func) == "super":
        return _method(replace(function.owner, functions={}), callee.attr.value, index)
    return [found for each in index.classes.values() for found in _implementations(each, callee.attr.value)]


def _is_first(function: FunctionFacts, node: cst.BaseExpression) -> bool:
    params = (*function.node.params.posonly_params, *function.node.params.params)
    return bool(params) and isinstance(node, cst.Name) and node.value == params[0].name.value


def _method(one: ClassFacts, name: str, index: Index) -> list[FunctionFacts]:
    for each in index.lineage(one):
        found = list(_implementations(each, name))
        if found:
            return found
    return []


def _implementations(one: ClassFacts, name: str) -> Iterator[FunctionFacts]:
    return (found for found in one.functions.get(name, ()) if not found.has("overload"))
