"""Futures of threads that a caller hands in: the async side gets one that it can await, of the same state.

What `concurrent.futures` gives, and the futures of converted code, are settled by some thread. The one that stands for it on
the async side shares all that it holds; so it is as done, and as cancelled, as that is, whoever does it. Objects in it
are translated, those who ask never wait on the loop, and those who are to be told when it is done are called there.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .wrap_kept import kept

if TYPE_CHECKING:
    from .wrap_translation import Translation


def is_thread_future(cls: Any) -> bool:
    """Whether objects of ``cls`` are futures that threads settle, and that nothing can await."""
    if hasattr(cls, "__await__") or not (hasattr(cls, "add_done_callback") and hasattr(cls, "result")):
        return False
    is_of_executors = any(base.__module__ == "concurrent.futures._base" for base in cls.__mro__)
    return is_of_executors or getattr(cls, "_awaited_by_result", False) is True


def future_to_async(translation: Translation, future: Any) -> Any:
    """The one that stands for ``future`` on the async side."""
    if not hasattr(future, "__dict__"):
        return future
    return kept(future, (translation.package, "future"), lambda: _given(translation, future))


def _given(translation: Translation, future: Any) -> Any:
    given = object.__new__(_given_class(type(future)))
    given.__dict__ = future.__dict__
    _put(given, "_future_", future)
    _put(given, "_told_", [])
    _put(given, "_translation_", translation)
    return given


def future_to_sync(_: Translation, given: Any) -> Any:
    """The caller's own."""
    return given._future_


def _made_class(cls: type) -> Any:
    return type(cls.__name__, (GivenFuture, cls), {"__slots__": ("_future_", "_told_", "_translation_")})


_given_class: Callable[[type], Any] = functools.cache(_made_class)
_put = object.__setattr__


class GivenFuture:
    """Before the class of the caller's future, whose methods do the work."""

    __slots__ = ()

    if TYPE_CHECKING:
        _future_: Any
        _told_: list[Any]
        _translation_: Translation

    def __await__(self) -> Any:
        if not self._future_.done():
            yield from _settled(self._future_).__await__()
        return self.result()

    def result(self, timeout: float | None = None) -> Any:
        """As of any future; on a loop, it must be there."""
        self._check()
        return self._translation_.to_async(self._asked(self._future_.result, timeout))

    def exception(self, timeout: float | None = None) -> Any:
        """Likewise."""
        self._check()
        return self._asked(self._future_.exception, timeout)

    def _check(self) -> None:
        if not self._future_.done() and _running_loop() is not None:
            from asyncio import InvalidStateError

            raise InvalidStateError("Result is not set.")

    def _asked(self, ask: Any, timeout: float | None) -> Any:
        try:
            return ask(timeout)
        except BaseException:
            if not self._future_.cancelled():
                raise
        from asyncio import CancelledError

        raise CancelledError

    def set_result(self, result: Any) -> None:
        """For async code that settles it."""
        self._future_.set_result(self._translation_.to_sync(result))

    def set_exception(self, exception: Any) -> None:
        """Likewise; who is told of it is given the caller's own future."""
        self._future_.set_exception(exception)

    def cancel(self, *message: Any) -> bool:
        """Likewise."""
        return bool(self._future_.cancel(*message))

    def add_done_callback(self, function: Any, **options: Any) -> None:
        """Call ``function`` on the loop that runs now, if there is one."""
        loop = _running_loop()
        self._told_.append(function)

        def tell(_: Any) -> None:
            if loop is None:
                self._tell(function)
                return
            with contextlib.suppress(RuntimeError):  # it is closed
                loop.call_soon_threadsafe(self._tell, function, **options)

        self._future_.add_done_callback(tell)

    def _tell(self, function: Any) -> None:
        if function in self._told_:
            self._told_.remove(function)
            function(self)

    def remove_done_callback(self, function: Any) -> int:
        """Forget a callback; how often it was there."""
        left = [one for one in self._told_ if one != function]
        removed = len(self._told_) - len(left)
        self._told_[:] = left
        return removed

    def __del__(self) -> None:
        """What has not been asked for is the caller's future's to say."""


def _settled(future: Any) -> Any:
    """A future of the running loop that is done when ``future`` is; cancelling the one cancels the other."""
    loop = _running_loop()
    waiter = loop.create_future()

    def settle() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def tell(_: Any) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            loop.call_soon_threadsafe(settle)

    def cancel(done: Any) -> None:
        if done.cancelled():
            future.cancel()

    waiter.add_done_callback(cancel)
    future.add_done_callback(tell)
    return waiter


def _running_loop() -> Any:
    from asyncio import _get_running_loop

    return _get_running_loop()
