"""Remove `await`.

What the operand evaluates to in sync code is the result already. Parentheses that only the `await` needed go, those
that precedence, a comment or a line break needs stay: `(await f()).x` becomes `f().x`, `await (a or b) == c` becomes
`(a or b) == c`.

A call that is awaited although it belongs to a library without a table is refused: without its `await` it would
return a coroutine that nobody runs. So is one that `gather`, `wait_for`, `create_task` or `asyncio.run` would await.

A method of something unknown that is awaited, entered or iterated over, sounds asynchronous (`aread`, `fetch_async`) and keeps its name
is warned of: what has it gives coroutines.

An attribute of which the module does not tell what it gives may hold a task that others started: `await self._task` becomes
`result_of(self._task)`, which waits for futures and threads and does nothing with other values, so that it is the same for a
property that gives a coroutine.

Source: https://docs.python.org/3/reference/expressions.html#await-expression
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import awaited
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.deadlines import interruptible
from unasync_plus.rewrite.foreign import refuse_foreign
from unasync_plus.rewrite.left import report_left
from unasync_plus.rewrite.make import in_place_of
from unasync_plus.rewrite.rule import Example, Rule
from unasync_plus.rewrite.staying import refuse_staying_object

rule = Rule(
    __name__,
    code="UA102",
    reports={
        "UA904": "an awaited call of a library that has no table",
        "UA907": "an awaited method sounds asynchronous, and keeps its name",
    },
    examples=[
        Example(before="async def f(g):\n    return (await g()).x\n", after="def f(g):\n    return g().x\n"),
        Example(
            before="async def f(a, b, c):\n    return await (a or b) == c\n",
            after="def f(a, b, c):\n    return (a or b) == c\n",
        ),
        Example(before="import nolib\n\nasync def f():\n    await nolib.fetch()\n", refused=True),
    ],
)


@rule.on(cst.Await)
def drop_await(node: cst.Await, ctx: Context) -> Any:
    """The operand, in as few parentheses as its place allows."""
    if refuse_foreign(node.expression, node, ctx):
        return node
    report_left(node.expression, ctx)
    refuse_staying_object(node.expression, "__await__", ctx)
    new = ctx.visit(node.expression)
    if not isinstance(new, cst.BaseExpression):
        return new
    if ctx.deals_in_awaitables:
        new = awaited(node.expression, interruptible(node.expression, new, ctx), ctx)
    if isinstance(new, cst.GeneratorExp):
        return new
    placed = in_place_of(node, new, ctx.parent)
    if node.lpar and not placed.lpar:
        ctx.unglue()
    return placed
