"""The type variables that modules of the project define for others: ``T = TypeVar("T")``.

To one module, an imported one looks like a class. From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

# each begins with a word, which is looked for ten times faster than one of several
_CALLS = (re.compile(rb"TypeVar(?:Tuple)?\("), re.compile(rb"ParamSpec\("))
_TARGET = re.compile(rb"[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)?")


def type_parameters(files: Iterable[tuple[str, bytes]], homes: Mapping[str, str]) -> frozenset[str]:
    """Their qualified names; ``files`` are (module, text), ``homes`` where names are defined that modules hand on."""
    defined = frozenset(f"{module}.{name}" for module, data in files for name in _defined(data))
    return defined | {name for name, home in homes.items() if home in defined}


def _defined(data: bytes) -> Iterator[str]:
    for call in chain.from_iterable(pattern.finditer(data) for pattern in _CALLS):
        before = _TARGET.fullmatch(data, data.rfind(b"\n", 0, call.start()) + 1, call.start())
        if before is not None:
            yield before[1].decode("utf-8", "replace")
