"""Ctrl-C while the main thread works for a bridge.

A `KeyboardInterrupt` that is raised between any two bytecodes could hit the loop itself, or the coroutine of another
thread. So SIGINT is trapped while the main thread drives: it cancels the work that this thread waits for, and the
exception is raised when the coroutine has cleaned up. The second Ctrl-C is raised at once. A handler of the user's own
is called, and what it raises is treated alike.

A first step that is taken by hand needs no trap, if the coroutine ends with it: the exception is raised inside the
coroutine, as in sync code, or in a line of ours, which is put right (`SharedLoop.execute`). If the coroutine suspends
then it does: the exception could be raised in what asyncio's C code calls to schedule the task, which would be lost.
Setting the trap takes a third of such a call; so it is set unless the same code has been seen never to suspend. (It
may for the first time: only in that microsecond is Ctrl-C raised without waiting for the coroutine.)
"""

from __future__ import annotations

import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

    from ._work import Work

try:
    # What signal.signal calls, without its conversions to enums, which take longer than a whole call of ours.
    from _signal import getsignal  # type: ignore[import-not-found]  # what `signal` is made of
    from _signal import signal as set_signal
except ImportError:  # pragma: no cover - every CPython has it
    from signal import getsignal
    from signal import signal as set_signal

SIGINT = int(signal.SIGINT)
MANY = 10_000  # codes to know of


class Trap:
    """Holds SIGINT back in the main thread while it works for `work`."""

    def __init__(self) -> None:
        self.calm: set[int] = set()  # keys of work that was always done with its first step
        self._suspended: set[int] = set()
        self._handler = self._handle
        self._previous: Any = None
        self._work: Work | None = None

    def set(self, work: Work) -> None:
        """It may be set already."""
        self._work = work
        if self._previous is None:
            previous = getsignal(SIGINT)
            if callable(previous):  # not ignored, and not left to the operating system
                self._previous = previous
                set_signal(SIGINT, self._handler)

    def lift(self) -> None:
        previous, self._previous = self._previous, None
        if previous is not None:
            found = set_signal(SIGINT, previous)
            if found is not self._handler:  # the coroutine has set another one: that stays
                set_signal(SIGINT, found)

    def learn(self, work: Work, suspended: bool) -> None:
        """`work` was begun by hand."""
        if suspended:
            self._suspended.add(work.key)
            self.calm.discard(work.key)
        elif work.key not in self._suspended:
            self.calm.add(work.key)
        if len(self._suspended) + len(self.calm) > MANY:
            self._suspended.clear()
            self.calm.clear()

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        work, previous = self._work, self._previous
        if work is None or previous is None:
            return
        try:
            previous(signum, frame)
        except BaseException as error:
            if work.interrupted is not None:
                raise
            work.interrupt(error.with_traceback(None))
