"""Which modules the files of a project are, and where those of the async sources go."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from unasync_plus.discover.modules import Layout
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.hierarchy import Hierarchy
from unasync_plus.resolve.project import is_of
from unasync_plus.resolve.taken import Imports, imports_in, imports_of, names_taken

if TYPE_CHECKING:
    from unasync_plus.discover import Unit

T = TypeVar("T")


class NameSpace:
    """The modules of ``units``, and those of ``others``, files that are no units, by their names.

    ``modules``, ``roots`` and ``top_level`` are those of `Project`; ``names`` are all modules, ``of_units`` those of units,
    ``beside`` those of ``others``, by file.
    """

    def __init__(
        self, root: Path, units: Sequence[Unit], others: Iterable[Path], files: Files, sources: Sequence[Path]
    ) -> None:
        self._files = files
        paths = _own_names(others, root)
        self.beside = {path: module for path, (module, _) in paths.items()}
        self.modules = {unit.module: unit.target_module for unit in units if unit.module}
        self.roots = roots_left_out(sources, units) | package_roots(units)
        known = {paths[path] for path in paths if files.data(path) is not None}
        known.update((name, unit.is_package) for unit in units for name in (unit.module, unit.target_module))
        self.top_level = _top_level(known)
        self._paths = paths | {unit.source: (unit.module, unit.is_package) for unit in units}
        self._homes = {module: (path, is_package) for path, (module, is_package) in self._paths.items()}
        self.names = frozenset(self._homes)
        self.of_units = frozenset(unit.module for unit in units)
        self.of_targets = frozenset(unit.target_module for unit in units)
        self.hierarchy = Hierarchy(self._text, self._imports)
        self.sources = self.hierarchy.among(self.modules.__contains__)
        """The hierarchy of the sources alone."""
        self.outside = self.hierarchy.among(lambda module: not self.is_source(module))
        """That of all modules that are in no source."""

    def owns(self, qualified: str) -> bool:
        """Whether ``qualified`` names something of the project itself."""
        return qualified.startswith(".") or is_of(qualified, self.top_level)

    def told_of_all(self, kind: str, tell: Callable[[bytes], T]) -> Iterator[tuple[str, T]]:
        """Each module, with what ``tell`` says of its text, see `Files.told`."""
        for path, (module, _) in self._paths.items():
            data = self._files.data(path)
            if data is not None:
                yield module, self._files.told(kind, data, tell)

    def told(self, kind: str, module: str, tell: Callable[[bytes], T]) -> T | None:
        """The same of one module; None if there is no such module."""
        data = self.data(module)
        return None if data is None else self._files.told(kind, data, tell)

    def data(self, module: str) -> bytes | None:
        """The bytes of its file; None if there is no such module."""
        path, _ = self._homes.get(module, (None, False))
        return self._files.data(path) if path is not None else None

    def forget(self) -> None:
        """The texts that were looked at: nobody asks any more. (The hierarchies refer to themselves, and would keep them.)"""
        for hierarchy in (self.hierarchy, self.sources, self.outside):
            hierarchy.text.cache_clear()
        imports_in.cache_clear()

    def texts_of(self, modules: Iterable[str]) -> list[tuple[bytes, Collection[str]]]:
        """The texts of those of ``modules`` that are no sources, each with its words, see `Files.words`."""
        homes = [self._homes[module][0] for module in sorted({*modules} - self.modules.keys()) if module in self._homes]
        texts = ((self._files.data(path), self._files.words(path)) for path in homes)
        return [(data, words) for data, words in texts if data is not None and words is not None]

    def taken(self) -> dict[str, frozenset[str]]:
        """`Project.taken`."""
        known = frozenset({*self.modules, *self.modules.values()})
        found: dict[str, set[str]] = {}
        for path, (module, is_package) in self._paths.items():
            data = self._files.data(path)
            if data is not None and b"import" in data:
                text, imports = data.decode("utf-8", "replace"), self._imports(module)
                for source, name in names_taken(text, imports, module, is_package, known):
                    found.setdefault(source, set()).add(name)
        return {module: frozenset(names) for module, names in sorted(found.items())}

    def _text(self, module: str) -> tuple[str, bool] | None:
        data = self.data(module)
        return None if data is None else (data.decode("utf-8", "replace"), self._homes[module][1])

    def _imports(self, module: str) -> Imports:
        return Imports(*(self.told("imports", module, imports_of) or ((), ())))

    def is_source(self, module: str) -> bool:
        """Whether ``module`` is one of an async source, or would be if it were there."""
        return _is_below(module, self.modules) or _is_below(module, self.roots)


def package_roots(units: Iterable[Unit]) -> dict[str, str]:
    """Dotted source package → dotted target package, for every ``__init__`` module that has no package above it."""
    inits = {unit.module: unit.target_module for unit in units if unit.is_package and unit.module}
    return {
        module: target
        for module, target in inits.items()
        if module.rpartition(".")[0] not in inits and module != target
    }


def roots_left_out(sources: Sequence[Path], units: Sequence[Unit]) -> dict[str, str]:
    """The same for the folders ``sources`` of packages whose ``__init__`` is left out: most likely the target has its own."""
    found: dict[str, str] = {}
    known = {unit.source for unit in units if unit.is_package}
    for unit in units:
        folder = sources[unit.package]
        if folder / "__init__.py" in known or folder not in unit.source.parents or not unit.module:
            continue
        parts = unit.source.relative_to(folder).parts
        depth = len(parts) - unit.is_package
        module, new = (name.rsplit(".", depth)[0] for name in (unit.module, unit.target_module))
        if module != new and module not in found and (folder / "__init__.py").is_file():
            found[module] = new
    return found


def _top_level(modules: Collection[tuple[str, bool]]) -> frozenset[str]:
    """The outermost packages of ``modules``, each with whether it is one, and the first names of what lies in none.

    Others have packages in the same namespace: what is ours is `google.cloud.bigtable`, and not `google`.
    """
    packages = {name for name, is_package in modules if is_package}
    found = set()
    for name, _ in modules:
        parts = name.split(".")
        heads = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        found.add(next((head for head in heads if head in packages), parts[0]))
    return frozenset(found - {""})


def _is_below(module: str, modules: Container[str]) -> bool:
    """Whether ``module`` is one of ``modules``, or lies in one."""
    while module and module not in modules:
        module = module.rpartition(".")[0]
    return bool(module)


def _own_names(paths: Iterable[Path], root: Path) -> dict[Path, tuple[str, bool]]:
    """The dotted names of files that are no units, and whether they are ``__init__`` files of packages."""
    above = len(str(root)) + 1
    layout = Layout(root)
    relative = {path: str(path)[above:].replace(os.sep, "/") for path in paths}
    return {path: (layout.dotted_name(name), path.name == "__init__.py") for path, name in relative.items()}
