"""Which names a file takes from which modules: what the stubs of those modules have to hand on, though they only
import it themselves.

From the text alone, and rather too much than too little: a name that is asked for and not there changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import NamedTuple

# each begins with a word, which is looked for ten times faster than the beginning of a line
_FROM = re.compile(
    r"from[ \t]+(?P<source>\.*[\w.]*)[ \t]+import[ \t]*"
    r"(?:\((?P<many>[^)#]*(?:#[^\n]*\n[^)#]*)*)\)|(?P<few>[^\n#(]+))"
)
_IMPORT = re.compile(r"import[ \t]+(?P<paths>[\w., \t]+)")
_PATH = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<name>\w+))?")
_COMMENT = re.compile(r"#[^\n]*")
_ATTRIBUTE = re.compile(r"\w+")
_TEXTS = 1000
"""How many texts to remember the imports of: several ask about the same one, one after another."""
_NAME = re.compile(r"(?P<name>\w+)(?:\s+as\s+(?P<other>\w+))?")


class Imports(NamedTuple):
    """What a text imports: each ``from … import …``, the module as it is written, with (name, name here); and (path, name
    here or None) for each of ``import path, path as name``."""

    names: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    modules: tuple[tuple[str, str | None], ...]


@lru_cache(_TEXTS)
def imports_in(text: str) -> Imports:
    return Imports(tuple(_from_imports(text)), tuple(_imported_modules(text)))


def imports_of(data: bytes) -> Imports:
    """The same of a file, for `Files.told`."""
    return imports_in(data.decode("utf-8", "replace"))


def names_taken(
    text: str, found: Imports, module: str, is_package: bool, modules: Container[str]
) -> frozenset[tuple[str, str]]:
    """(module, name) for each name that the file of ``module`` imports from one of ``modules``, or reads off it."""
    taken: set[tuple[str, str]] = set()
    local = {name or path: path for path, name in found.modules if path in modules}
    for source, name, other in imported_names(found, module, is_package):
        if source in modules:
            taken.add((source, name))
        if f"{source}.{name}" in modules:
            local[other] = f"{source}.{name}"
    if local:
        for owner, path in local.items():
            taken.update((path, name) for name in _attributes(text, owner))
    return frozenset(taken)


def _attributes(text: str, owner: str) -> Iterator[str]:
    """What is read off the name ``owner``."""
    start = text.find(f"{owner}.")
    while start >= 0:
        found = _ATTRIBUTE.match(text, start + len(owner) + 1)
        before = text[start - 1 : start]
        if found is not None and not (before.isalnum() or before in ("_", ".")):
            yield found[0]
        start = text.find(f"{owner}.", start + 1)


def imported_names(found: Imports, module: str, is_package: bool) -> Iterator[tuple[str, str, str]]:
    """(module, name, name here) for each name that the file of ``module`` imports from a module."""
    for source, names in found.names:
        origin = absolute(source, module, is_package)
        for name, other in names:
            yield origin, name, other


def bound_by_imports(found: Imports, module: str, is_package: bool) -> dict[str, str]:
    """The names that imports bind in the file of ``module``, each with what it stands for."""
    names: dict[str, str] = {}
    for origin, name, local in imported_names(found, module, is_package):
        names.setdefault(local, f"{origin}.{name}")
    for path, other in found.modules:
        head = path.partition(".")[0]
        names.setdefault(other or head, path if other else head)
    return names


def _from_imports(text: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    for found in statements(_FROM, text):
        yield found["source"], tuple(_names(_COMMENT.sub("", found["many"] or found["few"])))


def _imported_modules(text: str) -> Iterator[tuple[str, str | None]]:
    for found in statements(_IMPORT, text):
        for part in found["paths"].split(","):
            path = _PATH.fullmatch(part.strip())
            if path is not None:
                yield path["path"], path["name"]


def statements(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches that nothing stands before in their lines."""
    for found in pattern.finditer(text):
        start = found.start()
        if not text[text.rfind("\n", 0, start) + 1 : start].strip(" \t"):
            yield found


def _names(text: str) -> Iterator[tuple[str, str]]:
    for part in text.replace("\\\n", " ").split(","):
        found = _NAME.fullmatch(part.strip())
        if found:
            yield found["name"], found["other"] or found["name"]


def absolute(source: str, module: str, is_package: bool) -> str:
    """``..a`` as the file of ``module`` means it → ``pkg.a``."""
    level = len(source) - len(source.lstrip("."))
    if not level:
        return source
    parts = module.split(".")
    kept = parts[: len(parts) - level + (1 if is_package else 0)]
    return ".".join([*kept, *([source[level:]] if source[level:] else [])])
