"""For people: one line a changed file, the diagnostics, a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from unasync_plus.model import Change, Diagnostic, Report, Severity, Status

from .style import Style

_SEVERITY_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
_MANY = 20
"""Warnings and notes of one code to show, unless all are asked for: of more, nobody reads the last."""
_DIFF_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def as_text(report: Report, style: Style) -> str:
    lines: list[str] = []
    if style.diff:
        lines += _painted_diff(report, style)
    if style.verbosity >= 0 and report.command != "check":
        lines += _file_lines(report, style)
    shown = [item for item in report.diagnostics if style.verbosity >= 0 or item.is_error]
    lines += _not_too_many(shown, style)
    if style.verbosity >= 0:
        lines.append(_summary(report))
    return "\n".join(lines)


def diagnostic_lines(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    for item in diagnostics:
        place = style.paint(f"{item.path}:{item.line}:{item.column}:", "bold")
        severity = style.paint(f"[{item.severity}]", _SEVERITY_COLORS[item.severity])
        yield f"{place} {item.code} {severity} {item.message}"
        if item.help:
            yield "    " + style.paint("help:", "dim") + " " + item.help.replace("\n", "\n    ")


def _not_too_many(diagnostics: Iterable[Diagnostic], style: Style) -> Iterator[str]:
    """`diagnostic_lines`; of a code that has many, so many, and how many more there are."""
    found = Counter[str]()
    shown = []
    for item in diagnostics:
        found[item.code] += not item.is_error
        if item.is_error or found[item.code] <= _MANY or style.verbosity > 0:
            shown.append(item)
    yield from diagnostic_lines(shown, style)
    for code, count in sorted(found.items()):
        if count > _MANY and style.verbosity <= 0:
            yield f"{code}: {count - _MANY} more: `-v` shows all, `--ignore {code}` none"


def _painted_diff(report: Report, style: Style) -> Iterator[str]:
    from .differences import differences

    for line in differences(report.changes):
        color = _DIFF_COLORS.get(line[:1])
        yield style.paint(line, color) if color else line


def _file_lines(report: Report, style: Style) -> Iterator[str]:
    for change in report.changes:
        verb = _verb(change)
        if change.status is not Status.UNCHANGED or style.verbosity > 0:
            yield f"{verb} {change.target}"


def _verb(change: Change) -> str:
    if change.status in (Status.REFUSED, Status.UNCHANGED):
        return str(change.status)
    if change.status is Status.FOREIGN and not change.written:
        return "kept"
    verb = "remove" if change.after is None else "write"
    done = {"remove": "removed", "write": "wrote"}
    return done[verb] if change.written else f"would {verb}"


def _summary(report: Report) -> str:
    if report.command == "check":
        words = Counter(change.status.value for change in report.changes)
        order = [status.value for status in Status if words[status.value]]
    else:
        words = Counter({"wrote": "written"}.get(verb, verb) for verb in map(_verb, report.changes))
        order = sorted(words)
    counted = ", ".join(f"{words[word]} {word}" for word in order)
    return f"{report.command}: {counted or 'nothing to do'}"
