"""Generated files whose source is gone."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterator
from pathlib import Path

from unasync_plus.config import PackageConfig
from unasync_plus.discover import RUNTIME_FOLDER, is_foreign_folder
from unasync_plus.model import Change, Status
from unasync_plus.store import digest, generated_from, read

from .vendor import RUNTIME_SOURCE
from .workspace import Workspace


def find_orphans(expected: Collection[str], kept: Collection[str], workspace: Workspace) -> list[Change]:
    """The files in the targets that say they are generated but are not ``expected``, as changes from them to nothing.

    Nothing in one of the folders ``kept`` is an orphan.
    """
    found = {}
    for package in workspace.config.packages:
        for target_rel in _files(package, workspace):
            if target_rel not in expected and target_rel not in found and posixpath.dirname(target_rel) not in kept:
                change = _orphan(target_rel, package, workspace)
                if change is not None and workspace.is_selected(change.source, change.target):
                    found[target_rel] = change
    return list(found.values())


def target_files(workspace: Workspace) -> list[str]:
    """All files in all targets, whoever wrote them."""
    return sorted({path for package in workspace.config.packages for path in _files(package, workspace)})


def _orphan(target_rel: str, package: PackageConfig, workspace: Workspace) -> Change | None:
    path = workspace.root / target_rel
    is_code = target_rel.endswith((".py", ".pyi"))
    last = workspace.cache.written.get(target_rel)
    if not is_code and last is None:
        return None
    try:
        data = read(path) or b""
    except OSError:
        return None
    source_rel = generated_from(data) if is_code else None
    if source_rel is not None and _is_from_here(source_rel, target_rel, package, workspace):
        return Change(source_rel, target_rel, Status.ORPHANED, before=data)
    if source_rel is None and last == digest(data):
        return Change("a file that is gone", target_rel, Status.ORPHANED, before=data)
    return None


def _is_from_here(source_rel: str, target_rel: str, package: PackageConfig, workspace: Workspace) -> bool:
    """Whether the configuration speaks for ``source_rel``, so that no other one can have generated the file."""
    if source_rel.startswith(RUNTIME_SOURCE + "/"):
        return posixpath.basename(posixpath.dirname(target_rel)) == RUNTIME_FOLDER
    if any(_covers(other, source_rel) for other in workspace.config.packages):
        return True
    holds_its_source = package.target == "." or package.source.startswith(package.target + "/")
    return not holds_its_source and not (workspace.root / source_rel).exists()


def _covers(package: PackageConfig, source_rel: str) -> bool:
    prefix, star, suffix = package.source.partition("*")
    if not star:
        return package.source == "." or source_rel == package.source or source_rel.startswith(package.source + "/")
    middle = source_rel[len(prefix) :]
    return source_rel.startswith(prefix) and (source_rel.endswith(suffix) or suffix + "/" in middle)


def _files(package: PackageConfig, workspace: Workspace) -> Iterator[str]:
    """All files in what is, or was, the target of ``package``."""
    root = workspace.root
    target = root / package.target
    if "*" in package.target or package.target.endswith(".py"):
        yield from _listed(target.parent, root)
        yield from _listed(target.parent / RUNTIME_FOLDER, root)
    for folder in sorted(target.parent.glob(target.name)) if "*" in package.target else [target]:
        yield from _below(folder, root)


def _below(target: Path, root: Path) -> Iterator[str]:
    """All files in a folder and its own folders."""
    for folder, folders, names in os.walk(target, onerror=_refuse):
        folders[:] = sorted(
            name
            for name in folders
            if name == RUNTIME_FOLDER
            or not (is_foreign_folder(folder, name) or _has_own_configuration(Path(folder, name)))
        )
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        yield from (posixpath.normpath(posixpath.join(relative, name)) for name in sorted(names))


def _refuse(error: OSError) -> None:
    """Nobody knows what is there; but a target need not be there at all."""
    if isinstance(error, PermissionError):
        raise error


def _listed(folder: Path, root: Path) -> Iterator[str]:
    if folder.is_dir():
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        yield from (
            posixpath.normpath(posixpath.join(relative, entry.name)) for entry in os.scandir(folder) if entry.is_file()
        )


def _has_own_configuration(folder: Path) -> bool:
    """Another project: what is generated there is no business of this one."""
    if (folder / "unasync-plus.toml").exists():
        return True
    return b"tool.unasync-plus" in (read(folder / "pyproject.toml") or b"")
