"""What the patterns of ``match`` bind: what stands at some place of the subject, in a class's attribute, or all of it.

What is bound was made before it was matched, and is awaited later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.values.flow_bindings import bind
from unasync_plus.rewrite.values.functions import Class
from unasync_plus.rewrite.values.places import Sliced, written_down
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import children

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow


def match(flow: Flow, node: cst.Match) -> None:
    subject = flow.visit(node.subject)
    for case in node.cases:
        if subject is None:
            flow.visit(case.pattern)
        else:
            _pattern(flow, case.pattern, subject)
        if case.guard is not None:
            flow.visit(case.guard)
        flow.apart(case, ("body",))


def _pattern(flow: Flow, node: Any, subject: Slot) -> None:
    if isinstance(node, cst.MatchAs):
        if node.name is not None:
            bind(flow, node.name, subject, None)
        if node.pattern is not None:
            _pattern(flow, node.pattern, subject)
    elif isinstance(node, cst.MatchOr):
        for part in node.patterns:
            _pattern(flow, part.pattern, subject)
    elif isinstance(node, (cst.MatchList, cst.MatchTuple)):
        _sequence(flow, node, subject)
    elif isinstance(node, cst.MatchMapping):
        _mapping(flow, node, subject)
    elif isinstance(node, cst.MatchClass):
        _class(flow, node, subject)


def _sequence(flow: Flow, node: cst.MatchList | cst.MatchTuple, subject: Slot) -> None:
    starred = False
    for index, part in enumerate(node.patterns):
        behind = len(node.patterns) - index
        if isinstance(part, cst.MatchStar):
            starred = True
            if part.name is not None:
                rest = flow.slots.new("container")
                flow.calls.arrangements.append(Sliced(subject, slice(index, 1 - behind or None), rest))
                flow.slots.hint(subject, rest, inside=True)
                bind(flow, part.name, rest, None)
        elif isinstance(part, cst.MatchSequenceElement):
            _pattern(flow, part.value, flow.calls.part(subject, -behind if starred else index))


def _mapping(flow: Flow, node: cst.MatchMapping, subject: Slot) -> None:
    for part in node.elements:
        key = written_down(part.key)
        value = flow.calls.part(subject, key) if key is not None else flow.slots.element(subject)
        _pattern(flow, part.pattern, value)
    if node.rest is not None:
        rest = flow.slots.new("mapping")
        flow.slots.merge(flow.slots.element(subject), flow.slots.element(rest))
        flow.slots.flow(flow.slots.key(subject), flow.slots.key(rest))
        bind(flow, node.rest, rest, None)


def _class(flow: Flow, node: cst.MatchClass, subject: Slot) -> None:
    """``Job(coro, name=n)``; ``str(s)`` and its like, whose only positional pattern is for the subject itself."""
    names = _positional(flow, node.cls)
    for index, part in enumerate(node.patterns):
        is_known = names is not None and index < len(names)
        _pattern(flow, part.value, flow.calls.field(names[index]) if names and is_known else subject)
    for keyword in node.kwds:
        _pattern(flow, keyword.pattern, flow.calls.field(keyword.key.value))


def _positional(flow: Flow, cls: cst.CSTNode) -> tuple[str, ...] | None:
    """The attributes for positional patterns of a class of this module; None for any other."""
    found = flow.scope.lookup(cls.value) if isinstance(cls, cst.Name) else None
    classes = [flow.classes[id(one.node)] for one in found[1] if id(one.node) in flow.classes] if found else []
    return next((_match_args(one) or one.fields for one in classes), None)


def _match_args(made: Class) -> tuple[str, ...]:
    """What ``__match_args__`` says."""
    for line in children(made.node.body):
        for part in getattr(line, "body", ()) if isinstance(line, cst.SimpleStatementLine) else ():
            if not isinstance(part, cst.Assign) or not isinstance(part.value, (cst.Tuple, cst.List)):
                continue
            if any(isinstance(one.target, cst.Name) and one.target.value == "__match_args__" for one in part.targets):
                names = (one.value for one in part.value.elements)
                return tuple(str(one.evaluated_value) for one in names if isinstance(one, cst.SimpleString))
    return ()
