"""Start processes through the runtime: `create_subprocess_exec`, `create_subprocess_shell`, `anyio.open_process`.

The runtime's `Process` is a `subprocess.Popen` with asyncio's interface: `communicate(input)` returns what was printed, `stdin` is
a stream to write to, `stdout` and `stderr` are streams to read from, `returncode` is None while it runs. All its waits end at
deadlines and cancellations, which leave the process alone, as in asyncio. Signals to a process that has ended raise
`ProcessLookupError`. What `anyio.open_process` gives is the same with anyio's streams, `send` and `receive`, which
`TextReceiveStream` and `TextSendStream` may stand around.

Source: https://docs.python.org/3/library/asyncio-subprocess.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import call_without_loop, of_the_runtime
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA321",
    examples=[
        Example(
            before=(
                "import asyncio\nfrom asyncio.subprocess import PIPE\n\n\nasync def head():\n"
                '    git = await asyncio.create_subprocess_exec("git", "rev-parse", "HEAD", stdout=PIPE)\n'
                "    out, _ = await git.communicate()\n    return out\n"
            ),
            after=(
                "from subprocess import PIPE\n\nfrom unasync_plus.runtime.processes import create_subprocess_exec\n\n\n"
                'def head():\n    git = create_subprocess_exec("git", "rev-parse", "HEAD", stdout=PIPE)\n'
                "    out, _ = git.communicate()\n    return out\n"
            ),
        )
    ],
)

_RUNTIME = {
    "asyncio.subprocess.Process": "processes.Process",
    "anyio.open_process": "open_processes.open_process",
    "anyio.abc.Process": "open_processes.Process",
    **{f"anyio.abc.{name}": f"byte_streams.{name}" for name in ("ByteReceiveStream", "ByteSendStream")},
    **{f"anyio.streams.text.{name}": f"byte_streams.{name}" for name in ("TextReceiveStream", "TextSendStream")},
    **{
        f"{module}.{name}": f"processes.{name}"
        for module in ("asyncio", "asyncio.subprocess")
        for name in ("create_subprocess_exec", "create_subprocess_shell")
    },
}


@rule.on(cst.Name, cst.Attribute, named=_RUNTIME)
def name(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's thing of that name."""
    if isinstance(ctx.parent, cst.Arg) and isinstance(ctx.parents[-3], cst.ClassDef):
        return PASS  # a base class: what the runtime has is no abstract one
    return of_the_runtime(node, ctx, _RUNTIME)


@rule.on(cst.Call, named=_RUNTIME)
def without_a_loop(node: cst.Call, ctx: Context) -> Any:
    """The call; a loop it was given, by old code, goes."""
    return call_without_loop(node, ctx)
