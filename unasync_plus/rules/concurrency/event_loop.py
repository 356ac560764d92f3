"""Do without an event loop what its methods do.

`loop.time()` is `time.monotonic()`, `loop.create_future()` the runtime's `Future()`, `loop.call_later(1, f, x)` a timer of the
runtime that calls in a thread of its own, `loop.call_soon(f, x)` a call that is made when this thread next waits, or very soon.
`loop.add_signal_handler(s, f, x)` has `f(x)` called in the main thread when the signal comes. (Tasks, executors and
`run_until_complete` have rules of their own.) What is left to do with a loop, getting it, setting it, closing it, goes; a loop
that is kept in a variable or attribute goes with it. Every other method is refused: servers, transports and
subprocess protocols have no counterpart that means the same.

Source: https://docs.python.org/3/library/asyncio-eventloop.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import name_or_attribute, replaced

rule = Rule(
    __name__,
    code="UA311",
    reports={"UA335": "a method of an event loop that has no sync counterpart"},
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f():\n    loop = asyncio.get_running_loop()\n    return loop.time()\n"
            ),
            after="import time\n\n\ndef f():\n    return time.monotonic()\n",
        )
    ],
)

LOOP = "asyncio.AbstractEventLoop"
_GETTERS = ("asyncio.get_running_loop", "asyncio.get_event_loop", "asyncio.new_event_loop")
_IDLE = ("close", "set_debug", "shutdown_asyncgens", "shutdown_default_executor", "stop", "set_exception_handler")
_SIGNALS = ("add_signal_handler", "remove_signal_handler")
_TIMERS = {"call_later": "timers.call_later", "call_at": "timers.call_at"}


@rule.on(cst.Call, named=[f"{LOOP}.time"])
def clock(node: cst.Call, ctx: Context) -> Any:
    """The clock that the loop's is."""
    return with_parentheses_of(call(ctx.reference("time.monotonic", name_or_attribute("time.monotonic"))), node)


@rule.on(cst.Call, named=[f"{LOOP}.create_future"])
def future(node: cst.Call, ctx: Context) -> Any:
    """A future of the runtime."""
    return with_parentheses_of(call(ctx.runtime("threads.Future")), node)


@rule.on(cst.Call, named=[f"{LOOP}.{name}" for name in _TIMERS])
def timer(node: cst.Call, ctx: Context) -> Any:
    """A call in a thread of its own, later."""
    assert isinstance(node.func, cst.Attribute)
    return replaced(node, func=ctx.runtime(_TIMERS[node.func.attr.value]), args=ctx.visit_all(node.args))


@rule.on(cst.Call, named=[f"{LOOP}.call_soon", f"{LOOP}.call_soon_threadsafe"])
def soon(node: cst.Call, ctx: Context) -> Any:
    """A call that is made when this thread next waits, or very soon."""
    return replaced(node, func=ctx.runtime("timers.call_soon"), args=ctx.visit_all(node.args))


@rule.on(cst.Call, named=[f"{LOOP}.{name}" for name in _SIGNALS])
def signal_handler(node: cst.Call, ctx: Context) -> Any:
    """A handler that `signal` calls in the main thread."""
    assert isinstance(node.func, cst.Attribute)
    return replaced(node, func=ctx.runtime(f"signals.{node.func.attr.value}"), args=ctx.visit_all(node.args))


@rule.on(
    cst.Call,
    named=[
        "asyncio.set_event_loop",
        "asyncio.set_event_loop_policy",
        "uvloop.install",
        *(f"{LOOP}.{name}" for name in _IDLE),
    ],
)
def nothing(node: cst.Call, ctx: Context) -> Any:
    """Nothing to set, stop or close."""
    return REMOVE if ctx.is_statement or _is_run(ctx) else PASS


def _is_run(ctx: Context) -> bool:
    """Whether it is the argument of a ``run_until_complete``."""
    func = getattr(ctx.parent, "func", None)
    return isinstance(func, cst.Attribute) and func.attr.value == "run_until_complete"


@rule.on(cst.Assign)
def keeps_a_loop(node: cst.Assign, ctx: Context) -> Any:
    """``loop = asyncio.get_running_loop()`` goes; what is done with the variable has a rule, or is refused."""
    getter = ctx.callee(node.value) or ""
    if getter in _GETTERS and not ctx.is_configured(getter):
        if all(isinstance(target.target, (cst.Name, cst.Attribute)) for target in node.targets):
            return REMOVE
    return PASS


@rule.on(cst.Expr, named=_GETTERS)
def gets_a_loop(_node: cst.Expr, _ctx: Context) -> Any:
    """A check that a loop is running."""
    return REMOVE


@rule.on(cst.Name, cst.Attribute)
def loop_as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """Any other use of a loop."""
    if not ctx.may_have_loops or LOOP not in ctx.values.kinds(node) or _is_assigned(node, ctx):
        return PASS
    if ctx.is_configured(LOOP) or ctx.is_configured(_GETTERS[0]):
        return PASS
    method = ctx.parent
    name = method.attr.value if isinstance(method, cst.Attribute) and method.value is node else ""
    ctx.refuse(
        node,
        "UA335",
        f"{name} of an event loop has no sync counterpart" if name else "sync code has no event loop",
        "put its sync side in place with `# unasync: replace`, or leave the statement out with `# unasync: skip`",
    )
    return PASS


def _is_assigned(node: cst.BaseExpression, ctx: Context) -> bool:
    return isinstance(ctx.parent, (cst.AssignTarget, cst.Param, cst.Annotation))
