"""What a source defines twice in one place, for both sides: the sync one is left out where the async one takes its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unasync_plus.discover import Unit
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.store import read


def sync_sides_beside(unit: Unit, namer: Namer) -> list[str]:
    """The qualified names of definitions beside which there is their async side: ``Client`` beside ``AsyncClient``.

    Not those that the async side is made of.
    """
    data = read(unit.source) or b""
    if b"sync" not in data.lower():
        return []
    tree = syntax_tree(data)
    return sorted(f"{unit.module}.{name}" for name in _in(tree.body, namer)) if tree is not None else []


def _in(body: list[ast.stmt], namer: Namer) -> Iterator[str]:
    defined = {name: node for node in body if (name := _name(node))}
    beside = {new for name, node in defined.items() if (new := _taken(name, node, defined, namer))}
    yield from beside
    for name, node in defined.items():
        if isinstance(node, ast.ClassDef) and name not in beside:
            yield from (f"{name}.{inside}" for inside in _in(node.body, namer))


def _name(node: ast.stmt) -> str:
    """What a statement defines, if it is one name."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _taken(name: str, node: ast.stmt, defined: Mapping[str, ast.stmt], namer: Namer) -> str:
    """The name that a definition takes of another one; empty if it takes none, or uses that."""
    new = namer.new(name)
    if (
        new == name
        or new not in defined
        or isinstance(defined[new], ast.ClassDef) is not isinstance(node, ast.ClassDef)
    ):
        return ""
    uses = any(isinstance(part, ast.Name) and part.id == new for part in ast.walk(node))
    return "" if uses else new
