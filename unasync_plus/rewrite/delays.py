"""What `asyncio.sleep` takes and `time.sleep` does not: a negative delay, a result, and keywords."""

from __future__ import annotations

from collections.abc import Container, Iterator

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.tree import walk

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
    function = ctx.function
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
    function = None if isinstance(ctx.parent, cst.Arg) else ctx.function
    itself = ctx.resolve(ctx.parents[-1])
    return any(
        (function is None or isinstance(node.func, cst.Attribute))
        and (itself is None or ctx.resolve(node.func) != itself)
        for node in _calls_giving_more(ctx.parents[0], names)
    ) or any(_calls_giving_more(function.body, names) if function is not None else ())


def _calls_giving_more(node: cst.CSTNode, names: Container[str]) -> Iterator[cst.Call]:
    """The calls below ``node`` of what has one of ``names``, with more than one argument or with keywords."""
    for call in walk(node):
        if isinstance(call, cst.Call) and (len(call.args) > 1 or any(arg.keyword is not None for arg in call.args)):
            if last_name(call.func) in names:
                yield call


def _names_given(ctx: Context) -> list[str]:
    parent = ctx.parent
    if isinstance(parent, cst.Assign):
        return [last_name(target.target) for target in parent.targets]
    if isinstance(parent, cst.AnnAssign):
        return [last_name(parent.target)]
    if isinstance(parent, cst.Param):
        return [parent.name.value]
    return [parent.keyword.value] if isinstance(parent, cst.Arg) and parent.keyword is not None else []
