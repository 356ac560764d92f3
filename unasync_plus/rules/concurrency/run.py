"""Turn `asyncio.run(main())` into `main()`.

Nothing has to be run: the call has done its work when it returns. Options of the runner (`debug`, `loop_factory`,
`backend`) have no meaning without a loop.

Source: https://docs.python.org/3/library/asyncio-runner.html#asyncio.run
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA302",
    examples=[
        Example(
            before="import asyncio\n\nasync def main():\n    return 1\n\nprint(asyncio.run(main()))\n",
            after="def main():\n    return 1\n\nprint(main())\n",
        )
    ],
)


@rule.on(cst.Call, named="asyncio.run")
def run_to_call(node: cst.Call, ctx: Context) -> Any:
    """The coroutine's call itself."""
    main = next((arg for arg in node.args if arg.keyword is None or arg.keyword.value == "main"), None)
    if main is None or main.star or not isinstance(main.value, cst.Call):
        return PASS
    new = ctx.visit(main.value)
    return with_parentheses_of(new, node) if isinstance(new, cst.BaseExpression) else new


@rule.on(cst.Call, named=["anyio.run", "trio.run", "anyio.from_thread.run", "trio.from_thread.run"])
def run_function_to_call(node: cst.Call, ctx: Context) -> Any:
    """``run(f, x)`` is ``f(x)``."""
    if not node.args or node.args[0].star or node.args[0].keyword is not None:
        return PASS
    function = ctx.visit(node.args[0].value)
    args = ctx.visit_all(arg for arg in node.args[1:] if arg.keyword is None)
    return cst.Call(function, args, lpar=node.lpar, rpar=node.rpar)
