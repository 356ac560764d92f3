"""The command line: arguments → api → report → exit code. The only place that prints or exits."""

from __future__ import annotations

import atexit
import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """The entry point of the program ``unasync-plus``."""
    gc.disable()  # what comes together in one short command goes with it; large work collects its own
    from .commands import cli  # not before: to look for garbage takes a part of what importing does

    try:
        cli(prog_name="unasync-plus", auto_envvar_prefix="UNASYNC_PLUS")
    except SystemExit as end:
        _leave(end)


def _leave(end: SystemExit) -> None:
    """End the process at once: to take apart what it holds in memory takes longer than a small file takes to convert."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody listens: Python knows how to end then
        raise end from None
    if not isinstance(end.code, int) or _is_observed():
        raise end
    os._exit(end.code)


def _is_observed() -> bool:
    """Whether a profiler, a debugger or a coverage tool waits for the end."""
    monitoring = getattr(sys, "monitoring", None)  # since Python 3.12
    tools = monitoring and any(monitoring.get_tool(number) for number in range(6))
    return bool(tools or sys.getprofile() or sys.gettrace())
