"""Code that has to survive conversion as it is: what speaks of the async side.

The facade is written with the names and types of the source and then converted like any other file. What must keep its
async name stands in it as a mark, a name of no meaning, until that is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst


class Marks:
    """Marks for one module; ``text`` is its source, in which none of them may occur."""

    def __init__(self, text: str) -> None:
        prefix = "ua"
        while prefix in text:
            prefix += "x"
        self._prefix = prefix
        self._texts: list[str] = []

    def mark(self, text: str) -> str:
        """A name that stands for ``text``."""
        if text not in self._texts:
            self._texts.append(text)
        return f"{self._prefix}{self._texts.index(text)}_"

    def name(self, text: str) -> cst.Name:
        """The same as a node."""
        return cst.Name(self.mark(text))

    def is_mark(self, name: str) -> bool:
        """Whether ``name`` stands for something else."""
        return re.fullmatch(rf"{self._prefix}\d+_", name) is not None

    def resolved(self, code: str) -> str:
        """``code`` with every mark replaced by what it stands for."""
        return re.sub(rf"\b{self._prefix}(\d+)_\b", self._text_of, code)

    @property
    def _text_of(self) -> Callable[[re.Match[str]], str]:
        return lambda match: self._texts[int(match.group(1))]
