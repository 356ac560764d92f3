"""Use the executor that `run_in_executor(pool, f, x)` names: it limits how many such calls run at once, and where.

With one worker it is a lock, and all calls come from one thread; with processes they share no memory. So the sync code
submits to it, too, and waits: `pool.submit(f, x).result()`. What may be no executor, a parameter or an attribute that is set
elsewhere, goes through the runtime's `run_in_executor`, which makes the call itself if it is `None`; so does what a deadline
or a cancellation may end. What is not awaited at once is submitted at once: `submit(pool, f, x)` gives a future that
can be awaited, gathered and cancelled. Without an executor, `None`, all that is left is `f(x)`.

Where a variable holds the method itself (`run = loop.run_in_executor`) and each call of it is awaited at once, it holds the runtime's
`run_in_executor`; handed on in another way, it is refused.

Source: https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.run_in_executor
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.executors import is_none, is_pool
from unasync_plus.rewrite.make import atom, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.loop_methods import is_read
from unasync_plus.tree import children, replaced

rule = Rule(
    __name__,
    code="UA325",
    reports={"UA348": "`run_in_executor` is handed on as a value, and what calls it need not wait for what it gives"},
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


@rule.on(cst.Attribute, named="asyncio.AbstractEventLoop.run_in_executor")
def as_a_value(node: cst.Attribute, ctx: Context) -> Any:
    """A function that makes the call, for a variable whose calls are all awaited."""
    if not is_read(ctx.parent) or (isinstance(ctx.parent, cst.Call) and ctx.parent.func is node):
        return PASS
    around = ctx.function
    if around is not None and _is_only_awaited(_variable(ctx), around):
        return with_parentheses_of(ctx.runtime("executors.run_in_executor"), node)
    ctx.refuse(
        node,
        "UA348",
        "run_in_executor is handed on here, and nothing tells whether what calls it waits for what it gives",
        "call it where it is awaited, or put the sync side in place with `# unasync: replace`",
    )
    return node


def _variable(ctx: Context) -> str:
    """The name that the value at hand is given in a plain assignment."""
    assign = ctx.parent
    target = assign.targets[0].target if isinstance(assign, cst.Assign) and len(assign.targets) == 1 else None
    return target.value if isinstance(target, cst.Name) else ""


def _is_only_awaited(name: str, node: cst.CSTNode, around: tuple[cst.CSTNode | None, ...] = (None, None)) -> bool:
    """Whether all that is done with the variable ``name`` inside of ``node`` is to await calls of it, and to ask whether there is one."""
    if not name:
        return False
    if isinstance(node, cst.Name):
        outer, parent = around
        is_called = isinstance(parent, cst.Call) and parent.func is node and isinstance(outer, cst.Await)
        return node.value != name or is_called or isinstance(parent, _ASKING)
    parts = [node.value] if isinstance(node, (cst.Attribute, cst.Arg)) else children(node)
    return all(_is_only_awaited(name, part, (around[1], node)) for part in parts)


_ASKING = (cst.AssignTarget, cst.If, cst.Comparison, cst.ComparisonTarget, cst.UnaryOperation)
"""What a variable may stand in where it is not called: what is assigned to it is looked at by itself."""
