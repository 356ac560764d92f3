"""Look at a project that has no configuration yet, and propose one."""

from __future__ import annotations

import ast
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unasync_plus.python_warnings import without_python_warnings
from unasync_plus.store import read

from .proposal_libraries import imported
from .proposal_naming import are_twins

_SYNC_NAMES = {"aio": "sync", "asyncio": "sync", "asynchronous": "synchronous", "asynch": "sync"}
_WORD = re.compile(r"(?<![a-z])async(?![a-z])")
_SYNC_WORD = re.compile(r"(?<![a-z])sync(?:hronous)?(?![a-z])")
_ASIDE = re.compile(r"(^|/)(examples?|samples?|docs?(_src)?|benchmarks?|scripts?)(/|$)")
_TESTS = re.compile(rf"{_ASIDE.pattern}|(^|/)tests?(/|$)")
_SKIPPED = frozenset(("__pycache__", "node_modules", "site-packages", "build", "dist", "venv", "env"))


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and a target to propose, as posix paths relative to the project's folder."""

    source: str
    target: str
    files: int
    """How many files of the source have async code."""
    is_there: bool = False
    """Whether the project has a sync side of the source already."""


def propose(root: Path) -> list[Pair]:
    """The async packages of the project at ``root``; empty if it has no async code."""
    asynchronous = [path for path in _python_files(root) if _is_asynchronous(root / path)]
    found = _pairs(asynchronous, root)
    whole = [pair for pair in found if _is_whole_package(pair)]
    named = [pair for pair in found if not _is_whole_package(pair) and not _ASIDE.search(pair.source)]
    aside = [pair for pair in found if not _is_whole_package(pair) and _ASIDE.search(pair.source)]
    there = [replace(pair, is_there=True) for pair in named if _is_there(pair, root)]
    are_files = all(pair.source.endswith(".py") for pair in named)
    if are_files and not there and 2 * sum(pair.files for pair in named) < len(asynchronous):
        named = []  # a file of helpers, most likely
    elif are_files and _is_little(there, asynchronous):
        named = there = []  # in its place is what the others use, too
    chosen = there or named or [pair for pair in whole if not _TESTS.search(pair.source)] or aside
    outermost = (pair for pair in chosen if not any(is_inside(pair.source, other.source) for other in chosen))
    return _apart(sorted(outermost, key=lambda pair: pair.source), root)


def _is_little(there: Sequence[Pair], asynchronous: Sequence[str]) -> bool:
    """Whether next to nothing of what has async code, besides tests, has a sync side."""
    files = sum(pair.files for pair in there if not _TESTS.search(pair.source))
    return bool(there) and 8 * files < sum(not _TESTS.search(path) for path in asynchronous)


def _apart(pairs: Sequence[Pair], root: Path) -> list[Pair]:
    """``pairs`` without those that have a target in common with one of more files."""
    taken: set[str] = set()
    kept = set()
    for pair in sorted(pairs, key=lambda pair: -pair.files):
        targets = set(_targets(pair, root))
        if taken.isdisjoint(targets):
            taken |= targets
            kept.add(pair)
    return [pair for pair in pairs if pair in kept]


def _targets(pair: Pair, root: Path) -> Iterator[str]:
    """The files that a pair has outputs for, as far as their names do not change."""
    if "*" in pair.source:
        yield from (pair.target.replace("*", star) for star in _stars(pair.source, root))
    elif pair.source.endswith(".py"):
        yield pair.target
    else:
        for path in (root / pair.source).rglob("*.py"):
            yield f"{pair.target}/{path.relative_to(root / pair.source).as_posix()}"


def _stars(pattern: str, root: Path) -> list[str]:
    """What stands for the star in the names of the files that ``pattern`` finds."""
    folder, _, name = pattern.rpartition("/")
    before, _, behind = name.partition("*")
    return [path.name[len(before) : len(path.name) - len(behind)] for path in (root / folder).glob(name)]


