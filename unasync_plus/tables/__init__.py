"""What names of well-known libraries mean in sync code: one TOML file a library, read when a module imports it.

Each table stands beside this file; a distribution may bring its own through the entry point group
`unasync_plus.tables`, which then replaces ours, unless the library is part of Python.
"""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from unasync_plus.tables.installed import installed_tables
from unasync_plus.tables.reading import TableError, read_table
from unasync_plus.tables.rows import Method, Row, Table

__all__ = [
    "Method",
    "Row",
    "Table",
    "TableError",
    "all_tables",
    "counterpart_of_path",
    "fingerprint",
    "is_asynchronous",
    "lacking",
    "load",
    "lookup",
    "methods_for",
]

_FOLDER = Path(__file__).parent


@functools.cache
def _files() -> Mapping[str, Path]:
    """From import root to table file."""
    ours = {name[:-5]: _FOLDER / name for name in sorted(os.listdir(_FOLDER)) if name.endswith(".toml")}
    theirs = {root: path for root, path in installed_tables().items() if root not in sys.stdlib_module_names}
    return {**ours, **theirs}


@functools.cache
def load(root: str) -> Table | None:
    """The table of the library with the import root ``root``; None if there is none."""
    path = _files().get(root)
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TableError(str(path), str(error)) from None
    table = read_table(text, str(path))
    if table.library != root:
        raise TableError(str(path), f"is the table of {root}, but says library = {table.library!r}")
    return table


def _table_of(qualified: str) -> Table | None:
    files = _files()
    root = qualified
    while root and root not in files:
        root = root.rpartition(".")[0]
    return load(root) if root else None


@functools.lru_cache(maxsize=65536)
def lookup(qualified: str) -> Row | None:
    """The row of the longest prefix of ``qualified`` that has one; its ``to`` is the counterpart of the whole name.

    ``lookup("redis.asyncio.Redis.aclose").to`` is ``redis.Redis.close``, found in the row of the module.
    """
    table = _table_of(qualified)
    return table.find(qualified, methods_for([table.library])) if table is not None else None


def counterpart_of_path(path: str) -> str | None:
    """The counterpart of a dotted path that may lead through private modules; None if no row has one.

    ``httpx._transports.default.AsyncHTTPTransport`` is ``httpx._transports.default.HTTPTransport``.
    """
    parts = path.split(".")
    start = next((place for place, part in enumerate(parts) if part.startswith("_")), len(parts))
    end = next((place for place, part in enumerate(parts) if place > start and part[:1].isupper()), start)
    row = lookup(".".join([*parts[:start], *parts[end:]]))
    new = row.to.split(".") if row is not None and row.to and not row.rule else []
    if len(new) != len(parts) - (end - start) or new[0] == "builtins":
        return None
    return ".".join([*new[:start], *parts[start:end], *new[start:]])


def methods_for(roots: Collection[str]) -> Mapping[str, str]:
    """Attribute names that become others on any object, in a module that imports ``roots``; builtins' always."""
    return _methods(frozenset(roots))


@functools.lru_cache(maxsize=1024)
def _methods(roots: frozenset[str]) -> Mapping[str, str]:
    tables = map(load, sorted({"builtins", *roots}))
    return {name: method.to for table in tables if table is not None for name, method in table.methods.items()}


@functools.lru_cache(maxsize=1024)
def lacking(roots: frozenset[str]) -> frozenset[str]:
    """All attributes and parameters that some counterpart in the libraries ``roots`` lacks."""
    tables = [table for table in map(load, sorted(roots)) if table is not None]
    rows = [row for table in tables for row in table.names.values() if row.to]
    return frozenset(name for row in rows for name in (*row.missing, *row.missing_parameters))


def is_asynchronous(qualified: str) -> bool:
    """Whether ``qualified`` is a coroutine function of a library, although its row or name does not show it."""
    table = _table_of(qualified)
    return table is not None and table.canonical(qualified) in table.asynchronous


def all_tables() -> tuple[Table, ...]:
    """Every table, ours and those that are installed, by library."""
    return tuple(table for table in map(load, sorted(_files())) if table is not None)


def fingerprint() -> str:
    """Changes whenever an installed table does; empty without any. Ours change with our version only."""
    digest = hashlib.sha256()
    for root, path in sorted(installed_tables().items()):
        digest.update(f"{root}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest() if installed_tables() else ""
