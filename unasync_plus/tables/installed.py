"""Tables that other distributions bring: the entry point group `unasync_plus.tables`.

An entry point's name is the import root that its table is about; its value says where the TOML is:

- ``pkg.tables:pkg.toml``: the file ``pkg.toml`` in the folder of ``pkg.tables``;
- ``pkg.tables``: the file named after the entry point in that folder, or ``pkg/tables.toml``.

`importlib.metadata` is not asked: its import alone takes longer than all the tables of a run (30 ms), looking for
``entry_points.txt`` in the folders of ``sys.path`` less than one.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from unasync_plus.tables.reading import TableError

GROUP = "unasync_plus.tables"


@functools.cache
def installed_tables() -> Mapping[str, Path]:
    """From import root to table file; what comes first on ``sys.path`` wins, as with imports."""
    found: dict[str, Path] = {}
    for path, text in _entry_point_files():
        if GROUP in text:
            for name, value in _entries(text):
                if name not in found:
                    found[name] = _locate(name, value, path)
    return found


def _entry_point_files() -> Iterator[tuple[str, str]]:
    """Path and text of each distribution's ``entry_points.txt``."""
    for folder in sys.path:
        try:
            names = sorted(os.listdir(folder or "."))
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                path = os.path.join(folder, name, "entry_points.txt")
                try:
                    with open(path, encoding="utf-8") as file:
                        yield path, file.read()
                except (OSError, UnicodeDecodeError):
                    continue


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of the entry points in our group."""
    ours = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            ours = line.strip("[] ") == GROUP
        elif ours and "=" in line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.partition("[")[0].strip()


def _locate(name: str, value: str, path: str) -> Path:
    """The file that an entry point means; its package is looked up, not imported."""
    from importlib.util import find_spec

    module, _, file = (part.strip() for part in value.partition(":"))
    root, *rest = module.split(".")
    try:
        spec = find_spec(root)
    except (ImportError, ValueError):
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if spec is not None and spec.origin and not folders:
        folders, rest = [os.path.dirname(spec.origin)], [root, *rest]
    for folder in folders:
        inside = Path(folder, *rest)
        for candidate in [inside / file] if file else [inside / f"{name}.toml", inside.with_suffix(".toml")]:
            if candidate.is_file():
                return candidate
    raise TableError(path, f"the entry point {name} = {value} of {GROUP} names no TOML file")
