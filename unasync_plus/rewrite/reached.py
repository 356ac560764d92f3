"""Which code the constants of `set` rule out, although it stays in the output.

What is asynchronous there has to mean nothing in sync code: it loses its ``await``, and its names stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import libcst as cst

from unasync_plus.tree import dotted, last_statement

_BLOCKS: dict[type[Any], tuple[str, ...]] = {
    cst.FunctionDef: ("body",),
    cst.ClassDef: ("body",),
    cst.With: ("body",),
    cst.For: ("body", "orelse"),
    cst.While: ("body", "orelse"),
    cst.Try: ("body", "handlers", "orelse", "finalbody"),
    cst.TryStar: ("body", "handlers", "orelse", "finalbody"),
    cst.Match: ("cases",),
    **dict.fromkeys((cst.ExceptHandler, cst.ExceptStarHandler, cst.Else, cst.Finally, cst.MatchCase), ("body",)),
}
"""Where statements have others inside."""


def ruled_out(tree: Any, constants: Mapping[str, object]) -> frozenset[int]:
    """The ``id`` of each block and statement of a module that sync code never comes to, as ``constants`` have their
    values."""
    found: list[Any] = []
    _look_in_block(tree.body, constants, found)
    return frozenset(map(id, found))


def _look_in_block(statements: Sequence[Any], constants: Mapping[str, object], found: list[Any]) -> None:
    for index, statement in enumerate(statements):
        _look_in(statement, constants, found)
        if statement.__class__ is cst.If and _value(statement.test, constants) is True:
            if isinstance(last_statement(statement.body), (cst.Return, cst.Raise)):
                found += statements[index + 1 :]
                return


def _look_in(node: Any, constants: Mapping[str, object], found: list[Any]) -> None:
    if node.__class__ is cst.IndentedBlock:
        _look_in_block(node.body, constants, found)
    elif node.__class__ is cst.If:
        value = _value(node.test, constants)
        for part, runs_if in ((node.body, True), (node.orelse, False)):
            if value is not None and value is not runs_if:
                found.append(part)
            else:
                _look_in(part, constants, found)
    else:
        for name in _BLOCKS.get(node.__class__, ()):
            part = getattr(node, name)
            for inner in part if isinstance(part, (list, tuple)) else (part,):
                _look_in(inner, constants, found)


def _value(test: cst.BaseExpression, constants: Mapping[str, object]) -> bool | None:
    """The value that ``constants`` give ``test`` in sync code."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        value = _value(test.expression, constants)
        return None if value is None else not value
    if isinstance(test, cst.BooleanOperation):
        left, right = _value(test.left, constants), _value(test.right, constants)
        short = isinstance(test.operator, cst.Or)
        if left is short or right is short:
            return short
        return right if left is not None else None
    name = (dotted(test) or "").rpartition(".")[2]
    return bool(constants[name]) if name in constants else None
