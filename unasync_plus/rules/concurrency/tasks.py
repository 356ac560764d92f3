"""Start `create_task(f(x))` as a call in a thread of its own; `await task` becomes its result.

The call begins at once, with a copy of the caller's context variables; that of `asyncio.Task(f(x))` does, too, but none that a
class derived from it would start, which is refused. A task can be
named, cancelled, asked whether it is done and given callbacks as in asyncio; see the runtime for what a cancellation can
interrupt. Awaiting it becomes `task.result()`, which waits and returns or raises. With `concurrency = "sequential"` a task runs
when it is created.

A cancellation ends the waits of the runtime. Where a task is cancelled and waited for, or a group of tasks is, and one of them may
be blocked elsewhere, in a socket of another library, a warning says so. Without threads, a task has run to its end
before anything can cancel it, or give it a name, of which another warning tells.

Source: https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
"""

from __future__ import annotations

from typing import Any, TypeGuard

import libcst as cst

from unasync_plus.rewrite.blocking import ends_in_time, function_ends_in_time
from unasync_plus.rewrite.calls import SPACED_COMMA, closed_like, function_and_arguments
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.starving import refuse_starving
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA304",
    reports={
        "UA337": "a task is cancelled that may be blocked where no cancellation reaches it",
        "UA341": "without threads, tasks have run to their end before they are named, cancelled or waited for, or get a limit of time",
    },
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(g):\n    task = asyncio.create_task(g(1))\n    return await task\n"
            ),
            after=(
                "from unasync_plus.runtime.threads import create_task\n\n\ndef f(g):\n    task = create_task(g, 1)\n"
                "    return task.result()\n"
            ),
        )
    ],
)

_LOOP = "asyncio.AbstractEventLoop"


@rule.on(
    cst.Call,
    named=["asyncio.create_task", "asyncio.Task", f"{_LOOP}.create_task", "asyncio.run_coroutine_threadsafe"],
)
def create_task(node: cst.Call, ctx: Context) -> Any:
    """The runtime's ``create_task``."""
    args = _arguments(node, ctx, "name", "context")
    return PASS if args is None else replaced(node, func=ctx.concurrent("create_task"), args=args)


@rule.on(cst.ClassDef)
def class_of_tasks(node: cst.ClassDef, ctx: Context) -> Any:
    """Refused: a task of asyncio starts when it is made, and the runtime's when `create_task` starts it."""
    for base in node.bases:
        kind = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        qualified = ctx.resolve(kind)
        if qualified in ("asyncio.Task", "asyncio.tasks.Task") and not ctx.is_configured(qualified):
            ctx.refuse(
                base.value,
                "UA304",
                "a class of tasks starts what it is made of, and in sync code only create_task does",
                "keep a task in an attribute of a class of its own, or leave the class out with `# unasync: skip`",
            )
    return PASS


@rule.on(cst.Call, named=[f"{group}.create_task" for group in ("asyncio.TaskGroup", "anyio.abc.TaskGroup")])
def create_task_in_group(node: cst.Call, ctx: Context) -> Any:
    """The group's method of the same name."""
    args = _arguments(node, ctx, "name", "context")
    return PASS if args is None else replaced(node, func=ctx.visit(node.func), args=args)


@rule.on(cst.Call, named="asyncio.ensure_future")
def ensure_future(node: cst.Call, ctx: Context) -> Any:
    """A call is started, a future stays what it is."""
    args = _arguments(node, ctx)
    if args is None:
        return PASS
    name = "create_task" if len(args) > 1 else "ensure_future"
    return replaced(node, func=ctx.concurrent(name), args=args)


@rule.on(cst.Call, attributes="cancel")
def cancel(node: cst.Call, ctx: Context) -> Any:
    """Of a task that is awaited, too, and may be blocked where no cancellation reaches it."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not ctx.deals_in_awaitables:
        return PASS
    if ctx.concurrency == "sequential":
        if ctx.values.is_begun_task(func.value):
            text = "without threads the task has run to its end when it is cancelled here"
            ctx.warn(
                node, "UA341", text, 'use concurrency = "threads", here with `# unasync: threads`, if it may take long'
            )
        return PASS
    if _is_scope(func.value):
        ends = all(function_ends_in_time(given, ctx) for given in ctx.values.started_in(func.value.value))
    else:
        ends = all(ends_in_time(call, ctx) for call in ctx.values.started(func.value))
    if not ends:
        ctx.warn(
            node,
            "UA337",
            "in sync code this ends waits of the runtime only: the task may be blocked in others, and it is awaited",
            "close what the task reads from before it is awaited, or let it wait with a timeout",
        )
    return PASS


@rule.on(cst.Call, attributes="set_name")
def named_late(node: cst.Call, ctx: Context) -> Any:
    """Without threads: a warning, as the task has run under another name."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not ctx.deals_in_awaitables or ctx.concurrency != "sequential":
        return PASS
    if ctx.values.is_begun_task(func.value) and not ctx.values.may_be_current_task(func.value):
        text = "without threads the task has run to its end, under another name, when it gets this one"
        ctx.warn(node, "UA341", text, "name it where it is made: `create_task(f(), name=...)`")
    return PASS


