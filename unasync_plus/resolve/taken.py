"""Which names a file takes from which modules: what the stubs of those modules have to hand on, though they only
import it themselves.

From the text alone, and rather too much than too little: a name that is asked for and not there changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import lru_cache

# each begins with a word, which is looked for ten times faster than the beginning of a line
_FROM = re.compile(
    r"from[ \t]+(?P<source>\.*[\w.]*)[ \t]+import[ \t]*"
    r"(?:\((?P<many>[^)#]*(?:#[^\n]*\n[^)#]*)*)\)|(?P<few>[^\n#(]+))"
)
_IMPORT = re.compile(r"import[ \t]+(?P<paths>[\w., \t]+)")
_PATH = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<name>\w+))?")
_COMMENT = re.compile(r"#[^\n]*")
_TEXTS = 1000
"""How many texts to remember the imports of: several ask about the same one, one after another."""
_NAME = re.compile(r"(?P<name>\w+)(?:\s+as\s+(?P<other>\w+))?")


def names_taken(text: str, module: str, is_package: bool, modules: Container[str]) -> frozenset[tuple[str, str]]:
    """(module, name) for each name that the file of ``module`` imports from one of ``modules``, or reads off it."""
    taken: set[tuple[str, str]] = set()
    local = {name or path: path for path, name in imported_modules(text) if path in modules}
    for source, name, other in imported_names(text, module, is_package):
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
    for found in re.finditer(rf"{re.escape(owner)}\.(\w+)", text):  # begins with a word, see above
        before = text[found.start() - 1 : found.start()]
        if not (before.isalnum() or before in ("_", ".")):
            yield found[1]


def imported_names(text: str, module: str, is_package: bool) -> Iterator[tuple[str, str, str]]:
    """(module, name, name here) for each name that ``text``, the file of ``module``, imports from a module."""
    for source, names in _from_imports(text):
        origin = absolute(source, module, is_package)
        for name, other in names:
            yield origin, name, other


def bound_by_imports(text: str, module: str, is_package: bool) -> dict[str, str]:
    """The names that imports bind in ``text``, the file of ``module``, each with what it stands for."""
    names: dict[str, str] = {}
    for origin, name, local in imported_names(text, module, is_package):
        names.setdefault(local, f"{origin}.{name}")
    for path, other in imported_modules(text):
        head = path.partition(".")[0]
        names.setdefault(other or head, path if other else head)
    return names


@lru_cache(_TEXTS)
def _from_imports(text: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each ``from … import …`` in ``text``: the module as it is written, and (name, name here)."""
    return tuple(
        (found["source"], tuple(_names(_COMMENT.sub("", found["many"] or found["few"]))))
        for found in statements(_FROM, text)
    )


@lru_cache(_TEXTS)
def imported_modules(text: str) -> tuple[tuple[str, str | None], ...]:
    """(path, name here or None) for each of ``import path, path as name``."""
    return tuple(_imported_modules(text))


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
