"""Deadlines and cancel scopes around a part of a flow, and `wait_for`.

A deadline ends the waits of this runtime inside the block (its locks, queues, sleeps and tasks, however deep in the
calls), and calls made through `interruptible`. It does not stop anything else: a block that comes to its end without
such a wait is left normally, however late, as it is in asyncio when nothing is awaited.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .futures import Future
from .scopes import Scope, current_scope
from .threads import interruptible
from .waiting import ends_at_deadlines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

T = TypeVar("T")


class Timeout:
    """What `asyncio.timeout` returns: when it expires, a wait inside ends and the block raises `TimeoutError`."""

    def __init__(self, when: float | None) -> None:
        self._scope = Scope(inf if when is None else when)

    def when(self) -> float | None:
        """The deadline, on the clock of `time.monotonic`; None is never."""
        return None if self._scope.deadline == inf else self._scope.deadline

    def reschedule(self, when: float | None) -> None:
        if self._scope.expired:
            raise RuntimeError("Cannot change state of expired Timeout")
        self._scope.deadline = inf if when is None else when

    def expired(self) -> bool:
        return self._scope.expired

    def __enter__(self) -> Timeout:
        self._scope.enter()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._scope.leave()
        if self._scope.expired and self._scope.caused(error):
            raise TimeoutError from error


def timeout(delay: float | None) -> Timeout:
    """`asyncio.timeout`: so many seconds from now; None is no limit."""
    return Timeout(None if delay is None else time.monotonic() + delay)


def timeout_at(when: float | None) -> Timeout:
    """`asyncio.timeout_at`, on the clock of `time.monotonic`, which is the loop's."""
    return Timeout(when)


class CancelScope(Scope):
    """The cancel scope of anyio and trio: once it is cancelled or its deadline passes, every wait inside raises."""

    def __init__(self, *, deadline: float = inf, shield: bool = False) -> None:
        super().__init__(deadline, sticky=True, shield=shield)
        self.cancelled_caught = False
        self._inside = False

    @property
    def cancel_called(self) -> bool:
        return self.requests > 0 or (self._inside and time.monotonic() >= self.deadline)

    def cancel(self, reason: str | None = None) -> None:
        self.interrupt(reason)

    def enter(self) -> None:
        self._inside = True
        super().enter()

    def leave(self) -> None:
        self._inside = False
        super().leave()

    def __enter__(self) -> CancelScope:
        self.enter()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        self.leave()
        self.cancelled_caught = self.caused(error)
        return self.cancelled_caught


def move_on_at(deadline: float, *, shield: bool = False) -> CancelScope:
    """`trio.move_on_at`, on the clock of `time.monotonic`."""
    return CancelScope(deadline=deadline, shield=shield)


def move_on_after(delay: float | None, shield: bool = False) -> CancelScope:
    """`anyio.move_on_after`, `trio.move_on_after`: the block is left without an error when the time is up."""
    return move_on_at(inf if delay is None else time.monotonic() + delay, shield=shield)


@contextmanager
def fail_at(deadline: float, *, shield: bool = False) -> Iterator[CancelScope]:
    """`trio.fail_at`, with `TimeoutError` for trio.TooSlowError."""
    with move_on_at(deadline, shield=shield) as scope:
        yield scope
    if scope.cancelled_caught and time.monotonic() >= scope.deadline:
        raise TimeoutError


def fail_after(delay: float | None, shield: bool = False) -> AbstractContextManager[CancelScope]:
    """`anyio.fail_after`, `trio.fail_after`: the block raises `TimeoutError` when the time is up."""
    return fail_at(inf if delay is None else time.monotonic() + delay, shield=shield)


def current_effective_deadline() -> float:
    """The earliest deadline around, `math.inf` if there is none, ``-math.inf`` if the next wait will be cancelled."""
    innermost = current_scope()
    scopes = list(innermost.chain()) if innermost else []
    return -inf if any(scope.pending for scope in scopes) else min([inf, *(scope.deadline for scope in scopes)])


@overload
def wait_for(awaited: Future[T], seconds: float | None, /) -> T: ...
@overload
def wait_for(awaited: Callable[_P, T], seconds: float | None, /, *args: _P.args, **kwargs: _P.kwargs) -> T: ...
@ends_at_deadlines
def wait_for(awaited: Any, seconds: float | None, /, *args: Any, **kwargs: Any) -> Any:
    """``await asyncio.wait_for(function(*args), seconds)``: the result, or `TimeoutError` when the time is up.

    A task, and a call that waits in this runtime, is cancelled then and has unwound before the error is raised. What
    blocks in anything else is left behind, see `interruptible`.
    """
    if isinstance(awaited, Future):
        awaited = awaited.result
    elif seconds is not None and seconds <= 0:
        raise TimeoutError
    with timeout(seconds):
        return interruptible(awaited, *args, **kwargs)
