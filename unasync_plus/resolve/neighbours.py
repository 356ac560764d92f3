"""What the async sources take from other modules of the project, and what those have.

``_compat.Lock`` is ``asyncio.Lock`` where `_compat` only hands it on: what is known of a name holds under whichever of
its names it is used. Found from the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass

from unasync_plus.resolve.facts import may_define
from unasync_plus.resolve.taken import imported_names, names_taken

_IMPORT = re.compile(r"^[ \t]*import[ \t]+(?P<paths>[\w., \t]+)", re.MULTILINE)
_PATH = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<name>\w+))?")
_MARK = re.compile(
    r"^(?P<name>\w+)[ \t]*=[ \t]*(?P<head>\w+)(?P<rest>(?:\.mark)?\.(?:asyncio|anyio|trio))\b", re.MULTILINE
)
"""A mark of pytest that a module keeps for others: ``aio = pytest.mark.asyncio``."""
_ANYTHING = re.compile(r"^[ \t]*(?:from[ \t].*import[ \t]+\*|def[ \t]+__getattr__\b)|\bglobals\(\)", re.MULTILINE)

Text = Callable[[str], "tuple[str, bool] | None"]
"""Module → its text and whether it is a package; None for what is no module of the project."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """``passed_on``: qualified name in the project → the foreign name it stands for. A module of which a source takes
    one such name is there with all of them: the counterpart of a name may be another.

    ``own``: foreign names that have their sync twin in the module that hands them on, and are the project's by that.
    ``missing``: sync names (qualified) of what sources take from modules that are no sources and do not have them.
    ``paired``: names that sources take from such modules that have, or may have, their sync names too.
    """

    passed_on: Mapping[str, str]
    own: frozenset[str]
    missing: frozenset[str]
    paired: frozenset[str]


def neighbours(
    *,
    modules: Container[str],
    sources: Collection[str],
    text: Text,
    owns: Callable[[str], bool],
    twins: Callable[[str], Collection[str]],
) -> Neighbours:
    """Look at what ``sources`` take from ``modules``. ``twins`` gives the sync names that a name may get."""
    taken: set[tuple[str, str]] = set()
    for module in sources:
        source = text(module)
        if source is not None:
            taken |= names_taken(source[0], module, source[1], modules)
    passed_on = _passed_on(taken, text, owns)
    own = {name for name in passed_on if _has(text, name.rpartition(".")[0], twins(name.rpartition(".")[2]))}
    missing, paired = set(), set()
    for module, name in taken:
        if module not in sources and f"{module}.{name}" not in modules:
            without = {twin for twin in twins(name) if not _has(text, module, [twin])}
            missing |= {f"{module}.{twin}" for twin in without}
            if len(without) < len(twins(name)):
                paired.add(name)
    return Neighbours(
        {name: foreign for name, foreign in passed_on.items() if name not in own},
        frozenset(name.rpartition(".")[2] for name in own),
        frozenset(missing),
        frozenset(paired),
    )


def _passed_on(taken: Iterable[tuple[str, str]], text: Text, owns: Callable[[str], bool]) -> dict[str, str]:
    known: dict[str, Mapping[str, str]] = {}

    def handed(module: str) -> Mapping[str, str]:
        if module not in known:
            found = text(module)
            known[module] = _handed(found[0], module, found[1]) if found is not None else {}
        return known[module]

    def origin(module: str, name: str) -> str | None:
        seen = set()
        while (module, name) not in seen:
            seen.add((module, name))
            qualified = handed(module).get(name)
            if qualified is None:
                return None
            if not owns(qualified):
                return qualified
            module, _, name = qualified.rpartition(".")
        return None

    modules = sorted({module for module, name in taken if origin(module, name) is not None})
    found = {f"{module}.{name}": origin(module, name) for module in modules for name in handed(module)}
    return {name: foreign for name, foreign in sorted(found.items()) if foreign is not None}


def _handed(text: str, module: str, is_package: bool) -> dict[str, str]:
    """The names that imports bind in ``module``, and those of marks of pytest, each with what it stands for."""
    names: dict[str, str] = {}
    for source, name, local in imported_names(text, module, is_package):
        names.setdefault(local, f"{source}.{name}")
    for found in _IMPORT.finditer(text):
        for part in found["paths"].split(","):
            path = _PATH.fullmatch(part.strip())
            if path is not None:
                head = path["path"].partition(".")[0]
                names.setdefault(path["name"] or head, path["path"] if path["name"] else head)
    for mark in _MARK.finditer(text):
        if f"{names.get(mark['head'])}{mark['rest']}".startswith("pytest.mark."):
            names.setdefault(mark["name"], f"{names[mark['head']]}{mark['rest']}")
    return names


def _has(text: Text, module: str, names: Collection[str]) -> bool:
    """Whether ``module`` may have one of ``names``."""
    found = text(module)
    if found is None or not names:
        return False
    return (
        may_define(found[0].encode(), names)
        or _ANYTHING.search(found[0]) is not None
        or not _handed(found[0], module, found[1]).keys().isdisjoint(names)
    )
