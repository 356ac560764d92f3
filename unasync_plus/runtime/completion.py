"""`wait` and `as_completed`: several tasks, in the order in which they finish."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from .futures import Future, Watch
from .threads import ensure_future
from .waiting import ends_at_deadlines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .threads import _Awaited

T = TypeVar("T")
F = TypeVar("F", bound=Future[Any])

FIRST_COMPLETED = "FIRST_COMPLETED"
FIRST_EXCEPTION = "FIRST_EXCEPTION"
ALL_COMPLETED = "ALL_COMPLETED"


@overload
def wait(
    futures: Iterable[F], *, timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> tuple[set[F], set[F]]: ...
@overload
def wait(
    futures: Iterable[Callable[[], T]], *, timeout: float | None = None, return_when: str = ALL_COMPLETED
) -> tuple[set[Future[T]], set[Future[T]]]: ...
@ends_at_deadlines
def wait(futures: Any, *, timeout: float | None = None, return_when: str = ALL_COMPLETED) -> Any:
    """`asyncio.wait`: the sets of finished and unfinished ones; no `TimeoutError`, and nothing is cancelled."""
    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError(f"Invalid return_when value: {return_when}")
    started = {ensure_future(future) for future in futures}
    if not started:
        raise ValueError("Set of Tasks/Futures is empty.")
    enough = 1 if return_when == FIRST_COMPLETED else len(started)
    with Watch(started, enough, until_error=return_when == FIRST_EXCEPTION) as watch:
        watch.wait(timeout)
    done = set(watch.finished)
    for future in done:
        future.join()
    return done, started - done


class _Completion(Generic[T]):
    """The outcome of one of several futures, whichever finishes next when it is asked for."""

    _ends_at_deadlines = True
    _awaited_by_result = True

    def __init__(self, watch: Watch, end: float | None) -> None:
        self._watch = watch
        self._end = end
        self._future: Future[T] | None = None

    def future(self) -> Future[T]:
        if self._future is None:
            self._watch.enough += 1
            if not self._watch.wait(None if self._end is None else self._end - time.monotonic()):
                raise TimeoutError
            self._future = self._watch.finished[self._watch.enough - 1]
            self._future.join()
        return self._future

    def result(self) -> T:
        return self.future().result()


def as_completed(futures: Iterable[_Awaited[T]], *, timeout: float | None = None) -> Iterator[_Completion[T]]:
    """`asyncio.as_completed` in a ``for`` loop: ``await next_one`` becomes ``next_one.result()``, which waits.

    It raises `TimeoutError` when ``timeout`` seconds, from the start of the loop, were not enough.
    """
    end = None if timeout is None else time.monotonic() + timeout
    watch = Watch([ensure_future(future) for future in futures], enough=0)
    for _ in watch.futures:
        yield _Completion(watch, end)


def completed(futures: Iterable[F], *, timeout: float | None = None) -> Iterator[F]:
    """`asyncio.as_completed` in an ``async for`` loop: the futures themselves, as they finish."""
    for completion in as_completed(futures, timeout=timeout):
        yield cast("F", completion.future())
