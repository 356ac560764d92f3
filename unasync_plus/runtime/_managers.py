"""Async context managers as context managers."""

from __future__ import annotations

from ._generators import taker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from ._session import Session
    from .bridge import Bridge


class Entered:
    """A context manager around an async one. Entering and leaving are two steps of one session.

    If it is thrown away without leaving, it is left soon.
    """

    __slots__ = ("_bridge", "_manager", "_session")

    def __init__(self, bridge: Bridge, manager: Any) -> None:
        kind = type(manager)
        if not (hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__")):
            raise TypeError(f"{kind.__qualname__!r} object is not an asynchronous context manager")
        self._bridge = bridge
        self._manager = manager
        self._session: Session | None = None

    def __enter__(self) -> Any:
        manager = self._manager
        self._session = session = self._bridge._loop().Session(self._bridge, manager, None, self._abort)
        take = session.take if self._bridge.options.around is None else taker(self._bridge, session)
        try:
            return take(type(manager).__aenter__, (manager,))
        except BaseException as error:
            if session.loop is not None and not session.over:
                # It was entered all the same, as Ctrl-C came too late: nobody else would leave it.
                self.__exit__(type(error), error, error.__traceback__)
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
                return take(self._abort, (session.missed,), True)
            return take(type(self._manager).__aexit__, (self._manager, kind, error, trace), True)
        finally:
            if not session.over:
                session.abandon()  # Ctrl-C came before it began
            self._session = None

    def __del__(self) -> None:
        if self._session is not None:
            try:
                self._session.abandon()
            except BaseException:  # Ctrl-C, of which Python makes nothing here: it would never be left
                self._session.abandon()
                raise

    async def _abort(self, error: BaseException | None = None) -> None:
        """Leave as if the body had been cancelled."""
        from asyncio import CancelledError

        manager, error = self._manager, error or CancelledError()
        if not await type(manager).__aexit__(manager, type(error), error, error.__traceback__):
            raise error
