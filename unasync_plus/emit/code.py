"""A tree back to text, and from nodes to the lines and columns they stand at."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from unasync_plus.emit.plain_codegen import Placing, Plain, unhooked


def tokens_of(tree: cst.Module) -> tuple[list[str], list[int]]:
    """The text of ``tree`` in the pieces that libcst writes, each name, operator, comment and white space alone; and which
    of them are comments."""
    state = Plain(tree)
    with unhooked():
        tree._codegen(state)
    return state.tokens, state.comments


def positions(tree: cst.Module, nodes: Collection[cst.CSTNode]) -> dict[int, tuple[int, int]]:
    """``id(node)`` → line and column of its first token, for those of ``nodes`` that stand in ``tree``."""
    state = Placing(tree, nodes)
    with unhooked():
        tree._codegen(state)
    found: dict[int, tuple[int, int]] = {}
    line, column, done = 1, 1, 0
    for key, index in sorted(state.wanted.items(), key=lambda item: item[1]):
        if index < 0:
            continue
        text = "".join(state.tokens[done:index])
        done = index
        breaks = _line_breaks(text)
        if breaks:
            line += breaks
            column = len(text) - max(text.rfind("\n"), text.rfind("\r")) - 1 + 1
        else:
            column += len(text)
        found[key] = (line, column)
    return found


def _line_breaks(text: str) -> int:
    """Line ends as Python counts them: ``\\n``, ``\\r\\n`` or a lone ``\\r``."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
