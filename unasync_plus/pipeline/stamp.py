"""What a rendered file depends on besides its source and its settings: this tool, and the formatter."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from unasync_plus.store import read
from unasync_plus.tables import fingerprint

from .formatting import executable

_PACKAGE = Path(__file__).parent.parent
_FORMATTER_FILES = ("pyproject.toml", "ruff.toml", ".ruff.toml", "setup.cfg", "tox.ini", ".editorconfig", ".isort.cfg")


@lru_cache(maxsize=1)
def tool_stamp() -> str:
    """A digest of this package's own code and tables, and of the tables that others have installed.

    The version alone would keep what an older checkout of the same version rendered.
    """
    found = hashlib.sha256()
    for path in sorted(_own_files(str(_PACKAGE))):
        found.update(path[len(str(_PACKAGE)) :].replace(os.sep, "/").encode() + b"\0" + (read(path) or b"") + b"\0")
    found.update(fingerprint().encode())
    return found.hexdigest()


def _own_files(folder: str) -> list[str]:
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".toml")):
                found.append(entry.path)
            elif entry.is_dir() and entry.name != "__pycache__":
                found += _own_files(entry.path)
    return found


@lru_cache(maxsize=64)
def format_stamp(commands: tuple[tuple[str, ...], ...], root: Path) -> str:
    """Which programs ``commands`` are, and the files at ``root`` that formatters take their settings from."""
    if not commands:
        return ""
    found = hashlib.sha256()
    for command in commands:
        program = executable(command[0])
        facts = os.stat(program) if program else None
        found.update(repr((program, facts and (facts.st_size, facts.st_mtime_ns))).encode())
    for name in _FORMATTER_FILES:
        found.update(name.encode() + b"\0" + (read(root / name) or b"") + b"\0")
    return found.hexdigest()
