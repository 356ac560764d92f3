"""What a thread takes care of while it works for a bridge.

Ctrl-C: a `KeyboardInterrupt` that is raised between any two bytecodes could hit the loop itself, or the coroutine of
another thread. So SIGINT is trapped while the main thread drives or waits: it cancels the work that this thread waits
for, and the exception is raised when the coroutine has cleaned up. The second Ctrl-C is raised at once. A handler of the
user's own is called, and what it raises is treated alike.

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
import sys
import threading
from threading import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
SPAWNS_CALMLY = sys.version_info >= (3, 12)  # else it takes lines of ours, in which Ctrl-C would lose the task
MANY = 10_000  # keys to keep


class Trap:
    """SIGINT, while the main thread works for bridges. There is one, as there is one main thread.

    Code of one bridge may wait for another one, if it was told to: the innermost work is interrupted.
    """

    def __init__(self) -> None:
        self._works: list[Work] = []  # innermost last; only the main thread touches it
        self._previous: Any = None
        self._handler = self._handle
        self._interrupting = False
        self.learn_main()

    def learn_main(self) -> None:
        self.main_thread = threading.main_thread()
        self.main = self.main_thread.ident

    def take(self, work: Work) -> None:
        """From now on, for `work`; it may have been taken already."""
        if get_ident() != self.main:
            return
        works = self._works
        if works:
            if works[-1] is not work:
                works.append(work)
            return
        previous = getsignal(SIGINT)
        if callable(previous):  # not ignored, and not left to the operating system
            self._previous = previous
            works.append(work)
            set_signal(SIGINT, self._handler)

    def relax(self, work: Work) -> None:
        """No more for `work`."""
        works = self._works
        if get_ident() == self.main and work in works:
            if len(works) == 1:
                found = set_signal(SIGINT, self._previous)
                if found is not self._handler:  # the coroutine has set another one: that stays
                    set_signal(SIGINT, found)
            works.remove(work)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        work = self._works[-1] if self._works else None
        try:
            self._previous(signum, frame)
        except BaseException as error:
            if self._interrupting:
                return  # two that come before the first has been answered are one
            if work is None or work.interrupted is not None:
                raise
            self._interrupting = True
            try:
                work.interrupt(error.with_traceback(None))
            finally:
                self._interrupting = False

    def spare(self, tidy_up: Callable[[], object]) -> None:
        """Do something that Ctrl-C would spoil, and is quick: the signal is answered thereafter."""
        previous = getsignal(SIGINT) if get_ident() == self.main else None
        if not callable(previous):
            tidy_up()
            return
        signals: list[tuple[int, Any]] = []
        try:
            set_signal(SIGINT, lambda *signal: signals.append(signal))
            tidy_up()
        finally:
            set_signal(SIGINT, previous)
        if signals:
            previous(*signals[0])

    def reset(self) -> None:
        """In a forked child, which may have been forked by a coroutine."""
        self.learn_main()
        while self._works:
            self.relax(self._works[-1])


trap = Trap()


class Caution:
    """Of one shared loop, used by whoever leads."""

    def __init__(self) -> None:
        self.calm: set[int] = set()  # keys of work that always ended with its first step
        self.restless = {0}
        self.thread: Any = None  # who takes care now
        self._was_daemon = False

    def take(self, work: Work) -> None:
        """From now on, for `work`; it may have been taken already."""
        if self.thread is None:
            thread: Any = trap.main_thread if get_ident() == trap.main else threading.current_thread()
            self.thread = thread
            self._was_daemon = thread._daemonic
            thread._daemonic = True  # what new threads inherit; the public attribute is locked by now
        trap.take(work)

    def relax(self, work: Work) -> None:
        trap.relax(work)
        thread, self.thread = self.thread, None
        if thread is not None:
            thread._daemonic = self._was_daemon

    def learn(self, work: Work, suspended: bool) -> None:
        """`work` was begun by hand, and is not known to be restless."""
        if suspended:
            self.restless.add(work.key)
            self.calm.discard(work.key)
        else:
            self.calm.add(work.key)
        if len(self.restless) + len(self.calm) > MANY:
            self.restless = {0}
            self.calm.clear()
