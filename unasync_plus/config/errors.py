"""What is wrong with a configuration, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from unasync_plus.records import record

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class ConfigError(Exception):
    """The configuration cannot be used; the command line exits with 2.

    ``key`` is the dotted path of the key inside ``file``, both empty when the error is about no one key.
    """

    def __init__(self, message: str, *, file: Path | None = None, key: str = "", help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.key = key
        self.help = help

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.file or ""), self.key, self.message) if part)


@record
class Place:
    """A key in a configuration file: what an error message points at."""

    file: Path | None = None
    key: str = ""

    def child(self, name: str) -> Place:
        """The key ``name`` in the table at this place, quoted where TOML would want quotes."""
        spelled = name if _BARE_KEY.fullmatch(name) else '"' + name.replace('"', '\\"') + '"'
        return Place(self.file, f"{self.key}.{spelled}" if self.key else spelled)

    def item(self, index: int) -> Place:
        return Place(self.file, f"{self.key}[{index}]")

    def error(self, message: str, help: str = "") -> ConfigError:
        return ConfigError(message, file=self.file, key=self.key, help=help)


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that looks most like ``word``; empty if there is none at all."""
    import difflib

    close = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.0)
    return close[0] if close else ""
