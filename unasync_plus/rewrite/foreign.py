"""Whether a value comes from a library that no table knows."""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.context import Context
from unasync_plus.tables import is_asynchronous, load, lookup

_ASYNC_WORD = re.compile(r"Async(?![a-z])|(?:^|_)(?:async|asyncio|aio)(?:_|$)")
_AIO_MODULE = re.compile(r"aio[a-z]{3}")


def foreign_origin(node: cst.BaseExpression, ctx: Context) -> str | None:
    """The qualified foreign name that ``node``, an awaited or entered expression, comes from; None if it may pass."""
    if not ctx.is_reached:
        return None
    origin = origin_of(node, ctx, _is_foreign)
    if origin is None and node.__class__ in (cst.Name, cst.Attribute) and ctx.resolve(node) is None:
        return maker_of(node, ctx, _is_foreign)
    return origin


def refuse_foreign(node: cst.BaseExpression, at: cst.CSTNode, ctx: Context) -> bool:
    """Refuse ``at``, where ``node`` is awaited, if that is of a library that no table knows; whether it is."""
    origin = foreign_origin(node, ctx)
    if origin is None:
        return False
    ctx.refuse(
        at,
        "UA904",
        f"{origin} is awaited, and nothing says what it is in sync code",
        "name its counterpart in `replace` or `rewrite`, list it in `leave` if it may stay, or use the bridge",
    )
    return True


def origin_of(node: cst.BaseExpression, ctx: Context, is_such: Callable[[str, Context], bool]) -> str | None:
    """The qualified name behind ``node``, or behind what it is called on, that is such a one; None if none is."""
    target: cst.CSTNode = node.func if type(node) is cst.Call else node
    qualified = ctx.resolve(target)
    if qualified is not None:
        return qualified if is_such(qualified, ctx) else None
    if type(target) is cst.Attribute and _is_renamed(target.attr.value, ctx):
        return None
    while type(target) is cst.Attribute:
        target = target.value
        origin = maker_of(target, ctx, is_such)
        if origin is not None:
            return origin
        if type(target) is cst.Call:
            target = target.func
    return None


def maker_of(node: cst.BaseExpression, ctx: Context, is_such: Callable[[str, Context], bool]) -> str | None:
    """The class or function of that kind that made what ``node`` is, or that an annotation says."""
    return next((found for found in ctx.provenance.names(node, ctx.scope) if is_such(found, ctx)), None)


def _is_foreign(qualified: str, ctx: Context) -> bool:
    root = qualified.partition(".")[0]
    if root in ("builtins", "") or root in STDLIB or ctx.is_owned(qualified):
        return False
    if qualified in ctx.settings.replace.values():  # a sync side, as the configuration says
        return False
    if any(
        part.endswith("_pb2_grpc") for part in qualified.split(".")
    ):  # generated: as synchronous as the channel it is given
        return False
    if ctx.is_configured(qualified) or any(_is_renamed(part, ctx) for part in qualified.split(".")):
        return False
    if lookup(qualified) is not None:
        return False
    table = load(root)
    return table is None or table.is_asynchronous_only or is_asynchronous(qualified)


def _is_renamed(name: str, ctx: Context) -> bool:
    """Whether the configuration itself gives ``name`` another name, and so a sync counterpart."""
    return ctx.namer.by_rename(name) != name


def sounds_asynchronous(qualified: str, ctx: Context) -> bool:
    """Whether a part of a foreign name has the word "async", or is a module like ``aioredis``, and the configuration does not speak
    of that part."""
    if "async" not in qualified.lower() and "aio" not in qualified:
        return False
    root, *rest = qualified.split(".")
    if root in STDLIB:
        return False
    if any(map(ctx.namer.speaks_of, rest)):
        return False
    return any(map(_ASYNC_WORD.search, rest)) or any(map(_AIO_MODULE.match, rest))


def is_never_raised(qualified: str) -> bool:
    """Whether it is called like an exception of a library of which sync code can use nothing that raises it."""
    if not qualified.endswith(("Error", "Exception", "Disconnected")):
        return False
    table = load(qualified.partition(".")[0])
    return table is not None and table.is_asynchronous_only and lookup(qualified) is None


def is_undefined(qualified: str, ctx: Context) -> bool:
    """Whether a name that sounds asynchronous is taken from the project, of which no file defines it."""
    name = qualified.rpartition(".")[2]
    if not _ASYNC_WORD.search(name) or ctx.namer.speaks_of(name) or ctx.namer.new(name) != name:
        return False
    return name not in ctx.project.defined and qualified not in ctx.project.modules


def imports(ctx: Context, *libraries: str) -> bool:
    """Whether the module imports one of ``libraries``, or something of it."""
    return any(
        binding.qualified == library or binding.qualified.startswith(library + ".")
        for bindings in ctx.names.imports.values()
        for binding in bindings
        for library in libraries
    )
