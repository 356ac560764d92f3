"""The list of differences that are meant, each with its reason."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS = ("missing", "extra", "kind", "signature", "default", "type", "docstring", "value", "options")


class BadList(Exception):
    """The list cannot be read, or an entry of it makes no sense."""


@dataclass(slots=True)
class Entry:
    """``name`` is a dotted name with ``*`` anywhere, below the side's root; ``kind`` is empty for any."""

    name: str
    reason: str
    kind: str = ""
    line: int = 1
    used: bool = False

    def covers(self, name: str, kind: str) -> bool:
        return self.kind in ("", kind) and (fnmatchcase(name, self.name) or name.startswith(f"{self.name}."))


@dataclass(slots=True)
class AllowList:
    path: str = ""
    entries: list[Entry] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """The names of all differences."""

    def allows(self, name: str, kind: str) -> bool:
        """Whether an entry covers the difference; that entry counts as used."""
        self.asked.add(name)
        found = [entry for entry in self.entries if entry.covers(name, kind)]
        for entry in found:
            entry.used = True
        return bool(found)

    @classmethod
    def read(cls, path: Path) -> AllowList:
        """``[[allow]]`` tables: ``name``, ``reason`` and perhaps ``kind``."""
        try:
            text = path.read_text(encoding="utf-8")
            given = tomllib.loads(text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadList(f"{path} cannot be read: {error}") from None
        unknown = sorted(set(given) - {"allow"})
        if unknown:
            raise BadList(f"{path}: unknown key `{unknown[0]}`; entries are [[allow]] tables")
        tables = given.get("allow", [])
        if not isinstance(tables, list):
            raise BadList(f"{path}: `allow` has to be an array of tables: [[allow]]")
        lines = [at for at, line in enumerate(text.splitlines(), 1) if line.strip() == "[[allow]]"]
        lines = lines if len(lines) == len(tables) else [1] * len(tables)
        entries = [_entry(table, f"{path}: entry {at}") for at, table in enumerate(tables, 1)]
        return cls(path.as_posix(), [replace(entry, line=line) for entry, line in zip(entries, lines, strict=True)])


def _entry(table: Any, where: str) -> Entry:
    if not isinstance(table, dict):
        raise BadList(f"{where} has to be a table with `name` and `reason`")
    unknown = sorted(set(table) - {"name", "kind", "reason"})
    if unknown:
        raise BadList(f"{where}: unknown key `{unknown[0]}`; known are name, kind and reason")
    for key in ("name", "reason"):
        if not isinstance(table.get(key), str) or not table[key].strip():
            raise BadList(f"{where} needs a `{key}`")
    kind = table.get("kind", "")
    if kind and kind not in KINDS:
        raise BadList(f"{where}: `kind` has to be one of {', '.join(KINDS)}")
    return Entry(table["name"], table["reason"], kind)
