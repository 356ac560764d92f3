"""Python's own parser without its warnings: what it says of a source file is said when that file is imported, not here.

A filter that makes errors of warnings would otherwise make a syntax error of ``"\\d"``.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_python_warnings() -> Iterator[None]:
    """Parse or compile without warnings of the syntax."""
    with warnings.catch_warnings():
        for category in (SyntaxWarning, DeprecationWarning):
            warnings.simplefilter("ignore", category)
        yield
