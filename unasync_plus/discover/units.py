"""Configuration → units of work: which source file becomes which target file, under which settings."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from keyword import iskeyword
from pathlib import Path

from unasync_plus.config import Config, ConfigError, PackageConfig, Settings
from unasync_plus.config.globs import Glob
from unasync_plus.records import record

from .modules import Layout
from .trees import RUNTIME_FOLDER, MapName, Tree, files_of, module_paths, renamed, trees

_EXTENSION = (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Unit:
    """One file to generate. The relative paths are posix paths from the configuration's folder."""

    source: Path
    target: Path
    source_rel: str
    target_rel: str
    module: str
    target_module: str
    is_package: bool
    is_python: bool
    settings: Settings
    package: int
    runtime_rel: str = RUNTIME_FOLDER
    """The folder that vendored runtime files go to, and its dotted name."""
    runtime_module: str = RUNTIME_FOLDER
    is_in_package: bool = True
    """Whether the target's folder has an ``__init__.py``. Else its files may be run by themselves, as pytest does."""

    @property
    def is_compiled(self) -> bool:
        """Whether it is an extension module."""
        return self.source_rel.endswith(_EXTENSION)

    @property
    def is_imported_by_name(self) -> bool:
        """Whether an import statement can name ``module``; migrations, which begin with a date, are loaded otherwise."""
        return all(part.isidentifier() and not iskeyword(part) for part in self.module.split("."))


@record
class Discovery:
    """The units, and the configuration entries that left files out, as (spelling, package index)."""

    units: tuple[Unit, ...]
    fired: frozenset[tuple[str, int]] = frozenset()


def discover(config: Config, map_name: MapName) -> list[Unit]:
    """All units of ``config``, sorted by source; ``ConfigError`` if there are none or they get in each other's way."""
    return list(survey(config, map_name).units)


def survey(config: Config, map_name: MapName) -> Discovery:
    """The same, and what it used of the configuration."""
    if not config.packages:
        key = config.place.child("package").key
        raise ConfigError(
            "no package is configured", file=config.file, help=f"add a table [[{key}]] with source and target"
        )
    fired: set[tuple[str, int]] = set()
    units = [unit for index in range(len(config.packages)) for unit in _package_units(config, index, map_name, fired)]
    units = _without_hiding(_without_replaced_stubs(units))
    if not units:
        sources = ", ".join(package.source for package in config.packages)
        raise ConfigError(
            f"there is no file to convert in {sources}", file=config.file, help="nothing would be generated"
        )
    _refuse_shared_targets(config, units)
    _refuse_targets_in_sources(config, units)
    units.sort(key=lambda unit: (unit.source_rel, unit.target_rel))
    return Discovery(tuple(_with_modules(config.root, units)), frozenset(fired))


def _package_units(config: Config, index: int, map_name: MapName, fired: set[tuple[str, int]]) -> Iterator[Unit]:
    """The units of one package, still without dotted names."""
    package = config.packages[index]
    settings_of: dict[tuple[int, ...], Settings] = {}
    for tree in trees(config, package):
        files = [""] if tree.is_file else files_of(config.root, package, tree)
        modules = module_paths(files)
        for inner in files:
            source_rel = posixpath.normpath(posixpath.join(tree.source, inner))
            fitting = config.overrides_for(source_rel)
            if fitting not in settings_of:
                settings_of[fitting] = config.merged(package, fitting)
            settings = settings_of[fitting]
            excluding = [pattern for pattern in settings.exclude if Glob(pattern).matches(source_rel)]
            fired.update((f"exclude:{pattern}", index) for pattern in excluding)
            if not excluding:
                target = renamed(inner, modules, map_name, settings)
                yield _unit(config, index, tree, source_rel, target, settings)


def _unit(config: Config, index: int, tree: Tree, source_rel: str, inner: str, settings: Settings) -> Unit:
    target_rel = posixpath.normpath(posixpath.join(tree.target, inner))
    home = posixpath.dirname(tree.target) if tree.is_file else tree.target
    return Unit(
        source=config.root / source_rel,
        target=config.root / target_rel,
        source_rel=source_rel,
        target_rel=target_rel,
        module="",
        target_module="",
        is_package=posixpath.basename(source_rel) == "__init__.py",
        is_python=source_rel.endswith(".py"),
        settings=settings,
        package=index,
        runtime_rel=posixpath.normpath(posixpath.join(home, RUNTIME_FOLDER)),
    )


