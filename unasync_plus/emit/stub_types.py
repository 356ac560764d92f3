"""Which expressions are types, to judge by their names and where those come from."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, Names, from_typing
from unasync_plus.emit.stub_text import dotted


def is_type_expression(node: cst.BaseExpression, names: Names) -> bool:
    """Whether ``node`` is more than a name, and a type: ``list[int]``, ``A | None``."""
    if isinstance(node, cst.Subscript):
        return is_type(dotted(node.value), names)
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr) and _is_union(node, names)


def _is_union(node: cst.BaseExpression, names: Names) -> bool:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        return _is_union(node.left, names) and _is_union(node.right, names)
    if isinstance(node, cst.Name) and node.value == "None":
        return True
    return is_type(dotted(node.value if isinstance(node, cst.Subscript) else node), names)


def is_type(name: str | None, names: Names, seen: tuple[str, ...] = ()) -> bool:
    """Whether a dotted name is a class or an alias of one, to judge by where it comes from and how it is spelled."""
    if not name or name in seen:
        return False
    qualified = names.qualified(name) or ""
    last = qualified.rpartition(".")[2]
    if qualified.startswith(LOCAL):
        value = names.variables.get(name)
        if isinstance(value, cst.Name | cst.Attribute):
            return is_type(dotted(value), names, (*seen, name))
        if value is not None:
            return is_type_expression(value, names)
        return name in names.classes or from_typing(_annotated_as(name, names)) == "TypeAlias"
    if from_typing(qualified) or last in BUILTIN_TYPES:
        return True
    plain = last.lstrip("_")
    return (plain[:1].isupper() and not plain.isupper()) or qualified == "collections.deque"


def _annotated_as(name: str, names: Names) -> str | None:
    return names.qualified(dotted(names.annotated[name])) if name in names.annotated else None
