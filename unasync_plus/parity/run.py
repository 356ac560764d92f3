"""All modules of both sides, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

import libcst as cst

from unasync_plus.config import Config, Settings
from unasync_plus.config.globs import Glob
from unasync_plus.discover import RUNTIME_FOLDER
from unasync_plus.discover.modules import Layout
from unasync_plus.model import Diagnostic, Report, Severity
from unasync_plus.records import record
from unasync_plus.resolve.left_out import SourceFile, names_left_out
from unasync_plus.resolve.naming import Namer

from .allowed import KINDS, AllowList
from .compare import BRIDGE, Comparison, Difference
from .surface import Member, surface
from .translation import Translation
from .trees import Module, modules

CODES = {kind: f"UA82{position}" for position, kind in enumerate(KINDS)}
_DEAD_ENTRY = "UA829"
_HELP = {
    "missing": "write it, rename it (--rename OLD=NEW), or ",
    "extra": "add it to the async side, or ",
}

Parts = tuple[str, ...]


@record
class Options:
    """How to compare; ``private`` takes names with a leading underscore in."""

    renames: Mapping[str, str] = field(default_factory=dict)
    allow: AllowList = field(default_factory=AllowList)
    private: bool = False
    config: Config | None = None


@dataclass(slots=True)
class _Side:
    root: Path
    modules: dict[Parts, Module]
    texts: dict[Parts, str] = field(default_factory=dict)
    surfaces: dict[Parts, dict[str, Member]] = field(default_factory=dict)
    broken: list[Diagnostic] = field(default_factory=list)

    @classmethod
    def read(cls, side: str, root: Path, private: bool, name: str = "") -> _Side:
        """``name`` is the dotted name of the side, as far as it is known."""
        found = cls(root, modules(side, root))
        for parts, module in found.modules.items():
            try:
                found.texts[parts] = text = module.path.read_text(encoding="utf-8-sig")
                found.surfaces[parts] = surface(
                    text, ".".join((name, *parts)), private=private, is_package=module.is_package
                )
            except (cst.ParserSyntaxError, UnicodeDecodeError) as error:
                message = f"cannot be read: {str(error).splitlines()[0]}"
                found.broken.append(Diagnostic(found.rel(module), 1, 1, "UA001", Severity.ERROR, message))
        return found

    def rel(self, module: Module) -> str:
        path = module.path
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    def names(self) -> set[str]:
        return {name.rpartition(".")[2] for members in self.surfaces.values() for name in members if name}

    def classes(self) -> set[str]:
        found = ((name, member) for members in self.surfaces.values() for name, member in members.items())
        return {name.rpartition(".")[2] for name, member in found if member.kind == "class"}


def parity(ours: str, theirs: str, root: Path, options: Options) -> Report:
    """Compare the async side ``ours`` with the sync side ``theirs``: paths below ``root``, or dotted names.

    `NotFound` if there is no such side.
    """
    project = _Project.of(options.config, ours, root)
    first = _Side.read(ours, root, options.private, project.module)
    second = _Side.read(theirs, root, options.private)
    translation = Translation(options.renames, project.namer, second.names(), first.names())
    changed = _last_parts(project.settings.set)
    classes = (first.classes(), second.classes())
    comparison = Comparison(translation, project.dropped, project.settings.text, changed, *classes)
    left_out = project.left_out(first)
    found = [*first.broken, *second.broken]
    pairs = {parts: _counterpart(parts, second, translation) for parts in first.surfaces}
    for parts, counterpart in pairs.items():
        if counterpart is None:
            found += _missing_module(parts, first, options.allow, project)
            continue
        both = first.surfaces[parts], second.surfaces[counterpart]
        here = replace(comparison, is_bridged=BRIDGE in both[1])
        for one in here.differences(*both, left_out[parts], ".".join((project.module, *parts))):
            side, module = (second, counterpart) if one.on_sync else (first, parts)
            found += _told(one, module, side, options.allow)
    found += _extra_modules(second, {one for one in pairs.values() if one is not None}, options.allow)
    found += _dead(options.allow)
    return Report("parity", root, (), tuple(sorted(set(found))))


def _last_parts(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in names)


@record
class _Project:
    """What a configuration says about the async side; nothing where there is none."""

    namer: Callable[[str], str] = lambda name: name
    settings: Settings = field(default_factory=Settings)
    module: str = ""
    """The dotted name of the async side."""
    excluded: tuple[str, ...] = ()
    shares: bool = False
    """A module that nothing asynchronous touches may have no counterpart."""

    @classmethod
    def of(cls, config: Config | None, ours: str, root: Path) -> _Project:
        if config is None:
            return cls()
        place = (root / ours).resolve()
        package = next((one for one in config.packages if (config.root / one.source).resolve() == place), None)
        if package is None:
            return cls(Namer(config.settings, lambda name: True).new)
        settings = config.merged(package)
        namer = Namer(settings, lambda name: True).new
        module = Layout(config.root).dotted_name(package.source)
        return cls(namer, settings, module, settings.exclude, settings.share != "none")

    @property
    def dropped(self) -> frozenset[str]:
        return frozenset(self.settings.drop)

    def left_out(self, side: _Side) -> dict[Parts, frozenset[str]]:
        """The names of each module that `drop` and comments leave out of the sync side."""
        names = {parts: ".".join([self.module, *parts]) for parts in side.modules}
        gone = names_left_out(
            [
                SourceFile(names[parts], side.modules[parts].is_package, text, self.settings)
                for parts, text in side.texts.items()
            ]
        )
        found: dict[Parts, set[str]] = {parts: set() for parts in side.modules}
        homes = {name: parts for parts, name in names.items()}
        for qualified in gone:
            module, _, name = qualified.rpartition(".")
            if module in homes:
                found[homes[module]].add(name)
        return {parts: frozenset(some) for parts, some in found.items()}


def _counterpart(parts: Parts, side: _Side, translation: Translation) -> Parts | None:
    """The module of ``side`` that has the same path, each part renamed or not."""
    found: Parts = ()
    for position, part in enumerate(parts):
        existing = {other[position] for other in side.surfaces if len(other) > position and other[:position] == found}
        name = translation.among(part, existing)
        if name is None:
            return None
        found = (*found, name)
    return found if found in side.surfaces else None


def _told(one: Difference, parts: Parts, side: _Side, allow: AllowList) -> Iterator[Diagnostic]:
    full = ".".join((*parts, one.name) if one.name else parts)
    if not allow.allows(full, one.kind):
        path = side.rel(side.modules[parts])
        way = f"{_HELP.get(one.kind, '')}allow it with a reason (--allow FILE) as {full or '*'}, kind {one.kind}"
        yield Diagnostic(path, one.line, one.column, CODES[one.kind], Severity.ERROR, one.message, way)


def _missing_module(parts: Parts, side: _Side, allow: AllowList, project: _Project) -> Iterator[Diagnostic]:
    members = side.surfaces[parts]
    if project.shares and not any(member.is_async for member in members.values()):
        return
    if any(Glob(pattern).matches(side.rel(side.modules[parts])) for pattern in project.excluded):
        return
    message = f"module {'.'.join(parts) or 'of this package'} has no sync counterpart"
    yield from _told(Difference("missing", "", message, 1, 1, False), parts, side, allow)


def _extra_modules(side: _Side, used: set[Parts], allow: AllowList) -> Iterator[Diagnostic]:
    for parts in sorted(set(side.surfaces) - used):
        if RUNTIME_FOLDER in parts:
            continue  # vendored, by us
        one = Difference("extra", "", f"module {'.'.join(parts)} is on the sync side only", 1, 1, True)
        yield from _told(one, parts, side, allow)


def _dead(allow: AllowList) -> Iterator[Diagnostic]:
    for entry in allow.entries:
        if not entry.used:
            message = f"allowed difference {entry.name} does not exist (any more)"
            longer = next((name for name in sorted(allow.asked) if fnmatchcase(name, f"*.{entry.name}")), "")
            way = f"names begin with the module: {longer}" if longer else "remove the entry"
            yield Diagnostic(allow.path, entry.line, 1, _DEAD_ENTRY, Severity.WARNING, message, way)
