"""Plain functions that give something to await: sync callers get what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.make import on_its_own
from unasync_plus.tree import replaced

from .facts import FunctionFacts, unsubscripted
from .known import PROMISES, UNWRAPPED, short
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

    def awaited(name: str | None, one: cst.BaseExpression) -> cst.BaseExpression | None:
        if name not in PROMISES:
            return None
        index = one.slice[0].slice if isinstance(one, cst.Subscript) else None
        return on_its_own(index.value) if isinstance(index, cst.Index) else writer.any_type()

    return _turned(node, function, awaited)


def held(node: cst.BaseExpression, function: FunctionFacts, writer: Writer) -> cst.BaseExpression:
    """``Future[T]`` for what is to await there, and to hold here."""

    def kept(name: str | None, one: cst.BaseExpression) -> cst.BaseExpression | None:
        if name not in PROMISES and short(name) not in UNWRAPPED:
            return None
        index = one.slice[-1].slice if isinstance(one, cst.Subscript) else None
        inner = on_its_own(index.value) if isinstance(index, cst.Index) else writer.any_type()
        return cst.Subscript(writer.runtime("Future"), [cst.SubscriptElement(cst.Index(inner))])

    return _turned(node, function, kept)


def _turned(
    node: cst.BaseExpression,
    function: FunctionFacts,
    turn: Callable[[str | None, cst.BaseExpression], cst.BaseExpression | None],
) -> cst.BaseExpression:
    """``node`` with ``turn``, which takes the name of a type, applied to it, or to each of several types."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        inner = parsed_string(node)
        new = None if inner is None else _turned(inner, function, turn)
        return node if new is None or new is inner else new
    if isinstance(node, cst.BinaryOperation):
        left, right = (_turned(part, function, turn) for part in (node.left, node.right))
        is_same = left is node.left and right is node.right
        return node if is_same else replaced(node, left=left, right=right)
    name = function.module.resolve(unsubscripted(node), function.owner)
    found = turn(name, node)
    if found is None and isinstance(node, cst.Subscript) and short(name) in ("Optional", "Union"):
        parts = [
            replaced(one, slice=replaced(one.slice, value=_turned(one.slice.value, function, turn)))
            for one in node.slice
            if isinstance(one.slice, cst.Index)
        ]
        return replaced(node, slice=parts)
    return node if found is None else found
