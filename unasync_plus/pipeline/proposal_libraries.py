"""What a project that has a sync side already uses of libraries there, in the place of what its async side uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unasync_plus.discover import Unit
from unasync_plus.resolve.project import Project
from unasync_plus.resolve.taken import bound_by_imports, imported_names, imports_in
from unasync_plus.store import read
from unasync_plus.tables import load, lookup

_WORD = re.compile(r"(?<![a-z])(?:async|asyncio|asynchronous|aio|sync|synchronous)(?![a-z])|(?:Async|Sync)(?![a-z])")


def libraries(unit: Unit, project: Project) -> Iterator[tuple[str, str]]:
    """Modules of libraries that no table knows, and those that the sync side imports in their place: ``api_async``, ``api``.
    Names in them, too, where those differ, and names that the table of their library does not know."""
    ours = _used(unit.source, unit.module, unit.is_package)
    theirs = _used(unit.target, unit.target_module, unit.is_package)
    left = [module for module in theirs.keys() - ours if words(module) and not project.owns(module)]
    for module in sorted(ours):
        found = [module] if module in theirs else [new for new in left if words(new) == words(module)]
        has_table = load(module.partition(".")[0]) is not None
        if len(found) != 1 or project.owns(module) or (has_table and found != [module]):
            continue
        there = theirs[found[0]] - (ours[module] if found == [module] else set())
        others = {name: [new for new in there if words(new) == words(name)] for name in ours[module] - theirs[found[0]]}
        renamed = {name: new[0] for name, new in sorted(others.items()) if len(new) == 1}
        for name, new in renamed.items():
            if not has_table or lookup(f"{module}.{name}") is None:
                yield f"{module}.{name}", f"{found[0]}.{new}"
        if found != [module] and len(renamed) < len(ours[module]):
            yield module, found[0]


def _used(path: Path, module: str, is_package: bool) -> dict[str, set[str]]:
    """The modules that the file of ``module`` imports names from, or reads classes off: ``policies.AsyncPolicy``, with the names."""
    found = imported(path, module, is_package)
    text = (read(path) or b"").decode("utf-8", "replace")
    for local, origin in bound_by_imports(imports_in(text), module, is_package).items():
        if local.islower():
            for name in re.findall(rf"(?<![\w.]){re.escape(local)}\.([A-Z]\w*)", text):
                found.setdefault(origin, set()).add(name)
    return found


def is_told(module: str, new: str, above: str, new_above: str) -> bool:
    """Whether the entry of a package ``above`` the module says the same of it."""
    return module.startswith(above + ".") and new == new_above + module[len(above) :]


def imported(path: Path, module: str, is_package: bool) -> dict[str, set[str]]:
    """The modules that the file of ``module`` imports names from, with the names."""
    text = (read(path) or b"").decode("utf-8", "replace")
    found: dict[str, set[str]] = {}
    for origin, name, _ in imported_names(imports_in(text), module, is_package):
        found.setdefault(origin, set()).add(name)
    return found


def words(name: str) -> list[str]:
    """The parts of ``name`` without the words that tell the sides apart."""
    parts = [_WORD.sub("", part).replace("__", "_").strip("_") for part in name.split(".")]
    return [part for part in parts if part]
