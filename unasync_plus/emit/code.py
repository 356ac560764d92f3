"""A tree back to text, and from nodes to the lines and columns they stand at."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from unasync_plus.emit.plain_codegen import NOTHING, Plain, unhooked


def tokens_of(tree: cst.Module) -> tuple[list[str], list[int]]:
    """The text of ``tree`` in the pieces that libcst writes, each name, operator, comment and white space alone; and which
    of them are comments."""
    state = Plain(tree)
    with unhooked():
        tree._codegen(state)
    return state.tokens, state.comments


class _Recorder(CodegenState):
    """Notes how many tokens were written before each wanted node."""

    wanted: dict[int, int]

    def before_codegen(self, node: Any) -> None:
        if id(node) in self.wanted:
            self.wanted[id(node)] = len(self.tokens)

    def record_syntactic_position(self, node: Any, **_: Any) -> Any:
        if id(node) in self.wanted:
            self.wanted[id(node)] = len(self.tokens)
        return NOTHING


def positions(tree: cst.Module, nodes: Collection[cst.CSTNode]) -> dict[int, tuple[int, int]]:
    """``id(node)`` → line and column of its first token, for those of ``nodes`` that stand in ``tree``."""
    state = _Recorder(tree.default_indent, tree.default_newline)
    state.wanted = {id(node): -1 for node in nodes}
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
