"""`Task`: a call that runs in a thread of its own, and can be waited for, named and cancelled as in asyncio."""

from __future__ import annotations

import atexit
import os
import threading
from contextvars import Context, ContextVar, copy_context
from functools import partial
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

from .futures import Future, Watch
from .scopes import CancelledError, Scope, current_scope, lock, set_scope
from .waiting import Gate, hold_back, release_held, shielded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

SECONDS_TO_UNWIND_AT_EXIT = 1.0

_numbers = count(1)
_unfinished: set[Task[Any]] = set()
_current: ContextVar[Task[Any] | None] = ContextVar("unasync_task", default=None)
_run_key: ContextVar[object] = ContextVar("unasync_run", default=None)
"""What tells the tasks of one `Runner` from those of another."""


class Task(Future[T_co]):  # type: ignore[type-var]  # a task, unlike a future, is only read; as in typeshed
    """A call in a daemon thread, in a copy of the caller's context variables, or in ``context`` itself.

    ``cancel`` drops a task that need not have begun, as its creator has not waited since. It raises `CancelledError`
    inside the wait of this runtime that the task is in, or comes to next; a task that ends before that ends as
    cancelled. It does not interrupt a call of anything else: waiting for the task then takes as long as that call. An
    exception that nobody asks for is logged.

    At interpreter exit, tasks that are in a wait are cancelled and may clean up for a second; nothing else is waited
    for. (At the end of `asyncio.run` the remaining tasks are cancelled likewise.)
    """

    def __init__(
        self,
        function: Callable[..., T_co],
        args: tuple[Any, ...] = (),
        *,
        name: str | None = None,
        context: Context | None = None,
        around: Scope | None = None,
        flow: Task[Any] | None = None,
    ) -> None:
        """``around``: scope whose cancellation reaches the task; ``flow``: the task on whose behalf this one runs."""
        super().__init__()
        if getattr(type(function), "_awaited_by_result", False):  # an object that was awaitable
            function = function.result  # type: ignore[attr-defined]  # it says that it has this method
        if not callable(function):
            raise TypeError(f"a call that has yet to be made is required, not {function!r}")
        self._function: Callable[[], T_co] | None = partial(function, *args)
        self._name = f"Task-{next(_numbers)}" if name is None else str(name)
        self._context = copy_context() if context is None else context
        self._flow = flow  # not itself: a cycle would keep the task alive, and its exception unreported
        self._run_key = _run_key.get()
        self._begun = False
        self._thread: threading.Thread | None = None
        self._gate: Gate | None = None
        self._scope = Scope()
        self._scope.parent = around

    def start(self, *, hold: bool = False) -> None:
        """Run in a thread, held back or not, see `hold_back`. `RuntimeError` if the system gives no more threads."""
        self._gate = hold_back() if hold else None
        thread = threading.Thread(target=self._enter, name=self._name, daemon=True)
        self._scope.begins_thread = True
        with lock:
            _unfinished.add(self)
            self._thread = thread
        try:
            thread.start()
        except RuntimeError:
            with lock:
                _unfinished.discard(self)
                self._thread = None
            self._open_gate()
            raise

    def run_here(self) -> None:
        """Run now, in this thread. What ends not only the task but this flow too is raised."""
        self._enter()
        ending = isinstance(self._exception, (KeyboardInterrupt, SystemExit, CancelledError))
        error = self.disregard() if ending else None
        around = current_scope()
        mine = isinstance(error, CancelledError) and not (around and any(error.scope is one for one in around.chain()))
        if error is not None and not mine:
            raise error

    def cancel(self, msg: str | None = None) -> bool:
        """Ask the task to end by `CancelledError`, see `Task`; False if it has finished."""
        with lock:
            if self._done:
                return False
            self._scope.interrupt(msg)
            if self._begun or self._may_begin():
                return True
            self._begun, self._function = True, None
        self._open_gate()
        return super().cancel(msg)

    def cancelling(self) -> int:
        return self._scope.requests

    def uncancel(self) -> int:
        return self._scope.take_back()

    def get_name(self) -> str:
        return self._name

    def set_name(self, value: object) -> None:
        self._name = str(value)
        if self._thread is not None:
            self._thread.name = self._name

    def get_context(self) -> Context:
        return self._context

    def set_result(self, result: object) -> None:
        raise RuntimeError("Task does not support set_result operation")

    def set_exception(self, exception: BaseException | type[BaseException]) -> None:
        raise RuntimeError("Task does not support set_exception operation")

    def unwind(self, *, sticky: bool = False, after: float = -inf) -> bool:
        with lock:
            self._scope.sticky = self._scope.sticky or sticky
            return self._scope.interrupt(after=after)

    def join(self) -> None:
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def is_waited_for(self) -> None:
        """See `Gate.is_waited_for`."""
        if self._gate is not None:
            self._gate.is_waited_for()

    def ended(self) -> bool:
        """Whether its thread is gone."""
        return self._thread is None or not self._thread.is_alive()

    def _wait(self, timeout: float | None) -> None:
        if not self._done and current_task() is self:
            raise RuntimeError(f"Task cannot await on itself: {self!r}")
        self.is_waited_for()
        super()._wait(timeout)

    def _may_begin(self) -> bool:
        """Whether its thread begins in this moment: in asyncio the task has begun, as its creator has waited."""
        return self._thread is not None and (
            self._gate is None or self._gate.is_released or self._gate.outcome is not None
        )

    def _open_gate(self) -> None:
        if self._gate is not None:
            self._gate.wake()

    def _enter(self) -> None:
        if self._gate is not None:
            self._gate.pass_through()
        try:
            self._context.run(self._run_in_context)
        except RuntimeError as error:  # this context is in use by another thread
            self._finish(exception=error)
        finally:
            if self._gate is not None:
                self._gate.rest()
            with lock:
                _unfinished.discard(self)
            del self  # the traceback of an exception holds this frame

    def _run_in_context(self) -> None:
        with lock:
            function, self._function = self._function, None
            if self._begun or function is None:
                return
            self._begun = True
        before = current_scope(), _current.get(), _run_key.get()
        set_scope(self._scope)
        _current.set(self._flow or self)
        _run_key.set(self._run_key)
        if self._gate is not None:
            self._gate.let_next_begin()
        result, error = _outcome(function)
        del function
        if error is None and self._scope.pending:
            error = CancelledError()
        set_scope(before[0])
        _current.set(before[1])
        _run_key.set(before[2])
        release_held()
        self._finish(result, error)
        del self, result, error, before  # the traceback of an exception holds this frame

    def __repr__(self) -> str:
        return super().__repr__().replace(" ", f" name={self._name!r} ", 1)


