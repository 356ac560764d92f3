"""Which code the constants of `set` rule out, although it stays in the output."""

from __future__ import annotations

from itertools import pairwise

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.tree import dotted, last_statement


def is_reached(ctx: Context) -> bool:
    """Whether sync code comes to the node at hand: not into a branch that a constant of `set` rules out."""
    for parent, child in pairwise(ctx.parents):
        if isinstance(parent, cst.If):
            value = _value(parent.test, ctx)
            if value is not None and child is not parent.test and (child is parent.body) is not value:
                return False
        elif isinstance(parent, cst.IndentedBlock):
            if _ends_before(parent, child, ctx):
                return False
    return True


def _ends_before(block: cst.IndentedBlock, child: cst.CSTNode, ctx: Context) -> bool:
    """Whether an ``if`` of ``block`` above ``child``, which is always taken, leaves the function."""
    for statement in block.body:
        if statement is child:
            return False
        if isinstance(statement, cst.If) and _value(statement.test, ctx) is True:
            if isinstance(last_statement(statement.body), (cst.Return, cst.Raise)):
                return True
    return False


def _value(test: cst.BaseExpression, ctx: Context) -> bool | None:
    """The value that the constants of `set` give ``test`` in sync code."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        value = _value(test.expression, ctx)
        return None if value is None else not value
    if isinstance(test, cst.BooleanOperation):
        left, right = _value(test.left, ctx), _value(test.right, ctx)
        short = isinstance(test.operator, cst.Or)
        if left is short or right is short:
            return short
        return right if left is not None else None
    name = (dotted(test) or "").rpartition(".")[2]
    return bool(ctx.settings.set[name]) if name in ctx.settings.set else None
