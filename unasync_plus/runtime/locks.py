"""asyncio's locks for threads, with waits that end at deadlines and cancellations, first come, first served.

`threading` has the same classes, and they do where nothing interrupts a wait; these keep asyncio's `locked` and its
fairness besides.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from .scopes import Waiter
from .waiting import WouldBlock, checkpoint, park, shielded

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Lockable(Protocol):
    def acquire(self) -> object: ...
    def release(self) -> object: ...
    def locked(self) -> bool: ...


class Event:
    """`asyncio.Event`; a signal handler may set it too."""

    _ends_at_deadlines = True

    def __init__(self) -> None:
        self._mutex = threading.RLock()  # a signal handler may run while its thread holds it
        self._set = False
        self._waiters: set[Waiter] = set()

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._mutex:
            self._set = True
            waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            waiter.wake()

    def clear(self) -> None:
        with self._mutex:
            self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        """True; False only if ``timeout`` seconds have passed first, like `threading.Event.wait`."""
        checkpoint()
        with self._mutex:
            if self.is_set():
                return True
            waiter = Waiter()
            self._waiters.add(waiter)
            if self.is_set():  # by a signal handler, just now
                waiter.wake()
        try:
            return park(waiter, timeout)
        finally:
            with self._mutex:
                self._waiters.discard(waiter)


class Semaphore:
    """`asyncio.Semaphore`: `release` hands over to whoever has waited longest."""

    _ends_at_deadlines = True

    def __init__(self, value: int = 1) -> None:
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self._mutex = threading.Lock()
        self._value = value
        self._waiters: deque[Waiter] = deque()

    def locked(self) -> bool:
        """Whether `acquire` would wait."""
        return self._value == 0

    @property
    def value(self) -> int:
        """How many may still come in, as in anyio and trio."""
        return self._value

    def acquire_nowait(self) -> None:
        """Raise `WouldBlock` where `acquire` would wait, as in anyio and trio."""
        if not self.acquire(blocking=False):
            raise WouldBlock

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """True; False only if it may not wait, or no longer, like `threading.Semaphore.acquire`."""
        if blocking:
            checkpoint()
        with self._mutex:
            if self._value > 0:
                self._value -= 1
                return True
            if not blocking:
                return False
            waiter = Waiter()
            self._waiters.append(waiter)
        try:
            return park(waiter, timeout)
        except BaseException:
            if waiter.woken:
                self.release()
            raise
        finally:
            if not waiter.woken:
                with self._mutex:
                    if waiter in self._waiters:
                        self._waiters.remove(waiter)

    def release(self) -> None:
        with self._mutex:
            self._check_release()
            while self._waiters:
                if self._waiters.popleft().wake():
                    return
            self._value += 1

    def _check_release(self) -> None:
        """Raise if there is nothing to release."""

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """`asyncio.BoundedSemaphore`."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._bound = value

    def _check_release(self) -> None:
        if self._value >= self._bound:
            raise ValueError("BoundedSemaphore released too many times")


class Lock(Semaphore):
    """`asyncio.Lock`: any flow may release it; a flow that takes it twice waits for itself, as in asyncio."""

    def __init__(self) -> None:
        super().__init__(1)

    def _check_release(self) -> None:
        if self._value:
            raise RuntimeError("Lock is not acquired.")


class Condition:
    """`asyncio.Condition`, on a lock of its own or on a given one."""

    _ends_at_deadlines = True

    def __init__(self, lock: _Lockable | None = None) -> None:
        self._lock = Lock() if lock is None else lock
        self._waiters: deque[Waiter] = deque()

    def locked(self) -> bool:
        return self._lock.locked()

    def acquire(self) -> Literal[True]:
        self._lock.acquire()
        return True

    def release(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for `notify`, without the lock meanwhile; False only if ``timeout`` seconds have passed first."""
        self._check("wait on")
        waiter = Waiter()
        self._waiters.append(waiter)
        self._lock.release()
        try:
            woken = park(waiter, timeout)
        except BaseException:
            self._retake(waiter)
            if waiter.woken:
                self.notify()
            raise
        self._retake(waiter)
        return woken

    def wait_for(self, predicate: Callable[[], T]) -> T:
        """Wait until ``predicate()`` is true, and return what it returned."""
        result = predicate()
        while not result:
            self.wait()
            result = predicate()
        return result

    def notify(self, n: int = 1) -> None:
        self._check("notify on")
        while n > 0 and self._waiters:
            if self._waiters.popleft().wake():
                n -= 1

    def notify_all(self) -> None:
        self.notify(len(self._waiters))

    def _retake(self, waiter: Waiter) -> None:
        with shielded():
            self._lock.acquire()
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    def _check(self, action: str) -> None:
        if not self._lock.locked():
            raise RuntimeError(f"cannot {action} un-acquired lock")
