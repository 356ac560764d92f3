"""What can go wrong."""

from __future__ import annotations


class WorkerError(Exception):
    """Anything that goes wrong with a worker."""


class RemoteError(WorkerError):
    """A function in the worker raised ``kind``; ``trace`` is the traceback there."""

    def __init__(self, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.trace = trace


class WorkerDied(WorkerError):
    """The process ended while somebody waited for an answer."""
