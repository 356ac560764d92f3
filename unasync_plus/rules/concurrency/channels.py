"""Keep memory channels: `anyio.create_memory_object_stream` and `trio.open_memory_channel` become the runtime's `open_memory_channel`.

Both ends have the same methods: `send`, `receive`, `send_nowait`, `receive_nowait`, `clone`, `close`, `statistics`; `aclose` is
`close`. `async for` over the receiving end becomes `for`, `async with` becomes `with`. Senders wait while the buffer is full,
receivers while it is empty, and these waits end with the task or the time. The exceptions (`EndOfStream`, `WouldBlock`…) are the
runtime's in all of a project that makes or mentions such a channel, a `CapacityLimiter` or `anyio.open_process`. With
`concurrency = "sequential"` a task that waits for a channel is refused.

Source: https://anyio.readthedocs.io/en/stable/streams.html#memory-object-streams
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.containers import CLOSED_AT_ONCE
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA319",
    examples=[
        Example(
            before=(
                "import anyio\n\n\nasync def f(group, g):\n    send, receive = anyio.create_memory_object_stream(5)\n"
                "    group.start_soon(g, send)\n    async with receive:\n        return [item async for item in receive]\n"
            ),
            after=(
                "from unasync_plus.runtime.channels import open_memory_channel\n\n\ndef f(group, g):\n"
                "    send, receive = open_memory_channel(5)\n    group.start_soon(g, send)\n    with receive:\n"
                "        return [item for item in receive]\n"
            ),
        )
    ],
)

_MAKERS = ("anyio.create_memory_object_stream", "trio.open_memory_channel")
_TYPES = {
    "anyio.abc.ObjectSendStream": "channels.SendStream",
    "anyio.abc.ObjectReceiveStream": "channels.ReceiveStream",
    "anyio.streams.memory.MemoryObjectSendStream": "channels.SendStream",
    "anyio.streams.memory.MemoryObjectReceiveStream": "channels.ReceiveStream",
    "anyio.streams.memory.MemoryObjectStreamStatistics": "channels.Statistics",
    "trio.MemorySendChannel": "channels.SendStream",
    "trio.MemoryReceiveChannel": "channels.ReceiveStream",
    "trio.MemoryChannelStatistics": "channels.Statistics",
}
_ERRORS = {
    **{
        f"{library}.{name}": f"channels.{name}"
        for library in ("anyio", "trio")
        for name in ("WouldBlock", "ClosedResourceError", "BrokenResourceError")
    },
    "anyio.EndOfStream": "channels.EndOfStream",
    "trio.EndOfChannel": "channels.EndOfStream",
}


@rule.on(cst.Name, cst.Attribute, named=_MAKERS)
def maker(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's, called or subscripted."""
    return with_parentheses_of(ctx.runtime("channels.open_memory_channel"), node)


@rule.on(cst.Call, named="anyio.create_memory_object_stream")
def size_by_position(node: cst.Call, ctx: Context) -> Any:
    """``item_type`` says nothing that the sync code could use."""
    args = [arg for arg in node.args if arg.keyword is None or arg.keyword.value != "item_type"]
    if len(args) > 1 and args[1].keyword is None:
        args = args[:1]
    if len(args) == len(node.args):
        return PASS
    if args:
        args[-1] = replaced(args[-1], comma=cst.MaybeSentinel.DEFAULT)
    return replaced(node, func=ctx.visit(node.func), args=ctx.visit_all(args))


@rule.on(cst.Name, cst.Attribute, named=_TYPES)
def end(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's class of that end; the abstract ones are other streams where the project has no channels."""
    qualified = ctx.resolve(node) or ""
    if qualified.startswith("anyio.abc.") and not ctx.project.has_channels:
        return PASS
    return with_parentheses_of(ctx.runtime(_TYPES[qualified]), node)


@rule.on(cst.Name, cst.Attribute, named=_ERRORS)
def error(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's exception, where the project has channels; elsewhere the name stays what it is."""
    if not ctx.project.has_channels:
        return PASS
    return with_parentheses_of(ctx.runtime(_ERRORS[ctx.resolve(node) or ""]), node)


@rule.on(cst.Attribute, attributes="aclose")
def close(node: cst.Attribute, ctx: Context) -> Any:
    """``channel.aclose`` is ``channel.close``; so it is with processes and their streams."""
    if not ctx.deals_in_awaitables or not ctx.values.kinds(node.value) & CLOSED_AT_ONCE:
        return PASS
    return replaced(node, value=ctx.visit(node.value), attr=replaced(node.attr, value="close"))
