"""The garbage collector, out of the way."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_LINES_KEPT = 30_000
"""How many lines of source may have become garbage, at 2.5 kB each, before it is looked for; to look takes as long as to
convert some hundred of them."""


class Garbage:
    """Counts the lines that were converted, whose trees are held by cycles, and collects them from time to time."""

    def __init__(self) -> None:
        self._lines = 0

    def add(self, data: bytes) -> None:
        """A file with that content was converted."""
        self._lines += data.count(b"\n")
        if self._lines >= _LINES_KEPT:
            self._lines = 0
            gc.collect()


@contextlib.contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Trees are made of many small objects: to look at them again and again while they are needed costs time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
