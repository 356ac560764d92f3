"""What the project defines outside of the async sources, and only async code can use: no `await` is left to run it."""

from __future__ import annotations

import libcst as cst

from unasync_plus.resolve.counterparts import renaming
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import maker_of

_WAY_OUT = "name its counterpart in `replace` or `rename`, convert the module that defines it too, or use the bridge"


def refuse_staying(node: cst.CSTNode, qualified: str, ctx: Context) -> bool:
    """Refuse ``qualified``, for which ``node`` stands, if it is an asynchronous function that stays as it is."""
    if qualified not in ctx.project.coroutines or not _stays(qualified, ctx):
        return False
    if isinstance(ctx.parent, (cst.Comparison, cst.ComparisonTarget)):
        return False
    text = f"{qualified} is asynchronous and no part of what is converted: nothing runs it in sync code"
    help = _WAY_OUT
    if qualified in ctx.project.counterparts:
        home, old, new = renaming(qualified, ctx.project.counterparts[qualified])
        help = f'{home} has {new}: if that is its counterpart, say "{old}" = "{new}" in `rename`'
    ctx.refuse(node, "UA912", text, help)
    return True


def refuse_staying_method(node: cst.Attribute, ctx: Context) -> bool:
    """The same for ``client.fetch`` if ``client`` is known to be of a class that stays, or ``self.fetch`` inherits it."""
    name = node.attr.value
    owner = (
        ctx.scope.owner_class() if isinstance(node.value, cst.Name) and node.value.value in ("self", "cls") else None
    )
    if owner is not None:
        if name in owner.bindings or name in owner.attributes or not isinstance(owner.node, cst.ClassDef):
            return False
        classes = [ctx.resolve(_unsubscripted(base.value)) for base in owner.node.bases]
    else:

        def has_method(qualified: str, ctx: Context) -> bool:
            method = f"{qualified}.{name}"
            return method in ctx.project.coroutines and _stays(method, ctx)

        classes = [maker_of(node.value, ctx, has_method)]
    return any(found is not None and refuse_staying(node, f"{found}.{name}", ctx) for found in classes[:1])


def refuse_staying_object(node: cst.BaseExpression, protocol: str, ctx: Context) -> bool:
    """The same for an object that is awaited, entered or iterated over, and whose class has ``protocol`` for that."""

    def has_protocol(qualified: str, ctx: Context) -> bool:
        return f"{qualified}.{protocol}" in ctx.project.coroutines and _stays(qualified, ctx)

    found = ctx.callee(node) if isinstance(node, cst.Call) else maker_of(node, ctx, has_protocol)
    if found is None or not has_protocol(found, ctx):
        return False
    has = "has" if found.rpartition(".")[2].strip("_")[:1].isupper() else "gives what has"
    text = f"{found} {has} {protocol}, is no part of what is converted, and has nothing for sync code"
    ctx.refuse(node, "UA912", text, _WAY_OUT)
    return True


def _stays(qualified: str, ctx: Context) -> bool:
    """Whether nothing gives ``qualified`` another name, or lets it stay on purpose."""
    if ctx.is_configured(qualified) or ctx.is_left(qualified) or ctx.gives_way(qualified):
        return False
    return all(ctx.namer.new(part) == part for part in qualified.split("."))


def _unsubscripted(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.value if isinstance(node, cst.Subscript) else node
