"""Turn `asyncio.sleep` into `time.sleep`, and `sleep(0)` as a statement into nothing.

`sleep(0)` only lets other tasks run; threads do that by themselves. An argument that is more than a number is evaluated,
and a result argument is still the value of the expression. Passed as a value, `asyncio.sleep` is `time.sleep` too, unless
the module gives it a result or keywords where it is called: then it is the runtime's.

A negative delay is none for `asyncio.sleep`, and an error for `time.sleep`: where it is a difference that nothing compares
(`sleep(deadline - now)`), it becomes `max(0, deadline - now)`.

Where the module, or another one of the package that may run its functions, starts tasks or sets deadlines, the runtime's
`sleep` takes its place: it ends when the task is cancelled or the time is up. There a `sleep(0)` stays, as it may be what ends a
loop, and tasks begin there that this module or another one has made. So it does in a function that uses `call_soon`.

Source: https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.delays import is_given_more, may_be_negative
from unasync_plus.rewrite.make import REMOVE, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import name_or_attribute, walk

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

_SLEEPS = ("asyncio.sleep", "anyio.sleep", "trio.sleep")
_UNTIL = ("anyio.sleep_until", "trio.sleep_until")
_FOREVER = ("anyio.sleep_forever", "trio.sleep_forever")
_CALLING = frozenset({"call_soon", "call_soon_threadsafe"})
"""Methods of loops: what they are given runs when the one who gave it waits next."""
_CHECKPOINTS = [
    f"{library}.lowlevel.{name}"
    for library in ("anyio", "trio")
    for name in ("checkpoint", "checkpoint_if_cancelled", "cancel_shielded_checkpoint")
]


@rule.on(cst.Call, named=_SLEEPS)
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
    if _is_zero(delay.value) and ctx.is_statement and not _lets_others_run(ctx):
        return REMOVE
    seconds = ctx.visit(delay.value)
    if may_be_negative(delay.value, ctx) and not _is_of_the_runtime(ctx):
        seconds = call(ctx.builtin("max"), cst.Integer("0"), seconds)
    if result is None or ctx.is_statement:
        return with_parentheses_of(call(_function(node.func, ctx), seconds), node)
    if ctx.interrupts or id(node) in ctx.made_now:
        return with_parentheses_of(call(ctx.runtime("threads.sleep"), seconds, ctx.visit(result.value)), node)
    pair = cst.Tuple([cst.Element(call(_function(node.func, ctx), seconds)), cst.Element(ctx.visit(result.value))])
    return cst.Subscript(pair, [cst.SubscriptElement(cst.Index(cst.Integer("1")))])


@rule.on(cst.Name, cst.Attribute, named=_SLEEPS)
def sleep_as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The function itself."""
    if is_given_more(ctx):
        return with_parentheses_of(ctx.runtime("threads.sleep"), node)
    return with_parentheses_of(_function(node, ctx), node)


def _function(like: cst.BaseExpression, ctx: Context) -> cst.BaseExpression:
    return ctx.runtime("threads.sleep") if _is_of_the_runtime(ctx) else ctx.reference("time.sleep", like)


def _is_of_the_runtime(ctx: Context) -> bool:
    return ctx.interrupts or not ctx.words.isdisjoint(_CALLING)


def _is_zero(node: cst.BaseExpression) -> bool:
    return isinstance(node, (cst.Integer, cst.Float)) and float(node.value) == 0


def _lets_others_run(ctx: Context) -> bool:
    """Whether tasks may have been made that begin there, and end what is around, or calls that are made soon."""
    if ctx.interrupts:
        return True
    if ctx.words.isdisjoint(_CALLING):
        return False
    function = ctx.function
    return function is not None and any(
        isinstance(node, cst.Call) and _name(node, ctx) in _CALLING for node in walk(function.body)
    )


def _name(node: cst.Call, ctx: Context) -> str:
    """The name of the function or method that is called."""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return (ctx.resolve(node.func) or "").rpartition(".")[2]


@rule.on(cst.Call, named=_UNTIL)
def sleep_until(node: cst.Call, ctx: Context) -> Any:
    """Until a moment on the clock, which is that of ``time.monotonic`` here."""
    if len(node.args) != 1:
        return PASS
    now = call(ctx.reference("time.monotonic", name_or_attribute("time.monotonic")))
    left = cst.BinaryOperation(ctx.visit(node.args[0].value), cst.Subtract(), now)
    rest = call("max", cst.Integer("0"), left)
    return with_parentheses_of(call(_function(name_or_attribute("time.sleep"), ctx), rest), node)


@rule.on(cst.Call, named=_FOREVER)
def sleep_forever(node: cst.Call, ctx: Context) -> Any:
    """Until it is cancelled."""
    infinity = ctx.reference("math.inf", name_or_attribute("math.inf"))
    return with_parentheses_of(call(ctx.runtime("threads.sleep"), infinity), node)


@rule.on(cst.Name, cst.Attribute, named=_FOREVER)
def sleep_forever_as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """A call of it that is yet to be made."""
    infinity = ctx.reference("math.inf", name_or_attribute("math.inf"))
    partial = ctx.reference("functools.partial", cst.Name("partial"))
    return with_parentheses_of(call(partial, ctx.runtime("threads.sleep"), infinity), node)


@rule.on(cst.Call, named=_CHECKPOINTS)
def checkpoint_to_nothing(node: cst.Call, ctx: Context) -> Any:
    """A checkpoint only lets other tasks run, and cancellations in."""
    if ctx.is_statement:
        return call(ctx.runtime("threads.sleep"), cst.Integer("0")) if ctx.interrupts else REMOVE
    return cst.Name("None")
