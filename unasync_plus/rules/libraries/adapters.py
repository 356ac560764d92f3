"""Take what was adapted instead of its adapter: `sync_to_async(f)` is `f`, and so is `async_to_sync(f)`.

In sync code there is nothing to adapt. That goes for the classes and decorators of `asgiref.sync`, for files and
sockets that `anyio.wrap_file`, `trio.wrap_file` and `trio.socket.from_stdlib_socket` wrap, and for Channels' version
of `sync_to_async`, which also closes old connections of Django: the sync code runs where Django does that itself.
Jupyter's `ensure_async(x)` and `run_sync(f)` adapt as well.

Source: https://github.com/django/asgiref#function-wrappers
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, atom, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA501",
    examples=[
        Example(
            before=(
                "from asgiref.sync import sync_to_async\n\n\nasync def f(x):\n"
                "    return await sync_to_async(g, thread_sensitive=True)(x)\n"
            ),
            after="def f(x):\n    return g(x)\n",
        ),
        Example(before="from asgiref.sync import sync_to_async\n\nwrap = sync_to_async\n", refused=True),
    ],
)

_FUNCTIONS = (
    "asgiref.sync.sync_to_async",
    "asgiref.sync.async_to_sync",
    "asgiref.sync.SyncToAsync",
    "asgiref.sync.AsyncToSync",
    "channels.db.database_sync_to_async",
    "channels.db.DatabaseSyncToAsync",
    "jupyter_core.utils.ensure_async",
    "jupyter_core.utils.run_sync",
)
_LOOSE = (cst.Expr, cst.Assign, cst.AnnAssign, cst.Return, cst.Arg, cst.Element, cst.WithItem)
_OBJECTS = ("anyio.wrap_file", "trio.wrap_file", "trio.socket.from_stdlib_socket")


@rule.on(cst.Call, named=[*_FUNCTIONS, *_OBJECTS])
def the_thing_itself(node: cst.Call, ctx: Context) -> Any:
    """The first argument."""
    if isinstance(ctx.parent, cst.Decorator):
        return PASS
    first = next(
        (arg for arg in node.args if arg.keyword is None or arg.keyword.value in ("func", "awaitable", "obj", "coro")),
        None,
    )
    if first is None or first.star:
        return PASS
    new = ctx.visit(first.value)
    if not isinstance(new, cst.BaseExpression):
        return new
    return with_parentheses_of(new if isinstance(ctx.parent, _LOOSE) else atom(new), node)


@rule.on(cst.Decorator, named=_FUNCTIONS)
def no_decorator(_node: cst.Decorator, _ctx: Context) -> Any:
    """Nothing."""
    return REMOVE
