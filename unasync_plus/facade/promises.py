"""Plain functions that give something to await: sync callers get what it comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.make import on_its_own
from unasync_plus.tree import replaced

from .facts import FunctionFacts, unsubscripted
from .known import PROMISES, short
from .mentions import parsed_string, type_names

if TYPE_CHECKING:
    from .writer import Writer


def promises(function: FunctionFacts) -> bool:
    """A plain function whose result has to be awaited."""
    if function.node.returns is None:
        return False
    named = list(type_names(function.module, function.node.returns.annotation, function.owner))
    if not function.is_async and not PROMISES.isdisjoint(named):
        return True
    return bool(named) and short(named[0]) in ("Awaitable", "Coroutine", "CoroutineType")


def waited_for(node: cst.BaseExpression, function: FunctionFacts, writer: Writer) -> cst.BaseExpression:
    """What a future in a return annotation, also one of several types, comes to."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        inner = parsed_string(node)
        new = None if inner is None else waited_for(inner, function, writer)
        return node if new is None or new is inner else new
    if isinstance(node, cst.BinaryOperation):
        left, right = (waited_for(part, function, writer) for part in (node.left, node.right))
        is_same = left is node.left and right is node.right
        return node if is_same else replaced(node, left=left, right=right)
    name = function.module.resolve(unsubscripted(node), function.owner)
    if name in PROMISES:
        index = node.slice[0].slice if isinstance(node, cst.Subscript) else None
        return on_its_own(index.value) if isinstance(index, cst.Index) else writer.any_type()
    if isinstance(node, cst.Subscript) and short(name) in ("Optional", "Union"):
        parts = [
            replaced(one, slice=replaced(one.slice, value=waited_for(one.slice.value, function, writer)))
            for one in node.slice
            if isinstance(one.slice, cst.Index)
        ]
        return replaced(node, slice=parts)
    return node
