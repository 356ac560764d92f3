"""What a rendered file depends on besides its source and its settings: this tool, and the formatter."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from unasync_plus.store import Pack, read
from unasync_plus.tables import fingerprint

from .formatting import executable

_PACKAGE = Path(__file__).parent.parent
_FORMATTER_FILES = ("pyproject.toml", "ruff.toml", ".ruff.toml", "setup.cfg", "tox.ini", ".editorconfig", ".isort.cfg")


def tool_stamp(known: Pack) -> str:
    """A digest of this package's own code and tables, and of the tables that others have installed.

    The version alone would keep what an older checkout of the same version rendered. To read all files at each start takes
    as long as a small file takes to convert: the digest is in ``known`` while no file looks changed.
    """
    files = sorted(_own_files(str(_PACKAGE)))
    look = hashlib.sha256(repr(files).encode("utf-8", "surrogateescape")).hexdigest()
    code = known.get(look)
    if not isinstance(code, str):
        code = _digest_of(path for path, *_ in files)
        known.put(look, code)
    return hashlib.sha256(f"{code} {fingerprint()}".encode()).hexdigest()


def _digest_of(paths: Iterable[str]) -> str:
    """That of their names and contents."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path[len(str(_PACKAGE)) :].replace(os.sep, "/").encode() + b"\0" + (read(path) or b"") + b"\0")
    return found.hexdigest()


def _own_files(folder: str) -> list[tuple[str, int, int, int, int]]:
    """Each with what shows that it is the one that it was: not even its time can be set back without a trace."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".toml")):
                facts = os.stat(entry.path)
                found.append((entry.path, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino))
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
