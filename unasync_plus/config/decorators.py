"""How an entry of `drop` may call the decorator of what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable


def decorator_forms(names: Iterable[str]) -> set[str]:
    """``names`` are what the decorator is called where it stands, and what that means; the last part of either will do."""
    return {form for name in names for form in (name, name.rpartition(".")[2])}
