"""Refuse what the counterpart of a class lacks, on objects of that class: `pubsub.run()`, `channel.close(grace=1)`.

Tables say which attributes a counterpart has not, and which parameters its methods do not take. An object is known by the
annotation of its variable, parameter or attribute, or by the class that it was made of; others are left alone.

Source: https://redis.readthedocs.io/en/stable/advanced_features.html#publish-subscribe
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import maker_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS
from unasync_plus.tables import Row, lookup

rule = Rule(
    __name__,
    code="UA508",
    examples=[
        Example(
            before=(
                "import redis.asyncio as redis\n\n\nasync def f(pubsub: redis.client.PubSub):\n    await pubsub.run()\n"
            ),
            refused=True,
        ),
        Example(
            before="from grpc import aio\n\n\nasync def f(channel: aio.Channel):\n    await channel.close(grace=1)\n",
            refused=True,
        ),
    ],
)

_HELP = "do without it in the sync side, with `# unasync: replace`, or name another counterpart in `replace`"
_WHERE = frozenset({"loop", "executor"})


def _row(node: cst.BaseExpression, ctx: Context) -> Row | None:
    """The row of the class that the object is one of."""
    if ctx.resolve(node) is not None:
        return None
    qualified = maker_of(node, ctx, _is_class)
    return None if qualified is None or ctx.is_configured(qualified) else lookup(qualified)


def _is_class(qualified: str, ctx: Context) -> bool:
    if qualified.partition(".")[0] in ASYNC_ROOTS or not qualified.rpartition(".")[2][:1].isupper():
        return False
    if ctx.is_owned(qualified) or ctx.is_left(qualified):
        return False
    row = lookup(qualified)
    return row is not None and bool(row.to) and not row.rule


@rule.on(cst.Attribute)
def attribute(node: cst.Attribute, ctx: Context) -> Any:
    """An attribute that is not there any more."""
    name = node.attr.value
    if name not in ctx.lacking:
        return PASS
    row = _row(node.value, ctx)
    if row is not None and name in row.missing:
        ctx.refuse(node, "UA508", f"{row.to} has no {name}, as {row.name} has", row.help or _HELP)
    return PASS


@rule.on(cst.Arg)
def argument(node: cst.Arg, ctx: Context) -> Any:
    """A parameter that a method does not take any more."""
    call = ctx.parent
    if node.keyword is None or node.keyword.value not in ctx.lacking - _WHERE:
        return PASS
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return PASS
    row, name, method = _row(call.func.value, ctx), node.keyword.value, call.func.attr.value
    if row is not None and name in row.missing_parameters:
        text = f"{method} of {row.to} takes no argument called {name}, as that of {row.name} does"
        ctx.refuse(node, "UA508", text, row.help or _HELP)
    return PASS
