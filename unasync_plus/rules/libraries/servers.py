"""Connect and serve with the synchronous halves of `websockets` and `grpc`.

`async with connect(uri)` and `await connect(uri)` become `connect` of `websockets.sync.client`; `async for` over it,
which connects again and again, becomes `reconnect`. A server of the sync half serves only while `serve_forever()`
runs, so a block of `serve` without that call is refused.

`grpc.aio.server()` becomes `grpc.server` over a pool of threads, and stopping it waits for it. There is nothing to
initialise. `await channel.channel_ready()` becomes `grpc.channel_ready_future(channel).result()`, and a channel with
interceptors becomes `grpc.intercept_channel(channel, …)`.

Source: https://websockets.readthedocs.io/en/stable/reference/sync/server.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import REMOVE, call, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import name_or_attribute, replaced, walk

rule = Rule(
    __name__,
    code="UA506",
    examples=[
        Example(
            before=(
                "from websockets.asyncio.client import connect\n\n\nasync def hello(uri):\n"
                '    async with connect(uri) as socket:\n        await socket.send("hello")\n'
            ),
            after=(
                "from websockets.sync.client import connect\n\n\ndef hello(uri):\n"
                '    with connect(uri) as socket:\n        socket.send("hello")\n'
            ),
        ),
        Example(
            before=(
                "import asyncio\n\nfrom websockets import serve\n\n\nasync def main(handler):\n"
                "    async with serve(handler, port=1):\n        await asyncio.Future()\n"
            ),
            refused=True,
        ),
    ],
)

_CLIENT, _SERVER, _ROUTER = "websockets.asyncio.client", "websockets.asyncio.server", "websockets.asyncio.router"
_CONNECT = [f"{module}.{name}" for module in (_CLIENT, "websockets") for name in ("connect", "unix_connect")]
_SERVE = {
    **{f"{module}.{name}": f"server.{name}" for module in (_SERVER, "websockets") for name in ("serve", "unix_serve")},
    **{f"{module}.{name}": f"router.{name}" for module in (_ROUTER, "websockets") for name in ("route", "unix_route")},
}


@rule.on(cst.Call, attributes="channel_ready")
def channel_ready(node: cst.Call, ctx: Context) -> Any:
    """The future that the synchronous half has for it."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if node.args or not imports(ctx, "grpc"):
        return PASS
    maker = ctx.reference("grpc.channel_ready_future", name_or_attribute("grpc.channel_ready_future"))
    future = call(maker, ctx.visit(func.value))
    return with_parentheses_of(call(cst.Attribute(future, cst.Name("result"))), node)


@rule.on(cst.Call, named=_CONNECT)
def connect(node: cst.Call, ctx: Context) -> Any:
    """The synchronous function of that name, or the one that connects again."""
    name = (ctx.resolve(node.func) or "").rpartition(".")[2]
    if isinstance(ctx.parent, (cst.For, cst.CompFor)):
        name = name.replace("connect", "reconnect")
    elif not isinstance(ctx.parent, (cst.Await, cst.WithItem)):
        return PASS
    func = ctx.reference(f"websockets.sync.client.{name}", cst.Name(name))
    return replaced(node, func=func, args=ctx.visit_all(node.args))


@rule.on(cst.Call, named=_SERVE)
def serve(node: cst.Call, ctx: Context) -> Any:
    """The synchronous function of that name, if the block serves."""
    block = ctx.parents[-3] if isinstance(ctx.parent, cst.WithItem) else None
    if not isinstance(block, cst.With) or not any(_serves(part) for part in walk(block.body)):
        ctx.refuse(
            node,
            "UA506",
            "in sync code nothing is served before serve_forever()",
            "write `async with serve(…) as server: await server.serve_forever()`",
        )
        return node
    target = _SERVE[ctx.resolve(node.func) or ""]
    func = ctx.reference(f"websockets.sync.{target}", cst.Name(target.rpartition(".")[2]))
    return replaced(node, func=func, args=ctx.visit_all(node.args))


def _serves(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "serve_forever"


@rule.on(cst.Expr, named=["grpc.aio.init_grpc_aio", "grpc.aio.shutdown_grpc_aio"])
def nothing(_node: cst.Expr, _ctx: Context) -> Any:
    """Nothing."""
    return REMOVE


@rule.on(cst.Call, named="grpc.aio.server")
def grpc_server(node: cst.Call, ctx: Context) -> Any:
    """``grpc.server``, which has to be given its threads."""
    args = ctx.visit_all(node.args)
    func = ctx.reference("grpc.server", cst.Attribute(cst.Name("grpc"), cst.Name("server")))
    if args and (args[0].keyword is None or args[0].keyword.value == "migration_thread_pool") and not args[0].star:
        args[0] = replaced(args[0], keyword=None, equal=cst.MaybeSentinel.DEFAULT)
        return replaced(node, func=func, args=args)
    pool = call(ctx.reference("concurrent.futures.ThreadPoolExecutor", cst.Name("ThreadPoolExecutor")))
    comma = SPACED_COMMA if args else cst.MaybeSentinel.DEFAULT
    return replaced(node, func=func, args=[cst.Arg(pool, comma=comma), *args])


@rule.on(cst.Call, named=["grpc.aio.insecure_channel", "grpc.aio.secure_channel"])
def intercepted(node: cst.Call, ctx: Context) -> Any:
    """``grpc.intercept_channel(grpc.insecure_channel(target), *interceptors)``, if there are some."""
    given = next(
        (arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "interceptors"), None
    )
    if given is None:
        return PASS
    args = ctx.visit_all([arg for arg in node.args if arg.value is not given])
    if args:
        args[-1] = replaced(args[-1], comma=cst.MaybeSentinel.DEFAULT)
    channel = replaced(node, func=ctx.visit(node.func), args=args, lpar=[], rpar=[])
    if isinstance(given, (cst.List, cst.Tuple)):
        interceptors = [
            cst.Arg(ctx.visit(one.value), star="*" if isinstance(one, cst.StarredElement) else "")
            for one in given.elements
        ]
    else:
        either = cst.BooleanOperation(
            ctx.visit(given), cst.Or(), cst.Tuple([]), lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
        )
        interceptors = [cst.Arg(either, star="*")]
    maker = ctx.reference("grpc.intercept_channel", name_or_attribute("grpc.intercept_channel"))
    return replaced(cst.Call(maker, [cst.Arg(channel), *interceptors]), lpar=node.lpar, rpar=node.rpar)


@rule.on(cst.Call, attributes="stop")
def stop(node: cst.Call, ctx: Context) -> Any:
    """``server.stop(1).wait()`` for ``await server.stop(1)``."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not isinstance(ctx.parent, cst.Await):
        return PASS
    bindings = ctx.bindings(func.value)
    if not bindings or any(ctx.callee(binding.value) != "grpc.aio.server" for binding in bindings):
        return PASS
    return call(cst.Attribute(ctx.descend(node), cst.Name("wait")))
