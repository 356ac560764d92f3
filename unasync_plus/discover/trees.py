"""What lies below a configured source, and what its paths are called below the target."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from unasync_plus.config import Config, PackageConfig, Settings
from unasync_plus.model import MARKER
from unasync_plus.records import record

MapName = Callable[[str, Settings], str]
"""The name of a module or package below a source, and its settings → its name below the target."""

RUNTIME_FOLDER = "_unasync_plus"
"""Where a target keeps the runtime files that its code uses."""

GENERATED = MARKER.encode()
"""Stands near the beginning of every file that is generated."""

_SKIPPED_FOLDERS = frozenset(("__pycache__", "node_modules", "site-packages", RUNTIME_FOLDER))
_SKIPPED_ENDINGS = (".pyc", ".pyo", "~", ".swp", ".tmp")


@record
class Tree:
    """A file or folder to convert and where it goes."""

    source: str
    target: str
    is_file: bool


def trees(config: Config, package: PackageConfig) -> list[Tree]:
    source = config.root / package.source
    if "*" not in package.source:
        if not source.exists():
            raise package.place.child("source").error(f"{package.source} does not exist")
        return [Tree(package.source, package.target, source.is_file())]
    found = dict(_starred(config.root, package))
    originals = sorted(found.keys() - set(found.values()))
    if not originals:
        raise package.place.child("source").error(f"nothing matches {package.source}")
    return [Tree(name, found[name], (config.root / name).is_file()) for name in originals]


def _starred(root: Path, package: PackageConfig) -> Iterator[tuple[str, str]]:
    """Every path that the ``*`` of a source stands for, with its target."""
    folder, last = posixpath.split(package.source)
    prefix, _, suffix = last.partition("*")
    try:
        names = sorted(os.listdir(root / folder))
    except OSError as error:
        raise package.place.child("source").error(f"{folder or '.'} cannot be listed: {error.strerror}") from None
    for name in names:
        fits = name.startswith(prefix) and name.endswith(suffix) and len(name) > len(prefix) + len(suffix)
        if fits and not _is_skipped(name) and name not in _SKIPPED_FOLDERS and not _is_generated(root / folder / name):
            middle = name[len(prefix) : len(name) - len(suffix)]
            yield posixpath.join(folder, name), package.target.replace("*", middle)


def _is_generated(path: Path) -> bool:
    """Whether a file that looks like a source beside its target is a target whose source is gone."""
    try:
        with path.open("rb") as file:
            return GENERATED in file.read(500)
    except OSError:
        return False


def files_of(root: Path, package: PackageConfig, tree: Tree) -> list[str]:
    """All files below a source folder, relative to it, sorted; what lies in the target is none of them."""
    top = root / tree.source
    own_output = os.path.normpath(root / tree.target)
    found = []

    def refuse(error: OSError) -> None:
        where = os.path.relpath(error.filename, root).replace(os.sep, "/")
        raise package.place.child("source").error(
            f"{where} cannot be listed: {error.strerror}", help="let it be read, or move it out of the source"
        ) from None

    for folder, folders, names in os.walk(top, onerror=refuse):
        folders[:] = sorted(
            name
            for name in folders
            if not is_foreign_folder(folder, name) and os.path.normpath(os.path.join(folder, name)) != own_output
        )
        inner = os.path.relpath(folder, top).replace(os.sep, "/")
        found += [posixpath.normpath(posixpath.join(inner, name)) for name in names if not _is_skipped(name)]
    return sorted(found)


def is_foreign_folder(above: str, name: str) -> bool:
    """Whether no one keeps sources in the folder ``name``: caches, environments, what is hidden, our runtime."""
    if name.startswith(".") or name in _SKIPPED_FOLDERS:
        return True
    return os.path.exists(os.path.join(above, name, "pyvenv.cfg"))


def _is_skipped(name: str) -> bool:
    return name.endswith(_SKIPPED_ENDINGS) or name in (".DS_Store", ".coverage")


def module_paths(files: Iterable[str]) -> frozenset[str]:
    """The paths among ``files`` that name modules, and the folders that hold some: those that renames are for."""
    found = set()
    for path in files:
        if path.endswith((".py", ".pyi")):
            found.add(path)
            while "/" in path:
                path = posixpath.dirname(path)
                found.add(path)
    return frozenset(found)


def renamed(inner: str, modules: frozenset[str], map_name: MapName, settings: Settings) -> str:
    """The path ``inner`` with the names of its modules and packages mapped."""
    parts = inner.split("/")
    for index, part in enumerate(parts):
        stem, dot, ending = part.partition(".")
        if "/".join(inner.split("/")[: index + 1]) in modules and stem.isidentifier() and not stem.startswith("__"):
            parts[index] = map_name(stem, settings) + dot + ending
    return "/".join(parts)
