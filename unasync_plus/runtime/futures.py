"""`Future`, a result that arrives later, and `Watch`, which waits for several of them."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .scopes import CancelledError, Scope, Waiter, lock
from .waiting import park, release_held

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Iterable
    from types import TracebackType

T = TypeVar("T")
SECONDS_FOR_CALLBACKS = 0.5


class InvalidStateError(Exception):
    """A future was given a second outcome; the counterpart of `asyncio.InvalidStateError`."""


class Future(Generic[T]):
    """What `asyncio.Future` is, from any thread: ``await future`` is ``future.result()``, which waits.

    A callback runs in the thread that finishes the future, in the order of adding, before waiting threads go on; on a
    finished future it runs at once. (In asyncio the loop calls it a little later.)
    """

    _ends_at_deadlines = True
    _awaited_by_result = True

    def __init__(self) -> None:
        self._done = False
        self._settled = False  # the callbacks have run too
        self._settling: int | None = None  # the thread in which they do
        self._result: T | None = None
        self._exception: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._retrieved = True  # there is no exception that nobody has asked for
        self._callbacks: list[tuple[Callable[[Any], object], Context]] = []
        self._observers: list[Callable[[Future[Any]], object]] = []

    def done(self) -> bool:
        return self._done

    def cancelled(self) -> bool:
        return self._done and isinstance(self._exception, CancelledError)

    def failed(self) -> bool:
        """Finished with an exception, or cancelled."""
        return self._done and self._exception is not None

    def cancel(self, msg: str | None = None) -> bool:
        """Finish as cancelled: whoever waits gets `CancelledError`. False if it had finished."""
        return self._finish(exception=CancelledError() if msg is None else CancelledError(msg))

    def set_result(self, result: T) -> None:
        if not self._finish(result):
            raise InvalidStateError(f"{self!r} has an outcome already")

    def set_exception(self, exception: BaseException | type[BaseException]) -> None:
        error = exception() if isinstance(exception, type) else exception
        if not self._finish(exception=error):
            raise InvalidStateError(f"{self!r} has an outcome already")

    def result(self, timeout: float | None = None) -> T:
        """Wait for the outcome, and return or raise it; `TimeoutError` when ``timeout`` seconds were not enough.

        It waits as ``await`` does: a cancellation or deadline of the waiting flow is passed on to this future, and the
        wait goes on until a task has unwound; a task that is blocked in something else is left behind.
        """
        self._wait(timeout)
        self._retrieved = True
        if isinstance(self._exception, CancelledError):
            raise CancelledError(*self._exception.args)
        if self._exception is not None:
            raise self._exception.with_traceback(self._traceback)
        return cast("T", self._result)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait, and return the exception instead of raising it; a cancelled future raises."""
        self._wait(timeout)
        if self.cancelled():
            self.result()
        self._retrieved = True
        return self._exception

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context | None = None) -> None:
        entry = (callback, copy_context() if context is None else context)
        with lock:
            if not self._done:
                self._callbacks.append(entry)
                return
        self._call(*entry)

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        """Forget a callback; how many there were."""
        with lock:
            left = [entry for entry in self._callbacks if entry[0] != callback]
            removed = len(self._callbacks) - len(left)
            self._callbacks = left
        return removed

    def observe(self, observer: Callable[[Future[Any]], object]) -> None:
        """Call when this has finished and its callbacks have run; for those who wait."""
        with lock:
            if not self._settled:
                self._observers.append(observer)
                return
        observer(self)

    def forget(self, observer: Callable[[Future[Any]], object]) -> None:
        with lock, suppress(ValueError):
            self._observers.remove(observer)

    def disregard(self) -> BaseException | None:
        """Do not report the exception of this finished future, as something else is done with it: here it is."""
        self._retrieved = True
        return self._exception

    def unwind(self, *, sticky: bool = False) -> bool:
        """Pass a cancellation on to this; True if it has ended, or is ending, because of that. See `Scope.sticky`."""
        return self.cancel()

    def join(self) -> None:
        """Wait for what is left of the thread behind a settled future: a few instructions."""

    def _wait(self, timeout: float | None) -> None:
        if self._done:
            if not self._settled and self._settling != threading.get_ident():
                self._let_settle()
            return
        _, interruption = await_futures([self], timeout=timeout)
        if isinstance(interruption, KeyboardInterrupt):
            raise interruption

    def _let_settle(self) -> None:
        """Who had waited in time had found that the callbacks have run. They do not wait, so a lock must be to blame if one does."""
        over = threading.Event()
        self.observe(lambda _: over.set())
        over.wait(SECONDS_FOR_CALLBACKS)

    def _finish(self, result: T | None = None, exception: BaseException | None = None) -> bool:
        with lock:
            if self._done:
                return False
            self._result, self._exception = result, exception
            self._traceback = None if exception is None else exception.__traceback__
            self._retrieved = exception is None or isinstance(exception, CancelledError)
            self._settling = threading.get_ident()
            self._done = True
            callbacks, self._callbacks = self._callbacks, []
        try:
            for entry in callbacks:
                self._call(*entry)
        finally:
            with lock:
                self._settled = True
                observers, self._observers = self._observers, []
            for observer in observers:
                observer(self)
        return True

    def _call(self, callback: Callable[[Any], object], context: Context) -> None:
        try:
            context.copy().run(callback, self)  # a copy, as the context itself may be in use by another thread
        except Exception as error:
            report(f"Exception in callback {callback!r}", error, future=self)

    def __del__(self) -> None:
        if not self._retrieved and self._exception is not None:
            report(f"{type(self).__name__} exception was never retrieved", self._exception, future=self)

    def __repr__(self) -> str:
        state = "cancelled" if self.cancelled() else "finished" if self._done else "pending"
        return f"<{type(self).__name__} {state}>"


