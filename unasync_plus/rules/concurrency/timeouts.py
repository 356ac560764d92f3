"""Keep deadlines: `timeout`, `timeout_at`, `fail_after`, `move_on_after`, `CancelScope`.

They come from the runtime and raise, or leave the block, when the time is up. A wait of the runtime in the block (its locks,
queues, sleeps and tasks, however deep in the calls) ends then. A call of anything else cannot be stopped, so in the block it is
made through `interruptible`: in a thread, which is left behind when the time is up; a warning says so. An `async with` or
`async for` over something foreign is not ended. With `concurrency = "sequential"` such calls are refused.

So do those of `async_timeout`, from before Python 3.11.

`asyncio.TimeoutError`, which is `TimeoutError` only since Python 3.11, is the builtin in the output, which nothing else raises.

Source: https://docs.python.org/3/library/asyncio-task.html#timeouts
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA308",
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(queue: asyncio.Queue):\n    async with asyncio.timeout(1):\n"
                "        return await queue.get()\n"
            ),
            after=(
                "from unasync_plus.runtime.queues import Queue\nfrom unasync_plus.runtime.timeouts import timeout\n\n\n"
                "def f(queue: Queue):\n    with timeout(1):\n        return queue.get()\n"
            ),
        )
    ],
)

_RUNTIME = {
    f"{library}.{name}": f"timeouts.{name}"
    for library, names in {
        "asyncio": "timeout timeout_at",
        "async_timeout": "timeout timeout_at",
        "anyio": "fail_after fail_at move_on_after move_on_at",
        "trio": "fail_after fail_at move_on_after move_on_at",
    }.items()
    for name in names.split()
}


@rule.on(cst.Call, named=_RUNTIME)
def timeout(node: cst.Call, ctx: Context) -> Any:
    """The runtime's function of that name."""
    if (ctx.resolve(node.func) or "").startswith("async_timeout.") and not _is_entered(ctx):
        ctx.refuse(
            node,
            "UA308",
            "the object that async_timeout makes has other methods than that of asyncio, and is used here",
            "move to asyncio.timeout, or enter it without `as`",
        )
    return replaced(node, func=ctx.runtime(_RUNTIME[ctx.resolve(node.func) or ""]), args=ctx.visit_all(node.args))


def _is_entered(ctx: Context) -> bool:
    """Whether the call is what a block enters, and the block gives it no name."""
    return isinstance(ctx.parent, cst.WithItem) and ctx.parent.asname is None
