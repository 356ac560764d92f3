"""Sync code that async code waits for: it runs in a thread of its own, so that the loop goes on.

Threads are made when none is idle, without a limit: a callback may call back into the sync package, whose answer may
need a further callback, and any limit would be a deadlock. They are daemons, and end when they have been idle a while.
"""

from __future__ import annotations

import contextvars
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

_IDLE_SECONDS = 5.0


class _Threads:
    """The threads of one process; a forked child starts with none."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._lock = threading.Lock()
        self._idle = 0
        self._work: queue.Queue[Callable[[], None]] = queue.Queue()

    def submit(self, work: Callable[[], None]) -> None:
        with self._lock:
            is_served = self._idle > 0
            if is_served:
                self._idle -= 1
        if is_served:
            self._work.put(work)
        else:
            threading.Thread(target=self._serve, args=([work],), name="unasync-callback", daemon=True).start()

    def _serve(self, first: list[Callable[[], None]]) -> None:
        work: Callable[[], None] | None = first.pop()  # which the thread itself would keep alive
        while work is not None:
            work()
            work = None  # an idle thread keeps nothing of the user's alive
            with self._lock:
                self._idle += 1
            work = self._next()

    def _next(self) -> Callable[[], None] | None:
        """The next piece of work; None to end the thread."""
        try:
            return self._work.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            with self._lock:
                if self._idle > 0:
                    self._idle -= 1
                    return None
        return self._work.get()  # somebody counted on this thread between the two


_threads = _Threads()


def submit(work: Callable[[], None]) -> None:
    """Run ``work``, which must not raise, in a thread."""
    global _threads
    if _threads.pid != os.getpid():
        _threads = _Threads()
    _threads.submit(work)


async def in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What ``function`` returns or raises, called in a thread, in this task's context: changes of variables come back.

    When the task is cancelled the call goes on, and nobody hears of it.
    """
    import asyncio

    context = contextvars.copy_context()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return await _in_trio_thread(context, partial(context.run, function, *args, **kwargs))
    outcome: Future[Any] = loop.create_future()
    calls = [partial(context.run, function, *args, **kwargs)]

    def work() -> None:
        call = calls.pop()
        try:
            settle = _settled(outcome.set_result, call())
        except BaseException as error:  # even SystemExit belongs to the task, not to this thread
            settle = _settled(outcome.set_exception, _raisable(error))
        del call  # who hears of the outcome may let the function go, and expect it to be gone
        _tell(loop, lambda: None if outcome.done() else settle())

    submit(work)
    try:
        return await outcome
    finally:
        _take_over(context)


async def _in_trio_thread(context: contextvars.Context, call: Callable[[], Any]) -> Any:
    trio: Any = sys.modules["trio"]
    try:
        return await trio.to_thread.run_sync(call, limiter=trio.CapacityLimiter(1))
    finally:
        _take_over(context)


def _settled(setter: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: setter(value)


def _raisable(error: BaseException) -> BaseException:
    """A future refuses StopIteration; a coroutine would turn it into this RuntimeError."""
    if isinstance(error, StopIteration):
        told = RuntimeError("the callback raised StopIteration")
        told.__cause__ = error
        return told
    return error


def _tell(loop: AbstractEventLoop, callback: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(callback)


def _take_over(context: contextvars.Context) -> None:
    """Set the variables here that were set in ``context``."""
    for variable, value in context.items():
        if variable.get(_MISSING) is not value:
            variable.set(value)


_MISSING: Any = object()


class InOrder:
    """Calls that nobody waits for, one behind the other, in a thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[Callable[[], object]] = deque()
        self._is_running = False
        self._done = threading.Event()
        self._done.set()
        self._error: BaseException | None = None
        self.is_attended = True
        """Somebody will call `wait`; otherwise what a call raises is printed, as for a thread."""

    def add(self, function: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Have ``function`` called when the calls before it are done."""
        context = contextvars.copy_context()
        with self._lock:
            self._calls.append(lambda: context.run(function, *args, **kwargs))
            self._done.clear()
            if self._is_running:
                return
            self._is_running = True
        submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._calls:
                    self._is_running = False
                    self._done.set()
                    return
                call = self._calls.popleft()
            try:
                call()
            except BaseException as error:
                if not self.is_attended:
                    threading.excepthook(_told(error))
                elif self._error is None:
                    self._error = error
            del call

    def wait(self) -> None:
        """Wait until all calls made so far are done, and raise what the first failing one raised."""
        self._done.wait()
        error, self._error = self._error, None
        if error is not None:
            raise error


def _told(error: BaseException) -> threading.ExceptHookArgs:
    return threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
