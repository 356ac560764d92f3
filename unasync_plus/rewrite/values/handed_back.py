"""Coroutines that a function hands back as it makes them: `return f(x)`. Nothing happens before its caller awaits them."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Function, Part
from unasync_plus.tree import children

_LEFT_LATER = (cst.Try, cst.TryStar, cst.With)
"""Something else may happen when these are left."""


def handed_back(call: cst.Call, flow: Flow) -> set[cst.Call]:
    """The calls that the functions which ``call`` may call return, and that those return in turn."""
    found: set[cst.Call] = set()
    todo = [call]
    while todo:
        slot = flow.expressions.get(id(todo.pop().func))
        for item in slot.items if slot is not None else ():
            function = item.function if isinstance(item, Part) else item
            if isinstance(function, Function) and not function.is_async and not function.is_generator:
                new = set(handed_back_by(function)) - found
                found |= new
                todo += new
    return found


def handed_back_by(function: Function) -> Iterator[cst.Call]:
    """The calls that ``function`` returns."""
    return _returned(function.node.body)


def _returned(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls in ``return`` statements, or what a lambda, whose body ``node`` is, returns."""
    if isinstance(node, cst.Call):
        yield node
    elif isinstance(node, cst.Return):
        yield from _returned(node.value) if node.value is not None else ()
    elif isinstance(node, (cst.BaseSuite, cst.BaseStatement)) and not isinstance(node, (*_LEFT_LATER, *_OTHERS)):
        for child in children(node):
            yield from _returned(child)


_OTHERS = (cst.FunctionDef, cst.ClassDef)
