"""What things lead to, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def closure(start: Iterable[T], *leads_to: Mapping[T, Collection[T]]) -> set[T]:
    """``start``, and all that it leads to by one of the mappings."""
    found: set[T] = set()
    todo = list(start)
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            for each in leads_to:
                todo += each.get(one, ())
    return found
