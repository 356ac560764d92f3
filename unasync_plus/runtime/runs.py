"""`run` and `Runner`: a call behind which no task that it started goes on."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from .tasks import begin_run, cancel_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")

T = TypeVar("T")


class Runner:
    """`asyncio.Runner`: what it runs shares one copy of the context; `close` ends the tasks that are left.

    Tasks that are in a wait are cancelled and waited for, others are cancelled and left behind.
    """

    def __init__(self) -> None:
        self._context = copy_context()
        self._context.run(begin_run)

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, function: Callable[_P, T], /, *args: _P.args, **kwargs: _P.kwargs) -> T:
        """``runner.run(function(*args))``."""
        return self._context.run(function, *args, **kwargs)

    def close(self) -> None:
        self._context.run(cancel_run)


def run(function: Callable[_P, T], /, *args: _P.args, **kwargs: _P.kwargs) -> T:
    """``asyncio.run(function(*args))``: a call, behind which no task that it started goes on. See `Runner`."""
    with Runner() as runner:
        return runner.run(function, *args, **kwargs)