def _pairs(asynchronous: Iterable[str], root: Path) -> list[Pair]:
    """The pairs of all files; files that one pattern finds, but whose sync sides no other one does, are by themselves."""
    files: dict[str, dict[str, list[str]]] = {}
    for path in asynchronous:
        source, target = _pair(path, root)
        files.setdefault(source, {}).setdefault(target, []).append(path)
    pairs = []
    for source, targets in files.items():
        if len(targets) == 1:
            pairs += [Pair(source, target, len(paths)) for target, paths in targets.items()]
            continue
        before, _, behind = source.partition("*")
        for target, paths in targets.items():
            pairs += [Pair(path, target.replace("*", path[len(before) : -len(behind)]), 1) for path in paths]
    return pairs


def _python_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        yield from (
            posixpath.normpath(posixpath.join(relative, name)) for name in sorted(names) if name.endswith(".py")
        )


def _is_asynchronous(path: Path) -> bool:
    """Whether the file defines async functions, or is called like the async side of one that is there and says so."""
    try:
        data = read(path) or b""
        if b"async" not in data:
            return False
        found = _file_pair(path.stem, path.parent)
        if found is not None and b"Async" in data:
            before, _, behind = found[0].partition("*")
            star = path.stem[len(before) : len(path.stem) - len(behind)]
            if path.with_name(f"{found[1].replace('*', star)}.py").is_file():
                return True
        with without_python_warnings():
            tree = ast.parse(data)
        return any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False


def _pair(path: str, root: Path) -> tuple[str, str]:
    """The outermost folder or file on ``path`` that calls itself async, and its sync name; one whose sync side is there, if any.

    If there is none, the package that the file is in, and ``sync`` inside it.
    """
    parts = path.split("/")
    outermost: tuple[str, str] | None = None
    for index, part in enumerate(parts[:-1]):
        above = root.joinpath(*parts[:index])
        sync = _sync_folder(part, above)
        if sync is not None:
            is_there = (above / sync).is_dir()
            is_above = index and not is_there and _has_twins(above / part, above)
            found = "/".join(parts[: index + 1]), "/".join(parts[:index] if is_above else [*parts[:index], sync])
            if is_there or is_above:
                return found
            outermost = outermost or found
    folder, stem = root.joinpath(*parts[:-1]), parts[-1].removesuffix(".py")
    named = _file_pair(stem, folder)
    if outermost is not None and (named is None or not _is_beside(stem, named, folder)):
        return outermost
    named = named or _prefixed(stem, folder)
    if named is not None:
        source, target = ("/".join([*parts[:-1], f"{name}.py"]) for name in named)
        return source, target
    package = _package(parts[:-1], root)
    return package or path, f"{package}/sync" if package else path.removesuffix(".py") + "_sync.py"


def _sync_folder(folder: str, above: Path) -> str | None:
    """What the folder of the sync side of ``folder`` is called; None if neither its name nor another tells."""
    if folder in _SYNC_NAMES:
        usual = _SYNC_NAMES[folder]
        there = [name for name in (usual, "synchronous", "sync") if _is_package(above / name)]
        return (*there, *_namesakes(folder, above), usual)[0]
    if _WORD.search(folder):
        with_sync, without = _WORD.sub("sync", folder), _without_the_word(folder)
        there = [name for name in (with_sync, with_sync.strip("_"), f"_{with_sync}") if (above / name).is_dir()]
        if without and not there and _is_package(above / without):
            return without
        return (*there, *_namesakes(folder, above), with_sync)[0]
    if folder.startswith("a") and _is_package(above / folder) and _is_package(above / folder[1:]):  # aredis and redis
        return folder[1:] or None
    return None


def _namesakes(folder: str, above: Path) -> list[str]:
    """A folder beside ``folder`` whose name has the word "sync" in it, and that has most of its files: ``_sync_generated``."""
    files = {path.relative_to(above / folder) for path in _modules(above / folder)}
    others = [path for path in sorted(above.iterdir()) if _SYNC_WORD.search(path.name) and path.is_dir()]
    found = [other.name for other in others if 2 * sum((other / file).is_file() for file in files) > len(files)]
    return found if len(found) == 1 else []


