"""Use the executor that `run_in_executor(pool, f, x)` names: it limits how many such calls run at once, and where.

With one worker it is a lock, and all calls come from one thread; with processes they share no memory. So the sync code
submits to it, too, and waits: `pool.submit(f, x).result()`. What may be no executor, a parameter or an attribute that is set
elsewhere, goes through the runtime's `run_in_executor`, which makes the call itself if it is `None`; so does what a deadline
or a cancellation may end. What is not awaited at once is submitted at once: `submit(pool, f, x)` gives a future that
can be awaited, gathered and cancelled. Without an executor, `None`, all that is left is `f(x)`.

Source: https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.executors import is_none, is_pool
from unasync_plus.rewrite.make import atom, call
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA325",
    examples=[
        Example(
            before=(
                "import asyncio\nfrom concurrent.futures import ThreadPoolExecutor\n\nPOOL = ThreadPoolExecutor(max_workers=1)\n\n\n"
                "async def load(read, path):\n    loop = asyncio.get_running_loop()\n"
                "    return await loop.run_in_executor(POOL, read, path)\n"
            ),
            after=(
                "from concurrent.futures import ThreadPoolExecutor\n\nPOOL = ThreadPoolExecutor(max_workers=1)\n\n\n"
                "def load(read, path):\n    return POOL.submit(read, path).result()\n"
            ),
        ),
        Example(
            before=(
                "import asyncio\n\n\nasync def load(pool, read, paths):\n    loop = asyncio.get_running_loop()\n"
                "    return await asyncio.gather(*[loop.run_in_executor(pool, read, path) for path in paths])\n"
            ),
            after=(
                "from unasync_plus.runtime.executors import submit\nfrom unasync_plus.runtime.threads import gather\n\n\n"
                "def load(pool, read, paths):\n    return gather(*[submit(pool, read, path) for path in paths])\n"
            ),
        ),
    ],
)


@rule.on(cst.Call, named="asyncio.AbstractEventLoop.run_in_executor")
def run_in_executor(node: cst.Call, ctx: Context) -> Any:
    """The call through the executor, or its future."""
    args = list(node.args)
    if len(args) < 2 or any(arg.keyword is not None or arg.star for arg in args[:2]) or is_none(args[0].value, ctx):
        return PASS
    is_awaited = isinstance(ctx.parent, cst.Await)
    if is_awaited and is_pool(args[0].value, ctx) and not ctx.interrupts:
        submit = cst.Attribute(atom(ctx.visit(args[0].value)), cst.Name("submit"))
        return call(cst.Attribute(replaced(node, func=submit, args=ctx.visit_all(args[1:])), cst.Name("result")))
    if is_awaited:
        return replaced(node, func=ctx.runtime("executors.run_in_executor"), args=ctx.visit_all(args))
    if ctx.concurrency == "threads":
        return replaced(node, func=ctx.runtime("executors.submit"), args=ctx.visit_all(args))
    begun = [cst.Arg(ctx.runtime("executors.run_in_executor"), comma=SPACED_COMMA), *ctx.visit_all(args)]
    return replaced(node, func=ctx.concurrent("create_task"), args=begun)
