"""What the server's answers can mean."""

from __future__ import annotations


class FactoryError(Exception):
    """The server did not do what it was asked for."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class NotFound(FactoryError):
    """There is no such thing."""


class ServerBusy(FactoryError):
    """The server has no time now; the same request may succeed later."""
