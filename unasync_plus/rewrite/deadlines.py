"""Awaited calls inside a block with a deadline."""

from __future__ import annotations

import libcst as cst

from unasync_plus.rewrite.blocking import ends_in_time, report_blocking
from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.tree import replaced

_DEADLINES = frozenset(
    f"{library}.{name}"
    for library, names in {
        "asyncio": "timeout timeout_at",
        "async_timeout": "timeout timeout_at",
        "anyio": "fail_after fail_at move_on_after move_on_at CancelScope",
        "trio": "fail_after fail_at move_on_after move_on_at CancelScope",
    }.items()
    for name in names.split()
)


def interruptible(operand: cst.BaseExpression, new: cst.BaseExpression, ctx: Context) -> cst.BaseExpression:
    """``new``, what the awaited ``operand`` became, such that a deadline around it ends the wait for it."""
    if not isinstance(operand, cst.Call) or not isinstance(new, cst.Call) or not _has_deadline(ctx):
        return new
    if ends_in_time(operand, ctx):
        return new
    report_blocking(operand, ctx)
    first = cst.Arg(new.func, comma=SPACED_COMMA if new.args else cst.MaybeSentinel.DEFAULT)
    return replaced(new, func=ctx.concurrent("interruptible"), args=[first, *new.args])


_OWN_FLOWS = frozenset({cst.FunctionDef, cst.Lambda, cst.ClassDef})


def _has_deadline(ctx: Context) -> bool:
    for node in reversed(ctx.parents):
        if type(node) in _OWN_FLOWS:
            return False
        if type(node) is cst.With:
            for item in node.items:
                made = item.item
                if isinstance(made, cst.Call) and ctx.resolve(made.func) in _DEADLINES and not ctx.is_settled(made):
                    return True
    return False
