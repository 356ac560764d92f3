"""Make the call that `to_thread(f, x)` hands to a thread: `f(x)`.

The caller waits for it either way; `partial(f, x)` and `lambda: f(x)` are called as `f(x)`, too. That goes for
`run_in_executor(None, f, x)`, and for `to_thread.run_sync` of anyio and trio; a limiter that it is given
still limits how many such calls run at once. What is not awaited at once runs in a thread, as a task. Handed on as a
value, the runtime's `interruptible` calls what it is given.

Source: https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.executors import is_none
from unasync_plus.rewrite.make import atom, in_place_of, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import all_parameters, replaced, walk

rule = Rule(
    __name__,
    code="UA310",
    examples=[
        Example(
            before="import asyncio\n\nasync def f(g, x):\n    return await asyncio.to_thread(g, x, key=1)\n",
            after="def f(g, x):\n    return g(x, key=1)\n",
        )
    ],
)


@rule.on(cst.Call, named="asyncio.to_thread")
def to_thread(node: cst.Call, ctx: Context) -> Any:
    """The call itself."""
    return _call_of(node, list(node.args), ctx)


@rule.on(cst.Call, named=["anyio.to_thread.run_sync", "trio.to_thread.run_sync"])
def run_sync(node: cst.Call, ctx: Context) -> Any:
    """The same; keyword arguments are not the function's."""
    args = [arg for arg in node.args if arg.keyword is None]
    limiter = next((arg for arg in node.args if arg.keyword is not None and arg.keyword.value == "limiter"), None)
    if limiter is None or (isinstance(limiter.value, cst.Name) and limiter.value.value == "None"):
        return _call_of(node, args, ctx)
    if not args or args[0].star:
        return PASS
    args = [replaced(limiter, keyword=None, equal=cst.MaybeSentinel.DEFAULT, comma=SPACED_COMMA), *args]
    args[-1] = replaced(args[-1], comma=node.args[-1].comma)
    return replaced(node, func=ctx.runtime("limiters.limited"), args=ctx.visit_all(args))


def _call_of(node: cst.Call, args: list[cst.Arg], ctx: Context) -> Any:
    if not args or args[0].star or args[0].keyword is not None:
        return PASS
    rest = list(args[1:])
    if not rest:
        made = _already_made(args[0].value, ctx)
        if made is not None:
            return in_place_of(node, made, ctx.parent)
    else:
        rest[-1] = replaced(rest[-1], comma=node.args[-1].comma)
    return replaced(node, func=atom(ctx.visit(args[0].value)), args=ctx.visit_all(rest))


def _already_made(function: cst.BaseExpression, ctx: Context) -> Any:
    """What ``partial(f, x)`` and ``lambda: f(x)`` call, converted: ``f(x)``; None for any other function."""
    if isinstance(function, cst.Lambda):
        binds = any(isinstance(node, cst.NamedExpr) for node in walk(function.body))
        return None if binds or any(all_parameters(function.params)) else ctx.visit(function).body
    if not isinstance(function, cst.Call) or ctx.callee(function) != "functools.partial":
        return None
    if not function.args or function.args[0].star or function.args[0].keyword is not None:
        return None
    first, *rest = function.args
    if "#" in cst.Module([]).code_for_node(first):  # a comment that has no other place
        return None
    return replaced(function, func=atom(ctx.visit(first.value)), args=ctx.visit_all(rest), lpar=(), rpar=())


@rule.on(cst.Name, cst.Attribute, named=["asyncio.to_thread", "anyio.to_thread.run_sync", "trio.to_thread.run_sync"])
def as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """A function that calls its argument; only asyncio's has no keywords of its own, which `partial` might give it."""
    around = next((parent for parent in ctx.parents[-2:-4:-1] if isinstance(parent, cst.Call)), None)
    if around is not None and around.func is node:
        return PASS
    is_passed = around is not None and ctx.callee(around) != "functools.partial"
    if not is_passed and ctx.resolve(node) != "asyncio.to_thread":
        return PASS
    return with_parentheses_of(ctx.concurrent("interruptible"), node)


@rule.on(cst.Call, named="asyncio.AbstractEventLoop.run_in_executor")
def run_in_executor(node: cst.Call, ctx: Context) -> Any:
    """The call, or a task of it."""
    args = list(node.args)
    if len(args) < 2 or any(arg.keyword is not None or arg.star for arg in args[:2]) or not is_none(args[0].value, ctx):
        return PASS
    if isinstance(ctx.parent, cst.Await):
        return _call_of(node, args[1:], ctx)
    return replaced(node, func=ctx.concurrent("create_task"), args=ctx.visit_all(args[1:]))
