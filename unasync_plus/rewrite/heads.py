"""What a node is about: the function called, the thing awaited, the manager entered, by its qualified name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.values.loop_methods import LOOP

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_HEADS: dict[type[Any], str] = {
    cst.Await: "expression",
    cst.Call: "func",
    cst.Subscript: "value",
    cst.Decorator: "decorator",
    cst.WithItem: "item",
    cst.For: "iter",
    cst.CompFor: "iter",
    cst.Expr: "value",
    cst.Raise: "exc",
    cst.ExceptHandler: "type",
}


def head(engine: Engine, node: Any) -> str | None:
    """The qualified name of what a node is about; None when the configuration speaks for it."""
    kind = node.__class__
    if kind is not cst.Name and kind is not cst.Attribute:
        step = _HEADS.get(kind)
        if step is None:
            return None
        node = getattr(node, step)
        if kind is not cst.Call and kind is not cst.Subscript:
            if node.__class__ is cst.Await:
                node = node.expression
            if node.__class__ is cst.Call:
                node = node.func
        if node.__class__ is cst.Subscript:
            node = node.value
    qualified = engine.resolve(node)
    if qualified is None:
        return _method(engine, node) if node.__class__ is cst.Attribute else None
    if engine.is_owned(qualified) and qualified.partition(".")[0] not in STDLIB:
        return None  # the library itself is what is converted
    return None if engine.targets.configured(qualified) else qualified


def _method(engine: Engine, node: cst.Attribute) -> str | None:
    """``asyncio.TaskGroup.create_task`` for ``group.create_task``, if all that ``group`` may hold has one class."""
    if not engine.deals_in_awaitables or node.attr.value not in engine.methods or not engine.is_reached:
        return None
    kinds = engine.values.kinds(node.value)
    if not kinds and engine.values.is_of_a_loop(node):
        kinds = {LOOP}
    return f"{kinds.pop()}.{node.attr.value}" if len(kinds) == 1 else None
