"""The type variables that modules of the project define for others: ``T = TypeVar("T")``.

To a stub, which is made of one module, an imported one looks like a class. From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_DEFINED = re.compile(rb"^[ \t]*(?P<name>\w+)[ \t]*=[ \t]*(?:\w+\.)?(?:TypeVar|ParamSpec|TypeVarTuple)\(", re.MULTILINE)


def type_parameters(files: Iterable[tuple[str, bytes]], homes: Mapping[str, str]) -> frozenset[str]:
    """Their qualified names; ``files`` are (module, text), ``homes`` where names are defined that modules hand on."""
    defined = frozenset(
        f"{module}.{found['name'].decode('utf-8', 'replace')}"
        for module, data in files
        if b"TypeVar" in data or b"ParamSpec" in data
        for found in _DEFINED.finditer(data)
    )
    return defined | {name for name, home in homes.items() if home in defined}
