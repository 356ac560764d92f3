"""Where something has to stand for an event loop in sync code: the module hands loops on, and not to what needs a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.values.effects import SOCKET_METHODS
from unasync_plus.rewrite.values.loop_methods import EXCEPTION_HANDLERS, LOOP_ONLY
from unasync_plus.rewrite.values.sites import is_super

if TYPE_CHECKING:
    from unasync_plus.rewrite.context import Context

IDLE = ("close", "set_debug", "shutdown_asyncgens", "shutdown_default_executor")
"""Methods that do nothing where there is no loop."""
_WITH_RULES = frozenset(
    {*IDLE, *LOOP_ONLY, *SOCKET_METHODS, *EXCEPTION_HANDLERS}
    | {"time", "create_task", "getaddrinfo", "getnameinfo", "run_forever", "stop"}
    | {"call_later", "call_at", "add_signal_handler", "remove_signal_handler"}
)
"""Methods that need no loop in sync code."""


def is_handed_on(ctx: Context) -> bool:
    """Whether the module needs something that stands for its loops; only with threads there is such a thing."""
    return ctx.concurrency == "threads" and ctx.deals_in_awaitables and ctx.values.hands_loops_on(_WITH_RULES)


def has_no_place(ctx: Context) -> bool:
    """Whether the expression at hand is an argument of something that needs a real loop: of a library, or a base class."""
    return bool(taker(ctx))


def taker(ctx: Context) -> str:
    """What needs a real loop, and is given the expression at hand; empty if there is no such thing."""
    call_ = ctx.parents[-3] if isinstance(ctx.parent, cst.Arg) else ctx.parent
    if not isinstance(call_, cst.Call) or call_.func is ctx.parents[-1]:
        return ""
    qualified = ctx.resolve(call_.func)
    if qualified is not None:
        is_foreign = not ctx.is_owned(qualified) and qualified.partition(".")[0] not in STDLIB
        return qualified if is_foreign or qualified in ("builtins.getattr", "builtins.hasattr") else ""
    owner = ctx.scope.owner_class()
    if owner is None or not isinstance(owner.node, cst.ClassDef) or not is_super(call_.func):
        return ""
    bases = [ctx.names.resolve(base.value, owner.module()) for base in owner.node.bases]
    return next((base for base in bases if base is not None and not ctx.is_owned(base)), "")
