"""Do without an event loop what its methods do.

`loop.time()` is `time.monotonic()`, `loop.create_future()` the runtime's `Future()`, `loop.call_later(1, f, x)` a timer of the
runtime that calls in a thread of its own, `loop.call_soon(f, x)` a call that is made when this thread next waits, or very soon.
`loop.add_signal_handler(s, f, x)` has `f(x)` called in the main thread when the signal comes, and `loop.run_forever()` waits until
something calls `loop.stop()`. (Tasks, executors and
`run_until_complete` have rules of their own.) What is left to do with a loop, getting it, setting it, closing it, goes; a loop
that is kept in a variable or attribute goes with it. Every other method is refused: servers, transports and
subprocess protocols have no counterpart that means the same.

Where a module hands a loop on, as an argument, in a return or in a comparison, the runtime's `Loop` stands for it, an object that
has the methods above, and for its class in annotations. A function or a base class of another library is not given one: that is
refused.

Source: https://docs.python.org/3/library/asyncio-eventloop.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import REMOVE, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.standing_loops import IDLE, has_no_place, is_handed_on, taker
from unasync_plus.rewrite.values.loop_methods import LOOP, is_read
from unasync_plus.rewrite.values.loops import ASKED, GETTERS
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
        ),
        Example(
            before="import asyncio\n\n\nasync def f(start):\n    return start(asyncio.get_running_loop())\n",
            after=(
                "from unasync_plus.runtime.loops import get_running_loop\n\n\n"
                "def f(start):\n    return start(get_running_loop())\n"
            ),
        ),
        Example(
            before="import asyncio\n\n\nasync def f(x):\n    await asyncio.get_running_loop().create_server(x)\n",
            refused=True,
        ),
    ],
)

_SIGNALS = ("add_signal_handler", "remove_signal_handler")
_TIMERS = {"call_later": "timers.call_later", "call_at": "timers.call_at"}
_SOON = dict.fromkeys(("call_soon", "call_soon_threadsafe"), "timers.call_soon")
_FUNCTIONS = {**_TIMERS, **_SOON, "create_future": "threads.Future", "time": ""}


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


@rule.on(cst.Call, named=[f"{LOOP}.{name}" for name in _SOON])
def soon(node: cst.Call, ctx: Context) -> Any:
    """A call that is made when this thread next waits, or very soon."""
    return replaced(node, func=ctx.runtime("timers.call_soon"), args=ctx.visit_all(node.args))


@rule.on(cst.Attribute, named=[f"{LOOP}.{name}" for name in _FUNCTIONS])
def method_as_a_value(node: cst.Attribute, ctx: Context) -> Any:
    """What such a method becomes, handed on for another to call."""
    if not is_read(ctx.parent):
        return PASS
    found = _FUNCTIONS[node.attr.value]
    new = ctx.runtime(found) if found else ctx.reference("time.monotonic", name_or_attribute("time.monotonic"))
    return with_parentheses_of(new, node)


@rule.on(cst.Call, named=[f"{LOOP}.{name}" for name in _SIGNALS])
def signal_handler(node: cst.Call, ctx: Context) -> Any:
    """A handler that `signal` calls in the main thread."""
    assert isinstance(node.func, cst.Attribute)
    return replaced(node, func=ctx.runtime(f"signals.{node.func.attr.value}"), args=ctx.visit_all(node.args))


@rule.on(cst.Call, named=f"{LOOP}.run_forever")
def forever(node: cst.Call, ctx: Context) -> Any:
    """A wait for ``stop``; not where threads may have loops of their own, as sync code cannot tell them apart."""
    if ctx.concurrency == "sequential" or imports(ctx, "threading"):
        return PASS
    return with_parentheses_of(call(ctx.runtime("loops.run_forever")), node)


@rule.on(cst.Attribute, named=f"{LOOP}.stop")
def stop(node: cst.Attribute, ctx: Context) -> Any:
    """What ends that wait, called or handed on; without threads nobody waits."""
    is_called = isinstance(ctx.parent, cst.Call) and ctx.parent.func is node
    return (
        PASS
        if ctx.concurrency == "sequential" and not is_called
        else with_parentheses_of(ctx.runtime("loops.stop"), node)
    )


@rule.on(
    cst.Call,
    named=[
        "asyncio.set_event_loop",
        "asyncio.set_event_loop_policy",
        "uvloop.install",
        *(f"{LOOP}.{name}" for name in IDLE),
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
    """``loop = asyncio.get_running_loop()`` goes where nothing but methods of the loop are called."""
    getter = ctx.callee(node.value) or ""
    if (getter in GETTERS and not ctx.is_configured(getter)) or _is_passed_along(node.value, ctx):
        if not is_handed_on(ctx) and all(
            isinstance(target.target, (cst.Name, cst.Attribute)) for target in node.targets
        ):
            return REMOVE
    return PASS


def _is_passed_along(value: cst.BaseExpression, ctx: Context) -> bool:
    """Whether it is a loop that comes from elsewhere: `self._loop = client._loop`."""
    return ctx.may_have_loops and not ctx.is_left(LOOP) and ctx.values.only_travels(value)


@rule.on(cst.Expr, named=sorted(GETTERS))
def gets_a_loop(_node: cst.Expr, _ctx: Context) -> Any:
    """A check that a loop is running."""
    return REMOVE


@rule.on(cst.Call, named=sorted(GETTERS))
def loop_as_a_result(node: cst.Call, ctx: Context) -> Any:
    """What stands for a loop, where one is handed on."""
    if isinstance(ctx.parent, cst.Attribute) or ctx.is_configured("asyncio.get_running_loop"):
        return PASS
    if not is_handed_on(ctx) or has_no_place(ctx):
        _refuse(node, ctx)
        return node
    return replaced(node, func=ctx.runtime("loops.get_running_loop"), args=[])


@rule.on(cst.Name, cst.Attribute, named=[LOOP, "asyncio.BaseEventLoop", "asyncio.events.AbstractEventLoop"])
def class_of_loops(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The class of what stands for a loop, but not as the base of another one."""
    is_base = isinstance(ctx.parent, cst.Arg) and isinstance(ctx.parents[-3], cst.ClassDef)
    if is_base or ctx.is_left(LOOP) or isinstance(ctx.parent, cst.Attribute) or ctx.concurrency == "sequential":
        return PASS
    return with_parentheses_of(ctx.runtime("loops.Loop"), node)