@rule.on(cst.Call, attributes="get_loop")
def loop_of_it(node: cst.Call, ctx: Context) -> Any:
    """Of a task or future, as a value: what stands for all loops."""
    return replaced(node, func=ctx.runtime("loops.get_running_loop")) if _is_of_a_task(node, ctx) else PASS


@rule.on(cst.Call, attributes=["get_coro", "get_stack", "print_stack"])
def without_counterpart(node: cst.Call, ctx: Context) -> Any:
    """What only a coroutine has."""
    assert isinstance(node.func, cst.Attribute)
    if _is_of_a_task(node, ctx):
        text = f"{node.func.attr.value} has no sync counterpart: a task is a thread, and has no coroutine"
        ctx.refuse(node, "UA304", text, "leave it out with `# unasync: skip`")
    return PASS


def _is_of_a_task(node: cst.Call, ctx: Context) -> bool:
    assert isinstance(node.func, cst.Attribute)
    return ctx.deals_in_awaitables and ctx.values.may_be_awaitable(node.func.value).endswith("task")


@rule.on(cst.Call, attributes="add_done_callback")
def taken_out(node: cst.Call, ctx: Context) -> Any:
    """Without threads: a warning where a task leaves a collection before that is waited for."""
    if not ctx.deals_in_awaitables or ctx.concurrency != "sequential" or not node.args:
        return PASS
    callback = node.args[0].value
    removing = (
        callback.body.func if isinstance(callback, cst.Lambda) and isinstance(callback.body, cst.Call) else callback
    )
    if not isinstance(removing, cst.Attribute) or removing.attr.value not in ("discard", "remove", "pop"):
        return PASS
    if ctx.values.is_collected(removing.value):
        ctx.warn(
            node,
            "UA341",
            "without threads the task is done here, and taken out at once: who waits for all in the collection finds it empty",
            'wait for the tasks by another collection, or use `concurrency = "threads"`, here with `# unasync: threads`',
        )
    return PASS


def _is_scope(node: cst.BaseExpression) -> TypeGuard[cst.Attribute]:
    return isinstance(node, cst.Attribute) and node.attr.value == "cancel_scope"


_HANDING_ON = frozenset({"run", "call_soon", "call_soon_threadsafe", "call_later", "call_at"})
"""Methods of contexts and loops that call what they are given, with what stands behind it."""


@rule.on(cst.Name, cst.Attribute, named=["asyncio.create_task", "asyncio.ensure_future"])
def as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's, where what it will be given is seen: ``context.run(create_task, f(x))``, ``start = create_task``."""
    around = ctx.parents[-3] if isinstance(ctx.parent, cst.Arg) else ctx.parent
    if isinstance(around, cst.Call):
        method = around.func.attr.value if isinstance(around.func, cst.Attribute) else ""
        seen = method in _HANDING_ON or ctx.callee(around) == "builtins.map"
    else:
        seen = isinstance(around, (cst.Assign, cst.Param))
    return ctx.concurrent((ctx.resolve(node) or "").rpartition(".")[2]) if seen and ctx.keeps_back else PASS


def _arguments(node: cst.Call, ctx: Context, *keywords: str) -> list[cst.Arg] | None:
    """The function, its arguments, and those of ``keywords`` that the call has."""
    if not node.args or node.args[0].star:
        return None
    named = {arg.keyword.value: arg for arg in node.args if arg.keyword is not None}
    coroutine = named.get("coro") or named.get("coro_or_future") or node.args[0]
    kept = [named[keyword] for keyword in keywords if keyword in named]
    refuse_starving([coroutine.value], ctx)
    args = function_and_arguments(coroutine.value, ctx)
    if kept:
        args[-1] = replaced(args[-1], comma=coroutine.comma if isinstance(coroutine.comma, cst.Comma) else SPACED_COMMA)
        args += ctx.visit_all(kept)
    return closed_like(args, node)
