"""Warn where a task and other code would lose in threads what the other writes.

Between two `await`s asyncio runs nothing else: `self.size += n` is one step there, and so is `send(self.pending); self.pending = []`.
A thread may come between. A task that counts, empties or replaces what other methods of its class write, too, without a lock
that both take, is told of, once for each attribute; so are tasks of one function that share a variable, and a task that is made
where there is none (`if self.task is None: self.task = create_task(...)`, or `if key not in self.tasks`, or in a function that
`functools.cache` keeps the results of) for all that come to await it: two may find none. An object that a class of the module
holds in an attribute is looked at as well, where its class is known (`self.owner.pending`): what a task does to it by its
attributes and methods, what its own task does, and what others of both classes do meanwhile.

Without threads a task has ended before it is kept. If it, or what it calls when it is done, takes it out of where it is kept, that
comes first, and a warning says so; where a task is made only if there is none, no later one would be made, and that is refused (`UA341`).

`async with lock` around both is as right in async code. With `mode = "bridge"` all of a class runs in one event loop as before, and
`mode = "auto"` bridges such classes for that. Not told is what is written before the task is started, or after it was cancelled or
awaited; nor what both only set, or change in one step (`append`, `pop`). Classes of other modules are not looked at.

Source: https://docs.python.org/3/library/asyncio-dev.html#concurrency-and-multithreading
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.shared_state import races_in

rule = Rule(
    __name__,
    code="UA323",
    reports={"UA345": "a task shares with other code what one of them may lose in threads"},
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nclass Client:\n    def start(self):\n        self.task = asyncio.create_task(self.flush())\n\n"
                "    async def publish(self, message):\n        async with self.lock:\n            self.pending.append(message)\n\n"
                "    async def flush(self):\n        while await self.ready.wait():\n            async with self.lock:\n"
                "                self.transport.writelines(self.pending)\n                self.pending = []\n"
            ),
            after=(
                "from unasync_plus.runtime.threads import create_task\n\n\n"
                "class Client:\n    def start(self):\n        self.task = create_task(self.flush)\n\n"
                "    def publish(self, message):\n        with self.lock:\n            self.pending.append(message)\n\n"
                "    def flush(self):\n        while self.ready.wait():\n            with self.lock:\n"
                "                self.transport.writelines(self.pending)\n                self.pending = []\n"
            ),
        )
    ],
)

_HELP = 'take a lock around both, which is as right in async code, or reach the class through the bridge (`mode = "bridge"`)'


@rule.on(cst.Module)
def tell(node: cst.Module, ctx: Context) -> Any:
    """Of each attribute and variable, at the task's line."""
    races, stale = races_in(ctx)
    lines = positions(node, [race.second for race in races]) if races else {}
    for race in races:
        behind = f" {race.other} (line {lines[id(race.second)][0]})" if race.other else ""
        text = f"{race.who}{behind}: in threads another may come between two steps of one"
        ctx.warn(race.told_at, "UA345", text, _HELP)
    for flight in stale:
        tell = ctx.refuse if flight.is_asked else ctx.warn
        text = f"without threads the task has ended when it is put into {flight.where}, and what takes it out has run: it stays there"
        tell(flight.made.node, "UA341", text, 'use concurrency = "threads", here with `# unasync: threads`')
    return PASS
