"""Context variables cross the bridge both ways: what the caller set is seen inside, what was set inside is seen after.

Values are compared by identity and one by one. (``Context.__eq__`` would be faster, but it calls the ``==`` of values:
two equal lists are not the same list, and comparing arrays is an error.)
"""

from __future__ import annotations

from contextvars import Context, ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_UNSET = object()

correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def export(context: Context) -> None:
    """Set in this thread what differs in `context`. A call's correlation id stays inside."""
    for var, value in context.items():
        if var.get(_UNSET) is not value and var is not correlation:
            var.set(value)


def changes(now: Context, before: Context) -> list[tuple[ContextVar[Any], Any]]:
    return [(var, value) for var, value in now.items() if before.get(var, _UNSET) is not value]


def assign(news: Iterable[tuple[ContextVar[Any], Any]]) -> None:
    for var, value in news:
        if var is not correlation:
            var.set(value)
