"""What a project that has a sync side already calls things there: how its names were made of the async ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from unasync_plus.records import record
from unasync_plus.store import read

_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)
_FUNCTION = re.compile(rb"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_CAMEL = re.compile(r"Async(?![a-z])")
_SNAKE = re.compile(r"(?<![a-z])async(?![a-z])")


@record
class Naming:
    """The values of `naming.camel` and `naming.snake`."""

    camel: str = ""
    snake: str = ""


def naming_of(sources: Iterable[Path], targets: Iterable[Path]) -> Naming:
    """The naming that makes the more names of ``targets`` out of those of ``sources``: without the word, or with "sync"."""
    old, new = defined(sources), defined(targets)
    return Naming(
        _voted(old[0], new[0], _CAMEL, "Sync"),
        _voted(old[1], new[1], _SNAKE, "sync"),
    )


def are_twins(source: Path, target: Path) -> bool:
    """Whether most of what ``source`` defines, and something, is in ``target`` too, but for the word."""
    shared, own = _shared(source, target)
    return own > 0 and 2 * shared > own


def is_sync_side(target: Path, source: Path) -> bool:
    """Whether ``target`` is there, and no other file that only has the name: one in which next to nothing of ``source`` is."""
    shared, own = _shared(source, target)
    return target.is_file() and 10 * shared >= own


def _shared(source: Path, target: Path) -> tuple[int, int]:
    """How many of the names that ``source`` defines are in ``target`` too, but for the word, and how many there are."""
    ours, theirs = ({_without(name) for name in set().union(*defined([path]))} for path in (source, target))
    return len(ours & theirs), len(ours)


def defined(paths: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The classes and the functions of some files."""
    classes: set[str] = set()
    functions: set[str] = set()
    for path in paths:
        try:
            data = read(path) or b""
        except OSError:
            continue
        classes.update(name.decode("utf-8", "replace") for name in _CLASS.findall(data))
        functions.update(name.decode("utf-8", "replace") for name in _FUNCTION.findall(data))
    return classes, functions


def _voted(old: set[str], new: set[str], word: re.Pattern[str], sync: str) -> str:
    names = [name for name in old if word.search(name)]
    with_sync = sum(word.sub(sync, name) in new for name in names)
    stripped = {name.strip("_") for name in new}
    without = sum(_without(name) in stripped for name in names)
    return sync if with_sync > without else ""


def _without(name: str) -> str:
    """``open`` for ``async_open``, ``Client`` for ``AsyncClient``."""
    return re.sub(r"__+", "_", _SNAKE.sub("", _CAMEL.sub("", name))).strip("_")
