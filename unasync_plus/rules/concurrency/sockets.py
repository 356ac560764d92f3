"""Keep a socket's deadlines: `loop.sock_recv(s, n)` becomes a wait of the runtime, `sock_recv(s, n)`.

So do `sock_recv_into`, `sock_recvfrom`, `sock_sendall`, `sock_sendto`, `sock_connect` and `sock_accept`, and `wait_readable` and
`wait_writable` of anyio and trio. They end when the task is cancelled or the time is up, as no call of the socket itself does, and
leave no thread behind. The socket has to be non-blocking, as in asyncio: `s.setblocking(False)` stays in the code. `getaddrinfo` and
`getnameinfo` of a loop, which it calls in a thread, are those of `socket`.

Source: https://docs.python.org/3/library/asyncio-eventloop.html#working-with-socket-objects-directly
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.effects import SOCKET_METHODS
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.tree import name_or_attribute, replaced

rule = Rule(
    __name__,
    code="UA318",
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(sock):\n    loop = asyncio.get_running_loop()\n"
                "    async with asyncio.timeout(1):\n        return await loop.sock_recv(sock, 100)\n"
            ),
            after=(
                "from unasync_plus.runtime.sockets import sock_recv\nfrom unasync_plus.runtime.timeouts import timeout\n\n\n"
                "def f(sock):\n    with timeout(1):\n        return sock_recv(sock, 100)\n"
            ),
        )
    ],
)

_WAITS = {
    f"{module}.{name}": f"sockets.{name}"
    for module in ("anyio", "trio.lowlevel")
    for name in ("wait_readable", "wait_writable")
}


@rule.on(cst.Call, named=[f"{LOOP}.{name}" for name in sorted(SOCKET_METHODS)])
def method_of_the_loop(node: cst.Call, ctx: Context) -> Any:
    """The runtime's function of that name."""
    if not isinstance(node.func, cst.Attribute):
        return PASS
    return replaced(node, func=ctx.runtime(f"sockets.{node.func.attr.value}"), args=ctx.visit_all(node.args))


@rule.on(cst.Name, cst.Attribute, named=_WAITS)
def until_ready(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The same, called or passed on."""
    return with_parentheses_of(ctx.runtime(_WAITS[ctx.resolve(node) or ""]), node)


@rule.on(cst.Call, named=[f"{LOOP}.getaddrinfo", f"{LOOP}.getnameinfo"])
def look_up(node: cst.Call, ctx: Context) -> Any:
    """The function of `socket` that the loop calls in a thread."""
    if not isinstance(node.func, cst.Attribute):
        return PASS
    name = node.func.attr.value
    args = ctx.visit_all(node.args)
    if name == "getnameinfo" and not any(arg.star for arg in node.args):  # no keywords there, and no default
        args = [replaced(arg, keyword=None, equal=cst.MaybeSentinel.DEFAULT) for arg in args]
        if len(args) == 1:
            args = list(call("f", args[0].value, cst.Integer("0")).args)
    func = ctx.reference(f"socket.{name}", name_or_attribute(f"socket.{name}"))
    return replaced(node, func=func, args=args)
