"""Which sources run code of which others: who imports a module may hand it functions, and what it imports it may call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from unasync_plus.resolve.closures import closure
from unasync_plus.resolve.taken import imported_names, imports_in

if TYPE_CHECKING:
    from unasync_plus.discover import Unit


class Reach:
    """The sources ``units``, and how they import one another, which is looked at once for each package that is asked about."""

    def __init__(self, units: Sequence[Unit], text_of: Callable[[Unit], str]) -> None:
        self._units, self._text_of = units, text_of
        self._imports_in = cache(self._imports)

    def of(self, callers: Iterable[Unit]) -> frozenset[str]:
        """The modules whose functions one of ``callers`` may run: those of its package that import it, by way of others too,
        and all that these import."""
        by_package: dict[int, list[str]] = {}
        for unit in callers:
            by_package.setdefault(unit.package, []).append(unit.module)
        reached: set[str] = set()
        for package, modules in by_package.items():
            imports = self._imports_in(package)
            importers: dict[str, set[str]] = {}
            for module, found in imports.items():
                for other in found:
                    importers.setdefault(other, set()).add(module)
            reached |= closure(closure(modules, importers), imports)
        return frozenset(reached)

    def _imports(self, package: int) -> dict[str, set[str]]:
        """Each module of the package → those of the others that it imports, or takes names from."""
        units = [unit for unit in self._units if unit.package == package]
        modules = {unit.module for unit in units}
        found: dict[str, set[str]] = {}
        for unit in units:
            imports = imports_in(self._text_of(unit))
            taken = imported_names(imports, unit.module, unit.is_package)
            paths = {path if (path := f"{origin}.{name}") in modules else origin for origin, name, _ in taken}
            paths |= {path for path, _ in imports.modules}
            found[unit.module] = paths & modules
        return found
