"""Tracebacks through generated code, shown with the lines of the async source that it was made from.

One call, early in a program or in a ``conftest.py``, and every traceback that Python prints names the source::

    unasync_plus.show_source_lines()

A program that cannot be changed is run through this module, as through pdb::

    python -m unasync_plus.tracebacks program.py ARG…
    python -m unasync_plus.tracebacks -m package.module ARG…

The source of a frame is found as ``explain FILE:LINE`` finds it: through the project's configuration. A frame of a
file that has none (a package that was installed from a wheel) is shown as it is.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .pipeline.explaining import Origin

__all__ = ["format_exception", "show_source_lines"]


def show_source_lines() -> None:
    """Have uncaught exceptions printed with source lines, in every thread; a second call changes nothing more."""
    if sys.excepthook is not _print:
        sys.excepthook = _print
        threading.excepthook = _print_of_thread


def format_exception(error: BaseException) -> list[str]:
    """What ``traceback.format_exception`` gives, but frames of generated code show their source."""
    return list(_with_source_lines(error).format())


def _print(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print("".join(format_exception(error)), end="", file=sys.stderr)


def _print_of_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None and not isinstance(given.exc_value, SystemExit):
        name = given.thread.name if given.thread is not None else threading.get_ident()
        print(f"Exception in thread {name}:", file=sys.stderr)
        _print(given.exc_type, given.exc_value, given.exc_traceback)


def _with_source_lines(error: BaseException) -> traceback.TracebackException:
    told = traceback.TracebackException.from_exception(error, compact=True)
    for one in _chain(told):
        one.stack = traceback.StackSummary.from_list([_at_source(frame) for frame in one.stack])
    return told


def _chain(told: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """An exception, those in it if it is a group, its causes and contexts: each is printed."""
    todo: list[traceback.TracebackException | None] = [told]
    while todo:
        one = todo.pop()
        if one is not None:
            yield one
            todo += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]


def _at_source(frame: traceback.FrameSummary) -> traceback.FrameSummary:
    origin_at = _origins(frame.filename)
    origin = origin_at(frame.lineno) if origin_at is not None and frame.lineno else None
    if origin is None:
        return frame
    path, line = origin
    name = f"{frame.name}, generated as {frame.filename}:{frame.lineno}"
    return traceback.FrameSummary(path, line, name)


@lru_cache(maxsize=256)
def _origins(filename: str) -> Callable[[int], tuple[str, int] | None] | None:
    """Line of the generated file ``filename`` → path and line of its source; None if nothing can be told of it.

    Never raises: this runs while an error is told, which is the one that matters.
    """
    try:
        return _read_origins(filename)
    except Exception:
        return None


def _read_origins(filename: str) -> Callable[[int], tuple[str, int] | None] | None:
    from .store import generated_from

    with open(filename, "rb") as file:
        if generated_from(file.read(4096)) is None:
            return None
    from .config import Config
    from .pipeline.explaining import UnexplainedError, origins_of

    config = Config.load(os.path.dirname(os.path.abspath(filename)))
    origin_at: Callable[[int], Origin] = origins_of(filename, config)

    def source_of(line: int) -> tuple[str, int] | None:
        try:
            origin = origin_at(line)
        except UnexplainedError:
            return None
        return (str(config.root / origin.source), origin.source_line) if origin.source_line else None

    return source_of


def main(arguments: list[str]) -> None:
    """Run the program or module that ``arguments`` name, as ``python`` would."""
    as_module = arguments[:1] == ["-m"]
    rest = arguments[1:] if as_module else arguments
    if not rest:
        sys.exit("usage: python -m unasync_plus.tracebacks [-m MODULE | PROGRAM] [ARG]...")
    show_source_lines()
    sys.argv = rest
    if as_module:
        sys.path[0] = os.getcwd()
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.abspath(rest[0]))
        runpy.run_path(rest[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
