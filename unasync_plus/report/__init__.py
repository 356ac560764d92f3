"""Results → text, for people and for programs. Nothing here prints."""

from __future__ import annotations

from unasync_plus.model import Report

from .as_text import as_text, diagnostic_lines
from .filters import Filter
from .style import Style

FORMATS = ("text", "json", "github", "sarif")


def rendered(report: Report, output_format: str, style: Style) -> str:
    """``report`` in one of `FORMATS`; without a newline at its end, empty if there is nothing to say."""
    if output_format == "json":
        from .as_json import as_json

        return as_json(report, style)
    if output_format == "github":
        from .as_github import as_github

        return as_github(report.diagnostics)
    if output_format == "sarif":
        from .as_sarif import as_sarif

        return as_sarif(report.diagnostics)
    return as_text(report, style)


__all__ = ["FORMATS", "Filter", "Style", "diagnostic_lines", "rendered"]
