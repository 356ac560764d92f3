"""What becomes of asynchronous names that stay, as `leave` says, or as nobody knows them: they lose their ``await``, and do nothing
without it."""

from __future__ import annotations

import re

import libcst as cst

from unasync_plus.resolve.counterparts import counterparts
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import maker_of, origin_of
from unasync_plus.rewrite.names.passage import ASYNC_LIBRARIES
from unasync_plus.tables import is_asynchronous, lookup

STARTERS = frozenset(
    f"asyncio.{name}"
    for name in "as_completed create_task ensure_future gather run run_coroutine_threadsafe shield wait wait_for".split()
) | {"anyio.run", "trio.run"}
"""Functions that take coroutines, or functions that give some."""

_WAY_OUT = (
    "list in `leave` only what sync code can use as it is, leave the statement out with `# unasync: skip`, or name a "
    "counterpart in `replace` or `rewrite`"
)


_LIKE_ASYNC = re.compile(
    r"(?:\w+_)?(?:async|asyncio|aio)(?:_\w+)?"
    r"|a(?:close|commit|connect|create|delete|execute|fetch|flush|generate|get|invoke|iter|next|put|read|rollback|run|save|send|set"
    r"|stream|throw|update|write)(?:_\w+)?"
)
"""What methods are called whose sync counterparts are called otherwise: ``aread``, ``fetch_async``."""


def report_left(node: cst.BaseExpression, ctx: Context) -> None:
    """Warn where ``node``, which is awaited, entered or iterated over asynchronously, comes from a name that stays."""
    if type(node) is cst.Call and type(node.func) is cst.Attribute:
        _report_method(node, node.func, ctx)
    if not ctx.settings.leave:
        return
    origin = origin_of(node, ctx, _is_left_asynchronous) or maker_of(node, ctx, _is_left_asynchronous)
    if origin is not None:
        text = f"what {origin} gives is awaited here, and stays as `leave` says: nothing runs it in sync code"
        ctx.warn(node, "UA909", text, _WAY_OUT)


def _report_method(call: cst.Call, method: cst.Attribute, ctx: Context) -> None:
    """Warn, once for each name, of a method of something unknown that sounds asynchronous and keeps its name."""
    name = method.attr.value
    if ("async" not in name and name[0] != "a" and "aio" not in name) or _LIKE_ASYNC.fullmatch(name) is None:
        return
    if name in ctx.project.defined or ctx.namer.speaks_of(name) or ctx.attribute_name(name) != name:
        return
    text = f"{name} sounds asynchronous, and stays as it is: nothing says what it is in sync code"
    is_known = ctx.resolve(method) is not None or not ctx.is_reached or ctx.is_settled(call)
    if not is_known and not any(finding.message == text for finding in ctx.findings):
        new = next(counterparts(name), name)
        help = f'say "{name}" = "{new}" in `rename`, if that is its counterpart, or "{name}" = "{name}" if it is fine as it is'
        ctx.warn(method, "UA907", text, help)


def report_left_starter(node: cst.Call, ctx: Context) -> None:
    """The same where ``node`` is a call that is not awaited, and takes coroutines."""
    if not ctx.settings.leave or type(ctx.parent) is cst.Await:
        return
    name = ctx.resolve(node.func)
    if name in STARTERS and ctx.is_left(name):
        text = f"{name} stays as `leave` says, and is given results: sync code has no coroutines for it to run"
        ctx.warn(node, "UA909", text, _WAY_OUT)


def _is_left_asynchronous(qualified: str, ctx: Context) -> bool:
    if not ctx.is_left(qualified):
        return False
    if qualified.partition(".")[0] in ASYNC_LIBRARIES or is_asynchronous(qualified):
        return True
    if qualified in ctx.project.coroutines:
        return True
    row = lookup(qualified)
    return row is not None and not row.keep
