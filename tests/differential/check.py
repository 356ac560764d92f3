"""Runs one generated program on both sides, and complains about any difference."""

from __future__ import annotations

from differential.definitions import Program
from program import run_async, run_sync

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
    same = found.same_as(expected, in_order=not program.is_concurrent)
    assert same, f"expected {expected}\nfound    {found}\n{program.source}\n# ---- sync ----\n{result.code}"
    return "same"
