"""Undo what SQLAlchemy's asyncio extension puts around its synchronous core.

`await session.run_sync(f, x)` is `f(session, x)`; `stream(…)` is `execute(…)` with the option `stream_results`, and
`stream_scalars(…)` `scalars(…)` with it; `session.sync_session` is the session, `engine.sync_engine` is
`engine.engine`, which a connection has too. `AsyncAttrs` goes as a base class, and `await x.awaitable_attrs.y` is
`x.y`: sync attributes load themselves. `sqlite+aiosqlite` in a literal URL becomes `sqlite`; for another asynchronous
driver a warning says that `text` must name one.

Source: https://docs.sqlalchemy.org/en/21/orm/extensions/asyncio.html
"""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import REMOVE, atom, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA504",
    reports={"UA505": "the URL of a database names an asynchronous driver"},
    examples=[
        Example(
            before=(
                "from sqlalchemy.ext.asyncio import AsyncConnection\n\n\nasync def create(db: AsyncConnection):\n"
                "    await db.run_sync(Base.metadata.create_all)\n"
            ),
            after=(
                "from sqlalchemy import Connection\n\n\ndef create(db: Connection):\n    Base.metadata.create_all(db)\n"
            ),
        ),
        Example(
            before=(
                "from sqlalchemy.ext.asyncio import AsyncSession\n\n\nasync def rows(session: AsyncSession):\n"
                "    async for row in await session.stream_scalars(query):\n        yield row\n"
            ),
            after=(
                "from sqlalchemy.orm import Session\n\n\ndef rows(session: Session):\n"
                '    for row in session.scalars(query, execution_options={"stream_results": True}):\n'
                "        yield row\n"
            ),
        ),
    ],
)

_LIBRARIES = ("sqlalchemy", "sqlmodel")
_OTHERS = ("httpx", "httpx2", "openai", "anthropic", "aiohttp")
_PREFIXES = tuple(f"{library}." for library in _LIBRARIES)
_STREAMS = {"stream": "execute", "stream_scalars": "scalars"}
_SELF = frozenset({"sync_session", "sync_connection", "sync_transaction", "awaitable_attrs"})
_OTHER = {"sync_engine": "engine"}
_METHODS = frozenset({"run_sync", "close_all", "get_raw_connection", *_STREAMS})
_DRIVER = re.compile(r"^\w+\+(aiosqlite|asyncpg|aiomysql|asyncmy|aioodbc|psycopg_async|oracledb_async)\b")
_ENGINES = ("sqlalchemy.ext.asyncio.create_async_engine", "sqlalchemy.ext.asyncio.engine.create_async_engine")


