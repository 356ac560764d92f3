"""Keep task groups: leaving the block waits for every call that was started in it.

`asyncio.TaskGroup`, `anyio.create_task_group()` and `trio.open_nursery()` become groups of threads with the same life, wherever
they are kept. The first error cancels the other tasks and the body; errors come out as an `ExceptionGroup` (before Python 3.11
that of the `exceptiongroup` package; without it the first error, the others behind it as its context).
`start_soon(f, x)` and `start(f, x)` keep their form; `create_task(f(x))` becomes `create_task(f, x)`.

With `concurrency = "sequential"` each call is made when it is started.

Source: https://docs.python.org/3/library/asyncio-task.html#task-groups
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import closed_like, function_and_arguments
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.starving import refuse_starving, refuse_starving_function
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA306",
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(g):\n    async with asyncio.TaskGroup() as group:\n"
                "        group.create_task(g(1))\n        group.create_task(g(2))\n"
            ),
            after=(
                "from unasync_plus.runtime.groups import TaskGroup\n\n\ndef f(g):\n    with TaskGroup() as group:\n"
                "        group.create_task(g, 1)\n        group.create_task(g, 2)\n"
            ),
        )
    ],
)


@rule.on(cst.Call, attributes="create_task")
def group_of_unknown_class(node: cst.Call, ctx: Context) -> Any:
    """``x.create_task(f(1))`` where ``x`` came from elsewhere: nothing else is called like that."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not node.args:
        return PASS
    if ctx.resolve(func) is not None or not ctx.keeps_back or ctx.values.functions(func) is not None:
        return PASS
    if not ctx.values.is_wanted(node.args[0].value) and not _may_be_a_coroutine(node.args[0].value, ctx):
        return PASS
    if _is_private_loop(func.value) or isinstance(ctx.parent, cst.Await):
        ctx.refuse(
            node,
            "UA306",
            "nothing tells what create_task of this object does with the coroutine",
            "annotate the object, as asyncio.TaskGroup or asyncio.AbstractEventLoop, or call asyncio.create_task",
        )
        return PASS
    refuse_starving([node.args[0].value], ctx)
    args = function_and_arguments(node.args[0].value, ctx)
    rest = ctx.visit_all(node.args[1:])
    if rest:
        args[-1] = replaced(args[-1], comma=node.args[0].comma)
    return replaced(node, func=ctx.visit(func), args=closed_like([*args, *rest], node))


def _may_be_a_coroutine(node: cst.BaseExpression, ctx: Context) -> bool:
    """Whether it is a call, and not one of a class, of Python's own functions or of a plain function of the module."""
    if not isinstance(node, cst.Call):
        return False
    root, _, name = (ctx.callee(node) or "").rpartition(".")
    functions = ctx.values.functions(node.func)
    if functions is not None:
        return any(function.makes_coroutines for function in functions)
    return root != "builtins" and not name[:1].isupper()


def _is_private_loop(node: cst.BaseExpression) -> bool:
    """Whether it sounds like a loop of another object, which that has no more if nothing else there needs it."""
    return isinstance(node, cst.Attribute) and node.attr.value.startswith("_") and node.attr.value.endswith("loop")


@rule.on(
    cst.Call,
    named=[
        f"{group}.{method}" for group in ("anyio.abc.TaskGroup", "trio.Nursery") for method in ("start", "start_soon")
    ],
)
def start_soon(node: cst.Call, ctx: Context) -> Any:
    """The same method of the runtime's group."""
    if node.args:
        refuse_starving_function(node.args[0].value, ctx)
    return PASS
