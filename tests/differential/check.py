"""Runs one generated program on both sides, and complains about any difference."""

from __future__ import annotations

import difflib

from program import Outcome, run_async, run_sync

from differential.definitions import Program
from differential.library import LIBRARY
from unasync_plus import Config, transpile

CONFIG = Config.from_mapping({"runtime": "import", "stubs": False, "target-version": "3.11"})


def check(program: Program) -> str:
    """``same`` or ``refused``; an assertion error otherwise."""
    result = transpile(program.source, CONFIG, path="program.py")
    if result.code is None:
        codes = {diagnostic.code for diagnostic in result.diagnostics if diagnostic.is_error}
        assert codes and not codes & {"UA000", "UA004"}, f"{result.diagnostics}\n{program.source}"
        return "refused"
    expected, found = run_async(program.source), run_sync(result.code)
    if not found.same_as(expected, in_order=not program.is_concurrent):
        raise AssertionError(explain(program, result.code, expected, found))
    return "same"


def explain(program: Program, code: str, expected: Outcome, found: Outcome) -> str:
    """The difference, and the program's own part on both sides."""
    own = program.source[len(LIBRARY) :]
    converted = code[code.index("def resolve(") :]
    difference = difflib.unified_diff(lines(expected), lines(found), "async", "sync", lineterm="")
    return "\n".join([*difference, own, "# ---- sync ----", converted, found.trace])


def lines(outcome: Outcome) -> list[str]:
    return [f"result {outcome.result}", f"error {outcome.error}", *outcome.log]
