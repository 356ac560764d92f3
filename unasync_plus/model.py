"""The nouns that every other room speaks: frozen data, no behaviour worth testing twice.

Lines and columns count from 1 everywhere in the project, columns in characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Severity(str, Enum):
    """How bad a diagnostic is: an ``ERROR`` is a refusal, its file is not written."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding, at a place in a source file; ``path`` is relative to the configuration's folder."""

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    help: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class SourceMap:
    """From generated lines to source lines.

    ``lines[i]`` is the source line that generated line ``i + 1`` came from, 0 where there is none (the
    header, an added import). ``rules`` names the rule codes that touched a generated line.
    """

    lines: tuple[int, ...] = ()
    rules: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def source_line(self, generated_line: int) -> int:
        """The source line behind ``generated_line``; 0 if it has none."""
        if 1 <= generated_line <= len(self.lines):
            return self.lines[generated_line - 1]
        return 0
