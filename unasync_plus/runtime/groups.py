"""`TaskGroup`, of asyncio; that of anyio and trio is in `nursery`.

Leaving the block waits for every thread that was started in it. The first error cancels the others, and the body; they
are waited for until they have ended, also those that are blocked in something that cannot be cancelled.
"""

from __future__ import annotations

import builtins
import importlib
import time
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

from .scopes import CancelledError, Scope, Waiter, lock
from .tasks import Task, cancel_all
from .waiting import park

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from types import TracebackType

    from typing_extensions import Self, TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")

T = TypeVar("T")

SECONDS_OF_A_TICK = 0.001
"""What times out within that of an error does so in the same step of an event loop, and is not cancelled by it."""
_CRITICAL = (KeyboardInterrupt, SystemExit)  # raised as they are, not in a group


class TaskGroup:
    """`asyncio.TaskGroup`. Errors are raised as an ``ExceptionGroup``.

    Before Python 3.11 that is the one of the `exceptiongroup` package; without it the first error is raised, with the
    others behind it as its ``__context__``.
    """

    def __init__(self) -> None:
        self._scope = Scope()
        self._children: set[Task[Any]] = set()
        self._threads: list[Task[Any]] = []
        self._errors: list[BaseException] = []
        self._waiter: Waiter | None = None
        self._entered = False
        self._exiting = False
        self._aborting = False

    def create_task(
        self,
        function: Callable[[Unpack[_Ts]], T],
        /,
        *args: Unpack[_Ts],
        name: str | None = None,
        context: Context | None = None,
    ) -> Task[T]:
        """``group.create_task(function(*args))``; arguments as in `threads.create_task`."""
        task = Task(function, args, name=name, context=context, around=self._around())
        self._start(task)
        return task

    def __enter__(self) -> Self:
        if self._entered:
            raise RuntimeError(f"{self!r} has already been entered")
        self._entered = True
        self._scope.enter()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._leave(error)

    def _leave(self, error: BaseException | None) -> bool:
        """Wait for the children; True where the error in the block is the group's own cancellation of it."""
        own = self._scope.caused(error)
        self._scope.leave()
        self._exiting = True
        if isinstance(error, _CRITICAL):
            self._desert()
            return False
        if error is not None:
            self._abort()
        interruption = self._wait_for_children()
        errors, self._errors = self._errors, []
        if error is not None and not isinstance(error, CancelledError):
            errors.append(error)
        for critical in errors:
            if isinstance(critical, _CRITICAL):
                raise critical
        if errors:
            _raise_together(errors)
        if interruption is not None:
            raise interruption
        return own

    def _around(self) -> Scope | None:
        """What can cancel the children all at once."""
        return None

    def _launch(self, task: Task[Any]) -> None:
        task.start(hold=True)

    def _start(self, task: Task[Any]) -> None:
        if not self._entered:
            raise RuntimeError(f"{self!r} has not been entered")
        with lock:
            if self._exiting and not self._children:
                raise RuntimeError(f"{self!r} is finished")
            self._children.add(task)
            late = self._aborting
        if late:
            task.unwind()
        try:
            self._launch(task)
        except BaseException:
            with lock:
                self._children.discard(task)
            raise
        task.observe(lambda _: self._on_end(task))

    def _abort(self) -> None:
        """Cancel the children, and the body if it is still running."""
        with lock:
            first, self._aborting = not self._aborting, True
            if first:
                self._cancel()

    def _desert(self) -> None:
        """Cancel the children, and wait for those only that were waiting: Ctrl-C must not take long."""
        cancel_all(list(self._children))
        self._abort()

    def _cancel(self) -> None:
        now = time.monotonic()
        for task in self._children:
            task.unwind(after=now + SECONDS_OF_A_TICK)
        if not self._exiting:
            self._scope.interrupt()

    def _on_end(self, task: Task[Any]) -> None:
        error = task.disregard()
        if error is not None and not isinstance(error, CancelledError):
            self._on_error(task, error)
        with lock:
            self._children.discard(task)
            self._threads = [other for other in self._threads if not other.ended()] + [task]
            if self._waiter is not None and not self._children:
                self._waiter.wake()

    def _on_error(self, task: Task[Any], error: BaseException) -> None:
        with lock:
            self._errors.append(error)
        self._abort()

    def _wait_for_children(self) -> BaseException | None:
        """Wait for all, whatever happens; what happened, if anything did."""
        interruption: BaseException | None = None
        ignore: list[Scope] = []
        while True:
            with lock:
                if not self._children:
                    break
                self._waiter = waiter = Waiter()
            try:
                park(waiter, ignore=ignore)
            except CancelledError as error:
                interruption = error
                self._abort()
                if error.scope is not None and error.scope.sticky:
                    ignore.append(error.scope)
            except KeyboardInterrupt:
                self._desert()
                raise
        for task in self._threads:
            task.is_waited_for()
            task.join()
        return interruption


def _raise_together(errors: list[BaseException]) -> NoReturn:
    group = _group_class()
    if group is not None:
        raise group("unhandled errors in a TaskGroup", errors) from None
    first = errors[0]
    for error in errors:
        chain = _contexts(first)
        if not set(chain) & set(_contexts(error)):
            chain[-1].__context__ = error
    context = first.__context__
    try:
        raise first
    finally:
        first.__context__ = context  # not the error that ended the body, which Python has put there


def _group_class() -> Callable[[str, list[BaseException]], BaseException] | None:
    try:
        module = builtins if hasattr(builtins, "BaseExceptionGroup") else importlib.import_module("exceptiongroup")
    except ImportError:
        return None
    return cast("Callable[[str, list[BaseException]], BaseException]", vars(module)["BaseExceptionGroup"])


def _contexts(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__context__
    return chain
