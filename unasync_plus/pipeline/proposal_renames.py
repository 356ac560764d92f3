"""Names that only `rename` can give their sync names: what stands beside them, or in the sync side that is there, tells."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from unasync_plus.config import Config, ConfigError
from unasync_plus.discover import Unit, discover
from unasync_plus.resolve.counterparts import renaming
from unasync_plus.resolve.index import index
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.store import read

from .proposal_naming import defined

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_WORD = re.compile(r"(?<![a-z])(?:async|asyncio|aio|sync)(?![a-z])|(?:Async|Sync)(?![a-z])")


def renames_of(root: Path, text: str) -> dict[str, str]:
    """The entries of `rename` for the project at ``root`` with the configuration ``text``; none where names are not clear."""
    try:
        config = Config.from_mapping(tomllib.loads(text)["tool"]["unasync-plus"], root)
        units = discover(config, lambda name, settings: Namer(settings, frozenset()).module(name))
    except ConfigError:
        return {}
    units = [unit for unit in units if unit.is_python]
    project = index(config, units)
    meant: dict[str, set[str]] = {}
    for name, new in (*_beside(units, project), *_in_sync_sides(units, project)):
        meant.setdefault(name, set()).add(new)
    return {name: min(found) for name, found in sorted(meant.items()) if len(found) == 1}


def _beside(units: Sequence[Unit], project: Project) -> Iterator[tuple[str, str]]:
    """What the sources use of other modules, and its counterpart there."""
    texts = [read(unit.source) or b"" for unit in units]
    for qualified, counterpart in project.counterparts.items():
        if any(qualified.rpartition(".")[2].encode() in text for text in texts):
            _, old, new = renaming(qualified, counterpart)
            yield old, new


def _in_sync_sides(units: Sequence[Unit], project: Project) -> Iterator[tuple[str, str]]:
    """What a source defines, and the only name for the same in the sync side of it: ``aclose`` and ``close``, ``Client`` and
    ``SyncClient``."""
    for unit in units:
        if unit.target.is_file() and unit.target != unit.source:
            yield from _in_sync_side(unit, project)


def _in_sync_side(unit: Unit, project: Project) -> Iterator[tuple[str, str]]:
    namer = Namer(unit.settings, project.defined)
    for ours, theirs in zip(defined([unit.source]), defined([unit.target]), strict=True):
        old = {name: namer.new(name) for name in ours if not name.startswith("__")}
        left = theirs.difference(ours, old.values())
        for name in sorted(old):
            if old[name] in theirs:
                continue
            if name in theirs:  # stays, as an entry to itself says
                yield name, name
                continue
            found = [new for new in left if _words(new) in {_words(name), _words(_without_a(name))}]
            if len(found) == 1 and (_is_telling(name) or found[0] == _without_a(name)):
                yield name, found[0]


def _is_telling(name: str) -> bool:
    """Whether nothing else is likely to have ``name``: `rename` changes it wherever it stands."""
    return "_" in name.strip("_") or not name.islower()


def _without_a(name: str) -> str:
    """``close`` for ``aclose``."""
    return re.sub(r"^(_*)a", r"\1", name)


def _words(name: str) -> str:
    """``name`` without the words that tell the sides apart."""
    return _WORD.sub("", name).replace("__", "_").strip("_")
