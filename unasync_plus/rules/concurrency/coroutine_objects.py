"""Refuse what only a coroutine object has: `coro.send(None)`, `coro.throw(e)`, `coro.cr_frame`.

Whoever steps a coroutine by hand does what an event loop does. In sync code there is nothing to step: the call has been made, or is
one yet to be made, a `partial`, which has neither a frame nor a name. `close` is another matter: what has yet to be called
need not be told that it will not be (see UA315), and only where `f(x)` in `f(x).close()` would run it is refused. What a class of one's own
does in a method of that name is left to itself: it hands on what nobody calls in sync code.

Source: https://docs.python.org/3/reference/datamodel.html#coroutine-objects
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.at_once import makes_coroutine
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA350",
    examples=[
        Example(before="async def f(x):\n    return x\n\n\ndef g():\n    f(1).send(None)\n", refused=True),
        Example(
            before="async def f(g):\n    coro = g()\n    print(coro.cr_code.co_name)\n    return await coro\n",
            refused=True,
        ),
    ],
)
_COROUTINES_ONLY = frozenset("cr_await cr_code cr_frame cr_origin cr_running cr_suspended".split())
_OTHERS_TOO = frozenset("send throw close __name__ __qualname__".split())
"""Generators and functions have them as well."""


@rule.on(cst.Attribute, attributes=_COROUTINES_ONLY | _OTHERS_TOO)
def of_a_coroutine(node: cst.Attribute, ctx: Context) -> Any:
    """A refusal where the object is a coroutine, as a coroutine function of the module made it."""
    name = node.attr.value
    if _is_awaited(ctx):
        return PASS
    is_coroutine = name in _COROUTINES_ONLY or _is_made_here(node.value, ctx)
    if is_coroutine or (name != "close" and _is_coroutine(node.value, ctx) and not _hands_on(name, ctx)):
        ctx.refuse(
            node,
            "UA350",
            f"{name} is that of a coroutine object, and sync code has none",
            "await the coroutine, or put the sync side in place with `# unasync: replace`",
        )
    return PASS


def _is_awaited(ctx: Context) -> bool:
    """Whether what the method gives is awaited, which none of a coroutine's is: ``await sock.send(data)``."""
    return len(ctx.parents) > 2 and type(ctx.parents[-2]) is cst.Call and type(ctx.parents[-3]) is cst.Await


def _is_made_here(node: cst.BaseExpression, ctx: Context) -> bool:
    return isinstance(node, cst.Call) and makes_coroutine(node.func, ctx)


def _is_coroutine(node: cst.BaseExpression, ctx: Context) -> bool:
    return ctx.keeps_back and ctx.values.holds_coroutines(node) and not ctx.values.is_of_own_class(node)


def _hands_on(name: str, ctx: Context) -> bool:
    """Whether it is what a class of its own does with the coroutine that it stands for: ``def send(self, x): self._coro.send(x)``."""
    functions = (parent for parent in reversed(ctx.parents) if isinstance(parent, cst.FunctionDef))
    return any(function.name.value == name for function in functions)
