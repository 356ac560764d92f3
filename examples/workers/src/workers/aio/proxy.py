"""``worker.call.add(1, 2)``: attributes that stand for functions of the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .parent import Worker


class Method:
    """One function of the worker."""

    def __init__(self, worker: Worker, name: str, streams: bool) -> None:
        self._worker = worker
        self._name = name
        self._streams = streams

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Something to await, or to iterate over if it is a stream."""
        if self._streams:
            return self._worker.stream_function(self._name, args, kwargs)
        return self._worker.call_function(self._name, args, kwargs)

    def __repr__(self) -> str:
        return f"<{'stream' if self._streams else 'call'} {self._name}>"


class Methods:
    """All functions of the worker; each attribute is one."""

    def __init__(self, worker: Worker, streams: bool) -> None:
        self._worker = worker
        self._streams = streams

    def __getattr__(self, name: str) -> Method:
        if name.startswith("_"):
            raise AttributeError(name)
        return Method(self._worker, name, self._streams)