def _modules(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if path.name not in ("__init__.py", "conftest.py")]


def _has_twins(folder: Path, above: Path) -> bool:
    """Whether most files in ``folder`` have another of the same name above it, or a third has one that defines the same: their
    sync sides."""
    files = [path for path in _modules(folder) if not _takes_from(path, folder, above)]
    twins = [(above / path.relative_to(folder), path) for path in files if (above / path.relative_to(folder)).is_file()]
    return 2 * len(twins) > len(files) or 3 * sum(are_twins(path, twin) for twin, path in twins) > len(files)


def _takes_from(path: Path, folder: Path, above: Path) -> bool:
    """Whether a file takes what both sides use from that of the same name above: no sync side of it."""
    module = ".".join([above.name, *path.relative_to(folder).with_suffix("").parts])
    taken = imported(path, module.replace(above.name, f"{above.name}.{folder.name}", 1), is_package=False)
    return any(name == module or name.endswith(f".{module}") for name in taken)


def _file_pair(stem: str, folder: Path) -> tuple[str, str] | None:
    """Source and target, one with a star where several files may be called like that."""
    found = _WORD.search(stem)
    if found is None:
        return None
    lead, rest = stem[: found.start()], stem[found.end() :]
    if lead.strip("_") and rest.strip("_"):
        source, rest_of_target = stem, (lead, rest)
    elif rest.strip("_"):
        source, rest_of_target = f"{lead}async_*", (lead, "_*")
    elif lead.strip("_"):
        source, rest_of_target = f"*_async{rest}", ("*_", rest)
    else:
        return stem, f"{lead}sync{rest}"
    dropped = _without_the_word(stem)
    other, without = _WORD.sub("sync", stem), _without_the_word("async".join(rest_of_target))
    is_called_sync = (folder / f"{other}.py").exists() and not (folder / f"{dropped}.py").exists()
    return source, "sync".join(rest_of_target) if is_called_sync else without


def _is_beside(stem: str, pair: tuple[str, str], folder: Path) -> bool:
    """Whether the sync side of a file is there, as the pair of it says."""
    before, _, behind = pair[0].partition("*")
    target = pair[1].replace("*", stem[len(before) : len(stem) - len(behind)]) if "*" in pair[0] else pair[1]
    return are_twins(folder / f"{stem}.py", folder / f"{target}.py")


def _prefixed(stem: str, folder: Path) -> tuple[str, str] | None:
    """``aioclient`` and the ``client`` beside it, if that is its sync side."""
    found = re.fullmatch(r"(_*)(?:aio|asyncio)_?(\w+)", stem)
    pair = (stem, found[1] + found[2]) if found is not None else None
    return pair if pair is not None and _is_beside(stem, pair, folder) else None


def _without_the_word(name: str) -> str:
    """``name`` without "async" and the underscore that went with it."""
    return re.sub(r"_async(?=_|$)|(?<![a-z])async_?", "", name, count=1)


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _package(folders: Sequence[str], root: Path) -> str:
    """The outermost package around a file in ``folders``; empty if it is in none."""
    inside = [
        "/".join(folders[:end]) for end in range(1, len(folders) + 1) if _is_package(root / "/".join(folders[:end]))
    ]
    return inside[0] if inside else ""


def is_inside(source: str, other: str) -> bool:
    """Whether the folder ``source`` lies inside of ``other``."""
    return source != other and source.startswith(other + "/") and "*" not in source


def _is_there(pair: Pair, root: Path) -> bool:
    if "*" not in pair.source:
        return (root / pair.target).exists()
    return any((root / pair.target.replace("*", star)).is_file() for star in _stars(pair.source, root))


def _is_whole_package(pair: Pair) -> bool:
    return pair.target in (f"{pair.source}/sync", pair.source.removesuffix(".py") + "_sync.py")