class _MainTask(Task[Any]):
    """Stands for what a thread does that is no task of ours; it cannot be cancelled or waited for."""

    def __init__(self) -> None:
        super().__init__(int, name=threading.current_thread().name)

    def cancel(self, msg: str | None = None) -> bool:
        return False

    def _wait(self, timeout: float | None) -> None:
        raise RuntimeError(f"{self!r} never finishes")


class _Flows(threading.local):
    main: _MainTask | None = None


_flows = _Flows()


def current_task() -> Task[Any]:
    """The task that runs this code; outside of any, an object that stands for this thread: named, never cancelled."""
    task = _current.get()
    if task is not None:
        return task
    if _flows.main is None:
        _flows.main = _MainTask()
    return _flows.main


def all_tasks() -> set[Task[Any]]:
    """The unfinished tasks, of this `Runner` if there is one; the flow that stands for a thread is not among them."""
    return {task for task in _of_this_run() if task._flow is None}


def begin_run() -> None:
    """Tell the tasks that are started from here on from all others."""
    _run_key.set(object())


def cancel_all(tasks: Iterable[Task[Any]], timeout: float | None = None) -> None:
    """Cancel tasks, and wait for those that were waiting, as they end now."""
    unwinding = [task for task in tasks if not task.done() and task.unwind()]
    with shielded(), Watch(unwinding) as watch:
        watch.wait(timeout)
    for task in watch.finished:
        task.join()


def cancel_run() -> None:
    """Cancel what is left of this run's tasks, and wait for those that are waiting."""
    cancel_all(_of_this_run())


def _of_this_run() -> list[Task[Any]]:
    with lock:
        return [task for task in _unfinished if task._run_key is _run_key.get() and not task.done()]


def _outcome(function: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return function(), None
    except BaseException as error:
        # without this frame, and without a cycle through it that would keep the task alive
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        return None, error


def _after_fork() -> None:
    """The threads of the parent are not there, and one of them may have held the lock."""
    _unfinished.clear()
    if hasattr(lock, "_at_fork_reinit"):  # what `threading` does with its own locks
        lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@atexit.register
def _unwind_at_exit() -> None:
    with lock:
        left = list(_unfinished)
    cancel_all(left, SECONDS_TO_UNWIND_AT_EXIT)