@rule.on(cst.Name, cst.Attribute)
def loop_as_a_value(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """Any other use of a loop."""
    if not ctx.may_have_loops or LOOP not in (kinds := ctx.values.kinds(node)) or _is_assigned(node, ctx):
        return PASS
    if ctx.is_configured(LOOP) or ctx.is_configured("asyncio.get_running_loop"):
        return PASS
    method = ctx.parent
    name = method.attr.value if isinstance(method, cst.Attribute) and method.value is node else ""
    if name in ASKED or (name and len(kinds) > 1):
        return PASS
    if not name and is_handed_on(ctx) and not has_no_place(ctx):
        return PASS
    _refuse(node, ctx, name)
    return PASS


def _refuse(node: cst.CSTNode, ctx: Context, method: str = "") -> None:
    without = "" if ctx.concurrency == "threads" else ' without concurrency = "threads"'
    found = "" if method else taker(ctx)
    ctx.refuse(
        node,
        "UA335",
        f"{method} of an event loop has no sync counterpart"
        if method
        else f"sync code has no event loop to give to {found or 'this'}{without}",
        f"say in `rewrite` what a call of {found} is without the loop, or put that in place with `# unasync: replace`"
        if found and not found.startswith("builtins.")
        else "put its sync side in place with `# unasync: replace`, or leave the statement out with `# unasync: skip`",
    )


def _is_assigned(node: cst.BaseExpression, ctx: Context) -> bool:
    if isinstance(ctx.parent, cst.Assign) and isinstance(node, cst.Name) and ctx.parent.value is node:
        return not _is_passed_along(node, ctx)  # what a caller gave may be kept, if only for the signature's sake
    return isinstance(ctx.parent, (cst.AssignTarget, cst.Param, cst.Annotation))
