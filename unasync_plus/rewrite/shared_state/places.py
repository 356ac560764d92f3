"""Which variables, attributes and items an expression is about, said so that two functions say the same of the same one."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.tree import children, dotted


def place_of(node: cst.CSTNode, itself: str, scope: Scope) -> str | None:
    """How `Access` says which variable, attribute or item ``node`` is; None for what nobody else can see."""
    if isinstance(node, cst.Subscript):
        whole = place_of(node.value, itself, scope)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        key = index.value if isinstance(index, cst.Index) else None
        text = key.value if isinstance(key, (cst.SimpleString, cst.Integer)) else ""
        return f"{whole}[{text}]" if whole is not None and isinstance(index, cst.Index) else None
    path = dotted(node)
    if path is None:
        return None
    head, dot, rest = path.partition(".")
    if head == itself:
        return f"self.{rest}" if rest else None
    found = scope.lookup(head)
    if found is None or found[0] is scope.function() or found[0].kind == "comprehension":
        return None
    if any(one.kind in ("import", "def", "class") for one in found[1]):
        return None
    return f"{head}{dot}{rest}@{id(found[0])}"


def flat(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The targets that a target consists of."""
    if isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from flat(element.value)
    else:
        yield node


def handed_on(node: cst.BaseExpression) -> set[str]:
    """The variables and attributes that ``node`` is, or that stand in it as an argument or element."""
    parts: list[cst.BaseExpression] = [node]
    if isinstance(node, cst.Call):
        parts = [arg.value for arg in node.args]
    elif isinstance(node, (cst.Tuple, cst.List)):
        parts = list(flat(node))
    return {path for part in parts if (path := dotted(part)) is not None}


def names_in(node: cst.CSTNode) -> set[str]:
    """The variables and attributes in an expression, each by its whole path."""
    path = dotted(node)
    if path is not None:
        return {path}
    found = set[str]()
    for child in children(node):
        found |= names_in(child)
    return found
