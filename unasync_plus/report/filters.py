"""Which diagnostics to show. Errors always are: a refusal cannot be wished away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unasync_plus.model import Diagnostic, Report
from unasync_plus.records import record


@record
class Filter:
    """Codes or their beginnings ("UA3"). The longest that fits decides, ``ignore`` if both are as long.

    Nothing selected selects everything.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def apply(self, report: Report) -> Report:
        return replace(report, diagnostics=tuple(self.kept(report.diagnostics)))

    def kept(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        return [item for item in diagnostics if item.is_error or self._shows(item.code)]

    def _shows(self, code: str) -> bool:
        selected = _longest(code, self.select)
        ignored = _longest(code, self.ignore)
        return ignored < selected if self.select else ignored < 0


def _longest(code: str, prefixes: tuple[str, ...]) -> int:
    """The length of the longest of ``prefixes`` that ``code`` begins with; -1 for none."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix.upper())), default=-1)
