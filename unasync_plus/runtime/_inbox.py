"""What other threads hand over to whoever drives a loop."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from ._work import Work


class Inbox:
    """Of one loop.

    To wake a loop takes a system call, at which the caller may lose the interpreter to another thread; and where several
    wait, more calls come. So it looks once more after the next round, and needs no waking till then.

    A finalizer may call at any line of `put`, and Ctrl-C may end `_empty` at any line. So whoever sees that nobody looks
    wakes the loop, though others may have done so; and whoever begins to drive looks before all else.
    """

    __slots__ = ("_looks_again", "_loop", "_waiters", "works")

    def __init__(self, loop: AbstractEventLoop, waiters: deque[Work]) -> None:
        self._loop = loop
        self._waiters = waiters
        self.works: deque[Work] = deque()
        self._looks_again = False

    def put(self, work: Work) -> None:
        """From any thread. RuntimeError if the loop is closed."""
        self.works.append(work)
        if not self._looks_again:
            self._loop.call_soon_threadsafe(self._empty)

    def look(self) -> None:
        """In the thread that is about to drive."""
        if self.works:
            self._loop.call_soon(self._empty)

    def close(self) -> None:
        """The loop is closed: nobody looks any more."""
        self._looks_again = False

    def _empty(self) -> None:
        self._looks_again = False  # before we look: what comes later wakes the loop
        works = self.works
        if works:
            if len(self._waiters) > 1:
                self._loop.call_soon(self._empty)
                self._looks_again = True
            while works:
                work = works[0]
                work.begin_queued()  # if Ctrl-C ends it, it is still there, and may begin again
                if works and works[0] is work:  # else the loop has been run again inside, as others' patches make it do
                    works.popleft()
