"""Know an event loop by the methods that nothing else has: `client.loop.run_in_executor(None, f)`.

Where a loop comes from another module, nothing tells that it is one but what is done with it. `run_in_executor`, `call_soon`,
`call_soon_threadsafe`, `create_future` and `run_until_complete` of a variable or attribute of which nothing is known, or of its
`get_loop()`, are the loop's, and become what they become elsewhere, unless the project itself defines a function of that name.
Those that have no sync counterpart, `add_reader` and the like, are refused, and so are those of what another call gives.

Source: https://docs.python.org/3/library/asyncio-eventloop.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.calls import LOOP_ONLY

rule = Rule(
    __name__,
    code="UA322",
    examples=[
        Example(
            before="async def f(client, g):\n    return await client.loop.run_in_executor(None, g, 1)\n",
            after="def f(client, g):\n    return g(1)\n",
        ),
        Example(before="async def f(loop, fd):\n    loop.add_reader(fd, print)\n", refused=True),
    ],
)

_WITHOUT_COUNTERPART = frozenset(
    "add_reader remove_reader add_writer remove_writer create_datagram_endpoint subprocess_exec subprocess_shell "
    "connect_read_pipe connect_write_pipe connect_accepted_socket".split()
)


@rule.on(cst.Call)
def unknown(node: cst.Call, ctx: Context) -> Any:
    """A call of such a method."""
    func = node.func
    if not isinstance(func, cst.Attribute):
        return PASS
    name = func.attr.value
    if name in LOOP_ONLY and isinstance(func.value, cst.Call):
        if ctx.values.may_be_of_a_loop(func) and not ctx.values.is_of_a_loop(func):
            text = (
                f"{name} is a method of event loops, and what this one is called on would have to be made all the same"
            )
            ctx.refuse(node, "UA322", text, "put its sync side in place with `# unasync: replace`, or leave it out")
            return PASS
    if name not in _WITHOUT_COUNTERPART or ctx.resolve(func) is not None or name in ctx.project.defined:
        return PASS
    if not ctx.may_have_loops or not ctx.values.kinds(func.value):
        text = f"{name} is a method of event loops, and has no sync counterpart"
        ctx.refuse(node, "UA322", text, "put its sync side in place with `# unasync: replace`, or leave it out")
    return PASS
