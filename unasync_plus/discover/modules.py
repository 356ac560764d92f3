"""Dotted names, as the interpreter will see the files once the targets exist."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path


def dotted_name(path: str, root: Path, is_package: Callable[[str], bool]) -> str:
    """The dotted name of the module at ``path``.

    Below a plain folder ``src`` at the root, the whole path counts (namespace packages have no ``__init__.py``).
    Elsewhere the packages above it do; without any, all folders below the root.
    """
    folder, name = posixpath.split(path)
    parts = [] if name == "__init__.py" else [name.removesuffix(".py")]
    folders = folder.split("/") if folder else []
    if folders[:1] == ["src"] and not is_package("src"):
        return ".".join(folders[1:] + parts)
    if not is_package(folder):
        return ".".join(folders + parts)
    while folders and is_package("/".join(folders)):
        parts.insert(0, folders.pop())
    if not folders and is_package(""):
        parts.insert(0, root.name)
    return ".".join(parts)
