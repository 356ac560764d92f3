"""Keep a coroutine that is made now and awaited later back until then, where its sync counterpart would run too early.

In sync code a call runs when it is made. Where the coroutine is awaited next, that is the same. Where something else happens
first, and all that becomes of the coroutine is seen in the module, `coro = f(x)` becomes `coro = partial(f, x)` and
`await coro` becomes `coro()`. Where it is handed to code that is not seen, it runs at once, and a warning says so.

A function of this module that takes coroutines in order to start them itself (`gather(*coros)`) takes calls that are yet to be
made instead, and its annotations say `Callable[[], T]`; a note says so, as its callers elsewhere must know.

Source: https://docs.python.org/3/library/asyncio-task.html#coroutines
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA315",
    reports={
        "UA330": "a coroutine that is made now and awaited later runs at once in the sync code",
        "UA331": "a function that took coroutines takes calls yet to be made",
        "UA339": "a coroutine that is wanted before it runs has a counterpart that cannot be kept back",
    },
    examples=[
        Example(
            before='async def f(g):\n    coro = g(1)\n    print("first")\n    return await coro\n',
            after=(
                "from functools import partial\n\ndef f(g):\n    coro = partial(g, 1)\n"
                '    print("first")\n    return coro()\n'
            ),
        )
    ],
)


@rule.on(cst.Call)
def runs_early(node: cst.Call, ctx: Context) -> Any:
    """A warning, and nothing else."""
    if ctx.keeps_back and ctx.values.is_early(node):
        ctx.warn(
            node,
            "UA330",
            "this coroutine is made here and awaited later; in the sync code it runs here",
            "await it where it is made, or pass the function and its arguments",
        )
    return PASS


@rule.on(cst.Parameters)
def takes_calls(node: cst.Parameters, ctx: Context) -> Any:
    """A note on what callers have to pass."""
    names = ctx.values.wanted_calls(node) if ctx.keeps_back else []
    if names:
        ctx.note(
            ctx.parent or node,
            "UA331",
            f"{', '.join(names)}: where coroutines were passed, calls are now that are yet to be made",
            "pass `partial(f, x)` for `f(x)`",
        )
    return PASS
