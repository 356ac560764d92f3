"""Dotted names, as the interpreter will see the files once the targets exist."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from .trees import GENERATED, is_foreign_folder


class Layout:
    """The folders below ``root``, and which of them are packages: those with an ``__init__.py``, those of ``planned``,
    and folders inside of such."""

    def __init__(self, root: Path, planned: Collection[str] = ()) -> None:
        self._root, self._planned = root, planned
        self.is_regular = cache(self._has_init)
        self._is_plain = cache(self._is_no_package)
        self._namespace = cache(self._namespace_of)

    def dotted_name(self, path: str) -> str:
        """The dotted name of the module at ``path``.

        Below a folder ``src`` at the root that is no package, or only has an ``__init__.py`` by mistake, the whole path
        counts (namespace packages have no ``__init__.py``); below another ``src`` inside of it that is in no package,
        as where one repository holds several projects, what comes after that.
        Elsewhere the outermost package above it does, with the folders above that by which its own files import it;
        without any package, all folders below the root.
        """
        folder, name = posixpath.split(path)
        parts = [] if name == "__init__.py" else [name.removesuffix(".py")]
        folders = folder.split("/") if folder else []
        if folders[:1] == ["src"] and self._is_plain("src"):
            return ".".join(folders[self._last_src(folders) + 1 :] + parts)
        if self.is_regular("") and all(map(self.is_regular, _with_parents(folder))):
            return ".".join([self._root.name, *folders, *parts])
        outermost = next((one for one in _with_parents(folder) if self.is_regular(one)), None)
        if outermost is None:
            return ".".join(folders + parts)
        return ".".join([*self._namespace(posixpath.dirname(outermost)), *folders[outermost.count("/") :], *parts])

    def _last_src(self, folders: list[str]) -> int:
        """The place of the innermost folder ``src`` that is no package, nor in one, below the one at the root."""
        last = 0
        for place, name in enumerate(folders[1:], 1):
            if self.is_regular("/".join(folders[: place + 1])):
                break
            last = place if name == "src" else last
        return last

    def _has_init(self, folder: str) -> bool:
        """Whether ``folder`` has an ``__init__.py``, or will have one."""
        return folder in self._planned or (self._root / folder / "__init__.py").is_file()

    def _is_no_package(self, folder: str) -> bool:
        """Whether a top-level ``folder`` is no package, or none to files in it: they import what is in it by itself."""
        if not self.is_regular(folder):
            return True
        inside = "|".join(re.escape(path.name) for path in (self._root / folder).iterdir() if path.is_dir())
        by_itself = re.compile(rf"^[ \t]*(?:from|import)[ \t]+(?:{inside})\b".encode(), re.MULTILINE)
        by_folder = re.compile(rf"^[ \t]*(?:from|import)[ \t]+{folder}\b".encode(), re.MULTILINE)
        found = False
        for text in _texts(self._root / folder):
            if by_folder.search(text):
                return False
            found = found or by_itself.search(text) is not None
        return found

    def _namespace_of(self, folder: str) -> list[str]:
        """The last parts of the path of a plain ``folder`` by which files in it import the packages in it: ``google``,
        ``cloud`` for ``python/google/cloud``, if a file there imports `google.cloud.bigtable`. Generated files do not count.
        """
        if not folder or not (self._root / folder).is_dir():
            return []
        packages = [path.name for path in (self._root / folder).iterdir() if self.is_regular(f"{folder}/{path.name}")]
        names = "|".join(sorted(map(re.escape, packages)))
        pattern = re.compile(rf"^[ \t]*(?:from|import)[ \t]+((?:\w+\.)+)(?:{names})\b".encode(), re.MULTILINE)
        above = folder.split("/")
        for text in _texts(self._root / folder):
            written = {tuple(found[1].decode("utf-8", "replace").split(".")[:-1]) for found in pattern.finditer(text)}
            fitting = [parts for parts in written if above[-len(parts) :] == [*parts]]
            if fitting:
                return [*max(fitting, key=len)]
        return []


def _texts(folder: Path) -> Iterator[bytes]:
    """The Python files below ``folder`` that we did not generate, in an order that depends on their names alone."""
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_foreign_folder(path, name))
        for name in sorted(files):
            if name.endswith(".py"):
                try:
                    text = Path(path, name).read_bytes()
                except OSError:
                    continue
                if GENERATED not in text[:1000]:
                    yield text


def _with_parents(folder: str) -> list[str]:
    """``a/b/c`` → ``a``, ``a/b``, ``a/b/c``."""
    folders = folder.split("/") if folder else []
    return ["/".join(folders[:end]) for end in range(1, len(folders) + 1)]
