"""How much of a sync tree that people committed does a generated one equal, definition by definition?

Two definitions are equal when they are the same code: layout, comments and docstrings do not count, nor do the order of
imports that follow each other and imports that nothing uses. What is left of a module or class without its functions
is compared as a definition of its own, called ``file.py::Class (body)``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_Import = (ast.Import, ast.ImportFrom)
_Definitions = dict[str, str]


@dataclass(slots=True)
class Score:
    """Of a tree: names are ``folder/file.py::Class.method``."""

    functions: int = 0
    equal_functions: int = 0
    bodies: int = 0
    equal_bodies: int = 0
    differing: dict[str, tuple[str, str]] = field(default_factory=dict)  # name → what was committed, what was generated
    missing: list[str] = field(default_factory=list)  # files

    @property
    def percent(self) -> float:
        return 100 * self.equal_functions / self.functions if self.functions else 100.0

    def add(self, file: str, committed: _Definitions, generated: _Definitions) -> None:
        for name, code in committed.items():
            is_equal = generated.get(name) == code
            if name.endswith("(body)"):
                self.bodies += 1
                self.equal_bodies += is_equal
            else:
                self.functions += 1
                self.equal_functions += is_equal
            if not is_equal:
                self.differing[f"{file}::{name}"] = (code, generated.get(name, ""))


def score(pairs: Mapping[Path, Path], skip: Collection[Path] = ()) -> Score:
    """Committed folder → generated one; committed files in ``skip`` do not count."""
    total = Score()
    for committed, generated in pairs.items():
        for path in sorted(set(committed.rglob("*.py")).difference(skip)):
            relative = path.relative_to(committed)
            counterpart = generated / relative
            name = (Path(committed.name) / relative).as_posix()
            if counterpart.is_file():
                found = _definitions(counterpart)
            else:
                found = {}
                total.missing.append(name)
            total.add(name, _definitions(path), found)
    return total


def _definitions(path: Path) -> _Definitions:
    tree = ast.parse(path.read_bytes())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used.update(word for node in ast.walk(tree) if isinstance(node, ast.Constant) for word in _words(node.value))
    keep_unused = path.name == "__init__.py"
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                _without_docstring(node, block)
                block[:] = _with_sorted_imports(block, None if keep_unused else used)
    found: _Definitions = {}
    for name, code in _collect(tree, ""):
        while name in found:  # defined twice: in two branches, or as overloads
            name += "'"
        found[name] = code
    return found


def _words(value: object) -> list[str]:
    """Names that a string may refer to: a quoted annotation, an entry of ``__all__``."""
    if not isinstance(value, str) or len(value) > 200:
        return []
    return "".join(char if char.isalnum() or char == "_" else " " for char in value).split()


def _without_docstring(node: ast.AST, block: list[ast.stmt]) -> None:
    owners = (ast.Module, ast.ClassDef, *_Function)
    if isinstance(node, owners) and block is node.body and ast.get_docstring(node, clean=False) is not None:
        del block[0]


def _with_sorted_imports(block: list[ast.stmt], used: set[str] | None) -> list[ast.stmt]:
    """One name an import, sorted within their run; without those that are not among ``used``."""
    result: list[ast.stmt] = []
    run: set[str] = set()
    for statement in [*block, None]:
        if isinstance(statement, _Import):
            run.update(_single_imports(statement, used))
            continue
        result += [node for line in sorted(run) for node in ast.parse(line).body]
        run.clear()
        if statement is not None:
            result.append(statement)
    return result


def _single_imports(statement: ast.Import | ast.ImportFrom, used: set[str] | None) -> Iterator[str]:
    for alias in statement.names:
        bound = alias.asname or alias.name.partition(".")[0]
        if used is None or alias.name == "*" or bound in used:
            single = copy.copy(statement)
            single.names = [alias]
            yield ast.unparse(single)


def _collect(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, str]]:
    rest = []
    for statement in _flat(node.body):
        if isinstance(statement, _Function):
            yield prefix + statement.name, ast.unparse(statement)
        elif isinstance(statement, ast.ClassDef):
            yield from _collect(statement, f"{prefix}{statement.name}.")
        else:
            rest.append(statement)
    if isinstance(node, ast.ClassDef):
        node.body = list(rest)
        yield f"{prefix.removesuffix('.')} (body)", ast.unparse(node)
    else:
        yield "(body)", "\n".join(map(ast.unparse, rest))


def _flat(block: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, and behind each ``if`` or ``try`` the definitions that were in it."""
    for statement in block:
        yield statement
        if isinstance(statement, (ast.If, ast.Try)):
            blocks = [statement.body, statement.orelse, getattr(statement, "finalbody", [])]
            for inner in blocks:
                definitions = [node for node in inner if isinstance(node, (ast.ClassDef, *_Function))]
                yield from definitions
                inner[:] = [node for node in inner if node not in definitions] or [ast.Pass()]
