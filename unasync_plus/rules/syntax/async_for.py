"""Turn `async for` into `for`, in statements and in comprehensions.

The iterable is whatever the async one became: an async generator is a generator by now, a class with `__aiter__` and
`__anext__` has `__iter__` and `__next__`. A class that has an `__iter__` as well keeps that, with a warning if it does something
else; one that inherits an `__iter__`, as a mapping does, gets another one, with a warning.

Source: https://docs.python.org/3/reference/compound_stmts.html#the-async-for-statement
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import foreign_origin
from unasync_plus.rewrite.left import report_left
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.staying import refuse_staying_object
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA103",
    reports={
        "UA905": "asynchronous iteration over something of a library that has no table",
        "UA105": "a class iterates otherwise where it is not asynchronous: one of the two goes",
    },
    examples=[
        Example(
            before="async def f(rows):\n    return [row async for row in rows if await row.ok()]\n",
            after="def f(rows):\n    return [row for row in rows if row.ok()]\n",
        )
    ],
)


@rule.on(cst.For, cst.CompFor)
def async_for_to_for(node: cst.For | cst.CompFor, ctx: Context) -> Any:
    """The same loop without ``async``."""
    if node.asynchronous is None:
        return PASS
    origin = foreign_origin(node.iter, ctx)
    if origin is not None:
        ctx.refuse(
            node.iter,
            "UA905",
            f"{origin} is iterated over asynchronously, and nothing says what it is in sync code",
            "name its counterpart in `replace` or `rewrite`, or list it in `leave` if it is fine as it is",
        )
        return node
    report_left(node.iter, ctx)
    refuse_staying_object(node.iter, "__aiter__", ctx)
    new = ctx.descend(node)
    return replaced(new, asynchronous=None) if isinstance(new, (cst.For, cst.CompFor)) else new
