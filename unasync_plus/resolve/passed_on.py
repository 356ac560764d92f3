"""Names of other libraries that modules of the project only hand on: ``_compat.Lock`` is ``asyncio.Lock``.

What is known of a name holds under whichever of its names it is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from unasync_plus.resolve.taken import imported_names

_IMPORT = re.compile(r"^[ \t]*import[ \t]+(?P<paths>[\w., \t]+)", re.MULTILINE)
_PATH = re.compile(r"(?P<path>[\w.]+)(?:\s+as\s+(?P<name>\w+))?")

Text = Callable[[str], tuple[str, bool] | None]
"""Module → its text and whether it is a package; None for what is no module of the project."""


def passed_on(taken: Iterable[tuple[str, str]], text: Text, owns: Callable[[str], bool]) -> dict[str, str]:
    """Qualified name in the project → the foreign name it stands for.

    ``taken`` holds (module, name) for what the async sources take from modules of the project. The others that such a
    module hands on are part of the answer too: the counterpart of a name may be one of them.
    """
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
    """The names that imports bind in ``module``, each with what it stands for."""
    names: dict[str, str] = {}
    for source, name, local in imported_names(text, module, is_package):
        names.setdefault(local, f"{source}.{name}")
    for found in _IMPORT.finditer(text):
        for part in found["paths"].split(","):
            path = _PATH.fullmatch(part.strip())
            if path is not None:
                head = path["path"].partition(".")[0]
                names.setdefault(path["name"] or head, path["path"] if path["name"] else head)
    return names
