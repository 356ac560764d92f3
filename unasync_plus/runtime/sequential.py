"""What `threads`, `completion` and `timeouts` do with tasks, without threads: a task runs when it is created.

The same names and signatures. A task is over before anybody can wait for it or cancel it; its exception is kept, and
raised where the task is awaited. A deadline still ends the waits of this runtime. A task that waits for what a later
one does would wait for ever. Groups of such tasks are in `sequential_groups`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from . import completion, threads, timeouts
from .completion import ALL_COMPLETED as ALL_COMPLETED
from .completion import FIRST_COMPLETED as FIRST_COMPLETED
from .completion import FIRST_EXCEPTION as FIRST_EXCEPTION
from .futures import Future as Future
from .futures import InvalidStateError as InvalidStateError
from .scopes import CancelledError as CancelledError
from .scopes import current_scope
from .tasks import Task as Task
from .tasks import all_tasks as all_tasks
from .tasks import current_task as current_task
from .threads import result_of as result_of
from .waiting import shielded
from .waiting import sleep as sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextvars import Context

    from typing_extensions import ParamSpec, TypeVarTuple, Unpack

    _F = TypeVar("_F", bound=Callable[..., Any])
    _P = ParamSpec("_P")
    _Ts = TypeVarTuple("_Ts")

T = TypeVar("T")


def _typed_like(original: _F) -> Callable[[Callable[..., Any]], _F]:
    """Give a function the type of its counterpart in threads."""
    return lambda function: cast("_F", function)


def create_task(
    function: Callable[[Unpack[_Ts]], T],
    /,
    *args: Unpack[_Ts],
    name: str | None = None,
    context: Context | None = None,
) -> Task[T]:
    task = Task(function, args, name=name, context=context, around=current_scope())
    task.run_here()
    return task


@_typed_like(threads.ensure_future)
def ensure_future(awaited: Any) -> Future[Any]:
    return awaited if isinstance(awaited, Future) else create_task(awaited)


@_typed_like(threads.gather)
def gather(*awaited: Any, return_exceptions: bool = False) -> Any:
    """Each call is made, also when one before it has failed; then the first error is raised."""
    return threads.gather(*_run_all(awaited), return_exceptions=return_exceptions)


@_typed_like(completion.wait)
def wait(futures: Iterable[Any], *, timeout: float | None = None, return_when: str = ALL_COMPLETED) -> Any:
    """Nothing is left over when `wait` has returned; that nothing may be waited for again."""
    calls = _run_all(futures)
    return completion.wait(calls, timeout=timeout, return_when=return_when) if calls else (set(), set())


@_typed_like(completion.as_completed)
def as_completed(futures: Iterable[Any], *, timeout: float | None = None) -> Any:
    return completion.as_completed(_run_all(futures), timeout=timeout)


@_typed_like(completion.completed)
def completed(futures: Iterable[Any], *, timeout: float | None = None) -> Any:
    return completion.completed(_run_all(futures), timeout=timeout)


@_typed_like(threads.shield)
def shield(awaited: Any, /, *args: Any, **kwargs: Any) -> Any:
    with shielded():
        return interruptible(awaited, *args, **kwargs)


def interruptible(function: Callable[_P, T], /, *args: _P.args, **kwargs: _P.kwargs) -> T:
    """A plain call: without a thread nobody can stop waiting for it."""
    call: Any = function
    if getattr(type(call), "_awaited_by_result", False):  # a future, or an object that was awaitable
        call = call.result
    return call(*args, **kwargs)  # type: ignore[no-any-return]  # what the signature says


@_typed_like(timeouts.wait_for)
def wait_for(awaited: Any, seconds: float | None, /, *args: Any, **kwargs: Any) -> Any:
    """Ends at the deadline only what waits in this runtime; anything else is waited for, and its result is returned."""
    if seconds is not None and seconds <= 0 and not isinstance(awaited, Future):
        raise TimeoutError
    with timeouts.timeout(seconds):
        return interruptible(awaited, *args, **kwargs)


def _run_all(awaited: Iterable[Any]) -> list[Future[Any]]:
    return [ensure_future(one) for one in awaited]
