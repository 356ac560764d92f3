"""Annotations of a GitHub workflow: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""

from __future__ import annotations

from collections.abc import Iterable

from unasync_plus.model import Diagnostic, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    return "\n".join(map(_annotation, diagnostics))


def _annotation(item: Diagnostic) -> str:
    properties = {"title": item.code, "file": item.path, "line": item.line, "col": item.column}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = f"{item.message}\nhelp: {item.help}" if item.help else item.message
    return f"::{_COMMANDS[item.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
