"""What kind of screen there is, and what to show on it."""

from __future__ import annotations

import os
import sys

import click


def wants_color() -> bool:
    """https://no-color.org and https://force-color.org; otherwise on a terminal only."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str, *, error: bool = False) -> None:
    """Print ``text`` and a newline; nothing at all if it is empty. What the stream cannot show is escaped."""
    if text:
        encoding = getattr(sys.stderr if error else sys.stdout, "encoding", None) or "utf-8"
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=error, color=wants_color())


def say_error(message: object, help: str = "") -> None:
    """What went wrong, and what to do about it, to standard error."""
    say(f"error: {message}", error=True)
    say(f"    help: {help}" if help else "", error=True)


class ProgressBar:
    """A line on standard error that shows how far a run is; on a terminal only."""

    _WIDTH = 30

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled and sys.stderr.isatty()
        self._shown = False

    def __call__(self, done: int, total: int, path: str) -> None:
        if self._enabled:
            filled = self._WIDTH * done // max(total, 1)
            name = path if len(path) < 40 else "…" + path[-39:]
            bar = "#" * filled + "-" * (self._WIDTH - filled)
            click.echo(f"\r\x1b[K[{bar}] {done}/{total} {name}", nl=False, err=True, color=True)
            self._shown = True

    def close(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True, color=True)
            self._shown = False
