"""The command line: arguments → api → report → exit code. The only place that prints or exits."""

from __future__ import annotations

from .commands import cli

__all__ = ["cli", "main"]


def main() -> None:
    """The entry point of the program ``unasync-plus``."""
    cli(prog_name="unasync-plus", auto_envvar_prefix="UNASYNC_PLUS")
