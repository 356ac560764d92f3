"""What tasks share with other code: who writes what, who runs beside whom, and where that loses something in threads.

Few modules start tasks: what looks at those is imported for the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unasync_plus.rewrite.context import Context

if TYPE_CHECKING:
    from unasync_plus.rewrite.shared_state.flights import Flight
    from unasync_plus.rewrite.shared_state.races import Race

STARTING = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe"})
"""What starts a coroutine; ``start_soon`` and timers are given a function instead."""
TOGETHER = frozenset({"gather", "wait", "as_completed"})
_WORDS = (STARTING | TOGETHER | {"start_soon", "call_later", "call_at"}) - {"wait"}  # that is given what others start


def races_in(ctx: Context) -> tuple[list[Race], list[Flight]]:
    """One for each attribute or variable of each class, as far as the module shows them; and the tasks that would stay, without
    threads, where they are kept."""
    words = _WORDS.union(ctx.project.starters)
    if ctx.names.users.keys().isdisjoint(words):
        return [], []
    from unasync_plus.rewrite.shared_state.races import races_between

    return races_between(ctx, words)
