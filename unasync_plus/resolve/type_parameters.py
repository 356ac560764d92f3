"""The type variables that modules of the project define for others: ``T = TypeVar("T")``.

To one module, an imported one looks like a class. From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_WORDS = (b"TypeVar", b"ParamSpec")
_CALL = re.compile(rb"(?:TypeVar|ParamSpec|TypeVarTuple)\(")
_TARGET = re.compile(rb"[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)?")


def type_parameters(files: Iterable[tuple[str, bytes]], homes: Mapping[str, str]) -> frozenset[str]:
    """Their qualified names; ``files`` are (module, text), ``homes`` where names are defined that modules hand on."""
    defined = frozenset(f"{module}.{name}" for module, data in files for name in _defined(data))
    return defined | {name for name, home in homes.items() if home in defined}


def _defined(data: bytes) -> Iterator[str]:
    for call in _CALL.finditer(data) if any(word in data for word in _WORDS) else ():
        before = _TARGET.fullmatch(data, data.rfind(b"\n", 0, call.start()) + 1, call.start())
        if before is not None:
            yield before[1].decode("utf-8", "replace")
