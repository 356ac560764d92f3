"""`anyio.CapacityLimiter` and `trio.CapacityLimiter` for threads: tokens that know who borrowed them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from math import isinf
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .scopes import Waiter
from .tasks import current_task
from .waiting import WouldBlock, checkpoint, park

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")

T = TypeVar("T")


class Statistics(NamedTuple):
    borrowed_tokens: int
    total_tokens: float
    borrowers: tuple[object, ...]
    tasks_waiting: int


class CapacityLimiter:
    """At most ``total_tokens`` borrowers at a time, each of them once; who has waited longest is next."""

    _ends_at_deadlines = True

    def __init__(self, total_tokens: float) -> None:
        self._mutex = threading.Lock()
        self._borrowers: set[object] = set()
        self._waiters: OrderedDict[object, Waiter] = OrderedDict()
        self._total: float = 0
        self.total_tokens = total_tokens

    @property
    def total_tokens(self) -> float:
        return self._total

    @total_tokens.setter
    def total_tokens(self, value: float) -> None:
        if not isinstance(value, int) and not isinf(value):
            raise TypeError("total_tokens must be an int or math.inf")
        if value < 0:
            raise ValueError("total_tokens must be >= 0")
        with self._mutex:
            self._total = value
            self._hand_on()

    @property
    def borrowed_tokens(self) -> int:
        return len(self._borrowers)

    @property
    def available_tokens(self) -> float:
        return self._total - len(self._borrowers)

    def acquire(self) -> None:
        self.acquire_on_behalf_of(current_task())

    def acquire_nowait(self) -> None:
        self.acquire_on_behalf_of_nowait(current_task())

    def acquire_on_behalf_of(self, borrower: object) -> None:
        checkpoint()
        with self._mutex:
            if self._borrow(borrower):
                return
            waiter = self._waiters[borrower] = Waiter()
        try:
            park(waiter)
        except BaseException:
            with self._mutex:
                if waiter.woken:
                    self._borrowers.remove(borrower)
                    self._hand_on()
                else:
                    del self._waiters[borrower]
            raise

    def acquire_on_behalf_of_nowait(self, borrower: object) -> None:
        with self._mutex:
            if not self._borrow(borrower):
                raise WouldBlock

    def release(self) -> None:
        self.release_on_behalf_of(current_task())

    def release_on_behalf_of(self, borrower: object) -> None:
        with self._mutex:
            if borrower not in self._borrowers:
                raise RuntimeError("this borrower isn't holding any of this CapacityLimiter's tokens")
            self._borrowers.remove(borrower)
            self._hand_on()

    def statistics(self) -> Statistics:
        with self._mutex:
            return Statistics(len(self._borrowers), self._total, tuple(self._borrowers), len(self._waiters))

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _borrow(self, borrower: object) -> bool:
        if borrower in self._borrowers or borrower in self._waiters:
            raise RuntimeError("this borrower is already holding one of this CapacityLimiter's tokens")
        if self._waiters or len(self._borrowers) >= self._total:
            return False
        self._borrowers.add(borrower)
        return True

    def _hand_on(self) -> None:
        for borrower in list(self._waiters):
            if len(self._borrowers) >= self._total:
                return
            if self._waiters[borrower].wake():
                self._borrowers.add(borrower)
                del self._waiters[borrower]


def limited(limiter: Any, function: Callable[[Unpack[_Ts]], T], *args: Unpack[_Ts]) -> T:
    """``function(*args)``, with a token of ``limiter`` meanwhile, if there is one."""
    if limiter is None:
        return function(*args)
    with limiter:
        return function(*args)
