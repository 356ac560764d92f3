"""Blocks in which code fails: what stands before them, as a condition, is a check."""

from __future__ import annotations

import libcst as cst

from unasync_plus.tree import dotted, last_statement, leaves, walk


def fails(suite: cst.BaseSuite) -> bool:
    """Whether ``suite`` ends by raising an exception of its own, or makes one to hand it on and leaves."""
    last = last_statement(suite)
    if isinstance(last, cst.Raise):
        return last.exc is not None
    if not leaves(suite) or not all(
        isinstance(line, (cst.SimpleStatementLine, cst.BaseSmallStatement)) for line in suite.body
    ):
        return False
    return any(isinstance(node, cst.Call) and _is_exception(node.func) for node in walk(suite))


def _is_exception(function: cst.BaseExpression) -> bool:
    """By its name: exceptions of Python, and most others, are called so."""
    name = (dotted(function) or "").rpartition(".")[2]
    return name.endswith(("Error", "Exception")) and name[0].isupper()
