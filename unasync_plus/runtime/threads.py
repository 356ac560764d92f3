"""What asyncio's functions that start and await tasks become: threads. Generated code imports from here.

An argument that was a coroutine, ``f(x)``, is a call that has yet to be made: ``f, x`` where one call is meant
(``create_task(f, x)``), else ``partial(f, x)``. A `Task` or `Future` may stand wherever such a call may.
"""

from __future__ import annotations

import sys
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, overload

from .futures import Future as Future
from .futures import InvalidStateError as InvalidStateError
from .futures import Watch, await_futures
from .scopes import CancelledError as CancelledError
from .scopes import current_scope
from .tasks import Task as Task
from .tasks import all_tasks as all_tasks
from .tasks import current_task as current_task
from .waiting import ends_at_deadlines, is_anything_held, is_interruptible, release_held
from .waiting import sleep as sleep

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from typing_extensions import ParamSpec, TypeVarTuple, Unpack

    _P = ParamSpec("_P")
    _Ts = TypeVarTuple("_Ts")
    _T1 = TypeVar("_T1")
    _T2 = TypeVar("_T2")
    _T3 = TypeVar("_T3")
    _T4 = TypeVar("_T4")
    _T_co = TypeVar("_T_co", covariant=True)
    _Awaited = Union[Future["T"], Callable[[], "T"]]

    class _AwaitedByResult(Protocol[_T_co]):
        """What a class with ``__await__`` has become."""

        _awaited_by_result: bool

        def result(self, timeout: float | None = None) -> _T_co: ...


T = TypeVar("T")


def create_task(
    function: Callable[[Unpack[_Ts]], T],
    /,
    *args: Unpack[_Ts],
    name: str | None = None,
    context: Context | None = None,
) -> Task[T]:
    """``asyncio.create_task(function(*args))``: the call begins when this thread next waits, or very soon. See `Task`.

    A call with keyword arguments is ``create_task(partial(function, x, key=y))``, as ``name`` and ``context`` are ours.
    """
    task = Task(function, args, name=name, context=context)
    task.start(hold=True)
    return task


def ensure_future(awaited: _Awaited[T]) -> Future[T]:
    """``asyncio.ensure_future``: a future stays as it is, a call starts as a task."""
    return awaited if isinstance(awaited, Future) else create_task(awaited)


@overload
def gather(a: _Awaited[_T1], /, *, return_exceptions: Literal[False] = False) -> tuple[_T1]: ...
@overload
def gather(a: _Awaited[_T1], b: _Awaited[_T2], /, *, return_exceptions: Literal[False] = False) -> tuple[_T1, _T2]: ...
@overload
def gather(
    a: _Awaited[_T1], b: _Awaited[_T2], c: _Awaited[_T3], /, *, return_exceptions: Literal[False] = False
) -> tuple[_T1, _T2, _T3]: ...
@overload
def gather(
    a: _Awaited[_T1],
    b: _Awaited[_T2],
    c: _Awaited[_T3],
    d: _Awaited[_T4],
    /,
    *,
    return_exceptions: Literal[False] = False,
) -> tuple[_T1, _T2, _T3, _T4]: ...
@overload
def gather(*awaited: _Awaited[T], return_exceptions: Literal[False] = False) -> list[T]: ...
@overload
def gather(a: _Awaited[_T1], /, *, return_exceptions: Literal[True]) -> tuple[_T1 | BaseException]: ...
@overload
def gather(
    a: _Awaited[_T1], b: _Awaited[_T2], /, *, return_exceptions: Literal[True]
) -> tuple[_T1 | BaseException, _T2 | BaseException]: ...
@overload
def gather(
    a: _Awaited[_T1], b: _Awaited[_T2], c: _Awaited[_T3], /, *, return_exceptions: Literal[True]
) -> tuple[_T1 | BaseException, _T2 | BaseException, _T3 | BaseException]: ...
@overload
def gather(*awaited: _Awaited[T], return_exceptions: Literal[True]) -> list[T | BaseException]: ...
@overload
def gather(*awaited: _Awaited[Any], return_exceptions: bool) -> Any: ...
def gather(*awaited: Any, return_exceptions: bool = False) -> Any:
    """Run calls at the same time and wait for their results, a list in the order of the arguments.

    Futures of `concurrent.futures` and threads are waited for as by `result_of`.

    Without ``return_exceptions`` the first error is raised as soon as it happens, and the others run on. Each call gets
    a thread of its own, so calls may wait for each other, and gather too. If the system gives no more threads, the rest
    of the calls runs one after the other in this one.

    A list at run time; typed as a tuple, like `asyncio.gather`, so that unpacking keeps each type.
    """
    hold = is_anything_held()  # it begins first
    futures = [_begin(call, hold) for call in awaited]
    finished, interruption = await_futures(futures, until_error=not return_exceptions)
    if interruption is not None:
        raise interruption
    if return_exceptions:
        return [_outcome(future) for future in futures]
    for future in finished:
        if future.failed():
            for other in futures:
                other.observe(Future.disregard)
            future.result()
    return [future.result() for future in futures]


