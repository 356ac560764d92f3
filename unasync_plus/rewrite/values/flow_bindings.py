"""What is bound to what: assignments, loops, ``with``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values.annotations import may_be_awaitable
from unasync_plus.rewrite.values.asked_late import Followed
from unasync_plus.rewrite.values.flow_guards import conditions
from unasync_plus.rewrite.values.functions import STARTERS, Function, Imported
from unasync_plus.rewrite.values.order import awaits_first
from unasync_plus.rewrite.values.places import Sliced, written_down
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def bind(flow: Flow, target: cst.BaseExpression, slot: Slot | None, value: cst.CSTNode | None) -> None:
    """Note that ``target`` is given what ``slot`` holds; ``value`` is the expression, if it is all there is to it."""
    if isinstance(target, cst.Name):
        place = flow.variable(target.value, flow.scope)
        if flow.scope.kind == "class":
            flow.slots.flow(slot, flow.calls.field(target.value))
        if place is not None and slot is not None:
            flow.slots.flow(slot, place)
            if isinstance(value, cst.Await) and flow.expressions.get(id(flow.without_casts(value.expression))) is place:
                flow.replaced.add(place)
            is_awaited = awaits_first(flow.after[-1], target.value)
            if not is_awaited:
                flow.held.append((slot, place))
            if not (isinstance(value, cst.Call) and is_awaited):
                flow.rebound.append((slot, place))
                if not (isinstance(value, cst.Call) and awaits_first(flow.after[-1], target.value, passed=True)):
                    flow.kept.append((slot, place))
            if not is_awaited and value is not None:
                flow.followed.append(
                    Followed(slot, place, flow.after[-1], target.value, flow.scope, len(flow.calls.sites))
                )
    elif isinstance(target, cst.Attribute):
        flow.visit(target.value)
        place = flow.calls.field(target.attr.value)
        flow.slots.flow(slot, place)
        place.late = True
        if slot is not None and any(isinstance(item, Function) for item in slot.items):
            flow.calls.given_methods.setdefault(target.attr.value, set()).add(last_name(target.value))
    elif isinstance(target, cst.Subscript):
        _put(flow, target, slot)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(flow, target, slot, value)


def _put(flow: Flow, target: cst.Subscript, slot: Slot | None) -> None:
    """``owner[key] = value``; what is not known to be a dictionary may be one."""
    owner = flow.visit(target.value)
    key = flow.visit(target.slice[0]) if len(target.slice) == 1 else None
    if owner is None:
        return
    index = target.slice[0].slice
    place = written_down(index.value) if isinstance(index, cst.Index) and len(target.slice) == 1 else None
    is_place = place is not None and not (isinstance(place, int) and place < 0)
    flow.slots.flow(slot, flow.slots.place(owner, place) if is_place else flow.slots.element(owner))
    flow.slots.flow(key, flow.slots.key(owner))
    if "mapping" not in owner.items:
        flow.slots.flow(key, flow.slots.element(owner), inside=False)


def _unpack(flow: Flow, target: cst.Tuple | cst.List, slot: Slot | None, value: cst.CSTNode | None) -> None:
    paired, starred = _is_parallel(target, value), False
    values = value.elements if paired else ()  # type: ignore[union-attr]  # a tuple or list
    for index, element in enumerate(target.elements):
        if paired:
            part = flow.expressions.get(id(values[index].value))
            bind(flow, element.value, part, None)
        elif slot is None:
            continue
        elif isinstance(element, cst.StarredElement):
            rest = flow.slots.new("container")
            behind = len(target.elements) - index - 1
            flow.calls.arrangements.append(Sliced(slot, slice(index, -behind or None), rest))
            flow.slots.hint(slot, rest, inside=True)
            starred = True
            bind(flow, element.value, rest, None)
        else:
            place = index - len(target.elements) if starred else index
            bind(flow, element.value, flow.calls.part(slot, place), None)


def assign(flow: Flow, node: cst.Assign) -> None:
    if len(node.targets) == 1 and _is_parallel(node.targets[0].target, node.value):
        for element in node.value.elements:  # type: ignore[attr-defined]  # a tuple or list
            flow.visit(element.value)
        slot = None
    else:
        slot = flow.visit(node.value) or starter(flow, node.value)
    for target in node.targets:
        bind(flow, target.target, slot, node.value)


def starter(flow: Flow, node: cst.BaseExpression) -> Slot | None:
    """``create_task`` and the like as a value."""
    imported = Imported(flow.names.resolve(node, flow.scope) or "")
    return flow.slots.new(imported) if imported in STARTERS and not flow.calls.is_left(imported.qualified) else None


def annotated_assign(flow: Flow, node: cst.AnnAssign) -> None:
    slot = flow.visit(node.value) if node.value is not None else None
    known = flow.annotation(node.annotation.annotation)
    place = _place(flow, node.target)
    if place is not None and isinstance(node.target, cst.Name) and flow.is_never_awaited(node.annotation.annotation):
        place.settled = True
    bind(flow, node.target, slot or flow.slots.new(), node.value)
    if place is not None:
        if flow.is_awaitable(node.annotation.annotation):
            flow.awaitable.add(place)
        flow.annotated[id(node)] = place
        flow.slots.flow(known, place)
        field = node.target.value if flow.scope.kind == "class" and isinstance(node.target, cst.Name) else ""
        if field:
            flow.slots.flow(known, flow.calls.field(field))
        if field and may_be_awaitable(node.annotation.annotation, flow.names, flow.scope):
            flow.may_be_awaitable.add(flow.calls.field(field))


def _place(flow: Flow, target: cst.BaseExpression) -> Slot | None:
    if isinstance(target, cst.Name):
        return flow.variable(target.value, flow.scope)
    return flow.calls.field(target.attr.value) if isinstance(target, cst.Attribute) else None


def augmented_assign(flow: Flow, node: cst.AugAssign) -> None:
    place, slot = flow.visit(node.target), flow.visit(node.value)
    if place is not None and slot is not None:
        flow.slots.merge(flow.slots.element(slot), flow.slots.element(place))
        if "mapping" in slot.items:
            flow.slots.flow(flow.slots.key(slot), flow.slots.key(place))


def for_(flow: Flow, node: Any) -> None:
    flow.calls.iterated.add(id(node.iter))
    iterated = flow.visit(node.iter)
    element = flow.calls.each(iterated) if iterated is not None else None
    bind(flow, node.target, element, None)
    if isinstance(node, cst.For):
        loops = list(_variables(flow, node.target, element)) if element is not None else []
        flow.loops += loops
        flow.apart(node, ("body", "orelse"))
        del flow.loops[len(flow.loops) - len(loops) :]
        return
    conditions(flow, node)
    if node.inner_for_in is not None:
        for_(flow, node.inner_for_in)


def _variables(flow: Flow, target: cst.BaseExpression, element: Slot) -> Iterator[tuple[str, Slot]]:
    """The variables of a loop, and what each is given."""
    if isinstance(target, cst.Name):
        yield target.value, element
    elif isinstance(target, (cst.Tuple, cst.List)):
        for part in target.elements:
            yield from _variables(flow, part.value, flow.slots.element(element))


def with_item(flow: Flow, node: cst.WithItem) -> None:
    slot = flow.visit(node.item)
    if node.asname is None or slot is None:
        return
    entered = flow.slots.new()
    flow.calls.entered.add(entered)
    flow.slots.flow(slot, entered)
    flow.slots.flow(flow.slots.element(slot), entered)
    bind(flow, node.asname.name, entered, None)


def walrus(flow: Flow, node: cst.NamedExpr) -> Slot | None:
    slot = flow.visit(node.value)
    bind(flow, node.target, slot, None)
    return flow.noted(node, _place(flow, node.target) or slot)


def _is_parallel(target: cst.CSTNode, value: cst.CSTNode | None) -> bool:
    """Whether ``target = value`` is ``a, b = x, y``."""
    if not isinstance(target, (cst.Tuple, cst.List)) or not isinstance(value, (cst.Tuple, cst.List)):
        return False
    elements = (*value.elements, *target.elements)
    return len(value.elements) == len(target.elements) and not any(
        isinstance(element, cst.StarredElement) for element in elements
    )
