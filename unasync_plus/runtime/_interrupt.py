"""Ctrl-C while the main thread drives a loop.

A `KeyboardInterrupt` that is raised between any two bytecodes could hit the loop itself, or the coroutine of another
thread. So while the main thread drives, SIGINT cancels the work that this thread waits for, and the exception is raised
when the coroutine has cleaned up. The second Ctrl-C is raised at once. A handler of the user's own is called, and what
it raises is treated alike.
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


class Trap:
    """Holds SIGINT back while the main thread works for `work`."""

    __slots__ = ("_handler", "_previous", "_work")

    def __init__(self) -> None:
        self._handler = self._handle
        self._previous: Any = None
        self._work: Work | None = None

    def set(self, work: Work) -> None:
        previous = getsignal(SIGINT)
        if callable(previous):  # not ignored, and not left to the operating system
            self._previous, self._work = previous, work
            set_signal(SIGINT, self._handler)

    def lift(self) -> None:
        previous, self._previous = self._previous, None
        if previous is not None:
            found = set_signal(SIGINT, previous)
            if found is not self._handler:  # the coroutine has set another one: that stays
                set_signal(SIGINT, found)

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
