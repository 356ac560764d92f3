"""`run_in_executor`, for an executor that is not known before it runs; ``f(x)`` is all that is left of it elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .futures import wrap_future
from .threads import interruptible

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


run_in_executor._ends_at_deadlines = True  # type: ignore[attr-defined]  # the decorator would hide its parameters
