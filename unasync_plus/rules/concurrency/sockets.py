"""Keep a socket's deadlines: `loop.sock_recv(s, n)` becomes a wait of the runtime, `sock_recv(s, n)`.

So do `sock_recv_into`, `sock_recvfrom`, `sock_sendall`, `sock_sendto`, `sock_connect` and `sock_accept`, and `wait_readable` and
`wait_writable` of anyio and trio. They end when the task is cancelled or the time is up, as no call of the socket itself does, and
leave no thread behind. As in asyncio the socket is non-blocking: `s.setblocking(False)` stays in the code. `getaddrinfo` and
`getnameinfo` of a loop, which it calls in a thread, are those of `socket`.

What another library was awaited with wants a socket that blocks on the sync side: it would get `BlockingIOError`. Where a function
makes the socket itself, and calls none of its methods that may block, `setblocking(False)` goes; elsewhere there is a warning
(`UA349`).

Source: https://docs.python.org/3/library/asyncio-eventloop.html#working-with-socket-objects-directly
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import origin_of
from unasync_plus.rewrite.make import REMOVE, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.effects import SOCKET_METHODS
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS
from unasync_plus.tree import dotted, name_or_attribute, replaced, walk

rule = Rule(
    __name__,
    code="UA318",
    reports={"UA349": "a socket that does not block is handed to a library whose sync side would have it block"},
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

_BLOCKING = frozenset(
    "accept connect connect_ex recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall sendfile sendmsg sendto".split()
)
"""Methods of a socket that raise `BlockingIOError` where they would block."""
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


@rule.on(cst.Call, attributes=["setblocking", "settimeout"])
def does_not_block(node: cst.Call, ctx: Context) -> Any:
    """``sock.setblocking(False)`` in a function that awaits a call of a library with it."""
    func, around = node.func, ctx.coroutine_function
    if around is None or not isinstance(func, cst.Attribute) or not ctx.is_statement or not _says_no(node):
        return PASS
    sock = dotted(func.value)
    if sock is None or not any(_is_given(sock, found, ctx) for found in walk(around.body)):
        return PASS
    if _is_made_here(func.value, ctx) and not any(_may_block(sock, found) for found in walk(around.body)):
        return REMOVE
    ctx.warn(
        node,
        "UA349",
        f"{sock} does not block, and what was awaited with it does in sync code: it may get BlockingIOError",
        f"say `# unasync: replace {sock}.setblocking(True)` there, or `ignore[UA349]` if it sets that itself",
    )
    return PASS


def _says_no(node: cst.Call) -> bool:
    value = node.args[0].value if len(node.args) == 1 else None
    if isinstance(value, (cst.Integer, cst.Float)):
        return not value.evaluated_value
    return isinstance(value, cst.Name) and value.value == "False"


def _is_given(sock: str, node: cst.CSTNode, ctx: Context) -> bool:
    """Whether ``node`` awaits what a library does with the socket."""
    called = node.expression if isinstance(node, cst.Await) else None
    if not isinstance(called, cst.Call) or not any(_is_in(sock, arg, ctx) for arg in called.args):
        return False
    return origin_of(called, ctx, _is_of_a_library) is not None


def _is_in(sock: str, arg: cst.Arg, ctx: Context) -> bool:
    """Whether ``arg`` is the socket, or for ``*`` and ``**`` something in which it is."""
    if not arg.star:
        return dotted(arg.value) == sock
    around = ctx.coroutine_function if isinstance(arg.value, cst.Name) else None
    if around is None:
        return _holds(arg.value, sock)
    name = dotted(arg.value)
    given = (part for part in walk(around.body) if isinstance(part, (cst.Assign, cst.Call)))
    return any(_puts_in(part, sock, name) for part in given)


def _puts_in(node: cst.Assign | cst.Call, sock: str, name: str | None) -> bool:
    """Whether ``node`` puts the socket in the variable ``name``: ``name["sock"] = sock``, ``name.update(sock=sock)``."""
    if isinstance(node, cst.Assign):
        targets = [one.target.value if isinstance(one.target, cst.Subscript) else one.target for one in node.targets]
    else:
        targets = [node.func.value] if isinstance(node.func, cst.Attribute) else []
    if not any(dotted(target) == name for target in targets):
        return False
    values = [node.value] if isinstance(node, cst.Assign) else [arg.value for arg in node.args]
    return any(_holds(value, sock) for value in values)


def _holds(value: cst.BaseExpression, sock: str) -> bool:
    """Whether ``value`` is the socket, or something that is made of it: ``dict(sock=sock)``."""
    parts = (part.value for part in walk(value) if isinstance(part, (cst.Arg, cst.DictElement, cst.Element)))
    return dotted(value) == sock or any(dotted(part) == sock for part in parts)


def _is_of_a_library(qualified: str, ctx: Context) -> bool:
    root = qualified.partition(".")[0]
    return root not in STDLIB and root not in ASYNC_ROOTS and root != "builtins" and not ctx.is_owned(qualified)


def _is_made_here(sock: cst.BaseExpression, ctx: Context) -> bool:
    """Whether the function itself gave the variable a new socket."""
    bound = ctx.bindings(sock) if isinstance(sock, cst.Name) else []
    is_own = bool(bound) and bound[0].scope is ctx.scope and all(binding.kind != "param" for binding in bound)
    return is_own and "socket.socket" in ctx.provenance.names(sock, ctx.scope)


def _may_block(sock: str, node: cst.CSTNode) -> bool:
    func = node.func if isinstance(node, cst.Call) else None
    return isinstance(func, cst.Attribute) and func.attr.value in _BLOCKING and dotted(func.value) == sock
