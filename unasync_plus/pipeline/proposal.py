"""Look at a project that has no configuration yet, and propose one."""

from __future__ import annotations

import ast
import os
import posixpath
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unasync_plus.config import ConfigError
from unasync_plus.store import read, write

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_SYNC_NAMES = {"aio": "sync", "asyncio": "sync", "asynchronous": "synchronous", "asynch": "sync"}
_WORD = re.compile(r"(?<![a-z])async(?![a-z])")
_SKIPPED = frozenset(("__pycache__", "node_modules", "site-packages", "build", "dist", "venv", "env"))
_TABLE = """\
# What unasync-plus generates: the sync side of an async package. Edit the source, then run `unasync-plus build`.
[tool.unasync-plus]
# target-version = "3.9"        # the oldest Python the output must run on; default: from requires-python
# stubs = false                 # no .pyi beside the generated files
# stub-docstrings = true        # keep the docstrings in them
# format = ["ruff", "format", "--stdin-filename", "{path}", "-"]

[tool.unasync-plus.naming]      # the word "async" in the project's own names
camel = ""                      # AsyncClient becomes Client; "Sync": SyncClient; false: stays
snake = ""                      # async_open becomes open; "sync": sync_open; false: stays

# [tool.unasync-plus.rename]    # further names, exact or with one * on each side
# "aclose" = "close"
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and a target to propose, as posix paths relative to the project's folder."""

    source: str
    target: str
    files: int
    """How many files of the source have async code."""


def propose(root: Path) -> list[Pair]:
    """The async packages of the project at ``root``; empty if it has no async code."""
    asynchronous = [path for path in _python_files(root) if _is_asynchronous(root / path)]
    found: dict[str, Pair] = {}
    for path in asynchronous:
        source, target = _pair(path, root)
        count = found[source].files if source in found else 0
        found[source] = Pair(source, target, count + 1)
    outer = [pair for pair in found.values() if not any(_is_inside(pair.source, other) for other in found)]
    named = [pair for pair in outer if not _is_whole_package(pair)]
    tests = re.compile(r"(^|/)(tests?|examples?|docs?|benchmarks?|scripts?)(/|$)")
    return sorted(named or [pair for pair in outer if not tests.search(pair.source)], key=lambda pair: pair.source)


def _python_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        yield from (
            posixpath.normpath(posixpath.join(relative, name)) for name in sorted(names) if name.endswith(".py")
        )


def _is_asynchronous(path: Path) -> bool:
    """Whether the file defines async functions."""
    try:
        data = read(path) or b""
        return b"async" in data and any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(ast.parse(data)))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False


def _pair(path: str, root: Path) -> tuple[str, str]:
    """The outermost folder or file on ``path`` that calls itself async, and its sync name.

    If there is none, the package that the file is in, and ``sync`` inside it.
    """
    parts = path.split("/")
    for index, part in enumerate(parts[:-1]):
        sync = _sync_name(part)
        if sync is not None:
            above = parts[:index]
            return "/".join([*above, part]), "/".join([*above, sync])
    stem = parts[-1].removesuffix(".py")
    for pattern, target in ((r"async_(?!$)", "async_*.py"), (r".*_async$", "*_async.py")):
        if re.match(pattern, stem):
            return "/".join([*parts[:-1], target]), "/".join([*parts[:-1], "*.py"])
    package = _package(parts[:-1], root)
    return package or path, f"{package}/sync" if package else path.removesuffix(".py") + "_sync.py"


def _sync_name(folder: str) -> str | None:
    """What the folder of the sync side of ``folder`` is called; None if its name does not say that it is async."""
    if folder in _SYNC_NAMES:
        return _SYNC_NAMES[folder]
    if _WORD.search(folder):
        return _WORD.sub("sync", folder)
    return None


def _package(folders: Sequence[str], root: Path) -> str:
    """The outermost package around a file in ``folders``; empty if it is in none."""
    inside = [
        "/".join(folders[:end])
        for end in range(1, len(folders) + 1)
        if (root / "/".join(folders[:end]) / "__init__.py").is_file()
    ]
    return inside[0] if inside else ""


def _is_inside(source: str, other: str) -> bool:
    return source != other and source.startswith(other + "/") and "*" not in source


def _is_whole_package(pair: Pair) -> bool:
    return pair.target == f"{pair.source}/sync" or pair.target.endswith("_sync.py")


def write_proposal(root: Path, pairs: Sequence[Pair]) -> Path:
    """Append a table with ``pairs`` to the project's pyproject.toml; what it holds already stays byte for byte."""
    file = root / "pyproject.toml"
    existing = read(file) or b""
    try:
        document = tomllib.loads(existing.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"is no valid TOML: {error}", file=file) from None
    if "unasync-plus" in document.get("tool", {}):
        raise ConfigError("has a table [tool.unasync-plus] already", file=file, help="edit it, or remove it first")
    if (root / "unasync-plus.toml").exists():
        raise ConfigError("is there already, and wins", file=root / "unasync-plus.toml", help="edit it")
    new = existing + _addition(existing, pairs)
    if not _only_adds(document, new):
        help = "write [tool.unasync-plus] by hand, or use an unasync-plus.toml"
        raise ConfigError("cannot take another table at its end", file=file, help=help)
    write(file, new)
    return file


def _addition(existing: bytes, pairs: Sequence[Pair]) -> bytes:
    packages = "".join(
        f'\n[[tool.unasync-plus.package]]\nsource = "{pair.source}"\ntarget = "{pair.target}"\n' for pair in pairs
    )
    gap = "" if not existing else "\n" if existing.endswith(b"\n") else "\n\n"
    text = gap + _TABLE + packages
    return text.replace("\n", "\r\n").encode() if b"\r\n" in existing else text.encode()


def _only_adds(document: dict[str, object], new: bytes) -> bool:
    try:
        changed = tomllib.loads(new.decode())
    except tomllib.TOMLDecodeError:
        return False
    tool = changed.get("tool", {})
    if not isinstance(tool, dict):
        return False
    tool.pop("unasync-plus", None)
    if not tool:
        changed.pop("tool", None)
    return changed == {key: value for key, value in document.items() if key != "tool" or value}