@rule.on(cst.Call, attributes=_METHODS)
def method(node: cst.Call, ctx: Context) -> Any:
    """A method that only the asynchronous side has."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not imports(ctx, *_LIBRARIES):
        return PASS
    qualified = ctx.resolve(func)
    if (qualified is not None and not qualified.startswith(_PREFIXES)) or _is_foreign(func.value, ctx):
        return PASS
    name = func.attr.value
    if name == "run_sync":
        return _run_sync(node, func.value, ctx)
    if name == "close_all":
        return PASS if node.args else replaced(node, func=_of_orm("close_all_sessions", ctx))
    if name == "get_raw_connection":
        new = cst.Attribute(atom(ctx.visit(func.value)), cst.Name("connection"))
        return with_parentheses_of(new, node)
    return _streamed(node, func, ctx) if _is_awaited(ctx) else PASS


def _is_foreign(receiver: cst.BaseExpression, ctx: Context) -> bool:
    """Whether ``receiver`` is of another library, or nothing says of which, and the module has others that stream."""
    found = set()
    for binding in ctx.bindings(receiver):
        value = binding.value.expression if isinstance(binding.value, cst.Await) else binding.value
        found |= {ctx.resolve(binding.annotation), ctx.callee(value)}
    known = {name for name in found if name and not ctx.is_owned(name)}
    if not known:
        return imports(ctx, *_OTHERS)
    return not any(name.startswith(_PREFIXES) for name in known)


def _of_orm(name: str, ctx: Context) -> cst.BaseExpression:
    return ctx.reference(f"sqlalchemy.orm.{name}", cst.Name(name))


def _is_awaited(ctx: Context) -> bool:
    return isinstance(ctx.parent, (cst.Await, cst.WithItem))


def _run_sync(node: cst.Call, receiver: cst.BaseExpression, ctx: Context) -> Any:
    if not node.args or node.args[0].star or node.args[0].keyword is not None:
        return PASS
    rest = ctx.visit_all(node.args[1:])
    first = cst.Arg(ctx.visit(receiver), comma=SPACED_COMMA if rest else cst.MaybeSentinel.DEFAULT)
    return replaced(node, func=atom(ctx.visit(node.args[0].value)), args=[first, *rest])


def _streamed(node: cst.Call, func: cst.Attribute, ctx: Context) -> Any:
    new = ctx.descend(node)
    if not isinstance(new, cst.Call) or not isinstance(new.func, cst.Attribute):
        return new
    options = '{"stream_results": True}'
    given = next(
        (arg for arg in new.args if arg.keyword is not None and arg.keyword.value == "execution_options"), None
    )
    args = [arg for arg in new.args if arg is not given]
    if given is not None:
        options = "{" + f'**{cst.Module([]).code_for_node(atom(given.value))}, "stream_results": True' + "}"
    if args:
        args[-1] = replaced(args[-1], comma=SPACED_COMMA)
    no_space = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    args.append(cst.Arg(cst.parse_expression(options), keyword=cst.Name("execution_options"), equal=no_space))
    return replaced(new, func=replaced(new.func, attr=cst.Name(_STREAMS[func.attr.value])), args=args)


@rule.on(cst.Attribute, attributes={*_SELF, *_OTHER})
def attribute(node: cst.Attribute, ctx: Context) -> Any:
    """The object itself, which on the asynchronous side is only a proxy of it."""
    name = node.attr.value
    if not imports(ctx, *_LIBRARIES):
        return PASS
    if isinstance(ctx.parent, (cst.AssignTarget, cst.AnnAssign)) or ctx.resolve(node) is not None:
        return PASS
    if _is_foreign(node.value, ctx):
        return PASS
    value = ctx.visit(node.value)
    if name in _OTHER:
        return replaced(node, value=value, attr=cst.Name(_OTHER[name]))
    return with_parentheses_of(value, node)


@rule.on(cst.Arg)
def no_base(node: cst.Arg, ctx: Context) -> Any:
    """Nothing for ``AsyncAttrs`` among the base classes."""
    if type(ctx.parent) is not cst.ClassDef:
        return PASS
    return REMOVE if (ctx.resolve(node.value) or "").startswith("sqlalchemy.ext.asyncio.AsyncAttrs") else PASS


@rule.on(cst.Call, named=_ENGINES)
def url(node: cst.Call, ctx: Context) -> Any:
    """The engine, with another driver if its URL is a literal."""
    first = node.args[0].value if node.args and node.args[0].keyword is None else None
    if not isinstance(first, cst.SimpleString) or not isinstance(first.evaluated_value, str):
        return PASS
    found = _DRIVER.match(first.evaluated_value)
    if found is None:
        return PASS
    if found.group(1) == "aiosqlite":
        new = replaced(first, value=first.value.replace("+aiosqlite", "", 1))
        return ctx.descend(replaced(node, args=[replaced(node.args[0], value=new), *node.args[1:]]))
    ctx.warn(
        first,
        "UA505",
        f"{found.group()} is an asynchronous driver, and a synchronous engine cannot use it",
        f'name another one in `text`: "{found.group()}" = "…"',
    )
    return PASS
