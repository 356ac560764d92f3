"""What a thread takes care of while it works for a bridge.

Ctrl-C: a `KeyboardInterrupt` that is raised between any two bytecodes could hit the loop itself, or the coroutine of
another thread. So SIGINT is trapped while the main thread drives: it cancels the work that this thread waits for, and
the exception is raised when the coroutine has cleaned up. The second Ctrl-C is raised at once. A handler of the user's
own is called, and what it raises is treated alike.

Threads: one that async code starts must not keep the interpreter from exiting because it waits for the loop, which is
closed later than such threads are joined. With a loop in a thread of its own, a daemon, they are daemons too, as threads
inherit that from who starts them; so they are here.

All this takes as long as a third of a call that ends with its first step, and such a call needs none of it: Ctrl-C is
raised inside the coroutine, as in sync code, or in a line of ours, which is put right (`SharedLoop.execute`). Were the
coroutine to suspend, it could be raised in what asyncio's C code calls to schedule the task, which would be lost. So care
is taken unless the same code has been seen never to suspend. (It may for the first time: only in that microsecond is
Ctrl-C raised without waiting for the coroutine.)
"""

from __future__ import annotations

import signal
import threading

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
MANY = 10_000  # keys to keep


class Caution:
    """Of one shared loop, used by whoever leads."""

    def __init__(self) -> None:
        self.calm: set[int] = set()  # keys of work that always ended with its first step
        self._restless: set[int] = set()
        self._main = threading.main_thread()
        self._thread: Any = None  # who takes care now
        self._was_daemon = False
        self._handler = self._handle
        self._previous: Any = None
        self._work: Work | None = None

    def take(self, work: Work) -> None:
        """From now on, for `work`; it may have been taken already."""
        self._work = work
        if self._thread is None:
            thread: Any = threading.current_thread()
            self._thread = thread
            self._was_daemon = thread.daemon
            thread._daemonic = True  # what new threads inherit; the public attribute is locked by now
            if thread is self._main:
                previous = getsignal(SIGINT)
                if callable(previous):  # not ignored, and not left to the operating system
                    self._previous = previous
                    set_signal(SIGINT, self._handler)

    def relax(self) -> None:
        previous, self._previous = self._previous, None
        if previous is not None:
            found = set_signal(SIGINT, previous)
            if found is not self._handler:  # the coroutine has set another one: that stays
                set_signal(SIGINT, found)
        thread, self._thread = self._thread, None
        if thread is not None:
            thread._daemonic = self._was_daemon

    def learn(self, work: Work, suspended: bool) -> None:
        """`work` was begun by hand."""
        if suspended:
            self._restless.add(work.key)
            self.calm.discard(work.key)
        elif work.key not in self._restless:
            self.calm.add(work.key)
        if len(self._restless) + len(self.calm) > MANY:
            self._restless.clear()
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
