"""`Retry`: how often, after which errors and with which pauses a call is tried again."""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Iterator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar, Union

    _T = TypeVar("_T")
    _Errors = Union[type[BaseException], tuple[type[BaseException], ...], Callable[[BaseException], bool]]


class Retry:
    """``attempts`` counts all of them, the first one too.

    Before attempt n + 1 there is a pause of ``backoff * factor ** (n - 1)`` seconds, at most ``max_delay``; ``jitter``
    makes it longer or shorter by up to that share. ``on`` is an exception class, a tuple of them, or a function that
    is given the exception; what it does not cover is raised at once. ``on_retry(attempt, error, delay)`` is called
    before the pause, with the number of the attempt that failed.
    """

    __slots__ = ("attempts", "backoff", "factor", "jitter", "max_delay", "on", "on_retry")

    def __init__(
        self,
        attempts: int = 3,
        backoff: float = 0.5,
        on: _Errors = (ConnectionError, TimeoutError),
        on_retry: Callable[[int, BaseException, float], object] | None = None,
        *,
        factor: float = 2.0,
        max_delay: float = 60.0,
        jitter: float = 0.0,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"attempts must be at least 1, not {attempts}")
        if backoff < 0 or factor < 0 or max_delay < 0 or not 0 <= jitter <= 1:
            raise ValueError("backoff, factor and max_delay can not be negative, and jitter lies between 0 and 1")
        self.attempts = attempts
        self.backoff = backoff
        self.on = on
        self.on_retry = on_retry
        self.factor = factor
        self.max_delay = max_delay
        self.jitter = jitter

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Retry({values})"

    def covers(self, error: BaseException) -> bool:
        """Is this an error after which to try again?"""
        on = self.on
        if not isinstance(on, (type, tuple)):
            return on(error)
        if isinstance(error, on):
            return True
        # Before Python 3.11, the TimeoutError of asyncio was a class of its own.
        classes = on if isinstance(on, tuple) else (on,)
        asyncio = sys.modules.get("asyncio")
        return TimeoutError in classes and asyncio is not None and isinstance(error, asyncio.TimeoutError)

    def pauses(self) -> Iterator[float]:
        """One pause for every attempt but the last, in seconds."""
        delay = self.backoff
        for _ in range(self.attempts - 1):
            yield min(delay, self.max_delay) * self._spread()
            delay = min(delay * self.factor, self.max_delay)

    def _spread(self) -> float:
        if not self.jitter:
            return 1.0
        import random

        return 1.0 + random.uniform(-self.jitter, self.jitter)

    def call(self, attempt: Callable[[], _T]) -> _T:
        """Call `attempt` until it succeeds, and pause in this thread."""
        for number, pause in enumerate(self.pauses(), start=1):
            try:
                return attempt()
            except BaseException as error:
                if not self.covers(error):
                    raise
                if self.on_retry is not None:
                    self.on_retry(number, error, pause)
            time.sleep(pause)
        return attempt()

    async def call_async(self, attempt: Callable[[], Awaitable[_T]], sleep: Callable[[float], Awaitable[object]]) -> _T:
        """Await `attempt` until it succeeds, and pause by awaiting `sleep`."""
        for number, pause in enumerate(self.pauses(), start=1):
            try:
                return await attempt()
            except BaseException as error:
                if not self.covers(error):
                    raise
                if self.on_retry is not None:
                    self.on_retry(number, error, pause)
            await sleep(pause)
        return await attempt()
