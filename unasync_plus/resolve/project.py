"""What the project's own code defines, and where each of its modules goes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.discover.modules import Layout
from unasync_plus.resolve.absent import absent_modules
from unasync_plus.resolve.abstract import inherited_abstract
from unasync_plus.resolve.awaitables import AWAITABLE, leads_to_awaitables
from unasync_plus.resolve.coroutine_functions import coroutine_functions
from unasync_plus.resolve.facts import has_definition
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.gathered import Gathered
from unasync_plus.resolve.inherited import inherited_names
from unasync_plus.resolve.left_out import SourceFile, names_left_out
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.neighbours import Neighbours, Text, neighbours
from unasync_plus.resolve.taken import names_taken
from unasync_plus.resolve.twins import with_strangers, without_twins
from unasync_plus.resolve.type_parameters import type_parameters

if TYPE_CHECKING:
    from unasync_plus.config import Config
    from unasync_plus.discover import Unit


@dataclass(frozen=True, slots=True)
class Project:
    """Facts about all Python below the configuration's folder, and the map from source modules to target modules.

    ``modules`` maps dotted source modules to dotted target modules, ``roots`` the same for the packages as a whole.
    ``shared`` holds the source modules that are not written but imported from where they are, ``shared_names`` the
    definitions (qualified) for which the same holds.
    """

    defined: frozenset[str] = frozenset()
    top_level: frozenset[str] = frozenset()
    modules: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    shared_names: frozenset[str] = frozenset()
    digest: str = ""
    awaitables: frozenset[str] = frozenset()
    """Names of classes that define ``__await__``."""
    passed_on: Mapping[str, str] = field(default_factory=dict)
    """Names in modules of the project that stand for foreign ones: ``pkg._compat.Lock`` → ``asyncio.Lock``."""
    coroutines: frozenset[str] = frozenset()
    """Asynchronous functions (qualified) of other modules, which stay so, see `resolve.coroutine_functions`."""
    missing: frozenset[str] = frozenset()
    """Sync names (qualified) of what sources import from modules outside of them, and that those modules do not have."""
    left_out: frozenset[str] = frozenset()
    """Names in source modules (qualified) that the output does not have, see `resolve.left_out`."""
    twinless: frozenset[str] = frozenset()
    """Names that only files outside of the async sources define, without defining their sync names."""
    doubtful: frozenset[str] = frozenset()
    """Such names whose sync names stand beside them, and are other things', see `resolve.twins`."""
    tasks: frozenset[str] = frozenset()
    """Names of functions and attributes of the async sources that give tasks, or hold some."""
    awaited_tasks: frozenset[str] = frozenset()
    """Names of coroutine functions of the async sources that give tasks when they are awaited."""
    starters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of functions of the async sources that start the coroutines which they are given → the parameters that do,
    see `resolve.starters`; none if that is not known for sure."""
    has_channels: bool = False
    """Whether a source makes or mentions memory channels of anyio or trio."""
    leads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What leads to objects of such classes, see `resolve.awaitables`."""
    givers: frozenset[str] = frozenset()
    """Names of functions and methods among those that give such objects."""
    bridged: frozenset[str] = frozenset()
    """The source modules whose output calls them through the bridge."""
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Source or target module → names that other files of the project import from it. For stubs only, and so no part of
    ``digest``: what holds for one unit is part of what its output is remembered under."""
    abstract: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Source module → its classes that only inherit abstract methods. For stubs only, like ``taken``."""
    type_parameters: frozenset[str] = frozenset()
    """Type variables (qualified). For stubs only."""
    inherited: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Class of a source (qualified) → what its bases in other modules have. For stubs only."""

    def owns(self, qualified: str) -> bool:
        """Whether ``qualified`` names something of the project itself."""
        return is_of(qualified, self.top_level)

    def map_module(self, module: str, rename: Callable[[str], str]) -> str | None:
        """The target module of a source module; None for a module that is not part of any async source."""
        if module in self.shared:
            return None
        target = self.modules.get(module)
        if target is not None:
            return target
        for root in sorted(self.roots, key=len, reverse=True):
            if module == root or module.startswith(root + "."):
                rest = [rename(part) for part in module[len(root) :].split(".") if part]
                return ".".join([self.roots[root], *rest])
        return None


def index(config: Config, units: Iterable[Unit], files: Files | None = None) -> Project:
    """Gather what every Python file below the configuration's folder that we did not generate defines.

    Only words that stand in a source file matter, so that most other files need not be parsed.
    """
    files = files or Files()
    units = list(units)
    others = files.others(config.root, units)
    units = [unit for unit in units if unit.is_python]
    sources = {unit.source for unit in units}
    namers = [Namer(settings, frozenset()) for settings in {unit.settings for unit in units}]
    words = {path: files.words(path) for path in {*sources, *others}}
    wanted = {
        word
        for path in sources
        for word in words[path] or ()
        if any(namer.convention(word) != word for namer in namers)
    }
    gathered = Gathered(wanted, sources, files)
    everything = dict.fromkeys((*sorted(sources), *others))
    for path in everything:
        gathered.prove(path, words[path] or ())
    for path in everything:
        gathered.read(path, words[path] or ())
    paths = _own_names(others, config.root)
    known = {paths[path] for path in others if words[path] is not None}
    modules = {unit.module: unit.target_module for unit in units if unit.module}
    roots = package_roots(units)
    known.update((name, unit.is_package) for unit in units for name in (unit.module, unit.target_module))
    top_level = _top_level(known)
    paths.update({unit.source: (unit.module, unit.is_package) for unit in units})
    text_of = _text_of(paths, files)
    beside = _neighbours(paths, sources, top_level, text_of, namers)
    texts = _texts(units, files)
    leads = leads_to_awaitables(texts)
    has_stubs = any(unit.settings.stubs for unit in units)
    twins = partial(_twins, namers)
    beside_texts = [
        found[0].encode()
        for module in sorted({module for module, _ in beside.taken} - modules.keys())
        if (found := text_of(module)) is not None
    ]
    return with_digest(
        Project(
            defined=frozenset(gathered.defined & wanted) | beside.own,
            awaitables=frozenset(gathered.awaitables),
            tasks=frozenset(gathered.tasks),
            awaited_tasks=frozenset(gathered.awaited_tasks),
            starters=_starters(gathered.starting, units, files),
            has_channels=gathered.has_channels,
            leads=leads,
            givers=frozenset(name.rpartition(".")[2] for name, specs in leads.items() if AWAITABLE in specs),
            abstract=inherited_abstract(texts) if has_stubs else {},
            type_parameters=type_parameters(_named(paths, files), beside.homes) if has_stubs else frozenset(),
            inherited=inherited_names(sorted(modules), text_of) if has_stubs else {},
            bridged=frozenset(unit.module for unit in units if unit.module and unit.settings.mode == "bridge"),
            top_level=top_level,
            modules=modules,
            roots=roots,
            passed_on=beside.passed_on,
            coroutines=coroutine_functions(
                beside.taken, text_of, lambda module: _is_below(module, modules) or _is_below(module, roots)
            ),
            missing=beside.missing,
            left_out=_left_out(units, files, absent_modules({path: paths[path][0] for path in others}, units)),
            taken=_taken(paths, modules, files) if has_stubs else {},
            twinless=without_twins(
                sorted((gathered.defined & wanted) - gathered.of_sources - beside.own - beside.paired),
                twins,
                [data for path in words if (data := files.data(path)) is not None],
            ),
            doubtful=with_strangers(sorted(gathered.defined & wanted), twins, beside_texts),
        )
    )


def is_of(qualified: str, top_level: Container[str]) -> bool:
    """Whether ``qualified`` lies in one of the packages and modules of ``top_level``."""
    end = qualified.find(".")
    while end >= 0:
        if qualified[:end] in top_level:
            return True
        end = qualified.find(".", end + 1)
    return qualified in top_level


def _top_level(modules: Collection[tuple[str, bool]]) -> frozenset[str]:
    """The outermost packages of ``modules``, each with whether it is one, and the first names of what lies in none.

    Others have packages in the same namespace: what is ours is `google.cloud.bigtable`, and not `google`.
    """
    packages = {name for name, is_package in modules if is_package}
    found = set()
    for name, _ in modules:
        parts = name.split(".")
        heads = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        found.add(next((head for head in heads if head in packages), parts[0]))
    return frozenset(found - {""})


def _is_below(module: str, modules: Container[str]) -> bool:
    """Whether ``module`` is one of ``modules``, or lies in one."""
    while module and module not in modules:
        module = module.rpartition(".")[0]
    return bool(module)


def _starters(found: Mapping[Path, Iterable[str]], units: Iterable[Unit], files: Files) -> dict[str, frozenset[str]]:
    """The starters of all sources, without parameters where functions of that name differ, or one may not take calls; by
    their names, and by those with the module's before them."""
    starters: dict[str, frozenset[str]] = {}
    qualified: dict[str, frozenset[str]] = {}
    for unit in units:
        for entry in found.get(unit.source, ()):
            name, *parameters = entry.split()
            known = frozenset(parameters if unit.settings.mode == "direct" else ())
            starters[name] = known if starters.get(name, known) == known else frozenset()
            qualified[f"{unit.module}.{name}"] = known
    for unit in units if starters else ():
        own = {entry.partition(" ")[0] for entry in found.get(unit.source, ())}
        data = files.data(unit.source) or b""
        for name in starters.keys() - own:
            if has_definition(data, name):
                starters[name] = frozenset()
    return starters | qualified


