"""``loop.call_later``, ``call_at`` and ``call_soon``: calls in a thread of their own, later."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

from .futures import report
from .scopes import Waiter, lock
from .tasks import Task, current_task
from .waiting import park

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")


class Handle:
    """`asyncio.Handle`."""

    def __init__(self, callback: Callable[[], object], context: Context | None) -> None:
        self._callback = callback
        self._context = copy_context() if context is None else context
        self._cancelled = False

    def cancel(self) -> None:
        self._cancelled = True

    def cancelled(self) -> bool:
        return self._cancelled

    def call(self) -> None:
        """Make the call, unless it was cancelled."""
        try:
            if not self._cancelled:
                self._context.run(self._callback)
        except BaseException as error:  # whatever happens, the next one is called
            report(f"Exception in callback {self._callback!r}", error, handle=self)


class _Line:
    """Calls that are made one after another, in a thread that ends when none is left."""

    def __init__(self) -> None:
        self._handles: deque[Handle] = deque()
        self._moving = False

    def append(self, handle: Handle) -> None:
        with lock:
            self._handles.append(handle)
            begins, self._moving = not self._moving, True
        if begins:
            Task(self._work, name="calls soon", flow=current_task()).start(hold=True)

    def _work(self) -> None:
        while True:
            with lock:
                self._moving = len(self._handles) > 0
                if not self._moving:
                    return
                handle = self._handles.popleft()
            handle.call()


class _Lines(threading.local):
    """One for each thread that says what is to be called."""

    def __init__(self) -> None:
        self.line = _Line()


_lines = _Lines()


def call_soon(callback: Callable[[Unpack[_Ts]], object], *args: Unpack[_Ts], context: Context | None = None) -> Handle:
    """``loop.call_soon``: when this thread next waits, or very soon; in the order of these calls.

    An exception is logged.
    """
    handle = Handle(partial(callback, *args), context)
    _lines.line.append(handle)
    return handle


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
    when: float, callback: Callable[[Unpack[_Ts]], object], *args: Unpack[_Ts], context: Context | None = None
) -> TimerHandle:
    """``loop.call_at``, on the clock of `time.monotonic`, which is the loop's; an exception is logged."""
    return TimerHandle(when, partial(callback, *args), context)


def call_later(
    delay: float, callback: Callable[[Unpack[_Ts]], object], *args: Unpack[_Ts], context: Context | None = None
) -> TimerHandle:
    """``loop.call_later``: in so many seconds; an exception is logged. At the end of a `Runner` it is not called."""
    return call_at(time.monotonic() + delay, callback, *args, context=context)
