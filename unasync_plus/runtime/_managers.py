"""Async context managers as context managers."""

from __future__ import annotations

from types import MethodType

from ._generators import taker
from ._guard import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from .bridge import Bridge


class Entered(Guard):
    """A context manager around an async one. Entering and leaving are two steps of one session."""

    __slots__ = ("_bridge", "_manager")

    def __init__(self, bridge: Bridge, manager: Any) -> None:
        kind = type(manager)
        if not (hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__")):
            raise TypeError(f"{kind.__qualname__!r} object is not an asynchronous context manager")
        self._bridge = bridge
        self._manager = manager
        self._session = None

    def __enter__(self) -> Any:
        manager = self._manager
        leave = MethodType(_abort, manager)  # made quicker than a `partial`
        session = self._bridge._loop().Session(self._bridge, manager, None, leave)
        self.watch(session)
        take = session.take if self._bridge.options.around is None else taker(self._bridge, session)
        try:
            return take(type(manager).__aenter__, (manager,))
        except BaseException as error:
            if session.loop is not None and not session.over:
                # It was entered all the same, as Ctrl-C came too late: nobody else would leave it.
                self.__exit__(type(error), error, error.__traceback__)
            else:
                session.abandon()  # Ctrl-C came twice, and another thread may yet enter it
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Any:
        session = self._session
        if session is None:
            raise RuntimeError(f"{type(self._manager).__qualname__} has not been entered")
        take = session.take if self._bridge.options.around is None else taker(self._bridge, session)
        try:
            if kind is None and session.missed is not None:
                return take(session.leave_early, (session.missed,), True)
            return take(type(self._manager).__aexit__, (self._manager, kind, error, trace), True)
        finally:
            if not session.over:
                session.abandon()  # Ctrl-C came before it began
            self._session = None


async def _abort(manager: Any, error: BaseException | None = None) -> None:
    """Leave as if the body had been cancelled."""
    from asyncio import CancelledError

    error = error or CancelledError()
    try:
        if not await type(manager).__aexit__(manager, type(error), error, error.__traceback__):
            raise error
    finally:  # which leads to frames that refer to the error, and to those of whoever drives: no cycle
        error.__traceback__ = None
