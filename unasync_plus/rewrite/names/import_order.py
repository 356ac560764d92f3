"""The order of names inside an import statement: names that were sorted stay sorted when they become others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from unasync_plus.tree import dotted, replaced

_NUMBER = re.compile(r"(\d+)")


def _natural(name: str) -> list[Any]:
    """``item10`` behind ``item9``: text and numbers alternate, so the same things are compared."""
    return [int(part) if part.isdigit() else part.lower() for part in _NUMBER.split(name)]


def _kind(name: str) -> int:
    """Constants, classes, the rest."""
    return 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2


_ORDERS: tuple[Callable[[str], Any], ...] = (
    lambda name: (_kind(name), _natural(name)),
    lambda name: (_kind(name), name),
    _natural,
    str,
)
"""Those of isort and ruff, by default and as they are usually configured; the first is the default of both."""


def as_sorted_as(old: Sequence[cst.ImportAlias], new: Sequence[cst.ImportAlias]) -> Sequence[cst.ImportAlias]:
    """``new``, which ``old`` became, in the order that ``old`` was in; as it is where that was in none, or has comments."""
    before, after = _names(old), _names(new)
    orders = [order for order in _ORDERS if before == sorted(before, key=order)]
    if not orders or any(after == sorted(after, key=order) for order in orders) or _has_comments(new):
        return new
    places = sorted(range(len(new)), key=lambda place: orders[0](after[place]))
    return [replaced(new[place], comma=there.comma) for place, there in zip(places, new, strict=True)]


def _names(aliases: Sequence[cst.ImportAlias]) -> list[str]:
    return [dotted(alias.name) or "" for alias in aliases]


def _has_comments(aliases: Sequence[cst.ImportAlias]) -> bool:
    """Whether one is told something about: who would say which name a comment is for?"""
    commas = [alias.comma for alias in aliases if isinstance(alias.comma, cst.Comma)]
    return any("#" in cst.Module([]).code_for_node(comma) for comma in commas)
