"""Runs one generated program on both sides, and complains about any difference."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable

from program import Outcome, run_async, run_sync

from differential.definitions import Program
from unasync_plus import Config, transpile

RunSync = Callable[[str], Outcome]


def configuration(concurrency: str = "threads", target: str = "3.11") -> Config:
    return Config.from_mapping(
        {"runtime": "import", "stubs": False, "target-version": target, "concurrency": concurrency}
    )


CONFIG = configuration()
ATTEMPTS = 3
"""How often tasks may do otherwise, as their limits of some milliseconds pass sooner on a machine that is busy."""


def check(program: Program, config: Config = CONFIG, run: RunSync = run_sync) -> tuple[str, ...]:
    """The codes of its refusal, none if both sides do the same; an assertion error otherwise."""
    result = transpile(program.source, config, path="program.py")
    if result.code is None:
        codes = {diagnostic.code for diagnostic in result.diagnostics if diagnostic.is_error}
        assert codes and not codes & {"UA000", "UA001", "UA004"}, f"{result.diagnostics}\n{program.source}"
        return tuple(sorted(codes))
    for _ in range(ATTEMPTS if program.is_concurrent else 1):
        expected, found = run_async(program.source), run(result.code)
        if found.same_as(expected, in_order=not program.is_concurrent):
            return ()
        time.sleep(0.2)
    raise AssertionError(explain(program, result.code, expected, found))


def explain(program: Program, code: str, expected: Outcome, found: Outcome) -> str:
    """The difference, and the program on both sides, from where its own part begins."""
    difference = difflib.unified_diff(lines(expected), lines(found), "async", "sync", lineterm="")
    first = program.own.splitlines()[0].replace("async def", "def")
    converted = code[max(code.find(f"\n{first}"), 0) :]
    return "\n".join([*difference, program.own, "# ---- sync ----", converted, expected.trace, found.trace])


def lines(outcome: Outcome) -> list[str]:
    return [f"result {outcome.result}", f"error {outcome.error}", *outcome.log]
