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
_SKIPPED_IF = {"unittest.skipIf": True, "unittest.skipUnless": False, "pytest.mark.skipif": True}
"""Decorators of tests that are not run, and the value of their condition then."""
_SKIPS = frozenset({"self.skipTest", "pytest.skip"})


def ruled_out(tree: Any, constants: Mapping[str, object]) -> frozenset[int]:
    """The ``id`` of each block and statement of a module that sync code never comes to, as ``constants`` have their
    values."""
    found: list[Any] = []
    _look_in_block(tree.body, constants, found)
    return frozenset(map(id, found))


def _look_in_block(statements: Sequence[Any], constants: Mapping[str, object], found: list[Any]) -> None:
    for index, statement in enumerate(statements):
        _look_in(statement, constants, found)
        if statement.__class__ is cst.If and _value(statement.test, constants) is True and _leaves(statement.body):
            found += statements[index + 1 :]
            return


def _leaves(block: cst.BaseSuite) -> bool:
    """Whether ``block`` ends by leaving the function."""
    last = last_statement(block)
    if isinstance(last, cst.Expr) and isinstance(last.value, cst.Call):
        return dotted(last.value.func) in _SKIPS
    return isinstance(last, (cst.Return, cst.Raise))


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
    elif any(_is_skipped(one.decorator, constants) for one in getattr(node, "decorators", ())):
        found.append(node.body)
    else:
        for name in _BLOCKS.get(node.__class__, ()):
            part = getattr(node, name)
            for inner in part if isinstance(part, (list, tuple)) else (part,):
                _look_in(inner, constants, found)


def _is_skipped(decorator: cst.BaseExpression, constants: Mapping[str, object]) -> bool:
    if not isinstance(decorator, cst.Call) or not decorator.args:
        return False
    value = _SKIPPED_IF.get(dotted(decorator.func) or "")
    return value is not None and _value(decorator.args[0].value, constants) is value


def _value(test: cst.BaseExpression, constants: Mapping[str, object]) -> bool | None:
    """The value that ``constants`` give ``test`` in sync code."""
    if type(test) is cst.UnaryOperation and type(test.operator) is cst.Not:
        value = _value(test.expression, constants)
        return None if value is None else not value
    if type(test) is cst.BooleanOperation:
        left, right = _value(test.left, constants), _value(test.right, constants)
        short = type(test.operator) is cst.Or
        if left is short or right is short:
            return short
        return right if left is not None else None
    name = (dotted(test) or "").rpartition(".")[2]
    return bool(constants[name]) if name in constants else None
