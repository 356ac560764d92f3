"""SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from unasync_plus.model import VERSION, Diagnostic

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    items = list(diagnostics)
    codes = sorted({item.code for item in items})
    driver = {"name": "unasync-plus", "version": VERSION, "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes.index(item.code)) for item in items],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(item: Diagnostic, rule_index: int) -> dict[str, Any]:
    message = f"{item.message}\nhelp: {item.help}" if item.help else item.message
    location = {
        "artifactLocation": {"uri": quote(item.path)},
        "region": {"startLine": item.line, "startColumn": item.column},
    }
    return {
        "ruleId": item.code,
        "ruleIndex": rule_index,
        "level": item.severity.value,
        "message": {"text": message},
        "locations": [{"physicalLocation": location}],
    }
