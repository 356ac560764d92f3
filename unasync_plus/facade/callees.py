"""Which functions of the project a call means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted

from .facts import ClassFacts, FunctionFacts
from .mentions import is_dataclass

if TYPE_CHECKING:
    from .index import Index


def callees(
    function: FunctionFacts, callee: cst.BaseExpression, index: Index, by_name: bool = True
) -> list[FunctionFacts]:
    """The function that a call in ``function`` means, a class's ``__init__``; or else, ``by_name``, every method of that name."""
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
    if not by_name:
        return []
    return [found for each in index.classes.values() for found in _implementations(each, callee.attr.value)]


def fields_for(
    function: FunctionFacts, call: cst.Call, index: Index, is_it: Callable[[cst.BaseExpression], bool]
) -> Iterator[tuple[ClassFacts, cst.AnnAssign]]:
    """The fields of a dataclass that arguments of ``call`` are for, each with its class, for those that ``is_it`` tells."""
    given = [(place, arg) for place, arg in enumerate(call.args) if not arg.star and is_it(arg.value)]
    one = index.class_named(function.module.resolve(call.func, function.owner)) if given else None
    if one is None or not is_dataclass(one) or _method(one, "__init__", index):
        return
    fields = {name: (each, node) for each in [*index.lineage(one)][::-1] for name, node in each.fields.items()}
    for place, arg in given:
        name = arg.keyword.value if arg.keyword is not None else [*fields, *[""] * (place + 1)][place]
        if name in fields:
            yield fields[name]


def overloads(function: FunctionFacts) -> list[FunctionFacts]:
    """The signatures that stand above a function with several."""
    group = (function.owner or function.module).functions.get(function.name, ())
    return [found for found in group if found.has("overload")] if function in group else []


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


def parameter_for(callee: FunctionFacts, arg: cst.Arg, place: int) -> cst.Param | None:
    """The parameter that takes ``arg``, the argument at that place."""
    params = callee.node.params
    if arg.keyword is not None:
        named = (*params.params, *params.kwonly_params)
        return next((param for param in named if param.name.value == arg.keyword.value), None)
    ordered = [*params.posonly_params, *params.params]
    if callee.owner is not None and not callee.has("staticmethod"):
        ordered = ordered[1:]
    return ordered[place] if place < len(ordered) else None
