"""Attributes that give a coroutine where they are read: `async` properties, and what descriptors of the module make of coroutine
functions. Operators whose special methods are coroutine functions are no different.

``await obj.value`` is ``obj.value`` in sync code. But nothing can be kept back there: what is read now and awaited later has run.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values.functions import Class, Function
from unasync_plus.rewrite.values.picked import sources_in
from unasync_plus.rewrite.values.sites import MAYBE
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow

OPERATORS: dict[type[Any], str] = {
    cst.Subscript: "__getitem__",
    cst.Add: "__add__",
    cst.Subtract: "__sub__",
    cst.Multiply: "__mul__",
    cst.Divide: "__truediv__",
    cst.MatrixMultiply: "__matmul__",
    cst.BitOr: "__or__",
    cst.BitAnd: "__and__",
    cst.LeftShift: "__lshift__",
    cst.RightShift: "__rshift__",
}


def is_descriptor(function: Function, flow: Flow) -> bool:
    """Whether a decorator of this module makes a descriptor, with a ``__get__``, of a coroutine function."""
    if not isinstance(function.node, cst.FunctionDef) or not (function.is_method and function.is_async):
        return False
    return any(_makes_one(decorator.decorator, flow) for decorator in function.node.decorators)


def _makes_one(decorator: cst.BaseExpression, flow: Flow) -> bool:
    made = _found(decorator.func if isinstance(decorator, cst.Call) else decorator, flow)
    for node in list(made):
        if isinstance(node, cst.FunctionDef):
            returned = (part.value for part in walk(node.body) if isinstance(part, cst.Return))
            made += [one for value in returned if isinstance(value, cst.Call) for one in _found(value.func, flow)]
    return any("__get__" in flow.classes[id(node)].methods for node in made if id(node) in flow.classes)


def _found(name: cst.BaseExpression, flow: Flow) -> list[cst.CSTNode | None]:
    """What defines ``name``."""
    found = flow.scope.lookup(name.value) if isinstance(name, cst.Name) else None
    return [binding.node for binding in found[1]] if found is not None else []


def describe(function: Function, slot: Slot, flow: Flow) -> None:
    """Note what an attribute is that a descriptor is for: what its ``__get__`` gives may be an object to be awaited."""
    flow.slots.flow(function.returns, flow.slots.result(slot))
    flow.slots.add(slot, "coroutine", MAYBE)
    flow.calls.read_properties.add(function)


def has_operators(made: Class) -> bool:
    """Whether special methods for operators are coroutine functions."""
    return any(method.makes_coroutines and name in OPERATORS.values() for name, method in made.methods.items())


def apply_operators(flow: Flow) -> None:
    """Note what operators give whose special methods are coroutine functions: ``await (a << b)``."""
    for owner, name, out in flow.operations if any(map(has_operators, flow.classes.values())) else ():
        for item in list(owner.items):
            method = item.methods.get(name) if isinstance(item, Class) else None
            if method is not None and method.makes_coroutines:
                flow.slots.add(out, "coroutine")
                flow.calls.given_by_operators.add(out)
                flow.calls.read_properties.add(method)


def read_elsewhere(flow: Flow, owner: cst.BaseExpression, name: str, slot: Slot) -> Slot:
    """The ``slot`` of an attribute, or another one if that of this owner gives a coroutine, as a class of another module says."""
    reads = flow.calls.reads(owner, name, flow.scope)
    if reads is False or (reads is None and name in OPERATORS.values()):
        return slot
    made = flow.slots.new()
    flow.slots.flow(slot, made)
    if reads:
        flow.slots.add(made, "coroutine")
    else:
        flow.calls.perhaps_read.add(made)
    flow.calls.read_elsewhere.add(name)
    return made


def operated_elsewhere(flow: Flow, owner: cst.BaseExpression, name: str, slot: Slot) -> Slot:
    """The same for an operator."""
    made = read_elsewhere(flow, owner, name, slot)
    if made is not slot:
        flow.calls.given_by_operators.add(made)
    return made


def apply_iterators(flow: Flow) -> bool:
    """Note that there are coroutines in objects whose ``__next__`` gives some: a call is made where one is taken out."""
    steps: set[Hashable] = {
        made
        for made in flow.classes.values()
        if "__next__" in made.methods and made.methods["__next__"].makes_coroutines
    }
    for slot in flow.slots.all if steps else ():
        if slot.items & steps:
            flow.slots.add(flow.slots.element(slot), "coroutine")
    return bool(steps)


def read_too_early(flow: Flow) -> list[cst.BaseExpression]:
    """What is awaited where what such an attribute gave was read before."""
    names = {function.node.name.value for function in flow.calls.read_properties}  # type: ignore[union-attr]  # a FunctionDef
    names |= flow.calls.read_elsewhere
    return [
        node
        for node, slot in flow.awaited_values
        if slot.late and _is_result(slot, flow) and slot not in flow.calls.given_by_operators
        if not (isinstance(node, cst.Attribute) and node.attr.value in names)
    ]


def given_results(flow: Flow) -> list[cst.Call]:
    """The calls that are given what such an attribute gave, and want calls yet to be made."""
    return [
        site.node
        for site in flow.calls.sites
        if any(_wants_a_result(argument.slot, argument.star, flow) for argument in site.arguments)
    ]


def _wants_a_result(slot: Slot, star: str, flow: Flow) -> bool:
    held = slot.inside.root().element if star else slot
    return held is not None and held.started and _is_result(held, flow)


def may_be_read(slot: Slot, flow: Flow) -> bool:
    """Whether it is what an attribute gave that gives coroutines, by its name if nothing else tells."""
    return "coroutine" in slot.items or not flow.calls.perhaps_read.isdisjoint((slot, *slot.origins))


def _is_result(slot: Slot, flow: Flow) -> bool:
    return may_be_read(slot, flow) and not sources_in(slot) and "task" not in slot.items
