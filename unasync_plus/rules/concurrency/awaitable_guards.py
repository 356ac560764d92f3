"""Answer what asks whether something is asynchronous: nothing is, in sync code.

`inspect.isawaitable(x)`, `iscoroutine`, `iscoroutinefunction`, `hasattr(x, "__await__")` and their like are `False`; as
conditions they decide which branch stays (see `define`). Functions of the project that only ask this (`def is_async(f): return
iscoroutinefunction(unwrap(f))`) are such questions, too.

A check that raises where they are false, `if not iscoroutinefunction(f): raise …` or `assert isawaitable(x)`, or that hands on an
exception and leaves, is passed by all that the async code goes on with: it is left out, with a note.

Where `x` may be a task or a future of the runtime, or an object whose class had `__await__`, the question stays:
`isinstance(x, Future)`, or whether it has that class's mark. Where coroutines are handed over as calls that are yet to be made
(see UA315), the question is `callable(x)`. `hasattr(asyncio, "TaskGroup")` is `True` if that has a counterpart.

Source: https://docs.python.org/3/library/inspect.html#inspect.isawaitable
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.resolve.questions import ALWAYS_FALSE, is_about, is_of_functions
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, call, in_place_of, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.truth import has_counterpart, is_pure
from unasync_plus.rewrite.values.asking import asks_for_await
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA317",
    reports={"UA344": "coroutine functions alone are called, and in sync code nothing is called there"},
    examples=[
        Example(
            before="import inspect\n\n\ndef is_async(f):\n    return inspect.iscoroutinefunction(f)\n",
            after="def is_async(f):\n    return False\n",
        ),
        Example(
            before=(
                "import asyncio\n\n\ndef register(hooks, hook):\n    if not asyncio.iscoroutinefunction(hook):\n"
                '        raise TypeError("a hook is a coroutine function")\n    hooks.append(hook)\n'
            ),
            after="def register(hooks, hook):\n    hooks.append(hook)\n",
        ),
    ],
)


@rule.on(cst.Call, named="builtins.hasattr")
def counterpart(node: cst.Call, ctx: Context) -> Any:
    """Whether the sync code has what is asked for: ``hasattr(asyncio, "TaskGroup")``, ``hasattr(x, "__await__")``."""
    if asks_for_await(node):
        return _answer(node, "inspect.isawaitable", ctx)
    has_one = has_counterpart(node, ctx)
    return PASS if has_one is None else with_parentheses_of(cst.Name(str(has_one)), node)


@rule.on(cst.Call, named=ALWAYS_FALSE)
def guard(node: cst.Call, ctx: Context) -> Any:
    """``False``, or the question that it is in sync code."""
    if len(node.args) != 1 or node.args[0].star:
        return PASS
    return _answer(node, ctx.resolve(node.func) or "", ctx)


def _answer(node: cst.Call, qualified: str, ctx: Context) -> Any:
    asked = node.args[0].value
    question = _question(asked, qualified, ctx)
    if question is not None:
        return in_place_of(node, question, ctx.parent)
    if is_pure(asked):
        return REMOVE if ctx.is_statement else with_parentheses_of(cst.Name("False"), node)
    pair = cst.Tuple([cst.Element(ctx.visit(asked)), cst.Element(cst.Name("False"))])
    return cst.Subscript(pair, [cst.SubscriptElement(cst.Index(cst.Integer("1")))])


@rule.on(cst.Call, named="builtins.filter")
def picking(node: cst.Call, ctx: Context) -> Any:
    """``filter(callable, calls)``; the guard itself, which picks nothing, where nothing is a call yet to be made."""
    guard = ctx.resolve(node.args[0].value) if len(node.args) == 2 else None
    if guard not in ALWAYS_FALSE or is_of_functions(guard) or not ctx.deals_in_awaitables:
        return PASS
    how = ctx.values.may_be_awaitable(node.args[1].value, inside=True)
    if how == "call":
        first = replaced(node.args[0], value=ctx.builtin("callable"))
        return replaced(node, args=[first, ctx.visit(node.args[1])])
    if how:
        ctx.refuse(
            node,
            "UA317",
            f"{guard} as a value can not be asked about tasks, nor about what has `__await__`",
            "ask in a comprehension: `[x for x in xs if isawaitable(x)]`",
        )
    return PASS


def _question(asked: cst.BaseExpression, qualified: str, ctx: Context) -> cst.BaseExpression | None:
    how = ctx.values.may_be_awaitable(asked) if ctx.deals_in_awaitables else ""
    if not is_about(qualified, how):
        return None
    is_call = how.startswith("call") and not is_of_functions(qualified)
    if how == "awaitable" and not is_of_functions(qualified):
        return call("hasattr", ctx.visit(asked), cst.SimpleString('"_awaited_by_result"'))
    if is_call and (how == "call" or not qualified.endswith(".isawaitable")):
        return call("callable", ctx.visit(asked))
    if not how.endswith("task") and how != "awaitable":
        return None
    future = call("isinstance", ctx.visit(asked), ctx.runtime("threads.Future"))
    if not is_call:
        return future
    return cst.BooleanOperation(call("callable", ctx.visit(asked)), cst.Or(), future)
