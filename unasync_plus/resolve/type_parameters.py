"""The type variables that modules of the project define for others: ``T = TypeVar("T")``.

To one module, an imported one looks like a class. From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unasync_plus.resolve.name_space import NameSpace

# each begins with a word, which is looked for ten times faster than one of several
_CALLS = (re.compile(rb"TypeVar(?:Tuple)?\("), re.compile(rb"ParamSpec\("))
_TARGET = re.compile(rb"[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)?")


def type_parameters(space: NameSpace, homes: Mapping[str, str]) -> frozenset[str]:
    """Their qualified names; ``homes`` are where names are defined that modules hand on."""
    found = space.told_of_all("type parameters", lambda data: list(_defined(data)))
    defined = frozenset(f"{module}.{name}" for module, names in found for name in names)
    return defined | {name for name, home in homes.items() if home in defined}


def _defined(data: bytes) -> Iterator[str]:
    for call in chain.from_iterable(pattern.finditer(data) for pattern in _CALLS):
        before = _TARGET.fullmatch(data, data.rfind(b"\n", 0, call.start()) + 1, call.start())
        if before is not None:
            yield before[1].decode("utf-8", "replace")
