"""What stands for an event loop where sync code hands one on: its methods that have a sync meaning, and no loop.

There is one `Loop`, and every function that gives a loop gives that one. What it has not, reading sockets and serving, raises
`AttributeError`, as the name says.
"""

from __future__ import annotations

import time as _time
from typing import TYPE_CHECKING, Any, TypeVar

from . import futures
from .locks import Event
from .threads import Future, Task, create_task
from .timers import call_at, call_later, call_soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")
    _Handler = Callable[[Any, dict[str, Any]], object]

T = TypeVar("T")


_stopped = Event()


def run_forever() -> None:
    """``loop.run_forever()``: wait until `stop` is called, by a task, a timer or a signal handler, or has been before."""
    _stopped.wait()
    _stopped.clear()


def stop() -> None:
    """``loop.stop()``; where `run_forever` waits or comes next, it is over."""
    _stopped.set()


class _Told:
    """A handler of exceptions, as those who have some to tell of call it."""

    def __init__(self, handler: _Handler) -> None:
        self.handler = handler

    def __call__(self, context: dict[str, Any]) -> None:
        try:
            self.handler(_loop, context)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # as in asyncio: what the handler was told is not lost with it
            told = {"message": "Unhandled error in exception handler", "exception": error, "context": context}
            default_exception_handler(told)


def set_exception_handler(handler: _Handler | None) -> None:
    """``loop.set_exception_handler``: it is told of exceptions of tasks, callbacks and timers that nobody asks for, too."""
    if handler is not None and not callable(handler):
        raise TypeError(f"A callable object or None is expected, got {handler!r}")
    futures.handlers[:] = [] if handler is None else [_Told(handler)]


def get_exception_handler() -> _Handler | None:
    """``loop.get_exception_handler``."""
    return next((told.handler for told in futures.handlers if isinstance(told, _Told)), None)


def call_exception_handler(context: dict[str, Any]) -> None:
    """``loop.call_exception_handler``: the handler that was set, or the log."""
    tell = futures.handlers[0] if futures.handlers else default_exception_handler
    tell(context)


def default_exception_handler(context: dict[str, Any]) -> None:
    """``loop.default_exception_handler``, to a logger of ours."""
    futures.log(context)


class Loop:
    """`asyncio.AbstractEventLoop`, as far as there is one."""

    def __init__(self) -> None:  # attributes of the object, as a class would make methods of them
        self.create_task = create_task
        self.call_soon = self.call_soon_threadsafe = call_soon
        self.call_later, self.call_at = call_later, call_at
        self.set_exception_handler, self.get_exception_handler = set_exception_handler, get_exception_handler
        self.call_exception_handler = call_exception_handler
        self.default_exception_handler = default_exception_handler

    def time(self) -> float:
        return _time.monotonic()

    def create_future(self) -> Future[Any]:
        return Future()

    def run_in_executor(self, executor: object, function: Callable[[Unpack[_Ts]], T], /, *args: Unpack[_Ts]) -> Task[T]:
        """The call in a thread, whatever the executor."""
        return create_task(function, *args)

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def get_debug(self) -> bool:
        return False

    def set_debug(self, enabled: bool) -> None:
        """There is nothing to debug."""

    def run_forever(self) -> None:
        run_forever()

    def stop(self) -> None:
        stop()

    def close(self) -> None:
        """There is nothing to close."""


_loop = Loop()


def get_running_loop() -> Loop:
    """`asyncio.get_running_loop`, which never fails here."""
    return _loop


get_event_loop = get_running_loop
new_event_loop = get_running_loop
