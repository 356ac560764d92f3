"""The imports of a facade: which stay where the source has them, and how it reaches the async module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.import_nodes import Key
from unasync_plus.resolve.project import Project

from .finish import relative
from .gather import gather, statements
from .index import Index
from .layout import imported_names
from .writer import Writer

if TYPE_CHECKING:
    from unasync_plus.discover import Unit


def offered(writer: Writer, project: Project) -> set[str]:
    """The names of the package that users find here, although this module only imports them.

    The exceptions that the source raises or catches here, what a star import takes from it, and what a package has.
    """
    facts, index = writer.facts, writer.index
    own = {name: target for name, target in facts.imports.items() if project.owns(target) and not name.startswith("_")}
    raised = {name for name, target in own.items() if index.is_exception(target)}
    is_open = facts.is_package or any(facts.module in one.stars for one in writer.index.modules.values())
    return raised.union(own) if is_open and facts.exports is None else raised


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
    above = index.modules.get(parent)
    if above is None:
        return False
    imported = above.imports.get(leaf, unit.module)
    return imported != unit.module or leaf in above.values or leaf in above.functions or leaf in above.classes


def async_import(writer: Writer, unit: Unit) -> Key:
    parent, _, leaf = unit.module.rpartition(".")
    if not parent:
        return (leaf, "", writer.async_module)
    return (relative(parent, unit), leaf, writer.async_module)
