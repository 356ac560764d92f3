"""The imports of a facade: which stay where the source has them, and how it reaches the async module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.import_nodes import Key
from unasync_plus.resolve.project import Project

from .facts import ModuleFacts
from .finish import relative
from .gather import gather, statements
from .index import Index
from .layout import imported_names
from .writer import Writer

if TYPE_CHECKING:
    from unasync_plus.discover import Unit


def offered(writer: Writer, project: Project) -> set[str]:
    """The names of the package that users find here, although this module only imports them.

    The exceptions that the source raises or catches here, what a star import takes from it, what a package has, and what
    is imported as itself (``from .job import Job as Job``), of which that says it.
    """
    facts, index = writer.facts, writer.index
    own = {name: target for name, target in facts.imports.items() if project.owns(target) and not name.startswith("_")}
    raised = {name for name, target in own.items() if index.is_exception(target)} | _as_themselves(facts.tree)
    is_open = facts.is_package or any(facts.module in one.stars for one in writer.index.modules.values())
    return raised.union(own) if is_open and facts.exports is None else raised


def _as_themselves(tree: cst.Module) -> set[str]:
    """The names that the module imports under the same name."""
    nodes = (node for line in tree.body if isinstance(line, cst.SimpleStatementLine) for node in line.body)
    aliases = (alias for node in nodes if isinstance(node, cst.ImportFrom) for alias in _aliases(node))
    named = ((alias, alias.asname.name) for alias in aliases if alias.asname is not None)
    return {name.value for alias, name in named if isinstance(name, cst.Name) and alias.evaluated_name == name.value}


def _aliases(node: cst.ImportFrom) -> Sequence[cst.ImportAlias]:
    return () if isinstance(node.names, cst.ImportStar) else node.names


def kept_guarded(writer: Writer) -> set[str]:
    """The names of libraries that the facade uses as they are, and that only imports inside of blocks bind."""
    kept = {alias or name or path for path, name, alias in writer.kept_imports}
    return kept & _guarded(writer.facts.tree)


def _guarded(tree: cst.Module) -> set[str]:
    """The names that only imports inside of ``if`` and ``try`` bind."""
    lines = [node for line in tree.body if isinstance(line, cst.SimpleStatementLine) for node in line.body]
    return imported_names(list(statements(tree.body))) - imported_names(list(lines))


def guarded_imports(tree: cst.Module, unit: Unit) -> set[Key]:
    """The imports inside of ``if`` and ``try``, as keys."""
    found = gather(tree, unit.target_module, unit.is_package).imports
    guarded = {name: found[name].rpartition(".") for name in _guarded(tree)}
    return {key for name, (path, _, leaf) in guarded.items() for key in _keys(path, leaf, name)}


def _keys(path: str, leaf: str, name: str) -> tuple[Key, Key]:
    """``import path.leaf as name`` and ``from path import leaf as name``."""
    alias = "" if leaf == name else name
    whole = f"{path}.{leaf}" if path else leaf
    return (whole, "", "" if whole == name else name), (path, leaf, alias)


def is_hidden(unit: Unit, index: Index) -> bool:
    """Whether the package that the module is in has something else of its name: ``from .connect import connect``."""
    parent, _, leaf = unit.module.rpartition(".")
    return _has_another(index, parent, leaf, unit.module, set())


def _has_another(index: Index, module: str, name: str, meant: str, seen: set[str]) -> bool:
    """Whether ``module`` has something under ``name`` that is not the module ``meant``, by a star import perhaps."""
    facts = index.modules.get(module)
    if facts is None or module in seen:
        return False
    seen.add(module)
    if facts.imports.get(name, meant) != meant or name in {*facts.values, *facts.functions, *facts.classes}:
        return True
    named = (other for other in facts.stars if (found := index.modules.get(other)) is not None and _gives(found, name))
    return any(_has_another(index, other, name, meant, seen) for other in named)


def _gives(facts: ModuleFacts, name: str) -> bool:
    """Whether a star import takes ``name`` from there, if it is there."""
    return not name.startswith("_") if facts.exports is None else name in facts.exports


def async_import(writer: Writer, unit: Unit) -> Key:
    parent, _, leaf = unit.module.rpartition(".")
    if not parent:
        return (leaf, "", writer.async_module)
    return (relative(parent, unit), leaf, writer.async_module)
