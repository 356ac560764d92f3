"""``loop.call_later`` and ``loop.call_at``: a call in a thread of its own, later."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from .scopes import Waiter
from .tasks import Task, current_task
from .waiting import park

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from typing_extensions import TypeVarTuple, Unpack

    Ts = TypeVarTuple("Ts")


class TimerHandle:
    """`asyncio.TimerHandle`: ``cancel`` has an effect until the call begins."""

    def __init__(self, when: float, callback: Callable[[], object], context: Context | None) -> None:
        self._when = when
        self._callback = callback
        self._cancelled = False
        self._waiter = Waiter()
        Task(self._wait_and_call, name=f"timer of {callback!r}", context=context, flow=current_task()).start()

    def when(self) -> float:
        """When the call begins, on the clock of `time.monotonic`."""
        return self._when

    def cancel(self) -> None:
        self._cancelled = True
        self._waiter.wake()

    def cancelled(self) -> bool:
        return self._cancelled

    def _wait_and_call(self) -> None:
        if not park(self._waiter, self._when - time.monotonic()):
            self._callback()


def call_at(
    when: float, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: Context | None = None
) -> TimerHandle:
    """``loop.call_at``, on the clock of `time.monotonic`, which is the loop's; an exception is logged."""
    return TimerHandle(when, partial(callback, *args), context)


def call_later(
    delay: float, callback: Callable[[Unpack[Ts]], object], *args: Unpack[Ts], context: Context | None = None
) -> TimerHandle:
    """``loop.call_later``: in so many seconds; an exception is logged. At the end of a `Runner` it is not called."""
    return call_at(time.monotonic() + delay, callback, *args, context=context)
