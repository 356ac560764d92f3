"""Functions of a subprocess, awaited."""

from .child import Child
from .errors import RemoteError, WorkerDied, WorkerError
from .parent import Worker
from .proxy import Method, Methods

__all__ = ["Child", "Method", "Methods", "RemoteError", "Worker", "WorkerDied", "WorkerError"]
