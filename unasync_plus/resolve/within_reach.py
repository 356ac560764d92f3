"""Which sources run code of which others: who imports a module may hand it functions, and what it imports it may call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from unasync_plus.resolve.taken import imported_modules, imported_names

if TYPE_CHECKING:
    from unasync_plus.discover import Unit


def within_reach(callers: Collection[Unit], units: Iterable[Unit], text_of: Callable[[Unit], str]) -> frozenset[str]:
    """The modules whose functions one of ``callers`` may run: those of its package that import it, by way of others too, and
    all that these import."""
    reached: set[str] = set()
    for package in {unit.package for unit in callers}:
        own = [unit for unit in units if unit.package == package]
        imports = _imports(own, text_of)
        importers: dict[str, set[str]] = {}
        for module, found in imports.items():
            for other in found:
                importers.setdefault(other, set()).add(module)
        above = _closure([unit.module for unit in callers if unit.package == package], importers)
        reached |= _closure(above, imports)
    return frozenset(reached)


def _imports(units: Sequence[Unit], text_of: Callable[[Unit], str]) -> dict[str, set[str]]:
    """Each module → those of the others that it imports, or takes names from."""
    modules = {unit.module for unit in units}
    found: dict[str, set[str]] = {}
    for unit in units:
        text = text_of(unit)
        taken = imported_names(text, unit.module, unit.is_package)
        paths = {path if (path := f"{origin}.{name}") in modules else origin for origin, name, _ in taken}
        paths |= {path for path, _ in imported_modules(text)}
        found[unit.module] = paths & modules
    return found


def _closure(modules: Iterable[str], leads_to: Mapping[str, Collection[str]]) -> set[str]:
    """``modules`` and all that they lead to."""
    reached: set[str] = set()
    todo = list(modules)
    while todo:
        module = todo.pop()
        if module not in reached:
            reached.add(module)
            todo += leads_to.get(module, ())
    return reached
