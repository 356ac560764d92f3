"""One fixture file: a source, and below it what it becomes, each part under a comment that names it.

    import asyncio
    await asyncio.sleep(1)

    # ---- config ----
    # concurrency = "sequential"

    # ---- sync ----
    import time
    time.sleep(1)

    # ---- report ----
    # 2:7 UA301 [note] …

The whole file is valid Python: ``config`` (TOML) and ``report`` (one diagnostic a line) are comments. What is absent is
asserted absent: without ``report`` there is no diagnostic; without ``sync`` the source is refused if the report has an
error, and otherwise stays as it is. Without ``stub`` nothing is said about the stub.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MARK = re.compile(r"^# ---- (\w+) ----[ ]*$", re.MULTILINE)
_SECTIONS = ("config", "sync", "stub", "report")


@dataclass(frozen=True, slots=True)
class Fixture:
    source: str
    config: str = ""  # TOML
    sync: str | None = None
    stub: str | None = None
    report: tuple[str, ...] = ()

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The configuration; a stub is made only for a fixture that speaks of it."""
        return {"stubs": self.stub is not None, **tomllib.loads(self.config)}

    @property
    def is_refused(self) -> bool:
        return any("[error]" in line for line in self.report)

    def code(self) -> str | None:
        """The sync code that is expected; None for a refusal."""
        if self.sync is None and not self.is_refused:
            return self.source
        return self.sync

    def text(self) -> str:
        """The file; the inverse of ``read``."""
        parts = [self.source]
        if self.config:
            parts.append(f"# ---- config ----\n{_comment(self.config.splitlines())}")
        if self.sync is not None:
            parts.append(f"# ---- sync ----\n{self.sync}")
        if self.stub is not None:
            parts.append(f"# ---- stub ----\n{self.stub}")
        if self.report:
            parts.append(f"# ---- report ----\n{_comment(self.report)}")
        return "\n".join(parts)

    def blessed(self, code: str | None, stub: str | None, report: tuple[str, ...]) -> Fixture:
        """The same fixture, expecting what was found; the stub only if the fixture speaks of it."""
        return replace(
            self,
            sync=None if code == self.source else code,
            stub=None if self.stub is None else stub,
            report=report,
        )


def read(path: Path) -> Fixture:
    text = path.read_text(encoding="utf-8")
    source, *rest = _MARK.split(text)
    sections = dict(zip(rest[::2], map(trimmed, rest[1::2]), strict=True))
    unknown = [name for name in sections if name not in _SECTIONS]
    if unknown or len(rest) != 2 * len(sections):
        raise ValueError(f"{path}: sections must be among {', '.join(_SECTIONS)}, each once")
    return Fixture(
        source=trimmed(source),
        config="\n".join(_uncomment(sections.get("config", ""))),
        sync=sections.get("sync"),
        stub=sections.get("stub"),
        report=tuple(_uncomment(sections.get("report", ""))),
    )


def trimmed(text: str) -> str:
    """Without the blank lines around it, of which a fixture says nothing."""
    stripped = text.strip("\n")
    return stripped + "\n" if stripped else ""


def _comment(lines: list[str] | tuple[str, ...]) -> str:
    return "".join(f"# {line}\n" if line else "#\n" for line in lines)


def _uncomment(section: str) -> list[str]:
    return [line.removeprefix("#").removeprefix(" ") for line in section.splitlines() if line]
