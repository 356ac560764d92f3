"""What can end a wait of the thread runtime from outside: a cancellation or a deadline around it.

A thread cannot be interrupted, but a *wait* can: every wait of this runtime blocks on a `Waiter`, and tells the scopes
around it which. So `Task.cancel`, a failing task group and an expired ``timeout`` raise `CancelledError` inside the
wait, and ``finally`` and ``with`` unwind as they do in asyncio. What is blocked in anything else (a socket, a file, a
computation) runs on, and is told at its next wait.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from contextvars import ContextVar
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

lock = threading.RLock()
"""Guards what scopes and futures know of their waiters; held for a few instructions, never while anything waits."""

_scope: ContextVar[Scope | None] = ContextVar("unasync_scope", default=None)
"""The innermost scope around the running code, in this thread."""


class CancelledError(BaseException):
    """A wait was ended by a cancellation or a deadline; the counterpart of `asyncio.CancelledError`."""

    scope: Scope | None = None


class Waiter:
    """One wait of one thread. Who ends it first decides how: `wake`, a scope, or the waiting thread that gives up.

    ``due``: when it gives up, on the clock of `time.monotonic`.
    """

    __slots__ = ("_decision", "_signal", "due", "outcome")

    def __init__(self) -> None:
        self._signal = threading.Lock()
        self._signal.acquire()
        self._decision = threading.Lock()
        self.outcome: bool | Scope | None = None
        self.due = inf

    @property
    def woken(self) -> bool:
        return self.outcome is True

    def wake(self) -> bool:
        """End the wait as fulfilled; False if it has ended otherwise, so that another waiter may be woken instead."""
        return self.end(True)

    def end(self, outcome: bool | Scope) -> bool:
        """End the wait: True is fulfilled, False is given up, a scope is cancelled by it; False if it had ended."""
        if not self._decision.acquire(blocking=False):
            return False
        self.outcome = outcome
        self.nudge()
        return True

    def nudge(self) -> None:
        """Let the waiting thread look again at its outcome and its deadlines."""
        with suppress(RuntimeError):  # it has not yet seen an earlier nudge
            self._signal.release()

    def block(self, seconds: float) -> None:
        """Wait for a nudge, at most so long."""
        if sys.platform == "win32" and threading.current_thread() is threading.main_thread():
            seconds = min(seconds, 0.1)  # Ctrl-C does not end the wait for a lock there
        self._signal.acquire(timeout=min(max(seconds, 0), threading.TIMEOUT_MAX))


class Scope:
    """A part of a flow that is cancelled as a whole, or has a deadline; the scopes around a wait form a chain.

    ``sticky``: every wait inside raises once the scope was cancelled (anyio, trio), instead of one wait (asyncio).
    ``shield``: cancellations and deadlines further out do not reach the waits inside.
    """

    def __init__(self, deadline: float = inf, *, sticky: bool = False, shield: bool = False) -> None:
        self.parent: Scope | None = None
        self.begins_thread = False
        self.sticky = sticky
        self.shield = shield
        self.requests = 0
        self.expired = False
        self._deadline = deadline
        self._message: str | None = None
        self._pending = False
        self._outer_requests = 0
        self._waiters: list[Waiter] = []

    @property
    def deadline(self) -> float:
        """When the waits inside end, on the clock of `time.monotonic`; `math.inf` is never."""
        return self._deadline

    @deadline.setter
    def deadline(self, when: float) -> None:
        with lock:
            self._deadline = when
            for waiter in self._waiters:
                waiter.nudge()

    def enter(self) -> None:
        """Put the scope around what this flow does next."""
        self.parent = _scope.get()
        self._outer_requests = self._requests_around()
        _scope.set(self)

    def leave(self) -> None:
        """Take the scope away again, also when scopes are not left in the reverse order of entering."""
        around: Scope | None = _scope.get()
        if around is self:
            _scope.set(self.parent)
        while around is not None:
            if around.parent is self:
                around.parent = self.parent
            around = around.parent

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it that reach its waits, innermost first.

        A shield ends the chain. Where it leads to another thread, only sticky scopes count: the others are for one wait
        of that thread, which passes them on.
        """
        scope: Scope | None = self
        same_thread = True
        while scope is not None:
            if same_thread or scope.sticky:
                yield scope
            same_thread = same_thread and not scope.begins_thread
            scope = None if scope.shield else scope.parent

    def caused(self, error: BaseException | None) -> bool:
        """Whether that error is this scope's own cancellation, and nothing further out was cancelled meanwhile."""
        own = isinstance(error, CancelledError) and self.requests > 0
        return own and self._requests_around() == self._outer_requests

    def interrupt(self, message: str | None = None, *, after: float = -inf) -> bool:
        """Cancel: the wait under way, else the next one, raises. True if one was under way, so that unwinding began.

        A wait that is due until ``after`` goes on, and the next one raises.
        """
        with lock:
            self.requests += 1
            self._message = message
            self._pending = True
            return self._deliver(after)

    def take_back(self) -> int:
        """Undo one request that is answered; how many are left."""
        with lock:
            self.requests = max(self.requests - 1, 0)
            self._pending = self._pending and self.requests > 0
            return self.requests

    @property
    def pending(self) -> bool:
        """Whether a request has yet to reach a wait."""
        return self._pending

    def _requests_around(self) -> int:
        return sum(scope.requests for scope in self.chain()) - self.requests

    def _deliver(self, after: float = -inf) -> bool:
        delivered = False
        for waiter in self._waiters:
            if self._pending and waiter.due > after and waiter.end(self):
                delivered = True
                self._pending = self.sticky
        return delivered

    def _counts(self) -> bool:
        return self._deadline < inf and not self.expired

    def _expire(self, now: float) -> None:
        with lock:
            if self._counts() and self._deadline <= now:
                self.expired = True
                self.interrupt()

    def _register(self, waiter: Waiter) -> None:
        self._waiters.append(waiter)
        self._deliver()


def current_scope() -> Scope | None:
    """The innermost scope; None if nothing could interrupt a wait here."""
    return _scope.get()


def set_scope(scope: Scope | None) -> None:
    """Make that scope the innermost one of this flow, at the start of a thread."""
    _scope.set(scope)
