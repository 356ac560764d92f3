"""Blocks of statements, and what becomes of them when statements go or become several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.definitions import defined_name
from unasync_plus.rewrite.make import REMOVE, body_of, is_pass
from unasync_plus.rewrite.names.spelling import relative_spelling
from unasync_plus.tree import is_same, leaves, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_FLATTEN = cst.FlattenSentinel


def statements(engine: Engine, body: Sequence[Any]) -> Sequence[Any]:
    """The statements of one block."""
    new: list[Any] = []
    directives = engine.directives.of_block(body) if engine.directives is not None else None
    lost = 0
    shared = engine.project.shared_names if engine.scope.parent is None else ()
    for index, old in enumerate(body):
        if shared and _is_shared(engine, old):
            lost = max(lost, _gap(old))
            continue
        treatment = directives[index] if directives is not None else None
        item = engine.visit(old) if treatment is None else treatment.apply(old)
        items = [] if item is REMOVE else list(item) if item.__class__ is _FLATTEN else [item]
        if not items:
            lost = max(lost, _gap(old))
            continue
        if lost and new:
            items[0] = _with_gap(items[0], lost)
        lost = 0
        new.extend(items)
        if item.__class__ is _FLATTEN and old.__class__ is cst.If and leaves(items[-1]) and _goes(body[index + 1 :]):
            break
    if is_same(new, body):
        return body
    return new


def _is_shared(engine: Engine, statement: Any) -> bool:
    """Whether ``statement`` defines what the output imports from the source's module; asks for that import."""
    name = defined_name(statement)
    if name is None or f"{engine.unit.module}.{name}" not in engine.project.shared_names:
        return False
    dots, rest = relative_spelling(engine.unit, engine.unit.module, 1)
    engine.exported.add((dots + rest, name, ""))
    return True


def block(engine: Engine, node: cst.IndentedBlock) -> cst.IndentedBlock:
    """An indented block; what it lost entirely becomes ``pass``."""
    body = statements(engine, node.body)
    if body is node.body:
        return node
    if not body:
        body = [cst.SimpleStatementLine([cst.Pass()])]
    elif not any(_leads(b, body[0]) for b in node.body[:1]):
        body = [_without_gap(body[0]), *body[1:]]
    if len(body) > 1 and not any(is_pass(statement) for statement in node.body):
        body = [statement for statement in body if not is_pass(statement)] or body[:1]
    return replaced(node, body=body)


def statement_line(engine: Engine, node: Any) -> Any:
    """A line of simple statements; gone when all of them are."""
    parts = engine.visit_all(node.body)
    if is_same(parts, node.body):
        return node
    new: list[Any] = []
    lines: list[Any] = []
    for part in parts:
        (new if isinstance(part, cst.BaseSmallStatement) else lines).append(part)
    if not new and not lines:
        return REMOVE if isinstance(node, cst.SimpleStatementLine) else replaced(node, body=[cst.Pass()])
    if new and hasattr(new[-1], "semicolon") and len(new) < len(node.body):
        new[-1] = replaced(new[-1], semicolon=cst.MaybeSentinel.DEFAULT)
    if not lines:
        return replaced(node, body=new)
    if new:
        lines.insert(0, replaced(node, body=new))
    elif hasattr(lines[0], "leading_lines"):
        lines[0] = replaced(lines[0], leading_lines=(*node.leading_lines, *lines[0].leading_lines))
    return _FLATTEN(lines)


def with_(engine: Engine, node: cst.With) -> Any:
    """A ``with`` statement; when all its managers go, its body stays."""
    items = engine.sequence(node.items)
    body = engine.visit(node.body)
    if not items:
        left = body_of(body)
        if left and hasattr(left[0], "leading_lines"):
            left[0] = replaced(left[0], leading_lines=node.leading_lines)
        return _FLATTEN(left)
    if items is node.items and body is node.body:
        return node
    return replaced(node, items=items, body=body)


def _goes(rest: Sequence[Any]) -> bool:
    """Whether statements that are never reached may be left out: a ``yield`` among them makes a generator."""
    return not any(isinstance(node, cst.Yield) for statement in rest for node in walk(statement))


def _gap(statement: Any) -> int:
    """The number of blank lines before ``statement``."""
    return sum(line.comment is None for line in getattr(statement, "leading_lines", ()))


def _leads(old: Any, new: Any) -> bool:
    return getattr(old, "leading_lines", None) is getattr(new, "leading_lines", None)


def _with_gap(statement: Any, count: int) -> Any:
    """``statement`` with at least ``count`` blank lines above it: those of what stood there before it."""
    lines = getattr(statement, "leading_lines", None)
    missing = count - _gap(statement)
    if lines is None or missing <= 0:
        return statement
    return replaced(statement, leading_lines=(*[cst.EmptyLine(indent=False)] * missing, *lines))


def _without_gap(statement: Any) -> Any:
    """``statement`` as the first of its block: no blank lines above."""
    lines = list(getattr(statement, "leading_lines", ()))
    count = 0
    while count < len(lines) and lines[count].comment is None:
        count += 1
    return replaced(statement, leading_lines=lines[count:]) if count else statement
