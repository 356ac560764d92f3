"""What can go wrong with a request."""

from __future__ import annotations


class FactoryError(Exception):
    """The factory did not do what it was asked for; ``correlation_id`` finds the request in everybody's log."""

    is_undone = False  # the server has certainly not acted: any request may be repeated
    is_passing = False  # it may work the next time

    def __init__(self, message: str, correlation_id: str = "") -> None:
        super().__init__(message)
        self.correlation_id = correlation_id


class NotFound(FactoryError):
    """There is no such thing."""


class ServerBusy(FactoryError):
    """The server has no time now."""

    is_undone = True
    is_passing = True


class ServerFailed(FactoryError):
    """The server made a mistake."""

    is_passing = True


class Unreachable(FactoryError, ConnectionError):
    """The connection could not be made, or was lost."""

    is_passing = True


class TooSlow(FactoryError, TimeoutError):
    """The server took longer than the client's ``timeout``."""

    is_passing = True


def for_status(status: int) -> type[FactoryError]:
    """The class of error that an answer means."""
    if status == 404:
        return NotFound
    if status in (429, 503):
        return ServerBusy
    return ServerFailed if status >= 500 else FactoryError
