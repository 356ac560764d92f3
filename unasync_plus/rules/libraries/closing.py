"""Close what the asynchronous library closes when its block ends: `with closing(sqlite3.connect(…)) as db:`.

`async with aiosqlite.connect(…)` closes the connection, where `with sqlite3.connect(…)` would only end a transaction, and so does
one of a connection that was made before, or by `await anysqlite.connect(…)`;
a cursor of sqlite3 is no context manager, and neither is a client of boto3. `contextlib.closing` stands between. A
resource of boto3 has nothing to close. A connection that is made without `await` or `async with` is refused, as it is
not open yet in async code.

A connection may be used by every task, so with `concurrency = "threads"` it is made with `check_same_thread=False`.
anysqlite does so whatever it is told. `execute_fetchall` is `execute(…).fetchall()`.

Source: https://aiosqlite.omnilib.dev/en/latest/api.html#aiosqlite.connect
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import call, without_removed
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA503",
    examples=[
        Example(
            before=(
                "import aiosqlite\n\n\nasync def names(path):\n    async with aiosqlite.connect(path) as db:\n"
                '        return await db.execute_fetchall("SELECT name FROM people")\n'
            ),
            after=(
                "import sqlite3\nfrom contextlib import closing\n\n\ndef names(path):\n"
                "    with closing(sqlite3.connect(path, check_same_thread=False)) as db:\n"
                '        return db.execute("SELECT name FROM people").fetchall()\n'
            ),
        ),
        Example(
            before=(
                "import aioboto3\n\n\nasync def put(session: aioboto3.Session):\n"
                '    async with session.client("s3") as s3:\n        await s3.put_object(Bucket="a")\n'
            ),
            after=(
                "from contextlib import closing\n\nimport boto3\n\n\ndef put(session: boto3.Session):\n"
                '    with closing(session.client("s3")) as s3:\n        s3.put_object(Bucket="a")\n'
            ),
        ),
    ],
)

_CONNECT = ("aiosqlite.connect", "anysqlite.connect")
_CONNECTIONS = frozenset({*_CONNECT, "aiosqlite.Connection", "anysqlite.Connection"})
_CURSORS = frozenset({"execute", "executemany", "executescript", "cursor"})
_CLIENTS = {"client": "closing", "create_client": "closing", "resource": "nullcontext"}


@rule.on(cst.WithItem)
def closed(node: cst.WithItem, ctx: Context) -> Any:
    """The manager in one that closes it."""
    block = ctx.parent
    manager = node.item
    if not isinstance(block, cst.With) or block.asynchronous is None:
        return PASS
    name = _closer(manager, ctx) if isinstance(manager, cst.Call) else _closer_of_one_made(manager, ctx)
    if name is None:
        return PASS
    closer = ctx.reference(f"contextlib.{name}", cst.Name(name))
    asname = ctx.visit(node.asname) if node.asname is not None else None
    return replaced(node, item=call(closer, ctx.visit(manager)), asname=asname)


def _closer_of_one_made(manager: cst.BaseExpression, ctx: Context) -> str | None:
    """What closes a connection that was made before, or is awaited here."""
    if not imports(ctx, "aiosqlite", "anysqlite"):
        return None
    names = set(ctx.provenance.names(manager, ctx.scope))
    return "closing" if names & _CONNECTIONS and not any(map(ctx.is_owned, names)) else None


def _closer(manager: cst.Call, ctx: Context) -> str | None:
    qualified = ctx.resolve(manager.func)
    if qualified in _CONNECT:
        return None if ctx.is_owned(qualified) else "closing"
    if not isinstance(manager.func, cst.Attribute) or ctx.resolve(manager.func) is not None:
        return None
    method = manager.func.attr.value
    if method in _CURSORS and imports(ctx, "aiosqlite"):
        return "closing"
    if method in _CLIENTS and imports(ctx, "aioboto3", "aiobotocore"):
        return _CLIENTS[method]
    return None


@rule.on(cst.Call, named=_CONNECT)
def connect(node: cst.Call, ctx: Context) -> Any:
    """``sqlite3.connect``, where it is opened at once."""
    if not isinstance(ctx.parent, (cst.Await, cst.WithItem)):
        ctx.refuse(
            node,
            "UA503",
            "this connection is made here and opened later; sqlite3.connect opens it at once",
            "await it where it is made",
        )
        return node
    gone = {"iter_chunk_size", "loop"} if ctx.resolve(node.func) == "aiosqlite.connect" else {"check_same_thread"}
    args = [arg for arg in node.args if arg.keyword is None or arg.keyword.value not in gone]
    args = without_removed(node.args, ctx.visit_all(args))
    given = {arg.keyword.value for arg in args if arg.keyword is not None}
    if ctx.concurrency == "threads" and "check_same_thread" not in given:
        option = call("f", check_same_thread=cst.Name("False")).args[0]
        args = [*args[:-1], *(replaced(arg, comma=SPACED_COMMA) for arg in args[-1:]), option]
    return replaced(node, func=ctx.reference("sqlite3.connect", node.func), args=args)


@rule.on(cst.Call, attributes=["execute_fetchall", "execute_insert"])
def fetchall(node: cst.Call, ctx: Context) -> Any:
    """``execute(…).fetchall()`` for ``execute_fetchall(…)``."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not imports(ctx, "aiosqlite"):
        return PASS
    if func.attr.value == "execute_insert":
        ctx.refuse(
            node,
            "UA503",
            "execute_insert of aiosqlite has no counterpart in sqlite3",
            "execute the statement and read `lastrowid` of its cursor",
        )
        return node
    new = ctx.descend(node)
    if not isinstance(new, cst.Call) or not isinstance(new.func, cst.Attribute):
        return new
    inner = replaced(new, func=replaced(new.func, attr=cst.Name("execute")), lpar=(), rpar=())
    return call(cst.Attribute(inner, cst.Name("fetchall")))
