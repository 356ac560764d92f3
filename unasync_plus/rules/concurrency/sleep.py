"""Turn `asyncio.sleep` into `time.sleep`, and `sleep(0)` as a statement into nothing.

`sleep(0)` only lets other tasks run; threads do that by themselves. An argument that is more than a number is evaluated,
and a result argument is still the value of the expression.

Source: https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA301",
    examples=[
        Example(
            before="import asyncio\n\nasync def f():\n    await asyncio.sleep(0)\n    await asyncio.sleep(0.5)\n",
            after="import time\n\ndef f():\n    time.sleep(0.5)\n",
        )
    ],
)

_CHECKPOINTS = ("anyio.lowlevel.checkpoint", "trio.lowlevel.checkpoint")


@rule.on(cst.Call, named=["asyncio.sleep", "anyio.sleep", "trio.sleep"])
def sleep_to_time_sleep(node: cst.Call, ctx: Context) -> Any:
    """``time.sleep`` with the delay alone; nothing for a statement that would not wait."""
    if not node.args or any(arg.star for arg in node.args):
        return PASS
    named = {arg.keyword.value: arg for arg in node.args if arg.keyword is not None}
    positional = [arg for arg in node.args if arg.keyword is None]
    delay = positional[0] if positional else named.get("delay") or named.get("seconds")
    result = positional[1] if len(positional) > 1 else named.get("result")
    if delay is None:
        return PASS
    if ctx.is_statement and isinstance(delay.value, (cst.Integer, cst.Float)) and float(delay.value.value) == 0:
        return REMOVE
    sleep = cst.Call(ctx.reference("time.sleep", node.func), [cst.Arg(ctx.visit(delay.value))])
    if result is None or ctx.is_statement:
        return cst.Call(sleep.func, sleep.args, lpar=node.lpar, rpar=node.rpar)
    pair = cst.Tuple([cst.Element(sleep), cst.Element(ctx.visit(result.value))])
    return cst.Subscript(pair, [cst.SubscriptElement(cst.Index(cst.Integer("1")))])


@rule.on(cst.Call, named=_CHECKPOINTS)
def checkpoint_to_nothing(node: cst.Call, ctx: Context) -> Any:
    """A checkpoint only lets other tasks run."""
    return REMOVE if ctx.is_statement else cst.Name("None")
