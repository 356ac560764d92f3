"""The whole file as one frozen value: what holds for which source file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from .errors import Place
from .globs import Glob
from .settings import Given, Settings

TRACKED = ("rename", "replace", "rewrite", "define", "set", "text", "directives", "drop", "keep", "leave", "exclude")
"""The tables and lists whose entries have to match something, somewhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table or list, to be reported when nothing ever matched it.

    ``spelling`` is what the conversion says fired ("rename:aread"), ``key`` the path in the file.
    """

    spelling: str
    key: str


@dataclass(frozen=True, slots=True)
class PackageConfig:
    """One pair of source and target, as posix paths relative to the configuration's folder."""

    source: str
    target: str
    given: Given = field(default_factory=dict)
    place: Place = field(default_factory=Place)

    @property
    def target_inside_source(self) -> bool:
        """The generated package is a part of the one that it is made from."""
        return self.target.startswith(self.source + "/") if self.source != "." else True


@dataclass(frozen=True, slots=True)
class Override:
    """Settings for the source files that one of ``files`` matches."""

    files: tuple[str, ...]
    given: Given
    place: Place = field(default_factory=Place)

    def matches(self, source_rel: str) -> bool:
        return any(Glob(pattern).matches(source_rel) for pattern in self.files)


@dataclass(frozen=True, slots=True)
class Config:
    """A checked configuration. ``Config()`` is the defaults without any package, as ``transpile`` needs them."""

    root: Path = Path()
    file: Path | None = None
    settings: Settings = field(default_factory=Settings)
    packages: tuple[PackageConfig, ...] = ()
    overrides: tuple[Override, ...] = ()
    given: Given = field(default_factory=dict)
    place: Place = field(default_factory=Place)

    @staticmethod
    def load(path: str | os.PathLike[str] | None = None) -> Config:
        """The configuration at ``path``: a file, or a folder from which to walk up (default: the working directory)."""
        from .load import load

        return load(path)

    @staticmethod
    def from_mapping(table: Mapping[str, object], root: str | os.PathLike[str] = ".") -> Config:
        """The configuration with the keys of the TOML table ``table``, for the project at ``root``; reads no file."""
        from .load import from_mapping

        return from_mapping(table, Path(root))

    def settings_for(self, package: PackageConfig, source_rel: str) -> Settings:
        """What holds for one source file: top level, then its package, then each override that matches."""
        return self.merged(package, self.overrides_for(source_rel))

    def overrides_for(self, source_rel: str) -> tuple[int, ...]:
        """The indexes of the overrides that match a source file, in their order."""
        return tuple(index for index, item in enumerate(self.overrides) if item.matches(source_rel))

    def merged(self, package: PackageConfig, overrides: tuple[int, ...] = ()) -> Settings:
        """Top level, then the package, then the overrides; "auto" of ``share`` is decided here."""
        settings = self.settings.merged(package.given)
        for index in overrides:
            settings = settings.merged(self.overrides[index].given)
        if settings.share == "auto":
            settings = replace(settings, share="definitions" if package.target_inside_source else "none")
        return settings

    def forced(self, given: Given) -> Config:
        """This configuration with ``given`` on top of every level of it."""
        return replace(
            self,
            settings=self.settings.merged(given),
            packages=tuple(replace(item, given={**item.given, **given}) for item in self.packages),
            overrides=tuple(replace(item, given={**item.given, **given}) for item in self.overrides),
        )

    def entries(self) -> Iterator[tuple[Entry, int | None, int | None]]:
        """Every entry that has to match something, with the indexes of its package and override."""
        yield from ((entry, None, None) for entry in _entries(self.given, self.place))
        for index, package in enumerate(self.packages):
            yield from ((entry, index, None) for entry in _entries(package.given, package.place))
        for index, override in enumerate(self.overrides):
            yield from ((entry, None, index) for entry in _entries(override.given, override.place))


def _entries(given: Given, place: Place) -> Iterator[Entry]:
    for table in TRACKED:
        at = place.child(table)
        value = given.get(table, ())
        if isinstance(value, Mapping):
            yield from (Entry(f"{table}:{name}", at.child(name).key) for name in value)
        elif isinstance(value, tuple):
            yield from (Entry(f"{table}:{name}", at.item(index).key) for index, name in enumerate(value))
    naming = given.get("naming")
    kept = naming.get("keep", ()) if isinstance(naming, Mapping) else ()
    at = place.child("naming").child("keep")
    yield from (Entry(f"naming.keep:{name}", at.item(index).key) for index, name in enumerate(kept))
