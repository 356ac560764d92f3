"""Which modules of an async package the sync package does not have: those that `exclude` leaves out, unless a file that
was written by hand stands where their output would be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.resolve.naming import Namer

if TYPE_CHECKING:
    from unasync_plus.discover import Unit


def absent_modules(modules: Mapping[Path, str], units: Iterable[Unit]) -> frozenset[str]:
    """Those of ``modules``, by their files, that lie beside the source ``units`` of a package and are not there on the
    sync side."""
    units = list(units)
    folders = {unit.source.parent: unit for unit in units if unit.is_package and unit.module}
    targets = {unit.target.parent for unit in folders.values()}
    known = {unit.source for unit in units}
    return frozenset(
        module
        for path, module in modules.items()
        if path not in known and path.parent in folders and not targets & {path.parent, *path.parents}
        if not _is_there(path, folders[path.parent])
    )


def _is_there(path: Path, beside: Unit) -> bool:
    """Whether anything, of whatever kind, has the sync name of the module ``path``."""
    name = Namer(beside.settings, frozenset()).module(path.stem)
    return (beside.target.parent / name).exists() or any(beside.target.parent.glob(f"{name}.*"))