def _left_out(units: Iterable[Unit], files: Files, absent: frozenset[str]) -> frozenset[str]:
    found = ((unit, files.data(unit.source)) for unit in units if unit.module)
    return names_left_out(
        [
            SourceFile(unit.module, unit.is_package, data.decode("utf-8", "replace"), unit.settings)
            for unit, data in found
            if data is not None
        ],
        absent,
    )


def _named(paths: Mapping[Path, tuple[str, bool]], files: Files) -> Iterator[tuple[str, bytes]]:
    for path, (module, _) in paths.items():
        data = files.data(path)
        if data is not None:
            yield module, data


def _texts(units: Iterable[Unit], files: Files) -> dict[tuple[str, bool], bytes]:
    found = {(unit.module, unit.is_package): files.data(unit.source) for unit in units if unit.module}
    return {name: data for name, data in found.items() if data is not None}


def _own_names(paths: Iterable[Path], root: Path) -> dict[Path, tuple[str, bool]]:
    """The dotted names of files that are no units, and whether they are ``__init__`` files of packages."""
    above = len(str(root)) + 1
    layout = Layout(root)
    relative = {path: str(path)[above:].replace(os.sep, "/") for path in paths}
    return {path: (layout.dotted_name(name), path.name == "__init__.py") for path, name in relative.items()}


