"""Expressions: each gets the slot of what it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values import flow_bindings as bindings
from unasync_plus.rewrite.values.flow_guards import filtered
from unasync_plus.rewrite.values.functions import Constructor, Imported, calls_in
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, Argument, Site
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import FIELDS

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def name(flow: Flow, node: cst.Name) -> Slot | None:
    return flow.noted(node, flow.read(node.value))


def attribute(flow: Flow, node: cst.Attribute) -> Slot | None:
    if flow.names.resolve(node, flow.scope) is not None:
        return None
    owner = flow.visit(node.value)
    slot = flow.calls.field(node.attr.value)
    if owner is not None and flow.slots.given:  # objects of other modules may make up attributes of any name
        field, slot = slot, flow.slots.new()
        flow.slots.flow(field, slot)
    if owner is not None:
        flow.calls.accesses.append((owner, node.attr.value, slot))
    return flow.noted(node, slot)


def subscript(flow: Flow, node: cst.Subscript) -> Slot | None:
    owner = flow.visit(node.value)
    for part in node.slice:
        flow.visit(part)
    if owner is None:
        return None
    if any(isinstance(item, Constructor) for item in owner.items):
        return flow.noted(node, owner)  # ``C[int]`` is the class
    key = node.slice[0].slice
    if isinstance(key, cst.Index) and isinstance(key.value, cst.Integer) and len(node.slice) == 1:
        return flow.noted(node, flow.calls.part(owner, key.value.evaluated_value))
    if isinstance(key, cst.Slice):
        return flow.noted(node, _slice(flow, owner))
    slot = flow.slots.new()
    flow.slots.flow(flow.slots.element(owner), slot)
    return flow.noted(node, slot)


def _slice(flow: Flow, owner: Slot) -> Slot:
    """Some of what is in ``owner``, at other places."""
    slot = flow.slots.new()
    flow.slots.flow(owner, slot, inside=False)
    flow.slots.merge(flow.slots.element(owner), flow.slots.element(slot))
    return slot


def call(flow: Flow, node: cst.Call) -> Slot:
    awaited, flow.awaited = flow.awaited is node, None
    func = node.func.value if type(node.func) is cst.Subscript else node.func
    qualified = flow.names.resolve(func, flow.scope)
    if qualified in CASTS and len(node.args) == 2 and not any(arg.star or arg.keyword for arg in node.args):
        return cast(flow, node, awaited=awaited)
    callee = flow.visit(node.func)
    if isinstance(node.func, cst.Attribute) and (element := _gone_through(flow, node.func.value)) is not None:
        flow.calls.gone_through[id(node.func.value)] = element
    is_method = isinstance(node.func, cst.Attribute) and qualified is None
    receiver = flow.expressions.get(id(node.func.value)) if is_method else None  # type: ignore[attr-defined]  # an Attribute
    arguments: list[Argument] = []
    for arg in node.args:
        slot = flow.visit(arg.value) or _imported(flow, arg.value)
        if calls_in(arg.value):
            for earlier in arguments:
                earlier.later_effects = True
        keyword = arg.keyword.value if arg.keyword is not None else ""
        arguments.append(Argument(slot or flow.slots.new(), arg.star, keyword))
    if receiver is not None and node.func.attr.value == "__await__":  # type: ignore[attr-defined]  # likewise
        receiver.awaited = receiver.awaited or not isinstance(node.func.value, cst.Call)  # type: ignore[attr-defined]  # likewise
    if qualified == "builtins.filter":
        filtered(flow, node, arguments)
    method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
    out = flow.slots.new()
    site = Site(node, flow.scope, qualified, callee, receiver, method, arguments, out, awaited)
    flow.calls.sites.append(site)
    flow.expressions[id(node)] = out
    return out


def cast(flow: Flow, node: cst.Call, *, awaited: bool) -> Slot:
    """``cast(type, value)`` is the value itself, of which the type tells something."""
    said, value = (arg.value for arg in node.args)
    flow.casts[id(node)] = value
    flow.awaited = value if awaited else None
    slot = flow.annotated[id(node)] = flow.expressions[id(node)] = flow.slots.new()
    slot.settled = flow.is_never_awaited(said)
    flow.slots.flow(flow.visit(value), slot)
    flow.slots.flow(flow.annotation(said), slot)
    return slot


CASTS = frozenset({"typing.cast", "typing_extensions.cast"})


def _imported(flow: Flow, node: cst.BaseExpression) -> Slot | None:
    qualified = flow.names.resolve(node, flow.scope) or ""
    root, _, name = qualified.rpartition(".")
    is_function = root.partition(".")[0] in ASYNC_ROOTS and name[:1].islower() and not flow.calls.is_left(qualified)
    return flow.slots.new(Imported(qualified)) if is_function else None


def await_(flow: Flow, node: cst.Await) -> Slot | None:
    flow.awaited = node.expression
    slot = flow.visit(node.expression)
    flow.awaited = None
    if slot is None:
        return None
    flow.expressions[id(node.expression)] = slot
    operand = flow.without_casts(node.expression)
    if isinstance(operand, cst.Call):
        flow.awaited_calls.append((operand, slot))
    else:
        held = slot if operand is node.expression else flow.expressions.get(id(operand), slot)
        held.awaited = True
        flow.calls.awaited.append(_gone_through(flow, operand) or held)
        held.late = held.late or not isinstance(operand, cst.Name)
    return flow.slots.result(slot)


def _gone_through(flow: Flow, node: cst.BaseExpression) -> Slot | None:
    return flow.of_a_loop(node.value) if isinstance(node, cst.Name) else None


def operation(flow: Flow, node: cst.BinaryOperation) -> Slot | None:
    """``[a] + [b]``, ``[a] * 2`` and the operations of sets hold what their operands hold."""
    operands = [slot for slot in (flow.visit(node.left), flow.visit(node.right)) if slot is not None]
    if not operands:
        return None
    flow.used.update(operands)
    slot = flow.slots.new("container")
    for operand in operands:
        flow.slots.flow(flow.slots.element(operand), flow.slots.element(slot))
    return flow.noted(node, slot)


def comparison(flow: Flow, node: cst.Comparison) -> None:
    """What is compared is no coroutine; whether it is a certain object, or one of several, can be asked of one."""
    left = flow.visit(node.left)
    for part in node.comparisons:
        right = flow.visit(part.comparator)
        if not isinstance(part.operator, _OF_ALL):
            flow.used.update(slot for slot in (left, right) if slot is not None)
        left = right


_OF_ALL = (cst.Is, cst.IsNot, cst.In, cst.NotIn)


def formatted(flow: Flow, node: cst.FormattedStringExpression) -> None:
    slot = flow.visit(node.expression)
    if slot is not None:
        flow.used.add(slot)
    if node.format_spec is not None:
        for part in node.format_spec:
            flow.visit(part)


def display(flow: Flow, node: Any) -> Slot:
    slot = flow.slots.new("container")
    has_places = isinstance(node, cst.Tuple) and not any(isinstance(one, cst.StarredElement) for one in node.elements)
    for index, element in enumerate(node.elements):
        value = flow.visit(element.value)
        if isinstance(element, (cst.StarredElement, cst.StarredDictElement)):
            value = flow.slots.element(value) if value is not None else None
        elif isinstance(element, cst.DictElement):
            flow.slots.flow(flow.visit(element.key), flow.slots.element(slot), inside=False)
        flow.slots.flow(value, flow.slots.place(slot, index) if has_places else flow.slots.element(slot))
    flow.expressions[id(node)] = slot
    return slot


def comprehension(flow: Flow, node: Any) -> Slot:
    outer, flow.scope = flow.scope, flow.names.scopes.get(id(node), flow.scope)
    flow.after.append(None)
    bindings.for_(flow, node.for_in)
    slot = flow.slots.new("container")
    for name in FIELDS[node.__class__]:
        if name != "for_in":
            flow.slots.flow(flow.visit(getattr(node, name)), flow.slots.element(slot), inside=name != "key")
    flow.after.pop()
    flow.scope = outer
    flow.expressions[id(node)] = slot
    return slot
