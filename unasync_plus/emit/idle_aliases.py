"""Names that a module gave to a function which asks whether something is asynchronous, once nothing asks any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import libcst as cst

from unasync_plus.tree import replaced, unquoted, walk


def without_idle(tree: cst.Module, names: Collection[str]) -> cst.Module:
    """``tree`` without ``name = function`` at its top, for those of ``names`` that nothing else reads or binds."""
    found = [line for line in tree.body if _alias(line) in names]
    if not found:
        return tree
    seen = Counter(name for node in walk(tree) for name in _names(node))
    gone = {id(line) for line in found if seen[_alias(line)] == 1}
    body: list[Any] = []
    blank: list[cst.EmptyLine] = []
    for line in tree.body:
        if id(line) in gone:
            blank = blank or [empty for empty in line.leading_lines if empty.comment is None]
            continue
        lines = getattr(line, "leading_lines", ())
        if blank and not any(empty.comment is None for empty in lines):
            line = replaced(line, leading_lines=[*blank, *lines])
        blank = []
        body.append(line)
    return replaced(tree, body=body) if gone else tree


def _alias(line: cst.CSTNode) -> str:
    """The name to which a line does nothing but assign another; empty for any other line."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return ""
    node = line.body[0]
    if not isinstance(node, cst.Assign) or not isinstance(node.value, (cst.Name, cst.Attribute)):
        return ""
    target = node.targets[0].target if len(node.targets) == 1 else None
    return target.value if isinstance(target, cst.Name) else ""


def _names(node: cst.CSTNode) -> list[str]:
    if isinstance(node, cst.Name):
        return [node.value]
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        inner = unquoted(node) if isinstance(value, str) and value.isidentifier() else None
        return [inner.value] if isinstance(inner, cst.Name) else []
    return []
