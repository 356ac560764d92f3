"""Generate the sync side while a wheel or sdist is built, so that it need not be committed.

Each of the other modules fits one build backend, and imports it: this one must not.
"""

from __future__ import annotations

from pathlib import Path

from unasync_plus.api import build
from unasync_plus.config import Config, ConfigError


class GenerationError(Exception):
    """What stops the build of a wheel that would lack a part of its sync side."""


def generate(folder: Path) -> list[Path]:
    """Bring the sync side of the project in ``folder`` up to date; all its files, as absolute paths."""
    try:
        report = build(Config.load(folder))
    except ConfigError as error:
        raise GenerationError(str(error)) from None
    if report.errors:
        lines = [f"{d.path}:{d.line}:{d.column}: {d.code} {d.message}" for d in report.errors]
        raise GenerationError("unasync-plus could not generate the sync side\n" + "\n".join(lines))
    return [path for change in report.changes if (path := report.root / change.target).is_file()]
