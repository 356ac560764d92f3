"""What a bridge does around every call. An object of values: shared by threads, never changed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._correlation import _Correlation
    from .retry import Retry

    _Hook = Callable[[Callable[[], Any], str], Any]

IN_LOOP = ("error", "warn", "block")


class Options:
    """The keyword arguments of `Bridge.with_options`, which are described there."""

    __slots__ = ("around", "correlation_id", "in_loop", "retry", "timeout")

    timeout: float | None
    retry: Retry | None
    correlation_id: _Correlation
    in_loop: str
    around: _Hook | None

    def __init__(
        self,
        timeout: float | None = None,
        retry: Retry | None = None,
        correlation_id: _Correlation = False,
        in_loop: str = "error",
        around: _Hook | None = None,
    ) -> None:
        if timeout is not None and timeout < 0:
            raise ValueError(f"timeout can not be negative: {timeout}")
        if in_loop not in IN_LOOP:
            raise ValueError(f"in_loop must be one of {', '.join(IN_LOOP)}, not {in_loop!r}")
        put = object.__setattr__
        put(self, "timeout", timeout)
        put(self, "retry", retry)
        put(self, "correlation_id", correlation_id)
        put(self, "in_loop", in_loop)
        put(self, "around", around)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("options can not be changed: use with_options()")

    @property
    def is_bare(self) -> bool:
        """Nothing to do around a call."""
        return self.timeout is None and not self.correlation_id and self.in_loop == "error"

    def replace(self, changes: dict[str, Any]) -> Options:
        """A copy with some other values; TypeError for a name that does not exist."""
        return Options(**{**{name: getattr(self, name) for name in self.__slots__}, **changes})

    def __repr__(self) -> str:
        return f"Options({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"
