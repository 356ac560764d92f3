"""Where names stand that would collide: whether bridging something helps."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.model import Diagnostic
from unasync_plus.tree import has_name

from .facts import ModuleFacts


def is_in_body(found: Diagnostic, facts: ModuleFacts) -> bool:
    """Whether it stands in the body of a function, which the bridge leaves out; what others see collides there, too."""
    inside = {id(function.node.body.body[0]) for function in facts.all_functions()}
    parts = [part for function in facts.all_functions() for part in (function.node, function.node.body.body[0])]
    parts += [part for one in facts.all_classes() for part in (one.node, *one.node.body.body)]
    places = positions(facts.tree, [*facts.tree.body, *parts])
    before = {place: key for key, place in places.items() if place <= (found.line, found.column)}
    return bool(before) and before[max(before)] in inside


def is_of_import(found: Diagnostic, lines: list[tuple[int, cst.CSTNode]]) -> bool:
    """Whether it is about a name that an import gives, which goes with all that uses it; ``lines`` are statements by line."""
    before = [node for line, node in lines if line <= found.line]
    parts = before[-1].body if before and isinstance(before[-1], cst.SimpleStatementLine) else ()
    return any(isinstance(part, cst.ImportFrom) for part in parts)


def is_seen(node: cst.FunctionDef | cst.ClassDef, name: str) -> bool:
    """Whether what stands for a definition may have ``name`` in it, which is not in the body of a function only."""
    if isinstance(node, cst.ClassDef):
        return True
    parts = (node.params, *([node.returns] if node.returns is not None else []), *node.decorators)
    return any(has_name(part, name) for part in parts)
