"""Making a coroutine once more, so that a call can be tried again."""

from __future__ import annotations

import gc
from types import CellType, CoroutineType, FunctionType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import FrameType
    from typing import Any

_VARARGS, _VARKEYWORDS = 0x04, 0x08  # flags of code objects


def recipe(coroutine: object) -> Callable[[], Coroutine[Any, Any, Any]]:
    """What makes coroutines like this one, which has not begun: its function, with the same arguments.

    A coroutine runs once. Its frame knows the arguments; its function is found among what the coroutine refers to
    (since Python 3.11), or rebuilt from code, globals and closure.
    """
    from inspect import CORO_CREATED, getcoroutinestate

    frame = coroutine.cr_frame if isinstance(coroutine, CoroutineType) else None
    if not isinstance(coroutine, CoroutineType) or frame is None or getcoroutinestate(coroutine) != CORO_CREATED:
        raise TypeError(
            f"{type(coroutine).__name__} can not be made again for a retry: give run() a function without arguments"
            " that makes it, as in run(lambda: fetch(url))"
        )
    code, values = frame.f_code, frame.f_locals
    function = _function(coroutine, frame)
    positional = [values[name] for name in code.co_varnames[: code.co_argcount]]
    after = code.co_argcount + code.co_kwonlyargcount
    keywords = {name: values[name] for name in code.co_varnames[code.co_argcount : after]}
    if code.co_flags & _VARARGS:
        positional += values[code.co_varnames[after]]
        after += 1
    if code.co_flags & _VARKEYWORDS:
        keywords.update(values[code.co_varnames[after]])
    return lambda: function(*positional, **keywords)


def _function(coroutine: CoroutineType[Any, Any, Any], frame: FrameType) -> FunctionType:
    for found in gc.get_referents(coroutine):
        if isinstance(found, FunctionType) and found.__code__ is frame.f_code:
            return found
    free = len(frame.f_code.co_freevars)
    cells = [found for found in gc.get_referents(frame) if isinstance(found, CellType)]
    closure = tuple(cells[len(cells) - free :])
    return FunctionType(frame.f_code, frame.f_globals, frame.f_code.co_name, None, closure)
