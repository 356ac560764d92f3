"""How much to say, and whether in colour."""

from __future__ import annotations

from unasync_plus.records import record

_CODES = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}


@record
class Style:
    """``verbosity``: -1 says what went wrong only, 0 also what changed, 1 also what did not."""

    verbosity: int = 0
    color: bool = False
    diff: bool = False

    def paint(self, text: str, color: str) -> str:
        return f"\x1b[{_CODES[color]}m{text}\x1b[0m" if self.color else text