def wrap_future(future: concurrent.futures.Future[T] | Future[T]) -> Future[T]:
    """``asyncio.wrap_future``: a future of an executor as one of ours; outcome and cancellation pass over."""
    if isinstance(future, Future):
        return future
    wrapped: Future[T] = Future()

    def finish(done: concurrent.futures.Future[T]) -> None:
        if done.cancelled():
            wrapped.cancel()
        else:
            error = done.exception()
            wrapped._finish(exception=error) if error is not None else wrapped._finish(done.result())

    def cancel(done: Future[T]) -> None:
        if done.cancelled():
            future.cancel()

    wrapped.add_done_callback(cancel)
    future.add_done_callback(finish)
    return wrapped


handlers: list[Callable[[dict[str, Any]], object]] = []
"""Who is told of exceptions that nobody can be given, instead of the log: one at most, see `exception_handlers`."""


def report(message: str, error: BaseException, **context: Any) -> None:
    """Tell of an exception that nobody can be given."""
    tell = handlers[0] if handlers else log
    tell({"message": message, "exception": error, **context})


def log(context: dict[str, Any]) -> None:
    """What asyncio does with such a context if nobody else is told."""
    message = context.get("message") or "Unhandled exception in event loop"
    more = [f"{key}: {value!r}" for key, value in sorted(context.items()) if key not in ("message", "exception")]
    logging.getLogger(__name__).error("\n".join([message, *more]), exc_info=context.get("exception"))


class Watch:
    """Sees futures finish, in the order in which they do; `wait` blocks until ``enough`` of them have."""

    def __init__(self, futures: Iterable[Future[Any]], enough: int | None = None, *, until_error: bool = False) -> None:
        self.futures = list(dict.fromkeys(futures))
        self.finished: list[Future[Any]] = []
        self.enough = len(self.futures) if enough is None else enough
        self._until_error = until_error
        self._failed = False
        self._waiter: Waiter | None = None
        for future in self.futures:
            future.observe(self._see)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        for future in self.futures:
            future.forget(self._see)

    def wait(self, timeout: float | None = None, *, ignore: list[Scope] = []) -> bool:  # noqa: B006 - only read
        with lock:
            waiter = None if self._satisfied() else Waiter()
            self._waiter = waiter
        if waiter is None:
            release_held()  # in asyncio it waits, so all that it has started begins
            return True
        return park(waiter, timeout, ignore=ignore)

    def _satisfied(self) -> bool:
        return len(self.finished) >= self.enough or (self._until_error and self._failed)

    def _see(self, future: Future[Any]) -> None:
        with lock:
            self.finished.append(future)
            self._failed = self._failed or future.failed()
            if self._waiter is not None and self._satisfied():
                self._waiter.wake()


def await_futures(
    futures: Iterable[Future[Any]], *, until_error: bool = False, timeout: float | None = None
) -> tuple[list[Future[Any]], BaseException | None]:
    """Wait for all, or for the first error, as ``await`` does; what finished, in this order, and what interrupted it.

    An interruption, `CancelledError` or `KeyboardInterrupt`, is passed on to the unfinished ones, and those that unwind
    because of it are waited for. If there are none, it is raised at once.
    """
    end = None if timeout is None else time.monotonic() + timeout
    ignore: list[Scope] = []
    interruption: BaseException | None = None
    while True:
        with Watch(futures, until_error=until_error) as watch:
            try:
                if not watch.wait(None if end is None else end - time.monotonic(), ignore=ignore):
                    raise TimeoutError
            except (CancelledError, KeyboardInterrupt) as error:
                interruption, end, until_error = error, None, False
                scope = error.scope if isinstance(error, CancelledError) else None
                sticky = scope is not None and scope.sticky
                futures = [future for future in watch.futures if not future.done() and future.unwind(sticky=sticky)]
                if not futures:
                    raise
                if scope is not None and sticky:
                    ignore.append(scope)  # it would end every wait from now on
            else:
                for future in watch.finished:
                    future.join()
                return watch.finished, interruption
