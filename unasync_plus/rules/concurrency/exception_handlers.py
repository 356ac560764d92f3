"""Tell of exceptions that nobody can be given as a loop does: `loop.call_exception_handler(c)` is the runtime's.

What `loop.set_exception_handler(f)` sets is called with the runtime's `Loop` and the same context, in the thread that has something
to tell: of exceptions of tasks that nobody awaited, of callbacks, timers and servers, and of what `call_exception_handler` is
given. Without a handler all this is logged, by a logger of the runtime. There is one handler, as there is one `Loop`.

Source: https://docs.python.org/3/library/asyncio-eventloop.html#error-handling-api
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.loop_methods import EXCEPTION_HANDLERS, LOOP, is_read

rule = Rule(
    __name__,
    code="UA326",
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(error):\n    loop = asyncio.get_running_loop()\n"
                '    loop.call_exception_handler({"message": "lost", "exception": error})\n'
            ),
            after=(
                "from unasync_plus.runtime.loops import call_exception_handler\n\n\n"
                'def f(error):\n    call_exception_handler({"message": "lost", "exception": error})\n'
            ),
        )
    ],
)


@rule.on(cst.Attribute, named=[f"{LOOP}.{name}" for name in sorted(EXCEPTION_HANDLERS)])
def method(node: cst.Attribute, ctx: Context) -> Any:
    """The runtime's function of that name, called or handed on."""
    if not is_read(ctx.parent):
        return PASS
    return with_parentheses_of(ctx.runtime(f"loops.{node.attr.value}"), node)