def _taken(
    paths: Mapping[Path, tuple[str, bool]], modules: Mapping[str, str], files: Files
) -> dict[str, frozenset[str]]:
    known = frozenset({*modules, *modules.values()})
    found: dict[str, set[str]] = {}
    for path, (module, is_package) in paths.items():
        data = files.data(path)
        if data is not None and b"import" in data:
            for source, name in names_taken(data.decode("utf-8", "replace"), module, is_package, known):
                found.setdefault(source, set()).add(name)
    return {module: frozenset(names) for module, names in sorted(found.items())}


def _text_of(paths: Mapping[Path, tuple[str, bool]], files: Files) -> Text:
    homes = {module: (path, is_package) for path, (module, is_package) in paths.items()}

    @cache
    def text(module: str) -> tuple[str, bool] | None:
        path, is_package = homes.get(module, (None, False))
        data = files.data(path) if path is not None else None
        return None if data is None else (data.decode("utf-8", "replace"), is_package)

    return text


def _twins(namers: Iterable[Namer], name: str) -> set[str]:
    """The sync names that ``name`` gets by the conventions."""
    return {new for namer in namers if (new := namer.convention(name)) != name}


def _neighbours(
    paths: Mapping[Path, tuple[str, bool]],
    sources: Container[Path],
    top_level: frozenset[str],
    text_of: Text,
    namers: Iterable[Namer],
) -> Neighbours:
    return neighbours(
        modules=frozenset(module for module, _ in paths.values()),
        sources=[module for path, (module, _) in paths.items() if path in sources],
        text=text_of,
        owns=lambda name: name.startswith(".") or is_of(name, top_level),
        twins=partial(_twins, namers),
    )


def with_digest(project: Project) -> Project:
    """``project`` with a digest of everything a conversion may read from it."""
    from dataclasses import replace

    facts = [sorted(project.defined), sorted(project.awaitables), sorted(project.top_level)]
    facts += [sorted(project.tasks), sorted(project.awaited_tasks), sorted(project.starters)]
    facts += [sorted(project.shared), sorted(project.shared_names)]
    facts += [
        [str(project.has_channels)],
        sorted(project.missing),
        sorted(project.twinless),
        sorted(project.doubtful),
        sorted(project.bridged),
    ]
    facts += [sorted(project.left_out), sorted(project.type_parameters), sorted(project.coroutines)]
    facts += [[name, *sorted(names)] for name, names in sorted(project.inherited.items())]
    leads = [
        sorted((name, sorted(specs)) for name, specs in found.items()) for found in (project.leads, project.starters)
    ]
    maps = [sorted(found.items()) for found in (project.modules, project.roots, project.passed_on)]
    return replace(project, digest=hashlib.sha256(json.dumps([facts, maps, leads]).encode()).hexdigest())


def package_roots(units: Iterable[Unit]) -> dict[str, str]:
    """Dotted source package → dotted target package, for every ``__init__`` module that has no package above it."""
    inits = {unit.module: unit.target_module for unit in units if unit.is_package and unit.module}
    return {
        module: target
        for module, target in inits.items()
        if module.rpartition(".")[0] not in inits and module != target
    }
