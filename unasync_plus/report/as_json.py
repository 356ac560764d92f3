"""For programs: one JSON object."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from unasync_plus.model import Report

from .differences import differences
from .style import Style

VERSION = 1
"""Of the shape of the object; grows when something in it changes its meaning or goes."""


def as_json(report: Report, style: Style) -> str:
    found: dict[str, Any] = {
        "version": VERSION,
        "command": report.command,
        "root": str(report.root),
        "ok": report.ok,
        "files": [
            {"source": item.source, "target": item.target, "status": item.status.value, "written": item.written}
            for item in report.changes
        ],
        "diagnostics": [{**asdict(item), "severity": item.severity.value} for item in report.diagnostics],
    }
    if style.diff:
        found["diff"] = "\n".join(differences(report.changes))
    return json.dumps(found, indent=2)
