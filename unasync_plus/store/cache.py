"""What is remembered between runs, keyed by content: to lose it costs time, never correctness."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import files

CACHE_FOLDER = ".unasync_plus_cache"
_KEPT = 4000
"""How many entries that a run did not use a pack keeps for the next one: another branch, another configuration."""


class Pack:
    """A file of JSON values by key. Whatever is wrong with it, it counts as empty.

    Several runs may use it at once: it is replaced as a whole, and what another run has added meanwhile is kept.
    ``stamp`` is what all its values depend on.
    """

    def __init__(self, path: Path | None, stamp: str, kept: int = _KEPT) -> None:
        self._path = path
        self._kept = kept
        self._stamp = stamp
        self._old = _load(path, stamp)
        self._used: dict[str, Any] = {}
        self._dropped: set[str] = set()
        self._changed = False

    def get(self, key: str) -> Any:
        """The value of ``key``; None if there is none."""
        value = self._used.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            self._used[key] = value
        return value

    def put(self, key: str, value: Any) -> None:
        self._changed = self._changed or self.get(key) != value
        self._used[key] = value

    def drop(self, key: str) -> None:
        self._changed = self._changed or self.get(key) is not None
        self._dropped.add(key)
        self._used.pop(key, None)
        self._old.pop(key, None)

    def keys(self) -> Iterator[str]:
        yield from {**self._old, **self._used}

    def save(self) -> None:
        """Write it if anything was added; failing to is no error."""
        if self._path is None or not self._changed:
            return
        mine = self._used.keys() | self._dropped
        others = {key: value for key, value in _load(self._path, self._stamp).items() if key not in mine}
        entries = {**dict(list(others.items())[len(others) - min(len(others), self._kept) :]), **self._used}
        body = json.dumps(entries, separators=(",", ":")).encode()
        with contextlib.suppress(OSError):
            _make_folder(self._path.parent)
            files.write(self._path, _head(self._stamp, body) + body)


def _load(path: Path | None, stamp: str) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        data = files.read(path) or b""
        head, _, body = data.partition(b"\n")
        if head + b"\n" != _head(stamp, body):
            return {}
        entries = json.loads(body)
    except (OSError, ValueError, RecursionError):
        return {}
    return entries if isinstance(entries, dict) else {}


def _head(stamp: str, body: bytes) -> bytes:
    return f"unasync-plus {stamp} {files.digest(body)}\n".encode()


def _make_folder(folder: Path) -> None:
    """The cache's folder, which git does not see."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        files.write(ignore, b"# Made by unasync-plus; safe to delete.\n*\n")


class Cache:
    """The packs of one project. ``stamp_of`` tells what stands for the version of the tool; it may remember it in a pack, too."""

    def __init__(self, root: Path, stamp_of: Callable[[Pack], str], *, enabled: bool = True) -> None:
        self._folder = root / CACHE_FOLDER if enabled else None
        self.tool = self._pack("tool.json", "1", kept=4)
        stamp = stamp_of(self.tool)
        self.units = self._pack("units.json", stamp)
        self.facts = self._pack("facts.json", stamp)
        self.projects = self._pack("projects.json", stamp, kept=4)
        self.written = self._pack("written.json", "1")

    def _pack(self, name: str, stamp: str, kept: int = _KEPT) -> Pack:
        return Pack(self._folder / name if self._folder else None, stamp, kept)

    def save(self, *, if_present: bool = False) -> None:
        """Write what is new; with ``if_present`` only where an earlier run has made the cache."""
        if if_present and not (self._folder and self._folder.is_dir()):
            return
        for pack in (self.tool, self.units, self.facts, self.projects, self.written):
            pack.save()

    @staticmethod
    def clear(root: Path) -> bool:
        """Delete the cache of the project at ``root``; whether it is gone."""
        import shutil  # slow, and needed by nobody else here

        folder = root / CACHE_FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.is_dir()
