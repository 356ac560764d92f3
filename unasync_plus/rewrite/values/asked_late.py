"""Calls of something unknown of whose results the code asks whether they are awaitable, when something else has happened.

`r = g(x); if isawaitable(r): r = await r` is the same in sync code, where the call has been made in full. With anything between
call and question, or between question and `await`, what a coroutine function does comes earlier there; what a plain one does,
does not, so that the call cannot be put off either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.failing import fails
from unasync_plus.rewrite.values.asking import asks_whether_awaitable
from unasync_plus.rewrite.values.doubtful import closure
from unasync_plus.rewrite.values.order import awaits_first
from unasync_plus.rewrite.values.picked import sources_in
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.rewrite.values.slots import Slot, Source
from unasync_plus.tree import has_name, leaves, walk

if TYPE_CHECKING:
    from unasync_plus.resolve.scopes import Names, Scope
    from unasync_plus.rewrite.values.flow import Flow

_RUNNING = ("run", "run_until_complete")
_EFFECTIVE = (cst.Call, cst.Await, cst.Yield, cst.Raise)


@record
class Followed:
    """What a variable is given, and what comes next.

    ``origin`` is None for a parameter, whatever it is given; ``next`` the statement behind, or the function's body. ``sites`` is how many
    calls stand before.
    """

    origin: Slot | None
    place: Slot
    next: Any
    name: str
    scope: Scope
    sites: int


def asked_late(flow: Flow) -> set[int]:
    """Those of the calls, by their ``id``, whose results are asked about late, and may be coroutines."""
    asked = _asked(flow)
    if not asked:
        return set()
    fields = {*flow.calls.fields.values(), *flow.unmet}
    elements = {element for slot in flow.slots.all if (element := slot.inside.root().element) is not None}
    given = {slot for function in flow.functions for slot in function.parameters.values()}
    beyond = {function.returns for function in flow.functions}
    beyond.update(result for slot in flow.slots.all if (result := slot.inside.root().result) is not None)
    bound: dict[Slot, list[Followed]] = {}
    for one in _not_met(flow):
        bound.setdefault(one.place, []).append(one)
    found: set[int] = set()
    for source in set[Source]().union(*map(sources_in, asked)):
        site = flow.calls.made_by.get(source.node)
        made = flow.expressions[id(source.node)]
        coming = closure([made], source, lambda slot: () if slot in asked else slot.targets.keys() - beyond)
        ends = coming & asked.keys()
        way = coming & closure(ends, source, lambda slot: slot.origins)
        near = ends.union(*(end.origins for end in ends)) & way
        home = site.scope.function() if site is not None else None
        is_here = any(home in asked[end] for end in ends)
        is_given = any(
            one.place in ends if one.origin is None else one.origin in way and one.scope.function() is home
            for place in way & bound.keys()
            for one in bound[place]
        )
        if near & fields or (is_here and way & elements) or (is_given and (is_here or ends & given)):
            found.add(id(source.node))
    return found


def _asked(flow: Flow) -> dict[Slot, set[Scope | None]]:
    """What is asked about, also by functions of other modules that it is given to → the functions that ask."""
    asked: dict[Slot, set[Scope | None]] = {slot: set() for slot in flow.slots.all if slot.guarded and sources_in(slot)}
    awaiters = flow.calls.awaiters
    for site in flow.calls.sites if asked or awaiters else ():
        if site.arguments and site.arguments[0].slot in asked:
            asked[site.arguments[0].slot].add(site.scope.function())
        if site.qualified is not None and awaiters and site.qualified.rpartition(".")[2] in awaiters:
            for argument in site.arguments:
                if isinstance(argument.value, cst.Name) and sources_in(argument.slot):
                    asked.setdefault(argument.slot, set()).add(site.scope.function())
    return asked


def _not_met(flow: Flow) -> Iterator[Followed]:
    """What is given to variables that may be asked about, but not next."""
    questions: dict[Slot, int] = {}
    for index, site in enumerate(flow.calls.sites):
        if site.arguments and asks_whether_awaitable(site.node, site.qualified):
            questions[site.arguments[0].slot] = index
    for one in flow.followed:
        is_over = one.sites > questions.get(one.place, one.sites)  # given when the questions have been asked
        if not is_over and sources_in(one.place) and not _is_met(one.next, one.name, one.scope, flow.names):
            yield one


def _is_met(following: Any, name: str, scope: Scope, names: Names) -> bool:
    """Whether ``following`` begins by asking about the variable, awaits it, hands it on, or hands it back."""
    following = _first(following)
    if _meets(following, name):
        return True
    line = following.body[0] if isinstance(following, cst.SimpleStatementLine) else following
    if isinstance(line, (cst.If, cst.Assert)):
        return _asks(line.test, name, names, scope)
    value = getattr(line, "value", None)
    value = value.expression if isinstance(value, cst.Await) else value
    return isinstance(value, cst.IfExp) and _asks(value.test, name, names, scope)


def _asks(test: cst.BaseExpression, name: str, names: Names, scope: Scope) -> bool:
    return any(
        isinstance(part.args[0].value, cst.Name) and part.args[0].value.value == name
        for part in walk(test)
        if isinstance(part, cst.Call) and asks_whether_awaitable(part, names.question(part.func, scope))
    )


def note_branches(flow: Flow, node: cst.If, held: Iterable[str], denied: Iterable[str]) -> None:
    """Note the variables that are awaitable in a branch which does something else before it awaits them."""
    for name in held:
        _note(flow, node.body, name)
    for name in denied:
        other = node.orelse.body if isinstance(node.orelse, cst.Else) else node.orelse
        if other is not None or (leaves(node.body) and flow.after[-1] is not None):
            _note(flow, other or flow.after[-1], name)


def _note(flow: Flow, block: Any, name: str) -> None:
    is_used = has_name(block, name)
    place = flow.variable(name, flow.scope)
    if is_used and place is not None and not fails(block) and not _meets(_first(block), name):
        flow.unmet.add(place)


def is_met_at_once(one: Followed) -> bool:
    """Whether the first thing that is done behind is to await the variable, or to hand it on or back."""
    return _meets(_first(one.next), one.name)


def _meets(first: Any, name: str) -> bool:
    """Whether a statement begins by awaiting the variable, or hands it on or back, whatever its branches depend on."""
    if isinstance(first, cst.If) and not any(isinstance(part, _EFFECTIVE) for part in walk(first.test)):
        return _meets(_first(first.body), name)
    line = first.body[0] if isinstance(first, cst.SimpleStatementLine) else first
    value = getattr(line, "value", None)
    if isinstance(value, cst.Call) and len(value.args) == 2 and isinstance(value.args[1].value, cst.Await):  # a cast
        return _meets(cst.Expr(value.args[1].value), name)
    if isinstance(line, cst.Return) or (isinstance(value, cst.Call) and last_name(value.func) in _RUNNING):
        values = [value, *(arg.value for arg in getattr(value, "args", ()))]
        if any(isinstance(one, cst.Name) and one.value == name for one in values):
            return True
    return awaits_first(first, name) or awaits_first(first, name, passed=True)


def _first(block: Any) -> Any:
    """The first statement of a block that does anything but to bind names; what is no block itself."""
    if not isinstance(block, cst.BaseSuite):
        return block
    return next((one for one in block.body if not _is_pure(one)), None)


def _is_pure(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and not any(
        isinstance(part, (*_EFFECTIVE, cst.Return)) for part in walk(statement)
    )
