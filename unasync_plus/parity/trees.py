"""The modules of one side: from an import path or a path in the file system, without importing anything."""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from pathlib import Path

from unasync_plus.records import record


class NotFound(Exception):
    """There is no such module, folder or file."""


@record
class Module:
    """``parts`` is where it lies below the side's root: () for the root's own ``__init__`` or the only file."""

    parts: tuple[str, ...]
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.stem == "__init__"


def modules(side: str, root: Path) -> dict[tuple[str, ...], Module]:
    """All modules of ``side``, a path relative to ``root`` or a dotted name."""
    place = _place(side, root)
    if place.is_file():
        return {(): Module((), place)}
    found = {}
    for path in sorted(place.rglob("*.py")):
        parts = path.relative_to(place).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not any(part.startswith(".") or part == "__pycache__" for part in parts):
            found[parts] = Module(parts, path)
    if not found:
        raise NotFound(f"{side} holds no Python file")
    return found


def _place(side: str, root: Path) -> Path:
    path = root / side
    if path.exists():
        return path
    if not all(part.isidentifier() for part in side.split(".")):
        raise NotFound(f"{side} is neither a file nor a folder nor a module")
    found = _find(side, [str(root), str(root / "src"), *sys.path])
    if found is None:
        raise NotFound(f"{side} is neither a path below {root} nor a module that can be found")
    return found


def _find(name: str, search: list[str]) -> Path | None:
    """The file or folder of a dotted name. `importlib.util.find_spec` would import its parents."""
    locations = search
    spec = None
    for position in range(1, name.count(".") + 2):
        spec = PathFinder.find_spec(".".join(name.split(".")[:position]), locations)
        if spec is None:
            return None
        locations = list(spec.submodule_search_locations or ())
    if locations:
        return Path(locations[0])
    return Path(spec.origin) if spec is not None and spec.origin else None