def _without_replaced_stubs(units: list[Unit]) -> list[Unit]:
    """Without the hand-written stubs whose place a generated one takes."""
    stubs = {unit.target_rel + "i" for unit in units if unit.is_python and unit.settings.stubs}
    return [unit for unit in units if unit.target_rel not in stubs]


def _without_hiding(units: list[Unit]) -> list[Unit]:
    """Without the compiled forms of modules that are converted: the interpreter would load those instead."""
    converted = {unit.source_rel.removesuffix(".py") for unit in units if unit.is_python}
    return [unit for unit in units if not (unit.is_compiled and _stem(unit.source_rel) in converted)]


def _stem(path: str) -> str:
    """``a/b`` for ``a/b.cpython-312-x86_64-linux-gnu.so``."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, name.partition(".")[0])


def _refuse_shared_targets(config: Config, units: list[Unit]) -> None:
    seen: dict[str, Unit] = {}
    for unit in units:
        other = seen.setdefault(unit.target_rel, unit)
        if other is not unit:
            raise ConfigError(
                f"two sources for {unit.target_rel}: {other.source_rel} and {unit.source_rel}",
                file=config.file,
                key=config.packages[unit.package].place.key,
                help="leave one of them out with `exclude`, or give one another name with `rename`",
            )


def _refuse_targets_in_sources(config: Config, units: list[Unit]) -> None:
    """No package may write into what another one, or itself, reads."""
    sources = {unit.source_rel for unit in units}
    folders = [
        (index, package)
        for index, package in enumerate(config.packages)
        if "*" not in package.source and (config.root / package.source).is_dir()
    ]
    for unit in units:
        place = config.packages[unit.package].place.child("target")
        if unit.target_rel in sources:
            raise place.error(
                f"{unit.target_rel}, made from {unit.source_rel}, is itself a source", "choose another target"
            )
        for index, other in folders:
            inside = other.source == "." or unit.target_rel.startswith(other.source + "/")
            if index != unit.package and inside and not _is_left_out(config, other, unit.target_rel):
                raise place.error(
                    f"{unit.target_rel} lies inside {other.source}, the source of another package",
                    f"choose another target, or leave it out of that package with `exclude`: {other.place.key}",
                )


def _is_left_out(config: Config, package: PackageConfig, path: str) -> bool:
    if path.startswith(package.target + "/"):
        return True
    settings = config.merged(package, config.overrides_for(path))
    return any(Glob(pattern).matches(path) for pattern in settings.exclude)


def _with_runtimes_inside(layout: Layout, units: list[Unit]) -> list[Unit]:
    """``units``, of which those that are all in one package of a plain folder, as in a namespace, have their runtime in that
    package: nothing tells the name of what stands beside it."""
    inside: dict[str, set[str | None]] = {}
    for unit in units:
        home = posixpath.dirname(unit.runtime_rel)
        if unit.is_python and home and not layout.is_regular(home):
            parts = unit.target_rel[len(home) + 1 :].split("/")[:-1]
            folders = ("/".join([home, *parts[:end]]) for end in range(1, len(parts) + 1))
            inside.setdefault(unit.runtime_rel, set()).add(next(filter(layout.is_regular, folders), None))
    moved = {old: found.pop() for old, found in inside.items() if len(found) == 1}
    return [
        replace(unit, runtime_rel=f"{package}/{RUNTIME_FOLDER}") if (package := moved.get(unit.runtime_rel)) else unit
        for unit in units
    ]


def _with_modules(root: Path, units: list[Unit]) -> Iterator[Unit]:
    """``units`` with dotted names, as the interpreter sees the files once the targets exist."""
    planned = {
        posixpath.dirname(unit.target_rel) for unit in units if posixpath.basename(unit.target_rel) == "__init__.py"
    }
    units = _with_runtimes_inside(Layout(root, frozenset(planned)), units)
    planned.update(unit.runtime_rel for unit in units)
    layout = Layout(root, planned)
    for unit in units:
        runtime = layout.dotted_name(posixpath.join(unit.runtime_rel, "__init__.py"))
        if unit.is_python:
            module, target = map(layout.dotted_name, (unit.source_rel, unit.target_rel))
            is_in_package = layout.is_regular(posixpath.dirname(unit.target_rel))
            yield replace(
                unit, module=module, target_module=target, runtime_module=runtime, is_in_package=is_in_package
            )
        elif unit.is_compiled:
            yield replace(unit, module=layout.dotted_name(_stem(unit.source_rel) + ".py"), runtime_module=runtime)
        else:
            yield replace(unit, runtime_module=runtime)
