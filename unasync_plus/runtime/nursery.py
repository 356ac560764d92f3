"""`Nursery`: the task group of anyio, the nursery of trio, which is cancelled as its cancel scope is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .futures import Future
from .groups import TaskGroup
from .scopes import Scope, lock
from .tasks import Task
from .timeouts import CancelScope

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")

T = TypeVar("T")


class TaskStatus(Generic[T]):
    """The ``task_status`` of a function that `Nursery.start` runs."""

    def __init__(self, started: Future[T] | None = None) -> None:
        self._started = started

    def started(self, value: Any = None) -> None:
        """Let `Nursery.start` return ``value``, while the function goes on."""
        if self._started is not None:
            self._started.set_result(value)


TASK_STATUS_IGNORED: TaskStatus[Any] = TaskStatus()
"""The default of such a parameter, for when the function is called otherwise."""


class _Started(Future[Any]):
    """What `Nursery.start` waits for: a cancellation of that wait is one of the child."""

    task: Task[Any]

    def unwind(self, *, sticky: bool = False) -> bool:
        return self.task.unwind(sticky=sticky)


class Nursery(TaskGroup):
    """The task group of anyio, the nursery of trio: cancelled as `cancel_scope` is, together with its body."""

    def __init__(self) -> None:
        super().__init__()
        self._scope = self.cancel_scope = CancelScope()
        self._starting: dict[Task[Any], _Started] = {}

    def __exit__(  # type: ignore[override]  # unlike that of asyncio, it can be cancelled from outside
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        caught = self._leave(error)
        self.cancel_scope.cancelled_caught |= caught
        return caught

    @property
    def child_tasks(self) -> frozenset[Task[Any]]:
        with lock:
            return frozenset(self._children)

    def start_soon(self, function: Callable[[Unpack[_Ts]], object], /, *args: Unpack[_Ts], name: object = None) -> None:
        self._start(Task(function, args, name=None if name is None else str(name), around=self._around()))

    def start(self, function: Callable[..., object], /, *args: Any, name: object = None) -> Any:
        """Wait until the function calls ``task_status.started(value)``, and return the value; it then runs on.

        An error before that is raised here.
        """
        started = _Started()
        call = partial(function, *args, task_status=TaskStatus(started))
        started.task = Task(call, name=None if name is None else str(name), around=self._around())
        self._starting[started.task] = started
        self._start(started.task)
        return started.result()

    def _on_error(self, task: Task[Any], error: BaseException) -> None:
        started = self._starting.get(task)
        if started is None or started.done():
            super()._on_error(task, error)
        else:
            started.set_exception(error)

    def _on_end(self, task: Task[Any]) -> None:
        self.cancel_scope.cancelled_caught |= task.cancelled() and self.cancel_scope.requests > 0
        super()._on_end(task)
        started = self._starting.pop(task, None)
        if started is not None and not started.done():
            if task.cancelled():
                started.cancel()
            else:
                started.set_exception(RuntimeError("child exited without calling task_status.started()"))

    def _around(self) -> Scope | None:
        return self.cancel_scope

    def _cancel(self) -> None:
        self.cancel_scope.cancel()
