"""The `ast` of a source file, on whatever Python we run: what that Python cannot parse is put into older syntax first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
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
_NO_NODES = frozenset(
    "arg asname attr conversion ctx id is_async kind kwd_attrs level lineno module n op ops rest s simple str tag type_comment".split()
)
"""Fields that hold no nodes, or operators only."""
_OF_TEXT = frozenset({("Constant", "value"), ("MatchSingleton", "value"), ("Global", "names"), ("Nonlocal", "names")})
_WITH_GAPS = frozenset({"keys", "kw_defaults"})
"""Lists that may hold None beside nodes."""


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """Kind of node → the fields that hold what `children_of` gives."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = found = tuple(
            name
            for name in kind._fields
            if name not in _NO_NODES and (kind.__name__, name) not in _OF_TEXT
            if name != "name" or kind.__name__ == "TypeAlias"
        )
        return found


_FIELDS = _Fields()


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


def own_statements_of(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[ast.AST]:
    """The statements of a function, or a class, that belong to no other one or class in it, from its end to its beginning."""
    todo: list[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in node._fields:
                if name in _BLOCKS:
                    todo += getattr(node, name)


def own_nodes_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.AST]:
    """What is in ``function`` but not in functions inside it, outer nodes first."""
    found: list[ast.AST] = list(function.body)
    for node in found:  # which grows meanwhile
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            found += children_of(node)
    return found


def children_of(node: ast.AST) -> list[ast.AST]:
    """The nodes right below ``node``, likewise."""
    found: list[ast.AST] = []
    for name in _FIELDS[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += value if name not in _WITH_GAPS else [item for item in value if item is not None]
        elif value is not None:
            found.append(value)
    return found


def last_part(node: ast.AST) -> str:
    """The last part of a dotted name; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def dotted_name(node: ast.AST | None) -> str:
    """``a.b.c``; empty for anything else."""
    if isinstance(node, ast.Attribute):
        head = dotted_name(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""


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
    return tree_of(data)


def tree_of(data: bytes) -> ast.Module | None:
    """The same for a part of a file, which nobody else asks about."""
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
