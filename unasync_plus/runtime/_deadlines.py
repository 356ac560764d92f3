"""The timeouts of all work on one loop, with one timer for all of them.

Making a timer for a call takes longer than many a call; most calls have the same timeout, so the timer that was made
for an earlier one rings early enough for the later ones.
"""

from __future__ import annotations

from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

    from ._work import Work

NEVER = float("inf")


class Deadlines:
    """Used by the thread that drives the loop only."""

    def __init__(self) -> None:
        self._works: set[Work] = set()
        self._timer: TimerHandle | None = None
        self._due = NEVER

    def add(self, work: Work, loop: AbstractEventLoop) -> None:
        self._works.add(work)
        if work.deadline < self._due:
            self._set_timer(work.deadline, loop)

    def discard(self, work: Work) -> None:
        self._works.discard(work)

    def _set_timer(self, due: float, loop: AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = loop.call_later(max(0.0, due - monotonic()), self._ring, loop)

    def _ring(self, loop: AbstractEventLoop) -> None:
        # By our own clock: a loop may count in milliseconds, or from a time that it read earlier, and be too early.
        now = monotonic()
        self._timer, self._due = None, NEVER
        for work in [work for work in self._works if work.deadline <= now]:
            self._works.discard(work)
            work.expire()
        if self._works:
            self._set_timer(min(work.deadline for work in self._works), loop)
