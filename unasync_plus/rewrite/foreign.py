"""Whether a value comes from a library that no table knows."""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.resolve.scopes import Binding
from unasync_plus.rewrite.context import Context
from unasync_plus.tables import is_asynchronous, load, lookup
from unasync_plus.tree import dotted

_DECLARATIONS = frozenset({"Field", "Instance", "PrivateAttr", "attrib", "field", "ib"})
"""Functions of pydantic, traitlets, attrs and the like: what they give stands for something else in a class."""
_ASYNC_WORD = re.compile(r"Async(?![a-z])|(?:^|_)(?:async|asyncio|aio)(?:_|$)")


def foreign_origin(node: cst.BaseExpression, ctx: Context) -> str | None:
    """The qualified foreign name that ``node``, an awaited or entered expression, comes from; None if it may pass."""
    return origin_of(node, ctx, _is_foreign)


def origin_of(node: cst.BaseExpression, ctx: Context, is_such: Callable[[str, Context], bool]) -> str | None:
    """The qualified name behind ``node``, or behind what it is called on, that is such a one; None if none is."""
    target: cst.CSTNode = node.func if isinstance(node, cst.Call) else node
    qualified = ctx.resolve(target)
    if qualified is not None:
        return qualified if is_such(qualified, ctx) else None
    if isinstance(target, cst.Attribute) and _is_renamed(target.attr.value, ctx):
        return None
    while isinstance(target, cst.Attribute):
        target = target.value
        for binding in ctx.bindings(target):
            origin = _made_by(binding, ctx, is_such)
            if origin is not None:
                return origin
        if isinstance(target, cst.Call):
            inner = ctx.resolve(target.func)
            if inner is not None and is_such(inner, ctx):
                return inner
            target = target.func
    return None


def maker_of(node: cst.BaseExpression, ctx: Context, is_such: Callable[[str, Context], bool]) -> str | None:
    """The same for what a variable was made by."""
    return next((found for binding in ctx.bindings(node) if (found := _made_by(binding, ctx, is_such))), None)


def _made_by(binding: Binding, ctx: Context, is_such: Callable[[str, Context], bool]) -> str | None:
    """The foreign class or function that a variable was made by."""
    value = binding.value
    if binding.kind not in ("assign", "with", "param"):
        return None
    if isinstance(value, cst.Await):
        value = value.expression
    names = []
    if isinstance(value, cst.Call) and _called(value) not in _DECLARATIONS:
        names.append(ctx.resolve(value.func))
    if binding.annotation is not None:
        names.append(ctx.resolve(binding.annotation))
    for qualified in names:
        if qualified is not None and is_such(qualified, ctx):
            return qualified
    return None


def _called(node: cst.Call) -> str:
    return (dotted(node.func) or "").rpartition(".")[2]


def _is_foreign(qualified: str, ctx: Context) -> bool:
    root = qualified.partition(".")[0]
    if root in ("builtins", "") or root in STDLIB or ctx.is_owned(qualified):
        return False
    if ctx.is_configured(qualified) or any(_is_renamed(part, ctx) for part in qualified.split(".")):
        return False
    if load(root) is None:
        return lookup(qualified) is None
    return is_asynchronous(qualified) and lookup(qualified) is None


def _is_renamed(name: str, ctx: Context) -> bool:
    """Whether the configuration itself gives ``name`` another name, and so a sync counterpart."""
    return ctx.namer.by_rename(name) != name


def sounds_asynchronous(qualified: str, ctx: Context) -> bool:
    """Whether a part of a foreign name has the word "async", and the configuration does not speak of that part."""
    if "async" not in qualified.lower() and "aio" not in qualified:
        return False
    root, *rest = qualified.split(".")
    if root in STDLIB:
        return False
    return not any(map(ctx.namer.speaks_of, rest)) and any(map(_ASYNC_WORD.search, rest))


def imports(ctx: Context, *libraries: str) -> bool:
    """Whether the module imports one of ``libraries``, or something of it."""
    return any(
        binding.qualified == library or binding.qualified.startswith(library + ".")
        for bindings in ctx.names.imports.values()
        for binding in bindings
        for library in libraries
    )
