"""Turn `async with` into `with`.

Each manager is entered and left in the same order; `__aenter__` and `__aexit__` are `__enter__` and `__exit__` by now. A
class that has both keeps its sync ones, unless its `__enter__` only raises, to say that `async with` is wanted.

Source: https://docs.python.org/3/reference/compound_stmts.html#the-async-with-statement
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
    code="UA104",
    reports={"UA906": "an asynchronous context manager of a library that has no table"},
    examples=[
        Example(
            before="async def f(pool):\n    async with pool.get() as a:\n        return await a.copy()\n",
            after="def f(pool):\n    with pool.get() as a:\n        return a.copy()\n",
        )
    ],
)


@rule.on(cst.With)
def async_with_to_with(node: cst.With, ctx: Context) -> Any:
    """The same block without ``async``."""
    if node.asynchronous is None:
        return PASS
    for item in node.items:
        origin = foreign_origin(item.item, ctx)
        if origin is not None:
            ctx.refuse(
                item.item,
                "UA906",
                f"{origin} is entered asynchronously, and nothing says what it is in sync code",
                "name its counterpart in `replace` or `rewrite`, or list it in `leave` if it is fine as it is",
            )
            return node
        report_left(item.item, ctx)
        refuse_staying_object(item.item, "__aenter__", ctx)
    new = ctx.descend(node)
    return replaced(new, asynchronous=None) if isinstance(new, cst.With) else new
