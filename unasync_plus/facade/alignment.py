"""Parameters that stand below each other, behind the opening parenthesis: there is no ``async`` before it any more."""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.tree import replaced


def below_each_other(node: cst.FunctionDef, params: cst.Parameters, name: str) -> cst.Parameters:
    """``params`` of what was ``node`` and is a plain function ``name``: those of lines that began below the first."""
    if isinstance(node.whitespace_before_params, cst.ParenthesizedWhitespace):
        return params
    old = len("async def (" if node.asynchronous is not None else "def (") + len(node.name.value)
    new = len("def (") + len(name)
    if old == new:
        return params
    changes: dict[str, Any] = {}
    for field in ("posonly_params", "params", "kwonly_params"):
        before = getattr(params, field)
        after = [_moved(one, old, new) for one in before]
        if any(one is not other for one, other in zip(after, before, strict=True)):
            changes[field] = after
    for field in ("posonly_ind", "star_arg", "star_kwarg"):
        one = getattr(params, field)
        if isinstance(one, cst.CSTNode) and (moved := _moved(one, old, new)) is not one:
            changes[field] = moved
    return replaced(params, **changes) if changes else params


def _moved(one: Any, old: int, new: int) -> Any:
    """A parameter, star or slash, with what follows its comma at column ``new`` of the block, if it was at ``old``."""
    space = getattr(one.comma, "whitespace_after", None)
    if not isinstance(space, cst.ParenthesizedWhitespace) or not space.indent:
        return one
    if space.last_line.value != " " * old:
        return one
    space = replaced(space, last_line=cst.SimpleWhitespace(" " * new))
    return replaced(one, comma=replaced(one.comma, whitespace_after=space))
