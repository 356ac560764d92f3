"""Leave out arguments about the loop, and refuse others that the counterpart of a function does not take.

Tables say which parameters a counterpart lacks. `loop=`, `executor=` and `fast_acquire=` only say where and when the work
is done: they go. Any other one would be a `TypeError` at run time.

Source: https://github.com/Tinche/aiofiles#usage
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tables import lookup

rule = Rule(
    __name__,
    code="UA502",
    examples=[
        Example(
            before="import aiofiles\n\n\nasync def f(pool):\n    return await aiofiles.open('a', executor=pool)\n",
            after="def f(pool):\n    return open('a')\n",
        ),
        Example(before="import aioitertools\n\nnumbered = aioitertools.enumerate(itr=lines)\n", refused=True),
    ],
)

_WHERE = frozenset({"loop", "executor", "fast_acquire"})


@rule.on(cst.Arg)
def missing(node: cst.Arg, ctx: Context) -> Any:
    """The argument, if the counterpart takes it."""
    call = ctx.parent
    if node.keyword is None or not isinstance(call, cst.Call):
        return PASS
    qualified = ctx.resolve(call.func)
    if qualified is None or ctx.is_configured(qualified) or ctx.is_owned(qualified):
        return PASS
    row = lookup(qualified)
    name = node.keyword.value
    if row is None or row.rule or name not in row.missing_parameters:
        return PASS
    if name in _WHERE:
        return cst.RemovalSentinel.REMOVE
    ctx.refuse(
        node,
        "UA502",
        f"{row.to} takes no argument called {name}, as {qualified} does",
        row.help or "give it by position, leave it out, or name another counterpart in `replace`",
    )
    return PASS
