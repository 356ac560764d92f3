"""The nouns that every other room speaks: frozen data, no behaviour worth testing twice.

Lines and columns count from 1 everywhere in the project, columns in characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

VERSION = "0.1.0"
"""Of this tool."""


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


class Status(str, Enum):
    """What is the matter with one file of the output, or what was done about it."""

    UNCHANGED = "unchanged"
    MISSING = "missing"
    STALE = "stale"
    EDITED = "edited"
    ORPHANED = "orphaned"
    FOREIGN = "foreign"
    """A file that we did not generate stands in the target's place."""
    REFUSED = "refused"
    """Nothing was generated: the reason is an error among the diagnostics."""

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the output: its state before the run, and whether the run mended it.

    ``before`` and ``after`` are its bytes where it is not unchanged; None for a file that is, or has to be, not there.
    """

    source: str
    target: str
    status: Status
    written: bool = False
    before: bytes | None = None
    after: bytes | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What `build` or `check` found and did, sorted by target. All paths are relative to ``root``."""

    command: str
    root: Path
    changes: tuple[Change, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(item for item in self.diagnostics if item.is_error)

    @property
    def written(self) -> tuple[Change, ...]:
        """The files that were written or removed."""
        return tuple(change for change in self.changes if change.written)

    @property
    def drifted(self) -> tuple[Change, ...]:
        """The files that are not what they should be, before anything was written."""
        return tuple(change for change in self.changes if change.status is not Status.UNCHANGED)

    @property
    def ok(self) -> bool:
        """Nothing is wrong; `check` reports everything that a build would write as an error."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class Result:
    """One converted source. ``code`` is None when it was refused, ``stub`` also when none was wanted."""

    code: str | None
    stub: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    source_map: SourceMap | None = None
