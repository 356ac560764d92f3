"""Find the configuration file, read it, check it."""

from __future__ import annotations

import os
import posixpath
import re
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import readers as read
from .configuration import Config, Override, PackageConfig
from .errors import ConfigError, Place
from .settings import DEFAULT_TARGET, Settings, given

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OWN_FILE = "unasync-plus.toml"
PROJECT_FILE = "pyproject.toml"
TOOL = "unasync-plus"
_TABLES = ("package", "override")


def load(path: str | os.PathLike[str] | None) -> Config:
    start = Path.cwd() if path is None else Path(path)
    if start.is_dir():
        return _load_upwards(start.resolve())
    table = _own_table(start, _read(start))
    if table is None:
        raise ConfigError(f"has no table [tool.{TOOL}]", file=start, help="write one with `unasync-plus init`")
    return _from_file(start, *table)


def _load_upwards(start: Path) -> Config:
    for folder in (start, *start.parents):
        for name in (OWN_FILE, PROJECT_FILE):
            file = folder / name
            if file.is_file():
                table = _own_table(file, _read(file))
                if table is not None:
                    return _from_file(file, *table)
    raise ConfigError(
        f"no {OWN_FILE} and no {PROJECT_FILE} with a table [tool.{TOOL}] in {start} or above",
        help="write one with `unasync-plus init`, or name it with --config FILE",
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=file) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8: {error.reason} at byte {error.start}", file=file) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"is no valid TOML: {error}", file=file) from None


def _own_table(file: Path, document: Mapping[str, Any]) -> tuple[Mapping[str, object], Place] | None:
    """Our keys in ``document`` and where they are; None for a file that has other things in it only."""
    place = Place(file, f"tool.{TOOL}")
    tool = document.get("tool")
    if isinstance(tool, Mapping) and TOOL in tool:
        return read.mapping(tool[TOOL], place), place
    return None if file.name == PROJECT_FILE else (document, Place(file))


def _from_file(file: Path, table: Mapping[str, object], place: Place) -> Config:
    root = file.resolve().parent
    config = from_mapping(table, root, place)
    if "target_version" in config.given:
        return config
    return replace(config, settings=replace(config.settings, target_version=_required_python(root)))


def from_mapping(table: Mapping[str, object], root: Path, place: Place | None = None) -> Config:
    place = place or Place()
    top = given(Settings, table, place, besides=_TABLES)
    return Config(
        root=root.resolve(),
        file=place.file.resolve() if place.file else None,
        settings=Settings().merged(top),
        packages=tuple(_package(item, root, at) for item, at in _items(table, "package", place)),
        overrides=tuple(_override(item, at) for item, at in _items(table, "override", place)),
        given=top,
        place=place,
    )


def _items(table: Mapping[str, object], key: str, place: Place) -> list[tuple[Mapping[str, object], Place]]:
    at = place.child(key)
    value = table.get(key, ())
    if not isinstance(value, list | tuple):
        raise at.error("must be an array of tables", f"write [[{at.key}]] with two brackets")
    return [(read.mapping(item, at.item(index)), at.item(index)) for index, item in enumerate(value)]


def _package(table: Mapping[str, object], root: Path, place: Place) -> PackageConfig:
    found = given(Settings, table, place, besides=("source", "target"))
    source, target = (_path(table, key, root, place) for key in ("source", "target"))
    if source == target:
        raise place.child("target").error("is the same as the source", "the output needs a place of its own")
    for key, path in (("source", source), ("target", target)):
        if "*" in posixpath.dirname(path) or posixpath.basename(path).count("*") > 1:
            raise place.child(key).error(f'"{path}": only the last part of a path may have a *, and only one')
    if ("*" in source) != ("*" in target):
        raise place.child("target").error("source and target need a * both, or neither")
    if source.endswith(".py") is not target.endswith(".py"):
        raise place.child("target").error("source and target are both folders, or both files that end with .py")
    return PackageConfig(source, target, found, place)


def _path(table: Mapping[str, object], key: str, root: Path, place: Place) -> str:
    """A configured path as posix path relative to ``root``."""
    if key not in table:
        raise place.child(key).error("is missing", "every package needs a source and a target")
    value = read.nonempty(table[key], place.child(key)).replace("\\", "/")
    relative = os.path.relpath(value, root.resolve()) if os.path.isabs(value) else os.path.normpath(value)
    return relative.replace(os.sep, "/")


def _override(table: Mapping[str, object], place: Place) -> Override:
    found = given(Settings, table, place, besides=("files",))
    if "files" not in table:
        raise place.child("files").error("is missing", "say which source files the override is for")
    value = table["files"]
    files = (value,) if isinstance(value, str) else value
    return Override(read.array(read.glob)(files, place.child("files")), found, place)


def _required_python(root: Path) -> tuple[int, int]:
    """The oldest Python that the project at ``root`` says it runs on."""
    file = root / PROJECT_FILE
    project = _read(file).get("project") if file.is_file() else None
    wanted = project.get("requires-python") if isinstance(project, Mapping) else None
    return oldest_python(wanted) if isinstance(wanted, str) else DEFAULT_TARGET


def oldest_python(specifier: str) -> tuple[int, int]:
    """The oldest 3.x that a PEP 440 specifier allows; what makes no sense counts as not said."""
    simple = re.fullmatch(r"\s*>=\s*3\.(\d+)(?:\.\d+)*\s*", specifier)
    minor = int(simple[1]) if simple else _oldest_minor(specifier)
    return DEFAULT_TARGET if minor is None else max((3, minor), read.OLDEST_TARGET)


def _oldest_minor(specifier: str) -> int | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    patches = ("0", "1", "999")
    return next((m for m in range(100) if any(allowed.contains(f"3.{m}.{patch}") for patch in patches)), None)
