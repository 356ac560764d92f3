"""`park`, in which all waits of the thread runtime block, and `sleep`.

No wait polls, and Ctrl-C ends each of them in the main thread.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .scopes import CancelledError, Scope, Waiter, current_scope, lock, set_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    _T = TypeVar("_T")
    _F = TypeVar("_F", bound=Callable[..., Any])

SECONDS_HELD_BACK = 0.05
SECONDS_FOR_A_STEP = 0.02


class WouldBlock(Exception):
    """It cannot be had without waiting: an item, room for one, a lock; as in anyio and trio."""


def park(waiter: Waiter, timeout: float | None = None, *, ignore: Collection[Scope] = ()) -> bool:
    """Block until ``waiter`` is woken: True; or until ``timeout`` seconds have passed: False.

    Raises `CancelledError` if a scope around, other than those to ``ignore``, is cancelled or reaches its deadline. A
    thread that leaves by an exception while ``waiter.woken`` holds must pass on what it was woken for.
    """
    release_held()
    if _held.own is not None:
        _held.own.rest()
    innermost = current_scope()
    scopes = [scope for scope in innermost.chain() if scope not in ignore] if innermost else []
    end = waiter.due = inf if timeout is None else time.monotonic() + timeout
    try:
        with lock:
            for scope in scopes:
                scope._register(waiter)
        while waiter.outcome is None:
            now = time.monotonic()
            until = min([end, *(scope.deadline for scope in scopes if scope._counts())])
            if now < until:
                waiter.block(until - now)
                continue
            for scope in scopes:
                scope._expire(now)
            if end <= now:
                waiter.end(False)
    finally:
        waiter.end(False)  # only if an exception, such as Ctrl-C, got here first
        with lock:
            for scope in scopes:
                if waiter in scope._waiters:
                    scope._waiters.remove(waiter)
    if not isinstance(waiter.outcome, Scope):
        return waiter.woken
    message = waiter.outcome._message
    error = CancelledError() if message is None else CancelledError(message)
    error.scope = waiter.outcome
    raise error


class Gate(Waiter):
    """What a new thread blocks on at its beginning; afterwards it tells when the thread has come to its first wait.

    ``is_released``: its creator waits. ``next``: the gate of what was started after it. ``turn``: what its creator does
    from one wait to the next.
    """

    __slots__ = ("_rests", "is_released", "next", "turn")

    def __init__(self) -> None:
        super().__init__()
        self._rests = threading.Event()
        self.is_released = False
        self.next: Gate | None = None
        self.turn = _held.turn

    def pass_through(self) -> None:
        """In the new thread: wait for its creator to wait, or for `SECONDS_HELD_BACK`."""
        self.block(SECONDS_HELD_BACK)
        with lock:
            self.wake()
        _held.own = self

    def let_next_begin(self) -> None:
        """In the new thread, as its work begins: so does what was started after it.

        That needs the interpreter, which this thread has until it blocks, or has run for a while. So tasks begin in the
        order in which they were made.
        """
        following, self.next = self.next, None
        if following is not None:
            following.wake()

    def rest(self) -> None:
        """In the new thread: it waits, or has come to its end."""
        self.let_next_begin()
        self._rests.set()
        _held.own = None

    def let_run(self, seconds: float) -> None:
        """Wait for that, at most so long."""
        self._rests.wait(max(seconds, 0))

    def is_waited_for(self) -> None:
        """This thread waits for what was started. Even if that is over, all that it has started begins, as in asyncio."""
        if self.turn is _held.turn:
            release_held()
        else:
            self.wake()


class _Held(threading.local):
    """The gates of the threads that this thread has started, and its own one until it waits."""

    own: Gate | None = None

    def __init__(self) -> None:
        self.gates: list[Gate] = []
        self.turn = object()


_held = _Held()


def hold_back() -> Gate:
    """What a new thread blocks on at its beginning, until this thread waits, or for `SECONDS_HELD_BACK`.

    A task of asyncio begins when its creator next waits, and code relies on that: ``self.task = create_task(...)``, and
    then the task reads ``self.task``. As a creator may wait in a way that nobody sees, there is a limit.
    """
    gate = Gate()
    _held.gates = [other for other in _held.gates if other.outcome is None] + [gate]
    return gate


def is_anything_held() -> bool:
    """Whether this thread has started what it holds back."""
    return bool(_held.gates)


def release_held() -> list[Gate]:
    """Let the threads begin that this thread has started, each behind the one before it."""
    if not _held.gates:
        return []
    gates, _held.gates, _held.turn = _held.gates, [], object()
    with lock:
        waiting = [gate for gate in gates if gate.outcome is None]
        following: Gate | None = None
        for gate in reversed(waiting):
            gate.is_released, gate.next, following = True, following, gate
    if waiting:
        waiting[0].wake()
    return gates


def checkpoint() -> None:
    """Raise if a cancellation is pending; for the beginning of whatever may wait.

    So a task that always finds its locks free and its queues filled can be cancelled. A deadline, in contrast, ends
    only what has to wait, as in asyncio: no `TimeoutError` for what succeeds at once.
    """
    innermost = current_scope()
    if innermost is not None and any(scope.pending for scope in innermost.chain()):
        park(Waiter(), 0)


@contextmanager
def shielded() -> Iterator[None]:
    """Keep cancellations and deadlines away from the waits inside; they reach the next wait behind the block."""
    around = current_scope()
    set_scope(None)
    try:
        yield
    finally:
        set_scope(around)


@overload
def sleep(delay: float) -> None: ...
@overload
def sleep(delay: float, result: _T) -> _T: ...
def sleep(delay: float, result: Any = None) -> Any:
    """Suspend this thread like `asyncio.sleep`; ``sleep(math.inf)`` sleeps until it is cancelled.

    ``sleep(0)`` lets the tasks that this thread has started come to their first wait, if they do so soon.
    """
    if delay <= 0:
        until = time.monotonic() + SECONDS_FOR_A_STEP
        for gate in release_held():
            gate.let_run(until - time.monotonic())
    park(Waiter(), max(delay, 0))
    return result


def ends_at_deadlines(function: _F) -> _F:
    """Mark a function whose every wait ends at a deadline, so that nobody needs a thread in order to stop waiting."""
    function._ends_at_deadlines = True  # type: ignore[attr-defined]  # a note for `is_interruptible` alone
    return function


sleep._ends_at_deadlines = True  # type: ignore[attr-defined]  # the decorator would hide its overloads


def is_interruptible(function: Callable[..., object]) -> bool:
    """Whether a function, a bound method or a partial of one is marked by `ends_at_deadlines`."""
    while isinstance(function, partial):
        function = function.func
    owner = getattr(function, "__self__", None)
    return any(map(_waits_here, (function, owner)))


_HERE = __name__.rpartition(".")[0]


def _waits_here(part: object) -> bool:
    """Whether ``part`` is marked, and of this copy of the runtime: the waits of another know nothing of our deadlines."""
    if getattr(part, "_ends_at_deadlines", False) is not True:
        return False
    marked = next((kind for kind in type(part).__mro__ if "_ends_at_deadlines" in vars(kind)), part)
    return str(getattr(marked, "__module__", "")).rpartition(".")[0] == _HERE
