"""What foreign modules have, as far as this machine can tell: those of the standard library, and what is installed, which is read
and never imported."""

from __future__ import annotations

import ast
import importlib
import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from unasync_plus.emit.stdlib import STDLIB

_LOUD = frozenset({"this", "antigravity", "idlelib", "__main__", "test"})
"""Modules that do something when they are imported."""


@cache
def lacks(module: str, name: str) -> bool:
    """Whether ``module`` is there, and surely has no ``name``."""
    root = module.partition(".")[0]
    if root in _LOUD:
        return False
    if root in STDLIB:
        return root in sys.stdlib_module_names and _stdlib_lacks(module, name)
    return _installed_lacks(module, name)


def _stdlib_lacks(module: str, name: str) -> bool:
    try:
        found = importlib.import_module(module)
    except Exception:  # not on this platform, or a class
        return False
    return not hasattr(found, name) and _place(f"{module}.{name}") is None


def _installed_lacks(module: str, name: str) -> bool:
    path = _place(module)
    if path is None or path.suffix != ".py" or _place(f"{module}.{name}") is not None:
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    bound = _bound(tree)
    return bound.isdisjoint({name, "*", "__getattr__", "__path__"})


def _place(module: str) -> Path | None:
    """The file of an installed module; None if there is none, or no single one."""
    paths: list[str] | None = None
    spec = None
    parts = module.split(".")
    for index in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: index + 1]), paths)
        if spec is None or (index < len(parts) - 1 and not spec.submodule_search_locations):
            return None
        paths = list(spec.submodule_search_locations or ())
    return Path(spec.origin) if spec is not None and spec.origin and spec.has_location else None


def _bound(tree: ast.Module) -> set[str]:
    """All names that statements anywhere in the module could bind at its top; ``*`` if that is not known."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "setattr"):
            found.add("*")
        elif type(node).__name__ == "TypeAlias":
            found.add(node.name.id)  # type: ignore[attr-defined]  # ast.TypeAlias exists from Python 3.12 on
    return found
