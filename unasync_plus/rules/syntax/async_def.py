"""Turn `async def` into `def`.

A caller who waits for a coroutine function sees what a caller of a function sees: the body has run when the result is
there, and exceptions come out at the call. An async generator becomes a generator; a `return` in it stays.

Of `close` and `aclose`, `__enter__` and `__aenter__` in one class the sync one is kept. If that calls the async one, it would call
itself: then the async one is kept, and where the sync one does something else besides, a warning says so (`UA106`).

Source: https://docs.python.org/3/reference/compound_stmts.html#coroutine-function-definition
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA101",
    reports={"UA106": "a method that calls its async counterpart is left out, as that stands in its place"},
    examples=[
        Example(
            before="async def fetch(url: str) -> bytes:\n    return await get(url)\n",
            after="def fetch(url: str) -> bytes:\n    return get(url)\n",
        )
    ],
)


@rule.on(cst.FunctionDef)
def async_def_to_def(node: cst.FunctionDef, ctx: Context) -> Any:
    """The same function without ``async``."""
    if node.asynchronous is None:
        return PASS
    new = ctx.descend(node)
    return replaced(new, asynchronous=None) if isinstance(new, cst.FunctionDef) else new