def _begin(call: _Awaited[T], hold: bool) -> Future[T]:
    if isinstance(call, Future):
        return call
    is_elsewhere = _is_of("concurrent.futures", "Future", call) or _is_of("threading", "Thread", call)
    task = Task(partial(result_of, call) if is_elsewhere else call)
    try:
        task.start(hold=hold)
    except RuntimeError:  # the system gives no more threads
        task.run_here()
    return task


def _outcome(future: Future[T]) -> T | BaseException:
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        return error


@overload
def shield(awaited: Future[T], /) -> T: ...
@overload
def shield(awaited: Callable[_P, T], /, *args: _P.args, **kwargs: _P.kwargs) -> T: ...
@ends_at_deadlines
def shield(awaited: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``await asyncio.shield(function(*args))``: a cancellation or deadline ends the wait, and the work goes on."""
    future = awaited if isinstance(awaited, Future) else create_task(partial(awaited, *args, **kwargs))
    if not future.done():
        with Watch([future]) as watch:
            watch.wait()
    return future.result()


def interruptible(function: Callable[_P, T], /, *args: _P.args, **kwargs: _P.kwargs) -> T:
    """Call any function so that a deadline or cancellation around ends the wait for it, like that of an ``await``.

    It runs in a thread, on behalf of the current task, and the context variables it sets are set here too. What it
    blocks in cannot be stopped: it is left behind, and ends at its next wait of this runtime. With nothing around that
    could interrupt it, and for a function that ends at deadlines by itself, this is a plain call.
    """
    if getattr(type(function), "_awaited_by_result", False):  # an object that was awaitable
        function = function.result  # type: ignore[attr-defined]  # it says that it has this method
    if current_scope() is None or is_interruptible(function):
        return function(*args, **kwargs)
    context = copy_context()
    task = Task(partial(function, *args, **kwargs), context=context, flow=current_task())
    task.start()
    release_held()  # it need not take long
    try:
        return task.result()
    finally:
        if task.done():
            _adopt(context)
        else:
            task.observe(Future.disregard)


interruptible._ends_at_deadlines = True  # type: ignore[attr-defined]  # the decorator would hide its parameters


def _adopt(context: Context) -> None:
    ours = copy_context()
    for variable, value in context.items():
        if variable not in ours or ours[variable] is not value:
            variable.set(value)


@overload
def result_of(value: Future[T] | _AwaitedByResult[T]) -> T: ...
@overload
def result_of(value: T) -> T: ...
def result_of(value: Any) -> Any:
    """``await value`` where the type of ``value`` is not known: the result of a future, and any other value itself.

    A class of one's own is awaited through its ``result()`` if it has the attribute ``_awaited_by_result = True``. A future
    of `concurrent.futures`, and a thread, is what sync code has for a task: no async code could have awaited it.
    """
    if getattr(type(value), "_awaited_by_result", False) or _is_of("concurrent.futures", "Future", value):
        return value.result()
    return value.join() if _is_of("threading", "Thread", value) else value


def _is_of(module: str, name: str, value: Any) -> bool:
    """Whether ``value`` is of that class; nothing is imported for it."""
    return module in sys.modules and isinstance(value, getattr(sys.modules[module], name))
