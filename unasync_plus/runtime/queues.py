"""asyncio's queues for threads: those of `queue`, with waits that end at deadlines and cancellations.

`queue.Empty` and `queue.Full` are asyncio.QueueEmpty and asyncio.QueueFull; `ShutDown` is asyncio.QueueShutDown.
"""

from __future__ import annotations

import queue
import sys
from typing import TYPE_CHECKING, TypeVar

from .locks import Condition
from .waiting import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import SupportsRichComparison

T = TypeVar("T")
S = TypeVar("S", bound="SupportsRichComparison")

if sys.version_info >= (3, 13):
    ShutDown = queue.ShutDown
else:

    class ShutDown(Exception):
        """The queue was shut down; from Python 3.13 on this is `queue.ShutDown`."""


class _Wait(Condition):
    """The wait of a queue, which raises `ShutDown` if there is nothing left to wait for."""

    def __init__(self, owner: queue.Queue[T], is_over: Callable[[], bool]) -> None:
        super().__init__(owner.mutex)
        self._is_over = is_over

    def wait(self, timeout: float | None = None) -> bool:
        woken = not self._is_over() and super().wait(timeout)
        if self._is_over():
            raise ShutDown
        return woken


class Queue(queue.Queue[T]):
    """`asyncio.Queue`, and `queue.Queue`; with `shutdown` on every version of Python."""

    _ends_at_deadlines = True

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        self.is_shutdown = False
        # `queue.Queue` waits on these three, which are the place it has for waiting otherwise
        self.not_full = _Wait(self, lambda: self.is_shutdown)  # type: ignore[assignment]
        self.not_empty = _Wait(self, lambda: self.is_shutdown and not self._qsize())  # type: ignore[assignment]
        self.all_tasks_done = Condition(self.mutex)  # type: ignore[assignment]

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        if block:
            checkpoint()
        try:
            super().put(item, block, timeout)
        except queue.Full:
            if self.is_shutdown:
                raise ShutDown from None
            raise

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        if block:
            checkpoint()
        try:
            return super().get(block, timeout)
        except queue.Empty:
            if self.is_shutdown:
                raise ShutDown from None
            raise

    def _put(self, item: T) -> None:
        if self.is_shutdown:
            raise ShutDown
        super()._put(item)

    if sys.version_info < (3, 13):

        def shutdown(self, immediate: bool = False) -> None:
            """Let `put` raise `ShutDown`, and `get` too once the queue is empty, which ``immediate`` makes it."""
            with self.mutex:
                self.is_shutdown = True
                if immediate:
                    while self._qsize():
                        self._get()
                        self.unfinished_tasks = max(self.unfinished_tasks - 1, 0)
                    self.all_tasks_done.notify_all()
                self.not_empty.notify_all()
                self.not_full.notify_all()


class LifoQueue(Queue[T], queue.LifoQueue[T]):
    """`asyncio.LifoQueue`."""


class PriorityQueue(Queue[S], queue.PriorityQueue[S]):
    """`asyncio.PriorityQueue`."""
