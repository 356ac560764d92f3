"""Read and write through the runtime's streams: `open_connection`, `start_server`, `StreamReader`, `StreamWriter`.

They are sockets underneath, with TLS if asked for, and have asyncio's methods: `read`, `readline`, `readexactly`, `readuntil`,
`write`, `drain`, `close`, `wait_closed`… Their waits end at deadlines and cancellations. `write` never waits: what does not go out
at once is sent by a thread, and `drain` waits for it. `IncompleteReadError` and `LimitOverrunError` stay asyncio's.

`start_server(handle, host, port)` serves each connection in a thread of its own, by calling `handle`.

What needs the transport below a stream, `writer.transport` and `start_tls`, is refused, and so are servers without threads.

Source: https://docs.python.org/3/library/asyncio-stream.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import call_without_loop, of_the_runtime
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import Example, Rule

rule = Rule(
    __name__,
    code="UA320",
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def ask(host, question):\n"
                "    reader, writer = await asyncio.open_connection(host, 70)\n"
                "    writer.write(question)\n    await writer.drain()\n    return await reader.readline()\n"
            ),
            after=(
                "from unasync_plus.runtime.streams import open_connection\n\n\ndef ask(host, question):\n"
                "    reader, writer = open_connection(host, 70)\n"
                "    writer.write(question)\n    writer.drain()\n    return reader.readline()\n"
            ),
        ),
        Example(
            before=(
                "import asyncio\n\n\nasync def f(writer: asyncio.StreamWriter):\n    await writer.start_tls(context)\n"
            ),
            refused=True,
        ),
    ],
)

_NAMES = ("open_connection", "open_unix_connection", "StreamReader", "StreamWriter")
_SERVERS = {
    "asyncio.start_server": "servers.start_server",
    "asyncio.start_unix_server": "servers.start_unix_server",
    "asyncio.Server": "servers.Server",
    "asyncio.AbstractServer": "servers.Server",
}
_RUNTIME = {f"asyncio.{name}": f"streams.{name}" for name in _NAMES}
_BELOW = [
    *(f"asyncio.{kind}.{name}" for kind in ("StreamWriter", "Streams") for name in ("transport", "start_tls")),
    *(f"asyncio.{kind}.set_transport" for kind in ("StreamReader", "Streams")),
]


@rule.on(cst.Name, cst.Attribute, named=_RUNTIME)
def name(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's thing of that name."""
    return of_the_runtime(node, ctx, _RUNTIME)


@rule.on(cst.Name, cst.Attribute, named=_SERVERS)
def server(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The same; without threads nobody could be served while the server waits."""
    if ctx.concurrency == "threads":
        return of_the_runtime(node, ctx, _SERVERS)
    ctx.refuse(
        node,
        "UA320",
        "without threads there is no server",
        'use concurrency = "threads", here with `# unasync: threads`',
    )
    return node


@rule.on(cst.Call, named=[*_RUNTIME, *_SERVERS])
def without_a_loop(node: cst.Call, ctx: Context) -> Any:
    """The call; a loop it was given, by old code, goes."""
    return call_without_loop(node, ctx)


@rule.on(cst.Attribute, named=_BELOW)
def below(node: cst.Attribute, ctx: Context) -> Any:
    """What has no counterpart."""
    ctx.refuse(
        node,
        "UA320",
        f"the {node.attr.value} of a stream belongs to an event loop, and has no sync counterpart",
        "use methods of the stream itself, put a sync side in place with `# unasync: replace`, or name counterparts of "
        "`asyncio.open_connection` and the streams in `replace`",
    )
    return node
