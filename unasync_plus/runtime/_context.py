"""Context variables cross the bridge both ways: what the caller set is seen inside, what was set inside is seen after.

Most calls change none. A context keeps its variables in a map that is never changed, only replaced, so as long as it is the
same one nothing has happened: see `contents`. Else values are compared by identity and one by one. (``Context.__eq__`` would
be faster, but it calls the ``==`` of values: two equal lists are not the same list, and comparing arrays is an error.)
"""

from __future__ import annotations

from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from gc import get_referents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token
    from typing import Any

    _Tokens = dict[ContextVar[Any], Token[Any]]

_UNSET = object()

correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def _map(context: Context) -> object:
    return get_referents(context)[-1]


def _is_replaced() -> bool:
    """Is that another object when a variable was set, and the same one in a copy? So it is in CPython."""
    context, before = Context(), _map(Context())
    context.run(ContextVar[int]("probe").set, 1)
    return _map(context) is not before and _map(context) is _map(context.copy())


def _always_another(context: Context) -> object:
    return object()


contents: Callable[[Context], object] = _map if _is_replaced() else _always_another
"""What variables a context has: the same object as long as none is set. If in doubt, another one."""

NOTHING = contents(Context())
"""What an empty one has: quicker to ask it whether it is empty."""


def export(context: Context, *, differs: bool = False) -> None:
    """Set in this thread what differs in `context`. A call's correlation id, which makes it differ, stays inside."""
    if not differs and contents(context) is contents(copy_context()):
        return
    for var, value in context.items():
        if var.get(_UNSET) is not value and var is not correlation:
            var.set(value)


class Exchange:
    """Keeps the one context of a session in step with the contexts of those who use it in turn.

    Only what one side did since the last time is done on the other side.
    """

    __slots__ = ("_brought", "_inside", "_outside", "_shown", "inside", "outside")

    def __init__(self, start: Context) -> None:
        self._inside = self._outside = start
        self.inside = self.outside = contents(start)  # as they were when both sides were in step
        self._brought: _Tokens = {}
        self._shown: _Tokens = {}

    def go_in(self, context: Context, now: Context) -> None:
        """Before a step for a caller with the context `now`; in the driving thread, while nobody is in `context`."""
        context.run(_repeat, now, self._outside, self._brought)
        self._outside, self._inside = now, context.copy()
        self.outside, self.inside = contents(now), contents(context)

    def come_out(self, context: Context) -> None:
        """After a step, in the caller's thread."""
        now = context.copy()
        _repeat(now, self._inside, self._shown)
        self._outside, self._inside = copy_context(), now
        self.outside, self.inside = contents(self._outside), contents(now)


def _repeat(now: Context, before: Context, tokens: _Tokens) -> None:
    """Do in the current context what was done in another one between `before` and `now`."""
    for var, value in now.items():
        if before.get(var, _UNSET) is not value and var is not correlation:
            token = var.set(value)
            tokens.setdefault(var, token)
    for var in before:
        if var not in now and var in tokens:  # it was reset to having no value
            with suppress(ValueError, RuntimeError):  # not in the context in which we set it
                var.reset(tokens.pop(var))
