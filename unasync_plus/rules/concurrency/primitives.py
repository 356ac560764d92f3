"""Replace asyncio's locks, events, conditions, semaphores, barriers and queues by those of `threading` and `queue`.

Where the module starts tasks or sets deadlines, the runtime's classes of the same names take their place: their waits end
when a task is cancelled or the time is up, which no wait of `threading` does. So do they where the code uses what `threading`
lacks: `Semaphore.locked`, `async with barrier`, `Queue.shutdown` before Python 3.13, `acquire_nowait` and `value` of anyio's and
trio's locks, any `CapacityLimiter`. Their `statistics` are refused.

Source: https://docs.python.org/3/library/asyncio-sync.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA309",
    examples=[
        Example(
            before="import asyncio\n\nlock = asyncio.Lock()\n",
            after="import threading\n\nlock = threading.Lock()\n",
        ),
        Example(
            before=(
                "import asyncio\n\n\nasync def f(queue: asyncio.Queue[int]) -> int:\n"
                "    return await asyncio.wait_for(queue.get(), 1)\n"
            ),
            after=(
                "from unasync_plus.runtime.queues import Queue\nfrom unasync_plus.runtime.timeouts import wait_for\n\n\n"
                "def f(queue: Queue[int]) -> int:\n    return wait_for(queue.get, 1)\n"
            ),
        ),
    ],
)

_LOCKS = "Lock Event Condition Semaphore BoundedSemaphore"
_FOREIGN = frozenset(f"{library}.{name}" for library in ("anyio", "trio") for name in _LOCKS.split())
_RUNTIME = {
    **{f"asyncio.{name}": f"locks.{name}" for name in _LOCKS.split()},
    **{f"asyncio.{name}": f"queues.{name}" for name in ("Queue", "LifoQueue", "PriorityQueue")},
    **{
        f"{library}.{name}": f"locks.{name}" for library in ("anyio", "trio") for name in ("Event", "Condition", "Lock")
    },
    **{f"{library}.Semaphore": "locks.Semaphore" for library in ("anyio", "trio")},
    **{f"{library}.CapacityLimiter": "limiters.CapacityLimiter" for library in ("anyio", "trio")},
    "asyncio.Barrier": "barriers.Barrier",
    "asyncio.QueueShutDown": "queues.ShutDown",
}


@rule.on(cst.Name, cst.Attribute, named=_RUNTIME)
def interruptible(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's class where its waits make a difference; else what the table says."""
    qualified = ctx.resolve(node) or ""
    old = ctx.settings.target_version < (3, 13)
    needed = (
        ctx.interrupts
        or qualified.endswith((".Barrier", ".CapacityLimiter"))
        or (qualified.endswith(("Semaphore", "Condition")) and _uses(("locked",), qualified, ctx))
        or (old and "Queue" in qualified and (qualified.endswith("ShutDown") or _uses(("shutdown",), qualified, ctx)))
    )
    needed = needed or (qualified in _FOREIGN and _uses(("acquire_nowait", "value"), qualified, ctx, known=True))
    if qualified in _FOREIGN and _uses(("max_value", "statistics"), qualified, ctx, known=True):
        text = f"max_value and statistics() of {qualified} have no counterpart"
        ctx.refuse(node, "UA309", text, "do without them in the sync side, with `# unasync: replace`")
    return ctx.runtime(_RUNTIME[qualified]) if needed else PASS


@rule.on(cst.Call, named=["anyio.Semaphore", "trio.Semaphore"])
def semaphore(node: cst.Call, ctx: Context) -> Any:
    """``initial_value`` is the first parameter, whatever it is called."""
    if not node.args or node.args[0].keyword is None or node.args[0].keyword.value != "initial_value":
        return PASS
    first = replaced(node.args[0], keyword=None, equal=cst.MaybeSentinel.DEFAULT)
    return ctx.visit(replaced(node, args=[first, *node.args[1:]]))


def _uses(members: tuple[str, ...], qualified: str, ctx: Context, *, known: bool = False) -> bool:
    is_asked = not ctx.words.isdisjoint(members) and (known or ctx.deals_in_awaitables)
    return is_asked and ctx.values.uses(members, qualified, known=known)
