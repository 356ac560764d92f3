"""Whether a coroutine is awaited before anything else happens: then it makes no difference that it has run already."""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.tree import walk


def follower(body: cst.CSTNode) -> Any:
    """The first statement of a function's body behind its docstring; the expression itself of a lambda's."""
    if not isinstance(body, (cst.IndentedBlock, cst.SimpleStatementSuite)):
        return body
    for statement in body.body:
        line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if not (isinstance(line, cst.Expr) and isinstance(line.value, (cst.SimpleString, cst.ConcatenatedString))):
            return statement
    return None


def awaits_first(statement: Any, name: str, *, passed: bool = False) -> bool:
    """Whether ``statement`` begins by evaluating ``await name``, or, ``passed``, ``await f(name)``."""
    if isinstance(statement, cst.SimpleStatementLine):
        statement = statement.body[0]
    node = getattr(statement, _BEGINNING.get(type(statement), "value"), None)
    while node is not None:
        if type(node) is cst.Await:
            if isinstance(node.expression, cst.Name):
                return node.expression.value == name
            node = node.expression
            if passed and isinstance(node, cst.Call) and _is_handed(node, name):
                return True
            continue
        field = _FIRST.get(type(node))
        if field is None:
            return False
        node = getattr(node, field)
        if isinstance(node, (list, tuple)):
            node = node[0].value if node else None
    return False


def _is_handed(call: cst.Call, name: str) -> bool:
    """Whether a variable is an argument of ``call``, and nothing is done before that."""
    values = [call.func, *(arg.value for arg in call.args)]
    is_given = any(isinstance(value, cst.Name) and value.value == name for value in values[1:])
    return is_given and not any(type(part) in _EFFECTIVE for value in values for part in walk(value))


_EFFECTIVE = frozenset({cst.Call, cst.Await, cst.Yield, cst.NamedExpr})
_BEGINNING: dict[type[Any], str] = {cst.For: "iter", cst.If: "test"}
"""Where statements begin that evaluate something else than their ``value`` first."""
_FIRST: dict[type[Any], str] = {
    cst.Call: "func",
    cst.Attribute: "value",
    cst.Subscript: "value",
    cst.BinaryOperation: "left",
    cst.BooleanOperation: "left",
    cst.Comparison: "left",
    cst.UnaryOperation: "expression",
    cst.Tuple: "elements",
    cst.List: "elements",
    cst.Yield: "value",
    cst.NamedExpr: "value",
}
"""The operand that is evaluated first."""
