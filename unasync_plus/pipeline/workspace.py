"""What a run is about: the units, what the project defines, what is remembered of earlier runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.config import Config, Settings
from unasync_plus.discover import Unit, survey
from unasync_plus.records import record
from unasync_plus.store import Cache

from .indexing import index_project
from .stamp import format_stamp, tool_stamp

if TYPE_CHECKING:
    from unasync_plus.resolve.naming import Namer
    from unasync_plus.resolve.project import Project


@record
class Workspace:
    """``selected`` is ``units``, or those of them that the paths of the command line name."""

    config: Config
    cache: Cache
    units: tuple[Unit, ...]
    selected: tuple[Unit, ...]
    paths: tuple[str, ...]
    project: Project
    fired: frozenset[tuple[str, int]]
    """Configuration entries that finding the files has used, with the index of the package they were used for."""

    @property
    def root(self) -> Path:
        return self.config.root

    def is_selected(self, *rels: str) -> bool:
        """Whether one of the files is meant by the paths of the command line."""
        return not self.paths or any(_is_below(rel, path) for rel in rels for path in self.paths)


def open_workspace(config: Config, paths: Sequence[str | os.PathLike[str]], *, use_cache: bool) -> Workspace:
    """Find the units of ``config`` and index its project; ``ConfigError`` if there is nothing to do."""
    from unasync_plus.resolve.naming import Namer

    namers: dict[Settings, Namer] = {}

    def map_name(name: str, settings: Settings) -> str:
        if settings not in namers:
            namers[settings] = Namer(settings, frozenset())
        return namers[settings].module(name)

    format_stamp.cache_clear()
    found = survey(config, map_name)
    cache = Cache(config.root, tool_stamp, enabled=use_cache)
    wanted = tuple(_relative(path, config.root) for path in paths)
    return Workspace(
        config,
        cache,
        found.units,
        _select(found.units, wanted),
        wanted,
        index_project(config, found.units, cache),
        found.fired | _fired_by_names(found.units, namers),
    )


def _fired_by_names(units: Sequence[Unit], namers: dict[Settings, Namer]) -> frozenset[tuple[str, int]]:
    pairs = {(unit.settings, unit.package) for unit in units if unit.settings in namers}
    return frozenset((entry, package) for settings, package in pairs for entry in namers[settings].fired)


def _relative(path: str | os.PathLike[str], root: Path) -> str:
    """A path of the command line as posix path relative to ``root``."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")


def _is_below(rel: str, path: str) -> bool:
    return path == "." or rel == path or rel.startswith(path + "/")


def _select(units: tuple[Unit, ...], paths: tuple[str, ...]) -> tuple[Unit, ...]:
    if not paths:
        return units
    return tuple(
        unit for unit in units if any(_is_below(unit.source_rel, p) or _is_below(unit.target_rel, p) for p in paths)
    )
