"""What the project's own code defines, remembered as a whole and file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, cast

from unasync_plus.config import Config
from unasync_plus.discover import Unit
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.project import Project
from unasync_plus.store import Cache, digest, generated_from, read

from .garbage import without_garbage_collection
from .sharing import with_shared

T = TypeVar("T")


def index_project(config: Config, units: Sequence[Unit], cache: Cache) -> Project:
    """The index of the project around ``units``. While no file changes, it is as it was."""
    files = _Remembered(cache)
    key = _key(config, units, files)
    project = _from_json(cache.projects.get(key))
    if project is None:
        from unasync_plus.resolve.index import index

        with without_garbage_collection():
            project = with_shared(index(config, units, files), units, cache)
        files.forget()
        cache.projects.put(key, _to_json(project))
    return project


class _Remembered(Files):
    """Files that are read once, and whose facts the cache has by their content."""

    def __init__(self, cache: Cache) -> None:
        super().__init__()
        self._cache = cache
        self._data: dict[Path, bytes | None] = {}
        self._digests: dict[int, str] = {}
        """By the ``id`` of what `data` has given, and keeps."""

    def data(self, path: Path) -> bytes | None:
        if path not in self._data:
            try:
                data = read(path)
            except OSError:
                data = None
            self._data[path] = data if data is not None and generated_from(data) is None else None
            if data is not None and self._data[path] is data:
                self._digests[id(data)] = digest(data)
        return self._data[path]

    def forget(self) -> None:
        self._data.clear()
        self._digests.clear()

    def digest(self, data: bytes) -> str:
        return self._digests.get(id(data)) or digest(data)

    def told(self, kind: str, data: bytes, tell: Callable[[bytes], T]) -> T:
        key = f"{kind} {self.digest(data)}"
        known = self._cache.facts.get(key)
        if known is None:
            known = tell(data)
            self._cache.facts.put(key, known)
        return cast("T", known)


def _key(config: Config, units: Sequence[Unit], files: _Remembered) -> str:
    """All that the index depends on: which units there are, and the bytes of every file that is not generated."""
    found = hashlib.sha256(repr([(u.source_rel, u.target_rel, u.module, u.target_module) for u in units]).encode())
    found.update(repr([unit.settings.digest for unit in units]).encode())
    above = len(str(config.root)) + 1
    for path in (*sorted({unit.source for unit in units}), *files.others(config.root, units)):
        data = files.data(path)
        if data is not None:
            found.update(f"{str(path)[above:]}\0{files.digest(data)}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _to_json(project: Project) -> dict[str, Any]:
    return {item.name: _plain(getattr(project, item.name)) for item in fields(project)}


def _plain(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, frozenset):
        return {"set": sorted(value)}
    if isinstance(value, Mapping):
        return {"map": {key: _plain(item) for key, item in value.items()}}
    raise TypeError(f"the index holds a {type(value).__name__}")


def _from_json(record: Any) -> Project | None:
    try:
        return Project(**{item.name: _value(record[item.name]) for item in fields(Project)})
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _value(plain: Any) -> Any:
    if isinstance(plain, (str, bool)):
        return plain
    if "set" in plain:
        return frozenset(plain["set"])
    return {key: _value(item) for key, item in plain["map"].items()}
