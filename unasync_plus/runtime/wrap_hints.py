"""A word to errors of the async side that callers cannot understand, as it is not their code that awaits."""

from __future__ import annotations


def with_hint(error: TypeError) -> None:
    """Where something was awaited that cannot be, say what callers can do about it."""
    text = str(error)
    if _HINT not in text and any(part in text for part in _MESSAGES):
        if hasattr(error, "add_note"):
            if _HINT not in getattr(error, "__notes__", ()):
                error.add_note(_HINT)
        else:
            error.args = (f"{text} ({_HINT})",)


_HINT = (
    "what async code awaits of a function or an object that it was given has to be `async def`, "
    "unless its source or annotations say that it awaits that"
)
_MESSAGES = (
    "can't be used in 'await' expression",
    "object can't be awaited",
    "a coroutine was expected, got",
    "a coroutine or an awaitable is required",
    "'async for' requires an object with __aiter__ method",
    "does not support the asynchronous context manager protocol",
)


class _Hinted:
    """A block in which `with_hint` is told of what is raised."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TypeError):
            with_hint(error)


HINTED = _Hinted()
