"""What a source defines twice in one place, for both sides: the sync one is left out where the async one takes its name."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator, Mapping

from unasync_plus.discover import Unit
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.taken import absolute
from unasync_plus.store import read

from .proposal_libraries import imported


def sync_sides_beside(unit: Unit, namer: Namer, kept: Container[str]) -> list[str]:
    """The qualified names of definitions beside which there is their async side: ``Client`` beside ``AsyncClient``.

    Not those that the async side is made of, unless it does nothing but call them: then it is left out. Nothing where its name
    is ``kept``.
    """
    return sorted(f"{unit.module}.{name}" for name in _in(_body(unit), namer, kept))


def made_of_beside(unit: Unit, namer: Namer) -> set[str]:
    """The names of definitions that would take those of others, and are made of those: ``class AsyncClient(Client)``."""
    return set(_made_of(_body(unit), namer))


def imported_beside(unit: Unit, namer: Namer, kept: Container[str], units: Mapping[str, Unit]) -> list[str]:
    """The qualified names of sync definitions that a package takes from another of its modules than their async sides:
    ``from .sync import Client`` beside ``from .aio import AsyncClient``. Not of one that the module of the async side imports."""
    taken: dict[str, str] = {}
    for node in _body(unit) if unit.is_package else ():
        if isinstance(node, ast.ImportFrom):
            module = absolute("." * node.level + (node.module or ""), unit.module, unit.is_package) or ""
            taken.update({alias.name: module for alias in node.names if alias.asname is None and module in units})
    beside = []
    for name, module in taken.items():
        new = namer.new(name)
        sync = taken.get(new, module) if new != name and name not in kept else module
        if sync != module and sync not in imported(units[module].source, module, units[module].is_package):
            beside.append(f"{sync}.{new}")
    return sorted(beside)


def _body(unit: Unit) -> list[ast.stmt]:
    """The statements of a source that may speak of both sides; none of any other."""
    data = read(unit.source) or b""
    tree = syntax_tree(data) if b"sync" in data.lower() else None
    return tree.body if tree is not None else []


def _in(body: list[ast.stmt], namer: Namer, kept: Container[str]) -> Iterator[str]:
    defined = {name: node for node in body if (name := _name(node))}
    beside = set()
    for name, node in defined.items():
        new = _taken(name, node, defined, namer)
        if new and name not in kept:
            beside.add(new if not _uses(node, new) else name if _is_thin(node, defined[new], new) else "")
    yield from beside - {""}
    for name, node in defined.items():
        if isinstance(node, ast.ClassDef) and name not in beside:
            yield from (f"{name}.{inside}" for inside in _in(node.body, namer, kept))


def _made_of(body: list[ast.stmt], namer: Namer) -> Iterator[str]:
    defined = {name: node for node in body if (name := _name(node))}
    for name, node in defined.items():
        new = _taken(name, node, defined, namer)
        if new and _uses(node, new) and not _is_thin(node, defined[new], new):
            yield name
        if isinstance(node, ast.ClassDef):
            yield from _made_of(node.body, namer)


def _name(node: ast.stmt) -> str:
    """What a statement defines, if it is one name."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ""


def _taken(name: str, node: ast.stmt, defined: Mapping[str, ast.stmt], namer: Namer) -> str:
    """The name that a definition takes of another one; empty if it takes none."""
    new = namer.new(name)
    if new == name or new not in defined:
        return ""
    return new if isinstance(defined[new], ast.ClassDef) is isinstance(node, ast.ClassDef) else ""


def _uses(node: ast.stmt, name: str) -> bool:
    return any(_used(part) == name for part in ast.walk(node))


def _is_thin(node: ast.stmt, other: ast.stmt, name: str) -> bool:
    """Whether a definition does the same as the ``other``, of that ``name``, for async callers: ``f_async = sync_to_async(f)``, or a
    function of the same parameters that only awaits that."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Call) and any(_used(given) == name for given in node.value.args[:1])
    if not isinstance(node, ast.AsyncFunctionDef) or not isinstance(other, ast.FunctionDef):
        return False
    body = node.body[ast.get_docstring(node) is not None :]
    is_one = len(body) == 1 and isinstance(body[0], (ast.Return, ast.Expr)) and isinstance(body[0].value, ast.Await)
    return is_one and not node.decorator_list and _parameters(node) == _parameters(other)


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    found = node.args
    groups = (found.posonlyargs, found.args, [found.vararg], found.kwonlyargs, [found.kwarg])
    return [one.arg if one else "" for group in groups for one in group]


def _used(node: ast.AST) -> str:
    """``f`` for ``f`` and ``self.f``; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") else ""
    return node.id if isinstance(node, ast.Name) else ""
