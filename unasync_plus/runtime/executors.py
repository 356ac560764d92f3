"""`run_in_executor`, awaited at once or later. The executor may be ``None``, which is known before it runs only here and there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .futures import Future, wrap_future
from .threads import create_task, interruptible

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")

T = TypeVar("T")


def run_in_executor(executor: Executor | None, function: Callable[[Unpack[_Ts]], T], /, *args: Unpack[_Ts]) -> T:
    """``await loop.run_in_executor(executor, function, *args)``: a call in ``executor``, or in this thread without one."""
    if executor is None:
        return interruptible(function, *args)
    return wrap_future(executor.submit(function, *args)).result()


def submit(executor: Executor | None, function: Callable[[Unpack[_Ts]], T], /, *args: Unpack[_Ts]) -> Future[T]:
    """``loop.run_in_executor(executor, function, *args)``, to be awaited later; without an executor in a thread of its own."""
    if executor is None:
        return create_task(function, *args)
    return wrap_future(executor.submit(function, *args))


run_in_executor._ends_at_deadlines = True  # type: ignore[attr-defined]  # the decorator would hide its parameters
