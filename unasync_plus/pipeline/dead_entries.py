"""Configuration entries that never matched anything: mistakes, or left-overs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from unasync_plus.config import Config, Entry
from unasync_plus.model import Diagnostic, Severity

from .workspace import Workspace

_ENDS = re.compile(r"(?<![\w$])[^\W\d]\w*(?![\w.])")
"""The ends of dotted paths in the key of an entry, without the wildcards of a pattern."""


def dead_entries(
    fired_by_unit: Iterable[tuple[int, Iterable[str]]], workspace: Workspace, refused: Sequence[tuple[int, bytes]] = ()
) -> list[Diagnostic]:
    """Warnings for the entries that are neither among what fired, by package index, nor used by finding the files.

    ``refused`` are texts, by package index, that may hold what an entry is about although nothing fired there.
    """
    fired: dict[int, set[str]] = {index: set() for index in range(len(workspace.config.packages))}
    for entry, index in workspace.fired:
        fired[index].add(entry)
    for index, entries in fired_by_unit:
        fired[index].update(entries)
    config = workspace.config
    lines = _Lines(config)
    found = [
        _warning(entry.key, f"`{entry.spelling.partition(':')[2]}` never matched anything", config, lines)
        for entry, index, _ in config.entries()
        if not _has_fired(entry, index, fired)
        and not any(_may_stand_in(entry, text) for package, text in refused if index in (None, package))
    ]
    for override in config.overrides:
        if not any(override.matches(unit.source_rel) for unit in workspace.units):
            found.append(_warning(override.place.child("files").key, "no source file matches", config, lines))
    return found


def _has_fired(entry: Entry, package: int | None, fired: Mapping[int, set[str]]) -> bool:
    return any(entry.spelling in entries for index, entries in fired.items() if package in (None, index))


def _may_stand_in(entry: Entry, text: bytes) -> bool:
    """Whether all that ``entry`` names stands in ``text``: of a dotted path its end, whatever that is looked up in."""
    table, _, key = entry.spelling.partition(":")
    if table == "exclude":  # is about names of files
        return False
    ends = [key] if table in ("text", "directives") else _ENDS.findall(key)
    return all(end.encode() in text for end in ends)


def _warning(key: str, message: str, config: Config, lines: _Lines) -> Diagnostic:
    path = "configuration"
    if config.file is not None:
        path = os.path.relpath(config.file, config.root).replace(os.sep, "/")
    return Diagnostic(
        path, lines.of(key), 1, "UA030", Severity.WARNING, f"{key}: {message}", "correct its spelling, or remove it"
    )


class _Lines:
    """The lines of keys in a TOML file, as far as a look at the text finds them."""

    def __init__(self, config: Config) -> None:
        try:
            text = config.file.read_text(encoding="utf-8") if config.file is not None else ""
        except (OSError, UnicodeDecodeError):
            text = ""
        self._lines = text.splitlines()

    def of(self, key: str) -> int:
        """The line of a dotted key path such as ``tool.x.package[1].rename."a.b"``, or that of the table around it."""
        start, end = 0, len(self._lines)
        for quoted, name, index in re.findall(r'"((?:[^"\\]|\\.)*)"|([\w-]+)(?:\[(\d+)\])?', key):
            headers = [number for number in range(start, end) if name and _is_header(self._lines[number], name)]
            keys = (number for number in range(start, end) if _has_key(self._lines[number], quoted or name))
            if index and headers:
                start, *later = headers[int(index) :]
                end = min([end, *later])
            else:
                start = headers[0] if headers else next(keys, start)
        return start + 1


def _is_header(line: str, name: str) -> bool:
    """Whether ``line`` is ``[… . name]`` or ``[[… . name]]``."""
    header = re.match(r"\s*\[\[?\s*([^\]]*?)\s*\]", line)
    return header is not None and header[1].split(".")[-1].strip(" \"'") == name


def _has_key(line: str, name: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line) is not None
