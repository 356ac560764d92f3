"""The `ast` of a source file, on whatever Python we run: what that Python cannot parse is put into older syntax first."""

from __future__ import annotations

import ast
from functools import lru_cache

from unasync_plus.python_warnings import without_python_warnings


def nodes_of(tree: ast.AST) -> list[ast.AST]:
    """``tree`` and all nodes below it, level by level, as `ast.walk` gives them; but for what says how a name is used."""
    found = [tree]
    for node in found:  # which grows meanwhile
        if node.__class__ not in _LEAVES:
            found += children_of(node)
    return found


_LEAVES = frozenset({ast.Name, ast.Constant, ast.alias, ast.Pass})


def statements_of(node: ast.AST) -> list[ast.AST]:
    """The statements of the blocks of ``node``, and of theirs; handlers and cases, which have blocks, are there too."""
    found: list[ast.AST] = []
    for name in _BLOCKS.intersection(node._fields):
        found += getattr(node, name)
    for one in found:  # which grows meanwhile
        for name in _BLOCKS.intersection(one._fields):
            found += getattr(one, name)
    return found


_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})


def children_of(node: ast.AST) -> list[ast.AST]:
    """The nodes right below ``node``, likewise."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and name != "ctx":
            found.append(value)
    return found


def last_part(node: ast.AST) -> str:
    """The last part of a dotted name; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def stands_in(node: ast.expr | ast.stmt, part: ast.expr | ast.stmt) -> bool:
    """Whether ``node`` is (in) ``part``, which is of the same file."""
    place = node.lineno, node.col_offset
    return (part.lineno, part.col_offset) <= place < (part.end_lineno or 0, part.end_col_offset or 0)


@lru_cache(maxsize=64)
def syntax_tree(data: bytes) -> ast.Module | None:
    """The tree, kept for the next who asks until the index is made.

    None if the file cannot be read, of which its own conversion speaks.

    With a Python that is older than the file's syntax, type parameters and what stands in f-strings are missing.
    """
    try:
        with without_python_warnings():
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        pass  # a SystemError: Python 3.11 cannot parse twice at once, in two threads or below a finalizer
    try:
        from unasync_plus.resolve.older_syntax import in_older_syntax

        with without_python_warnings():
            return ast.parse(in_older_syntax(data))
    except Exception:  # libcst's parser has errors of its own
        return None
