"""Properties and operators of the sources that give coroutines where they are read: ``await row.author``, ``await (a | b)``.

Where another module reads one and awaits later what it gave, that has run by then in sync code. Found by words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

OPERATORS = frozenset(
    "__getitem__ __add__ __sub__ __mul__ __truediv__ __matmul__ __or__ __and__ __lshift__ __rshift__".split()
)
_PROPERTY = "property\n"


def given_where_read(text: str, names: Collection[str], plain: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Where the lines of such methods begin, and their names. ``names`` are those of all coroutine functions, ``plain`` is where
    the lines of plain functions begin that return a call of one of them."""
    for start in plain:
        if text.endswith(_PROPERTY, 0, start) or _name(text, start) in OPERATORS:
            yield start, _name(text, start)
    place = text.find(_PROPERTY)
    while place >= 0:
        place += len(_PROPERTY)
        if text[place : place + 80].lstrip(" \t").startswith("async def "):
            yield place, _name(text, place)
        place = text.find(_PROPERTY, place)
    for name in OPERATORS.intersection(names):
        for one in re.finditer(rf"\n([ \t]+)async def {name}\(", text):
            yield one.start(1), name


def _name(text: str, start: int) -> str:
    begin = text.index("def ", start) + 4
    return text[begin : text.index("(", begin)].strip()


def aliased(found: Mapping[str, str], homes: Mapping[str, str]) -> dict[str, str]:
    """What is ``found``, by the names under which modules hand the classes on."""
    members: dict[str, list[str]] = {}
    for one in found:
        owner, _, name = one.rpartition(".")
        members.setdefault(owner, []).append(name)
    return {
        f"{alias}.{name}": found[f"{home}.{name}"] for alias, home in homes.items() for name in members.get(home, ())
    }
