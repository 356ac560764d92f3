"""Wait for several tasks, or with a limit: `wait`, `as_completed`, `wait_for`, `shield`.

They come from the runtime and do what they do in asyncio: `wait` gives the sets of finished and unfinished tasks,
`as_completed` gives outcomes as they come (in `async for`, the tasks themselves), `wait_for` raises `TimeoutError` when the time
is up, `shield` keeps a cancellation away from what is waited for. What was a coroutine is a call that they make in a thread.

A wait of the runtime (its locks, queues, sleeps and tasks) ends when the time of a `wait_for` is up. A call of anything else
runs in a thread, and the thread is left behind: a warning says so. With `concurrency = "sequential"` that is refused.

Source: https://docs.python.org/3/library/asyncio-task.html#waiting-primitives
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.blocking import report_blocking
from unasync_plus.rewrite.calls import SPACED_COMMA, closed_like, function_and_arguments, without_loop
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.starving import refuse_starving
from unasync_plus.tree import dotted, replaced

rule = Rule(
    __name__,
    code="UA307",
    reports={"UA332": "when the time is up the work goes on, unwatched"},
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(xs, g):\n    tasks = [asyncio.create_task(g(x)) for x in xs]\n"
                "    done, _ = await asyncio.wait(tasks, timeout=1)\n    return [await t for t in done]\n"
            ),
            after=(
                "from unasync_plus.runtime.completion import wait\nfrom unasync_plus.runtime.threads import create_task\n"
                "\n\ndef f(xs, g):\n    tasks = [create_task(g, x) for x in xs]\n    done, _ = wait(tasks, timeout=1)\n"
                "    return [t.result() for t in done]\n"
            ),
        )
    ],
)


@rule.on(cst.Call, named="asyncio.wait")
def wait(node: cst.Call, ctx: Context) -> Any:
    """The runtime's ``wait``."""
    _tell_late(node, ctx)
    return replaced(node, func=ctx.concurrent("wait"), args=_arguments(node, ctx, "fs"))


@rule.on(cst.Call, named="asyncio.as_completed")
def as_completed(node: cst.Call, ctx: Context) -> Any:
    """The runtime's ``as_completed``, or its ``completed`` where an ``async for`` iterates over it."""
    _tell_late(node, ctx)
    loop = ctx.parent
    is_async = isinstance(loop, (cst.For, cst.CompFor)) and loop.asynchronous is not None
    name = "completed" if is_async else "as_completed"
    return replaced(node, func=ctx.concurrent(name), args=_arguments(node, ctx, "fs"))


def _tell_late(node: cst.Call, ctx: Context) -> None:
    """Warn of a limit of time for tasks that ran when they were created."""
    limits = [arg for arg in node.args if arg.keyword is not None and arg.keyword.value == "timeout"]
    if limits and ctx.concurrency == "sequential" and dotted(limits[0].value) != "None":
        text = "without threads the tasks have run to their ends before this limit of time is set"
        ctx.warn(
            node, "UA341", text, 'use concurrency = "threads", here with `# unasync: threads`, if they may take long'
        )


def _arguments(node: cst.Call, ctx: Context, first: str) -> list[cst.Arg]:
    """The arguments, ``first`` by position, without a loop."""
    args = without_loop(node)
    refuse_starving([arg.value for arg in args[:1]], ctx)
    new = ctx.visit_all(args)
    return [
        replaced(arg, keyword=None, equal=cst.MaybeSentinel.DEFAULT)
        if arg.keyword and arg.keyword.value == first
        else arg
        for arg in new
    ]


@rule.on(cst.Call, named="asyncio.wait_for")
def wait_for(node: cst.Call, ctx: Context) -> Any:
    """``wait_for(callable or task, seconds)``."""
    named = {arg.keyword.value: arg.value for arg in node.args if arg.keyword is not None}
    positional = [arg.value for arg in node.args if arg.keyword is None and not arg.star]
    if any(arg.star for arg in node.args):
        return PASS
    awaited = positional[0] if positional else named.get("fut")
    seconds = positional[1] if len(positional) > 1 else named.get("timeout")
    if awaited is None or seconds is None:
        return PASS
    report_blocking(awaited, ctx)
    comma = (
        node.args[0].comma
        if node.args[0].value is awaited and isinstance(node.args[0].comma, cst.Comma)
        else SPACED_COMMA
    )
    args = [cst.Arg(ctx.visit(awaited), comma=comma), cst.Arg(ctx.visit(seconds))]
    return replaced(node, func=ctx.concurrent("wait_for"), args=closed_like(args, node))


@rule.on(cst.Call, named="asyncio.shield")
def shield(node: cst.Call, ctx: Context) -> Any:
    """The runtime's ``shield``; a task of it, if nobody waits for it here."""
    if not node.args or node.args[0].star:
        return PASS
    args = closed_like(function_and_arguments(node.args[0].value, ctx), node)
    new = replaced(node, func=ctx.concurrent("shield"), args=args)
    if isinstance(ctx.parent, cst.Await):
        return new
    return replaced(new, func=ctx.concurrent("create_task"), args=[cst.Arg(new.func, comma=SPACED_COMMA), *args])
