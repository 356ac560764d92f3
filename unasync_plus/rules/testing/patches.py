"""Patch what the sync code calls: `patch("pkg.asyncio.sleep")` becomes `patch("pkg.time.sleep")`.

The path in `mock.patch`, `mocker.patch`, `monkeypatch.setattr` and in `patch.object(asyncio, "sleep")` names
something that the converted module does not call any more. Its counterpart takes its place where a table names one;
else it is refused, for a test would go on without its patch. (Paths of the project's own modules follow those modules
wherever they stand, in f-strings and before `.format` too; a path of which a part alone would have to be renamed is warned of.)

Source: https://docs.python.org/3/library/unittest.mock.html#where-to-patch
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tables import counterpart_of_path, lookup
from unasync_plus.tree import replaced, walk

rule = Rule(
    __name__,
    code="UA405",
    examples=[
        Example(
            before=(
                "from unittest.mock import patch\n\n\n"
                '@patch("app.asyncio.sleep")\nasync def test_f(sleep):\n    await f()\n'
            ),
            after='from unittest.mock import patch\n\n\n@patch("app.time.sleep")\ndef test_f(sleep):\n    f()\n',
        ),
        Example(
            before='async def test_f(mocker):\n    mocker.patch("asyncio.create_task")\n    await f()\n',
            refused=True,
        ),
    ],
)

_ROOTS = ("asyncio", "anyio", "trio")
_PATCHING = frozenset({"patch", "setattr", "delattr", "object", "spy"})
_SLEEP = {f"{root}.sleep": "time.sleep" for root in _ROOTS}


@rule.on(cst.Call)
def patched(node: cst.Call, ctx: Context) -> Any:
    """The call, about the counterpart."""
    if not node.args or node.args[0].star or node.args[0].keyword is not None:
        return PASS
    func = node.func
    name = func.attr.value if type(func) is cst.Attribute else getattr(func, "value", "")
    if name not in _PATCHING:
        return PASS
    first = node.args[0].value
    if isinstance(first, cst.SimpleString):
        return _path(node, first, ctx)
    _tell_built(first, ctx)
    return _object(node, ctx) if len(node.args) > 1 else PASS


def _tell_built(path: cst.BaseExpression, ctx: Context) -> None:
    """Warn of a path that is put together, one of its parts being the name of a folder that has another one in sync code."""
    parts = {part.evaluated_value for part in walk(path) if isinstance(part, cst.SimpleString)}
    pairs = ctx.project.modules.items() if parts else ()
    folders = (zip(source.split("."), target.split("."), strict=False) for source, target in pairs)
    alone = sorted({old for names in folders for old, new in names if old != new and old in parts})
    if alone:
        text = f"a path is put together here, and {alone[0]} in it is another folder's name in sync code"
        ctx.warn(
            path, "UA405", text, "write the path in one string, or replace the statement with `# unasync: replace`"
        )


def _path(node: cst.Call, first: cst.SimpleString, ctx: Context) -> Any:
    path = first.evaluated_value
    if not isinstance(path, str) or "." not in path:
        return PASS
    parts = path.split(".")
    for place in range(len(parts) - 1):
        suffix = ".".join(parts[place:])
        if not _is_library(suffix, ".".join(parts[: place + 1]), ctx) and (place or ctx.is_owned(suffix)):
            continue
        target = _SLEEP.get(suffix) or _counterpart(suffix)
        if target is None and not place:
            target = counterpart_of_path(path)
        if target is None and parts[place] in _ROOTS:
            target = _target(suffix, node, ctx)
            if target is None:
                return node
        if target is not None and target != suffix:
            new = replaced(first, value=first.value.replace(path, ".".join([*parts[:place], target])))
            args = [replaced(node.args[0], value=new), *node.args[1:]]
            return replaced(node, func=ctx.visit(node.func), args=ctx.visit_all(args))
    return PASS


def _is_library(suffix: str, path: str, ctx: Context) -> bool:
    """Whether the module at the end of ``path`` is a library that was imported there, not a module of that name."""
    return suffix in _SLEEP or (
        not ctx.is_owned(suffix) and path not in ctx.project.modules and lookup(suffix) is not None
    )


def _counterpart(qualified: str) -> str | None:
    row = lookup(qualified)
    has_one = row is not None and row.to and not row.rule and not row.to.startswith("builtins.")
    return row.to if row is not None and has_one else None


def _object(node: cst.Call, ctx: Context) -> Any:
    """``patch.object(asyncio, "sleep")``."""
    owner, attribute = node.args[0].value, node.args[1].value
    qualified = ctx.resolve(owner)
    if qualified is None or not isinstance(attribute, cst.SimpleString):
        return PASS
    prefix, _, root = qualified.rpartition(".")
    if root not in _ROOTS or not isinstance(attribute.evaluated_value, str):
        return PASS
    suffix = f"{root}.{attribute.evaluated_value}"
    if prefix and not _is_library(suffix, qualified, ctx):
        return PASS
    target = _target(suffix, node, ctx)
    if target is None:
        return node
    module, _, name = target.rpartition(".")
    if not prefix:
        new: cst.BaseExpression = _module(ctx.need(module))
    else:
        assert isinstance(owner, cst.Attribute)
        new = cst.Attribute(ctx.visit(owner.value), cst.Name(module))
    text = replaced(attribute, value=attribute.value.replace(attribute.evaluated_value, name))
    args = [replaced(node.args[0], value=new), replaced(node.args[1], value=text), *ctx.visit_all(node.args[2:])]
    return replaced(node, func=ctx.visit(node.func), args=args)


def _module(path: str) -> cst.BaseExpression:
    return cst.parse_expression(path)


def _target(qualified: str, node: cst.Call, ctx: Context) -> str | None:
    """The counterpart of what is patched; None, and a refusal, if there is none that the output is sure to call."""
    if qualified in _SLEEP:
        return _SLEEP[qualified]
    target = _counterpart(qualified)
    if target is not None:
        return target
    row = lookup(qualified)
    if row is not None and row.keep:
        return qualified
    ctx.refuse(
        node,
        "UA405",
        f"{qualified} is patched, but the sync code does not call it",
        "patch what it calls, with `# unasync: replace`, or leave the test out with `# unasync: skip`",
    )
    return None
