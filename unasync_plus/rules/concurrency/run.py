"""Turn `asyncio.run(main())` into `main()`.

Nothing has to be run: the call has done its work when it returns. Options of the runner (`debug`, `loop_factory`, `backend`)
have no meaning without a loop. In a module that starts tasks, the runtime's `run(main)` makes the call, as behind
`asyncio.run` no task goes on: those that are left are cancelled. So it is where another module of the package starts them, and for
`loop.run_until_complete(main())` if that is all the loop has to run before it is closed; otherwise tasks go on, as they would
when the loop runs again.

Source: https://docs.python.org/3/library/asyncio-runner.html#asyncio.run
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import converted_call, function_and_arguments
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, atom, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced, walk

rule = Rule(
    __name__,
    code="UA302",
    examples=[
        Example(
            before="import asyncio\n\nasync def main():\n    return 1\n\nprint(asyncio.run(main()))\n",
            after="def main():\n    return 1\n\nprint(main())\n",
        )
    ],
)

_LOOP = "asyncio.AbstractEventLoop"


@rule.on(cst.Call, named=["asyncio.run", "uvloop.run", f"{_LOOP}.run_until_complete"])
def run_to_call(node: cst.Call, ctx: Context) -> Any:
    """The coroutine's call itself, or the result of a task."""
    main = next((a.value for a in node.args if a.keyword is None or a.keyword.value in ("main", "future")), None)
    if main is None or node.args[0].star:
        return PASS
    if ctx.deals_in_awaitables and ctx.values.awaited(main) in ("task", "either", "unknown"):
        future = call(ctx.concurrent("ensure_future"), ctx.visit(main))
        return with_parentheses_of(call(cst.Attribute(future, cst.Name("result"))), node)
    if ctx.starts_tasks and (ctx.resolve(node.func) is not None or _ends_its_loop(node, ctx)):
        args = _callable(main, ctx)
        if args:
            return replaced(node, func=ctx.runtime("runs.run"), args=args)
        return REMOVE if ctx.is_statement else cst.Name("None")
    new = converted_call(main, ctx) if isinstance(main, cst.Call) else call(atom(ctx.visit(main)))
    if new is REMOVE and not ctx.is_statement:
        return cst.Name("None")
    return with_parentheses_of(new, node) if isinstance(new, cst.BaseExpression) else new


def _ends_its_loop(node: cst.Call, ctx: Context) -> bool:
    """Whether a loop is closed in the function that has it run ``node``, and nothing else: another run would let tasks go on."""
    function = ctx.function or ctx.parents[0]
    methods = [
        call.func
        for call in walk(function)
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and isinstance(node.func, cst.Attribute)
        if call.func.value.deep_equals(node.func.value)
    ]
    names = [method.attr.value for method in methods]
    return "close" in names and names.count("run_until_complete") == 1 and "run_forever" not in names


def _callable(main: cst.BaseExpression, ctx: Context) -> list[cst.Arg]:
    """The function and its arguments; ``run`` takes them all. Empty if nothing is left of it: `loop.shutdown_asyncgens()`."""
    if not isinstance(main, cst.Call):
        return [cst.Arg(ctx.visit(main))]
    new = converted_call(main, ctx)
    if new is REMOVE:
        return []
    if not isinstance(new, cst.Call):
        return function_and_arguments(main, ctx)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if new.args else cst.MaybeSentinel.DEFAULT
    return [cst.Arg(new.func, comma=comma), *new.args]


@rule.on(cst.Call, named="asyncio.Runner.run")
def runner_run(node: cst.Call, ctx: Context) -> Any:
    """``runner.run(main, x)``."""
    main = next((a.value for a in node.args if a.keyword is None or a.keyword.value == "coro"), None)
    if main is None:
        return PASS
    args = _callable(main, ctx)
    if not args:
        return REMOVE if ctx.is_statement else cst.Name("None")
    return replaced(node, func=ctx.visit(node.func), args=args)


@rule.on(cst.Call, named=["anyio.run", "trio.run", "anyio.from_thread.run", "trio.from_thread.run"])
def run_function_to_call(node: cst.Call, ctx: Context) -> Any:
    """``run(f, x)`` is ``f(x)``."""
    if not node.args or node.args[0].star or node.args[0].keyword is not None:
        return PASS
    args = [arg for arg in node.args[1:] if arg.keyword is None]
    if args:
        args[-1] = replaced(args[-1], comma=cst.MaybeSentinel.DEFAULT)
    return replaced(node, func=atom(ctx.visit(node.args[0].value)), args=ctx.visit_all(args))


@rule.on(cst.Call, named=["anyio.from_thread.run_sync", "trio.from_thread.run_sync"])
def run_sync_to_call(node: cst.Call, ctx: Context) -> Any:
    """There is no loop to hand the call to."""
    return run_function_to_call(node, ctx)
