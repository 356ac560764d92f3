"""Functions and classes: what their parameters hold and what they give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values.asked_late import Followed
from unasync_plus.rewrite.values.flow_bindings import starter
from unasync_plus.rewrite.values.functions import Constructor, Function, class_of, function_of
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.rewrite.values.order import awaits_first, follower
from unasync_plus.rewrite.values.properties import describe, is_descriptor
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.rewrite.values.starting_wrappers import in_its_place

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def function(flow: Flow, node: cst.FunctionDef) -> None:
    for decorator in node.decorators:
        flow.visit(decorator.decorator)
    function = function_of(node, flow.names, flow.scope, flow.slots)
    _parameters(flow, function, node.params)
    function.returns.escapes = not function.is_nested and not node.name.value.startswith("_")
    replaced = in_its_place(flow, function) if node.decorators else []
    place = flow.variable(node.name.value, flow.scope)
    for slot in (place, flow.calls.field(node.name.value) if function.is_method else None):
        if slot is not None and function.is_property:
            flow.slots.flow(function.returns, slot)
            if function.is_async:
                flow.slots.add(slot, "coroutine")
                flow.calls.read_properties.add(function)
        elif slot is not None and is_descriptor(function, flow):
            describe(function, slot, flow)
        elif slot is not None:
            flow.slots.add(slot, *(replaced or (() if function.is_replaced else (function,))))
    if flow.class_ is not None and function.is_method:
        wrappers = [item for item in replaced if isinstance(item, Function)]
        flow.class_.methods[node.name.value] = wrappers[0] if wrappers else function
    if function.is_method and flow.class_ is not None and function.positional and not function.is_static:
        itself = function.parameters[function.positional[0]]
        itself.items.discard("param")
        flow.slots.add(itself, flow.class_)
        if function.takes_class:
            flow.slots.add(itself, Constructor(flow.class_))
    if node.returns is not None:
        function.returns.settled = flow.is_never_awaited(node.returns.annotation)
        result = flow.annotation(node.returns.annotation)
        flow.slots.flow(result, function.returns)
    _inside(flow, function, node.body)


def _inside(flow: Flow, function: Function, body: cst.CSTNode) -> Slot | None:
    outer, before, after, around = flow.scope, flow.function, flow.after, flow.class_
    flow.scope, flow.function, flow.after, flow.class_ = function.scope, function, [None], None
    slot = flow.visit(body)
    flow.scope, flow.function, flow.after, flow.class_ = outer, before, after, around
    return slot


def _parameters(flow: Flow, function: Function, params: cst.Parameters) -> None:
    flow.functions.append(function)
    if isinstance(function.node, cst.FunctionDef):
        _starts(flow, function, function.node.name.value)
    first = follower(function.node.body)
    for name, slot in function.parameters.items():
        flow.variables[id(function.scope), name] = slot
        if not function.is_nested:
            flow.slots.add(slot, "param")
        if name == "event_loop":  # the fixture
            flow.slots.add(slot, LOOP)
        if name == "nursery" and "trio" in flow.names.imports:  # that of pytest-trio, or one that is handed on
            flow.slots.add(slot, "trio.Nursery")
        if isinstance(function.node, cst.Lambda) or not awaits_first(first, name):
            slot.late = True
            if isinstance(function.node, cst.Lambda) or not awaits_first(first, name, passed=True):
                flow.calls.kept.add(slot)
                if not isinstance(function.node, cst.Lambda):
                    flow.followed.append(Followed(None, slot, function.node.body, name, function.scope, -1))
        else:
            function.awaited_first = name
        slot.escapes = slot.escapes or _is_given_results(flow, function)
    for name, binding in function.scope.bindings.items():
        for given in binding:
            if given.kind != "param" or name not in function.parameters:
                continue
            slot = flow.annotated[id(given.node)] = function.parameters[name]
            if given.annotation is not None:
                known = flow.annotation(given.annotation)
                starred = name in (function.star, function.double_star)
                if not starred and flow.is_never_awaited(given.annotation):
                    slot.settled = True
                    slot.items.discard("param")
                if not starred and flow.is_awaitable(given.annotation):
                    flow.awaitable.add(slot)
                flow.slots.flow(known, flow.slots.element(slot) if starred else slot)
            default = getattr(given.node, "default", None)
            if default is not None:
                flow.slots.flow(flow.visit(default) or starter(flow, default), slot)


def _is_given_results(flow: Flow, function: Function) -> bool:
    """Whether other modules of the project pass results for what this function awaits."""
    node = function.node
    return not function.is_nested and isinstance(node, cst.FunctionDef) and node.name.value in flow.calls.awaiters


def _starts(flow: Flow, function: Function, name: str) -> None:
    """Other modules of the project pass calls yet to be made for what this function starts."""
    for parameter in flow.calls.starters(name, "" if flow.scope.kind == "module" else None):
        place, _, known = parameter.partition(":")
        slot = function.parameters.get(known)
        if slot is not None:
            slot = flow.slots.element(slot) if place.startswith("*") or place.endswith("[]") else slot
            slot.wants = slot.started = True


def lambda_(flow: Flow, node: cst.Lambda) -> Slot:
    function = function_of(node, flow.names, flow.scope, flow.slots)
    function.is_nested = True
    _parameters(flow, function, node.params)
    slot = _inside(flow, function, node.body)
    if slot is not None and isinstance(node.body, cst.Call):
        flow.calls.returned.append((function, slot))
        flow.calls.gives.setdefault(function, []).append(slot)
    else:
        flow.slots.flow(slot, function.returns)
    return flow.slots.new(function)


def class_(flow: Flow, node: cst.ClassDef) -> None:
    for part in (*node.decorators, *node.bases, *node.keywords):
        flow.visit(part)
    made = flow.classes[id(node)] = class_of(node, flow.names, flow.scope, flow.classes)
    place = flow.variable(node.name.value, flow.scope)
    if place is not None:
        flow.slots.add(place, Constructor(made))
    outer, around = flow.scope, flow.class_
    flow.scope, flow.class_ = flow.names.scopes[id(node)], made
    flow.visit(node.body)
    flow.scope, flow.class_ = outer, around


def return_(flow: Flow, node: cst.Return) -> None:
    if node.value is None:
        return
    slot = flow.visit(node.value)
    function = flow.function
    if slot is None or function is None:
        return
    if isinstance(node.value, cst.Call) and not function.is_async:
        flow.calls.returned.append((function, slot))
        flow.calls.gives.setdefault(function, []).append(slot)
    else:
        flow.slots.flow(slot, function.returns)


def yield_(flow: Flow, node: cst.Yield) -> Slot | None:
    if node.value is None or flow.function is None:
        return None
    value: Any = node.value
    slot = flow.visit(value.item if isinstance(value, cst.From) else value)
    if isinstance(value, cst.From):
        slot = flow.slots.element(slot) if slot is not None else None
    flow.slots.flow(slot, flow.function.yields)
    return None
