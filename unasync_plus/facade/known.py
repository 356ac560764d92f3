"""What names of the language and its library mean to the generator."""

from __future__ import annotations

import builtins

TYPING = ("typing", "typing_extensions", "collections.abc", "contextlib", "types", "abc", "asyncio")

SYNC_TYPES = {
    "AsyncIterator": "Iterator",
    "AsyncIterable": "Iterable",
    "AsyncGenerator": "Generator",
    "AsyncContextManager": "ContextManager",
    "AbstractAsyncContextManager": "AbstractContextManager",
}
"""Async type → sync type, in whichever module of `TYPING` it stands."""

UNWRAPPED = {"Awaitable": 0, "Coroutine": 2, "CoroutineType": 2}
"""Types that stand for one of their parameters, which is the one at this place."""

CONVERTED = frozenset("abc builtins collections contextlib typing typing_extensions".split())
"""Modules whose names direct conversion knows what to make of, also in a facade."""

READ = ("property", "reify")
"""How the names of decorators end, in small letters, that make something to read of a method."""

PROMISES = frozenset(("asyncio.Future", "asyncio.futures.Future"))
"""What a plain function gives for its caller to wait for; a task is something to hold."""
FUTURES = PROMISES | {"asyncio.Task", "asyncio.tasks.Task"}

_ANYTHING = frozenset("Any object Callable Awaitable Coroutine Self ParamSpecArgs ParamSpecKwargs".split())


def short(qualified: str | None) -> str | None:
    """``AsyncIterator`` for ``typing.AsyncIterator`` and its like; None for what is not of the typing modules."""
    if qualified is None:
        return None
    module, _, name = qualified.rpartition(".")
    return name if module in TYPING else None


def is_anything(qualified: str | None) -> bool:
    """Whether a value of this type may be, or hold, an object of the async side."""
    if qualified is None or qualified == "builtins.object":
        return True
    name = short(qualified)
    return name in _ANYTHING or name in SYNC_TYPES or (qualified.startswith("asyncio.") and "Error" not in qualified)


_NEWER = ("BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError", "aiter", "anext")
BUILTINS = frozenset((*dir(builtins), *_NEWER))
"""Those of every Python version, whichever runs the generator."""

_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


def is_exception(qualified: str) -> bool:
    """Whether a class of that name, which is not of the project, is an exception."""
    module, _, name = qualified.rpartition(".")
    if module == "builtins":
        return name in _EXCEPTIONS or name.endswith("ExceptionGroup")
    return name.endswith(("Error", "Exception", "Warning"))
