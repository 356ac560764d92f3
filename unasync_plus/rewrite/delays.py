"""What `asyncio.sleep` takes and `time.sleep` does not: a negative delay, a result, and keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.tree import walk

if TYPE_CHECKING:
    from typing import TypeGuard

_COMPARED = (cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual)


def may_be_negative(delay: cst.BaseExpression, ctx: Context) -> bool:
    """Whether a delay is a difference, or a variable that the function gives one, and nothing here compares it."""
    if isinstance(delay, cst.Name):
        return _is_given_a_difference(delay.value, ctx)
    return _is_difference(delay) and not any(
        _compares(parent.test) for parent in ctx.parents if isinstance(parent, (cst.If, cst.IfExp, cst.While))
    )


def _is_difference(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.BinaryOperation):
        if isinstance(node.operator, (cst.Multiply, cst.Divide)):
            return _is_difference(node.left) or _is_difference(node.right)
        return isinstance(node.operator, cst.Subtract)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "min":
        return any(_is_difference(arg.value) for arg in node.args)
    return isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus)


def _is_given_a_difference(name: str, ctx: Context) -> bool:
    function = next((parent for parent in reversed(ctx.parents) if isinstance(parent, cst.FunctionDef)), None)
    given = False
    for node in walk(function.body) if function is not None else ():
        if isinstance(node, cst.Comparison) and _compares(node, name):
            return False
        if isinstance(node, cst.Assign):
            given |= _is_difference(node.value) and any(_is_name(target.target, name) for target in node.targets)
        elif isinstance(node, cst.AugAssign):
            given |= isinstance(node.operator, cst.SubtractAssign) and _is_name(node.target, name)
        elif isinstance(node, (cst.AnnAssign, cst.NamedExpr)) and node.value is not None:
            given |= _is_difference(node.value) and _is_name(node.target, name)
    return given


def _compares(test: cst.BaseExpression, name: str = "") -> bool:
    """Whether an order is asked for in ``test``, of the variable ``name`` if that is given."""
    return any(
        isinstance(node, cst.Comparison)
        and any(isinstance(part.operator, _COMPARED) for part in node.comparisons)
        and (not name or any(_is_name(part, name) for part in walk(node)))
        for node in walk(test)
    )


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def is_given_more(ctx: Context) -> bool:
    """Whether the module calls the variable, attribute or parameter that is given the function at hand with more than a delay."""
    names = set(_names_given(ctx))
    if not names:
        return False
    function = None
    if not isinstance(ctx.parent, cst.Arg):
        function = next((parent for parent in reversed(ctx.parents) if isinstance(parent, cst.FunctionDef)), None)
    itself = ctx.resolve(ctx.parents[-1])
    for node in walk(ctx.parents[0]):
        if (
            _gives_more(node)
            and _last_name(node.func) in names
            and (itself is None or ctx.resolve(node.func) != itself)
        ):
            if function is None or isinstance(node.func, cst.Attribute):
                return True
    return function is not None and any(
        _gives_more(node) and _last_name(node.func) in names for node in walk(function.body)
    )


def _gives_more(node: cst.CSTNode) -> TypeGuard[cst.Call]:
    return isinstance(node, cst.Call) and (len(node.args) > 1 or any(arg.keyword is not None for arg in node.args))


def _names_given(ctx: Context) -> list[str]:
    parent = ctx.parent
    if isinstance(parent, cst.Assign):
        return [_last_name(target.target) for target in parent.targets]
    if isinstance(parent, cst.AnnAssign):
        return [_last_name(parent.target)]
    if isinstance(parent, cst.Param):
        return [parent.name.value]
    return [parent.keyword.value] if isinstance(parent, cst.Arg) and parent.keyword is not None else []


def _last_name(node: cst.CSTNode) -> str:
    named = node.attr if isinstance(node, cst.Attribute) else node
    return named.value if isinstance(named, cst.Name) else ""
