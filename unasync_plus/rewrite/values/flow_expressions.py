"""Expressions: each gets the slot of what it may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values import containers
from unasync_plus.rewrite.values import flow_bindings as bindings
from unasync_plus.rewrite.values.flow_guards import filtered
from unasync_plus.rewrite.values.functions import Constructor, Imported, calls_in
from unasync_plus.rewrite.values.places import MANY, Sliced, written_down
from unasync_plus.rewrite.values.properties import OPERATORS, operated_elsewhere, read_elsewhere
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, Argument, Site, last_name
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import FIELDS

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def name(flow: Flow, node: cst.Name) -> Slot | None:
    return flow.noted(node, flow.read(node.value))


def attribute(flow: Flow, node: cst.Attribute) -> Slot | None:
    if flow.names.resolve(node, flow.scope) is not None:
        return None
    is_awaited = flow.awaited is node
    owner = flow.visit(node.value)
    slot = flow.calls.field(node.attr.value)
    if owner is not None and flow.slots.given:  # objects of other modules may make up attributes of any name
        field, slot = slot, flow.slots.new()
        flow.slots.flow(field, slot)
    if node.attr.value in flow.calls.giving and not is_awaited:
        slot = read_elsewhere(flow, node.value, node.attr.value, slot)
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
    if isinstance(key, cst.Slice):
        return flow.noted(node, _slice(flow, owner, key))
    place = written_down(key.value) if isinstance(key, cst.Index) and len(node.slice) == 1 else None
    slot = flow.calls.part(owner, place) if place is not None else flow.slots.new()
    if place is None:
        flow.slots.flow(flow.slots.element(owner), slot)
    if "__getitem__" in flow.calls.giving:
        slot = operated_elsewhere(flow, node.value, "__getitem__", slot)
    flow.operations.append((owner, OPERATORS[cst.Subscript], slot))
    return flow.noted(node, slot)


def _slice(flow: Flow, owner: Slot, node: cst.Slice) -> Slot:
    """Some of what is in ``owner``, at other places."""
    slot = flow.slots.new()
    flow.slots.flow(owner, slot, inside=False)
    said = [bound for bound in (node.lower, node.upper, node.step) if bound is not None]
    if all(isinstance(written_down(bound), int) for bound in said):
        bounds = [None if bound is None else written_down(bound) for bound in (node.lower, node.upper, node.step)]
        flow.calls.arrangements.append(Sliced(owner, slice(*bounds), slot))
        flow.slots.hint(owner, slot, inside=True)
    else:
        flow.slots.merge(flow.slots.element(owner), flow.slots.element(slot))
    return slot


def call(flow: Flow, node: cst.Call) -> Slot:
    awaited, flow.awaited = flow.awaited is node, None
    func = node.func.value if type(node.func) is cst.Subscript and not is_constant(node.func.value) else node.func
    qualified = flow.names.resolve(func, flow.scope)
    if type(func) is cst.Call and flow.names.resolve(func.func, flow.scope) == "functools.lru_cache":
        qualified = "functools.lru_cache"  # with options
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
        arguments.append(Argument(slot or flow.slots.new(), arg.star, keyword, value=arg.value))
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
    if flow.is_awaitable(said):
        flow.awaitable.add(slot)
    flow.slots.flow(flow.visit(value), slot)
    flow.slots.flow(flow.annotation(said), slot)
    return slot


def is_constant(node: cst.BaseExpression) -> bool:
    """Whether it is called like a constant, a table of functions then: ``HANDLERS[name](x)``, unlike ``List[int]()``."""
    name = last_name(node)
    return len(name) > 1 and name.isupper()


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
        flow.awaited_values.append((operand, held))
        flow.calls.awaited.append(_gone_through(flow, operand) or held)
        held.late = held.late or not isinstance(operand, cst.Name)
    return flow.slots.result(slot)


def _gone_through(flow: Flow, node: cst.BaseExpression) -> Slot | None:
    return flow.of_a_loop(node.value) if isinstance(node, cst.Name) else None


def operation(flow: Flow, node: cst.BinaryOperation) -> Slot | None:
    """``[a] + [b]``, ``[a] * 2`` and the operations of sets hold what their operands hold."""
    left, right = flow.visit(node.left), flow.visit(node.right)
    operands = [slot for slot in (left, right) if slot is not None]
    method = OPERATORS.get(node.operator.__class__)
    if method is not None and method in flow.calls.giving:
        plain = flow.slots.new()
        given = operated_elsewhere(flow, node.left, method, plain)
        if given is not plain:
            return flow.noted(node, given)
    if not operands:
        return None
    flow.used.update(operands)
    dictionaries = isinstance(node.operator, cst.BitOr) and any("mapping" in operand.items for operand in operands)
    slot = flow.slots.new("mapping" if dictionaries else "container")
    if method is not None and left is not None:
        flow.operations.append((left, method, slot))
    if isinstance(node.operator, cst.Add):
        return flow.noted(node, flow.calls.joined([(left, True), (right, True)], slot))
    if isinstance(node.operator, cst.Multiply) and isinstance(times := written_down(node.right), int) and times <= MANY:
        return flow.noted(node, flow.calls.joined([(left, True)] * times, slot))
    for operand in operands:
        flow.slots.flow(flow.slots.element(operand), flow.slots.element(slot))
        if dictionaries:
            flow.slots.flow(flow.slots.key(operand), flow.slots.key(slot))
    return flow.noted(node, slot)


def comparison(flow: Flow, node: cst.Comparison) -> None:
    """What is compared is no coroutine; whether it is a certain object, or one of several, can be asked of one."""
    left = flow.visit(node.left)
    for part in node.comparisons:
        right = flow.visit(part.comparator)
        if not isinstance(part.operator, _OF_ALL):
            flow.used.update(slot for slot in (left, right) if slot is not None)
        if left is not None and isinstance(part.operator, (cst.Is, cst.Equal)) and last_name(part.comparator) == "None":
            flow.tested.add(left)
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
    """A tuple, list or set."""
    slot = flow.expressions[id(node)] = flow.slots.new("container")
    pieces = [(flow.visit(one.value), isinstance(one, cst.StarredElement)) for one in node.elements]
    if isinstance(node, cst.Set) or (isinstance(node, cst.List) and len(pieces) > MANY):
        for value, starred in pieces:
            inner = flow.calls.each(value) if starred and value is not None else value
            flow.slots.flow(inner, flow.slots.element(slot))
    elif any(starred for _, starred in pieces):
        flow.calls.joined(pieces, slot)
    else:
        flow.slots.of_size(slot, len(pieces))
        for index, (value, _) in enumerate(pieces):
            if value is not None:
                flow.slots.flow(value, flow.slots.place(slot, index))
    return slot


def dictionary(flow: Flow, node: cst.Dict) -> Slot:
    slot = flow.expressions[id(node)] = flow.slots.new("mapping")
    keys = [written_down(one.key) if isinstance(one, cst.DictElement) else None for one in node.elements]
    has_places = None not in keys and len(keys) <= MANY
    for key, one in zip(keys, node.elements, strict=True):
        value = flow.visit(one.value)
        if isinstance(one, cst.DictElement):
            flow.slots.flow(flow.visit(one.key), flow.slots.key(slot))
            if value is not None:
                flow.slots.flow(value, flow.slots.place(slot, key) if has_places else flow.slots.element(slot))
        elif value is not None:
            containers.put_all(flow.calls, value, slot)
    return slot


def comprehension(flow: Flow, node: Any) -> Slot:
    outer, flow.scope = flow.scope, flow.names.scopes.get(id(node), flow.scope)
    flow.after.append(None)
    bindings.for_(flow, node.for_in)
    slot = flow.slots.new("mapping" if isinstance(node, cst.DictComp) else "container")
    for name in FIELDS[node.__class__]:
        if name != "for_in":
            target = flow.slots.key(slot) if name == "key" else flow.slots.element(slot)
            flow.slots.flow(flow.visit(getattr(node, name)), target)
    flow.after.pop()
    flow.scope = outer
    flow.expressions[id(node)] = slot
    return slot
