"""Branches that only something awaitable takes: `if isawaitable(r):`, where ``r`` is what a call gave.

In sync code that call has been made by then, and the branch goes, or is for tasks and futures. So what is done there with ``r``
says nothing about the call. A parameter is another matter: callers may hand over calls that are yet to be made.
A branch that only coroutine functions take (`if iscoroutinefunction(f):`) goes in any case, and is not looked at.

Where what is awaitable is picked out of several (`[r for r in results if isawaitable(r)]`), some of it may be plain results: see
`values.picked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.resolve.questions import ALWAYS_FALSE
from unasync_plus.rewrite.failing import fails
from unasync_plus.rewrite.values.asked_late import note_branches
from unasync_plus.rewrite.values.asking import ASKING, asks_whether_awaitable
from unasync_plus.rewrite.values.sites import Argument
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import last_statement, leaves

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def if_(flow: Flow, node: cst.If) -> None:
    held, denied = (list(_asked(flow, node.test, holds=holds)) for holds in (True, False))
    if denied and fails(node.body):
        _checked(flow, node.test, passing=False)
    else:
        flow.visit(node.test)
    _tested(flow, node)
    other = node.orelse.body if isinstance(node.orelse, cst.Else) else node.orelse
    if _asks_of_functions(flow, node.test) and not isinstance(last_statement(other), cst.Raise):
        if other is not None:
            flow.visit(other)
        return
    if held or denied:
        note_branches(flow, node, held, denied)
    alone = node.orelse is None and not leaves(node.body)
    _branch(flow, node.body, held, alone=alone)
    if node.orelse is not None:
        _branch(flow, node.orelse, denied)


def _tested(flow: Flow, node: cst.If | cst.IfExp) -> None:
    """Note what has a branch for being none: `if not coro:`, or an ``else`` behind `if coro is not None:`."""
    test, is_denied = node.test, node.orelse is not None
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        test, is_denied = test.expression, True
    elif isinstance(test, cst.Comparison) and isinstance(test.comparisons[0].operator, (cst.IsNot, cst.NotEqual)):
        test = test.left
    slot = flow.read(test.value) if is_denied and isinstance(test, cst.Name) else None
    if slot is not None:
        flow.tested.add(slot)


def assert_(flow: Flow, node: cst.Assert) -> None:
    """A check: what fails it where nothing is asynchronous is no guard."""
    _checked(flow, node.test, passing=True)
    if node.msg is not None:
        flow.visit(node.msg)


def _checked(flow: Flow, test: cst.BaseExpression, *, passing: bool) -> None:
    """``test``, a check that is passed with the value ``passing``: what has to be awaitable for that is no plain result."""
    if type(test) is cst.UnaryOperation and isinstance(test.operator, cst.Not):
        _checked(flow, test.expression, passing=not passing)
    elif type(test) is cst.BooleanOperation and isinstance(test.operator, cst.And) is passing:
        _checked(flow, test.left, passing=passing)
        _checked(flow, test.right, passing=passing)
    elif not (passing and any(_is_own(flow, name) for name in _asked(flow, test, holds=True))):
        flow.visit(test)


def _is_own(flow: Flow, name: str) -> bool:
    """Whether it is a variable of a function, and no parameter."""
    scope, bindings = flow.scope.lookup(name) or (flow.scope, [])
    return scope.kind == "function" and all(binding.kind == "assign" for binding in bindings)


def either(flow: Flow, node: Any) -> Slot:
    """What a conditional expression, or ``and`` and ``or``, may be."""
    slot = flow.slots.new()
    if isinstance(node, cst.IfExp):
        _tested(flow, node)
        flow.visit(node.test)
        flow.slots.flow(_branch(flow, node.body, _asked(flow, node.test, holds=True)), slot)
        flow.slots.flow(_branch(flow, node.orelse, _asked(flow, node.test, holds=False)), slot)
    else:
        flow.slots.flow(flow.visit(node.left), slot)
        flow.slots.flow(flow.visit(node.right), slot)
    flow.expressions[id(node)] = slot
    return slot


def conditions(flow: Flow, node: cst.CompFor) -> None:
    """The conditions of a comprehension: what one of them asks about, it picks out, or leaves out."""
    for condition in node.ifs:
        flow.visit(condition.test)
        for holds in (True, False):
            for name in _asked(flow, condition.test, holds=holds):
                place = flow.variable(name, flow.scope)
                if place is not None:
                    place.picked = True


def filtered(flow: Flow, node: cst.Call, arguments: Sequence[Argument]) -> None:
    """``filter(iscoroutine, xs)`` picks as well."""
    if len(arguments) == 2 and flow.names.resolve(node.args[0].value, flow.scope) in ASKING:
        element = flow.slots.element(arguments[1].slot)
        element.guarded = element.picked = True


def _branch(flow: Flow, node: cst.CSTNode, names: Iterable[str], *, alone: bool = False) -> Slot | None:
    """What a branch gives where ``names`` hold no coroutine; ``alone`` if plain results have no branch for them."""
    before = flow.settled
    flow.settled = dict(before)
    for name in names:
        found = flow.scope.lookup(name)
        place = flow.variable(name, flow.scope)
        if found is None or place is None or any(binding.kind == "param" for binding in found[1]):
            continue
        slot = flow.slots.new()
        slot.settled, slot.picked = True, alone
        flow.slots.flow(place, slot)
        flow.settled[id(found[0]), name] = slot
    slot_of_branch = flow.visit(node)
    flow.settled = before
    return slot_of_branch


def _asks_of_functions(flow: Flow, test: cst.BaseExpression) -> bool:
    """Whether something has to be a coroutine function for ``test`` to hold."""
    if isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        return _asks_of_functions(flow, test.left) or _asks_of_functions(flow, test.right)
    qualified = flow.names.question(test.func, flow.scope) if isinstance(test, cst.Call) else ""
    is_one = qualified in ALWAYS_FALSE and qualified.endswith(".iscoroutinefunction")
    return is_one and not flow.calls.is_left(qualified)


def _asked(flow: Flow, test: cst.BaseExpression, *, holds: bool) -> Iterator[str]:
    """The variables that are awaitable where ``test`` ``holds``, or where it does not."""
    if type(test) is cst.UnaryOperation and isinstance(test.operator, cst.Not):
        yield from _asked(flow, test.expression, holds=not holds)
    elif type(test) is cst.BooleanOperation:
        if isinstance(test.operator, cst.And) is holds:
            yield from _asked(flow, test.left, holds=holds)
            yield from _asked(flow, test.right, holds=holds)
    elif (
        holds
        and isinstance(test, cst.Call)
        and asks_whether_awaitable(test, flow.names.question(test.func, flow.scope))
    ):
        asked = test.args[0].value
        asked = asked.target if isinstance(asked, cst.NamedExpr) else asked
        if isinstance(asked, cst.Name):
            yield asked.value
