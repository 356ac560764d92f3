"""Run what `gather` is given at the same time, in threads, and wait for all results.

`gather(f(x), g(y))` becomes `gather(partial(f, x), partial(g, y))`: functions and arguments are evaluated first, in order,
then the calls run. Calls made earlier (`ts = [f(x) for x in xs]; await gather(*ts)`) are kept back where they are made.
The first error is raised as soon as it happens and the other calls run on; with `return_exceptions` errors are results.
Each call sees a copy of the caller's context variables. With `concurrency = "sequential"` the calls are made one after the
other, all of them, also when one fails.

Where only those results of callbacks are gathered that are awaitable (`isawaitable(r)`), the callbacks are called where they stand,
and nothing is left to gather. If the value of `gather` is used, that is refused.

A `gather` that is not awaited at once is a task that gathers.

Source: https://docs.python.org/3/library/asyncio-task.html#asyncio.gather
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA, without_loop
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import with_parentheses_of
from unasync_plus.rewrite.rule import Example, Rule
from unasync_plus.rewrite.starving import refuse_starving
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA303",
    reports={"UA343": "results are wanted of what was picked out as awaitable"},
    examples=[
        Example(
            before="import asyncio\n\n\nasync def f(xs, g):\n    return await asyncio.gather(*[g(x) for x in xs])\n",
            after=(
                "from functools import partial\n\nfrom unasync_plus.runtime.threads import gather\n\n\n"
                "def f(xs, g):\n    return gather(*[partial(g, x) for x in xs])\n"
            ),
        )
    ],
)


@rule.on(cst.Call, named=["asyncio.gather"])
def gather(node: cst.Call, ctx: Context) -> Any:
    """The runtime's ``gather``; a task of it, if nobody waits for it here."""
    args = without_loop(node)
    _refuse_picked(node, args, ctx)
    refuse_starving((arg.value for arg in args if arg.keyword is None), ctx)
    new = replaced(node, func=ctx.concurrent("gather"), args=ctx.visit_all(args))
    if isinstance(ctx.parent, cst.Await):
        return new
    is_limited = ctx.concurrency == "sequential" and ctx.callee(ctx.parent) == "asyncio.wait_for"
    first = cst.Arg(new.func, comma=SPACED_COMMA if args else cst.MaybeSentinel.DEFAULT)
    if any(arg.keyword is not None for arg in args) or is_limited:
        partial = ctx.reference("functools.partial", cst.Name("partial"))
        whole = replaced(new, func=partial, args=[first, *new.args], lpar=(), rpar=())
        if is_limited:  # a task would run before the limit holds
            return with_parentheses_of(whole, node)
        return with_parentheses_of(cst.Call(ctx.concurrent("create_task"), [cst.Arg(whole)]), node)
    return replaced(new, func=ctx.concurrent("create_task"), args=[first, *new.args])


def _refuse_picked(node: cst.Call, args: Sequence[cst.Arg], ctx: Context) -> None:
    """Refuse to gather nothing where results are wanted, unless plain ones were put where these go."""
    if ctx.is_statement or not ctx.deals_in_awaitables:
        return
    picked = {ctx.values.picked_as(arg.value, inside=bool(arg.star)) for arg in args if arg.keyword is None}
    if "filtered" in picked:
        ctx.refuse(
            node,
            "UA343",
            "this gathers the results that are awaitable; in sync code there is no telling which those were",
            "use what the calls gave, all of it, or put the sync side in place with `# unasync: replace`",
        )
    elif "branched" in picked and not _is_added(ctx):
        ctx.warn(
            node,
            "UA343",
            "what is awaitable is gathered here, and in sync code nothing is: all results take the branch of plain ones",
            "see to it that what that branch does is right for all of them",
        )


def _is_added(ctx: Context) -> bool:
    """Whether what is gathered is put to other results: ``results.extend(await gather(…))``, ``results += …``."""
    around = next(node for node in reversed(ctx.parents[:-1]) if not isinstance(node, (cst.Await, cst.Arg)))
    if isinstance(around, cst.Call):
        return isinstance(around.func, cst.Attribute) and around.func.attr.value in ("extend", "update")
    return isinstance(around, (cst.AugAssign, cst.BinaryOperation))
