"""The index of a project: what every file in it says, put together."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from unasync_plus.resolve.absent import absent_modules
from unasync_plus.resolve.abstract import inherited_abstract
from unasync_plus.resolve.acting import acting
from unasync_plus.resolve.asking import asking
from unasync_plus.resolve.awaitables import AWAITABLE, leads_to_awaitables
from unasync_plus.resolve.awaited_attributes import awaited_elsewhere
from unasync_plus.resolve.awaiters import called_elsewhere
from unasync_plus.resolve.coroutine_functions import coroutine_functions
from unasync_plus.resolve.facts import has_definition
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.foreign_attributes import foreign_attributes
from unasync_plus.resolve.gathered import Gathered
from unasync_plus.resolve.inherited import inherited_names
from unasync_plus.resolve.interrupting import GATHERING, INTERRUPTING, STARTING, is_ours
from unasync_plus.resolve.kept_loops import defined_methods, kept_loops
from unasync_plus.resolve.left_out import SourceFile, names_left_out
from unasync_plus.resolve.name_space import NameSpace
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.neighbours import neighbours
from unasync_plus.resolve.project import Project, with_digest
from unasync_plus.resolve.starters import defines_for_others
from unasync_plus.resolve.starving import starving
from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.task_names import unsure_tasks
from unasync_plus.resolve.task_values import are_passed, kinds_of_methods, overridden
from unasync_plus.resolve.twins import with_strangers, without_twins
from unasync_plus.resolve.type_parameters import type_parameters
from unasync_plus.resolve.within_reach import Reach

if TYPE_CHECKING:
    from unasync_plus.config import Config
    from unasync_plus.discover import Unit


def index(config: Config, units: Iterable[Unit], files: Files | None = None) -> Project:
    """Gather what every Python file below the configuration's folder that we did not generate defines.

    Only words that stand in a source file matter, so that most other files need not be parsed.
    """
    files = files or Files()
    units = list(units)
    others = files.others(config.root, units)
    compiled = frozenset(unit.module for unit in units if unit.is_compiled and unit.settings.mode != "direct")
    units = [unit for unit in units if unit.is_python]
    namers = [Namer(settings, frozenset()) for settings in {unit.settings for unit in units}]
    twins = cache(partial(_twins, namers))
    gathered = Gathered({unit.source for unit in units}, others, twins, files)
    space = NameSpace(config.root, units, others, files, [config.root / package.source for package in config.packages])
    modules = sorted(space.modules)
    beside = neighbours(space, twins, cache(partial(_renamed, namers)))
    leads = leads_to_awaitables(modules, space.sources)
    givers = frozenset(name.rpartition(".")[2] for name, specs in leads.items() if AWAITABLE in specs)
    coroutines = coroutine_functions(beside.taken, space.outside, files)
    interrupting = _calling(gathered.interrupting, units)
    reach = Reach(units, lambda unit: (files.data(unit.source) or b"").decode("utf-8", "replace"))
    has_stubs = any(unit.settings.stubs for unit in units)
    texts = gathered.source_texts()
    unsure = unsure_tasks(gathered.tasks | givers, texts.values())
    acts = acting(modules, space.sources, space.hierarchy, beside.homes)
    project = with_digest(
        Project(
            defined=gathered.defined | beside.own | defined_methods(texts.values()),
            awaitables=frozenset(gathered.awaitables),
            tasks=_with_aliases(gathered.tasks, beside.homes),
            awaited_tasks=_with_aliases(gathered.awaited_tasks, beside.homes),
            unsure_tasks=unsure,
            kinds_of_methods=kinds_of_methods(unsure, modules, space.sources, beside.homes),
            awaited_attributes=awaited_elsewhere(
                {unit.module: texts[unit.source] for unit in units if unit.source in texts}, files
            ),
            acting=acts,
            giving=frozenset(name.rpartition(".")[2] for name in acts if name[0] == "="),
            passes_tasks=gathered.makes_tasks and are_passed(gathered.tasks, texts.values()),
            overridden=overridden(unsure, modules, space.sources),
            starters=_aliased(_starters(gathered.starting, units, files), beside.homes),
            awaiters=_aliased(called_elsewhere(gathered.awaiting, texts), beside.homes)
            if any(gathered.awaiting.values())
            else {},
            interrupting=frozenset(unit.module for unit in interrupting),
            interrupted=reach.of(interrupting),
            starting=reach.of(_calling(gathered.interrupting, units, STARTING)),
            starving=starving(texts.values(), files) if _may_do_without_threads(units, texts.values()) else {},
            has_channels=gathered.has_channels,
            makes_tasks=gathered.makes_tasks,
            kept_loops=kept_loops(texts.values()),
            asking=asking(space, beside),
            leads=leads,
            foreign=foreign_attributes(modules, space.sources, lambda path: _is_foreign(path, space)),
            givers=givers,
            abstract=inherited_abstract(modules, space.sources) if has_stubs else {},
            type_parameters=type_parameters(space, beside.homes),
            inherited=inherited_names(modules, space.hierarchy) if has_stubs else {},
            bridged=frozenset(unit.module for unit in units if unit.module and unit.settings.mode == "bridge"),
            top_level=space.top_level,
            modules=space.modules,
            shared=compiled,
            roots=space.roots,
            passed_on=beside.passed_on,
            coroutines=frozenset(coroutines),
            counterparts={**beside.counterparts, **{name: new for name, new in coroutines.items() if new}},
            missing=beside.missing,
            twin_modules=beside.twin_modules,
            left_out=_left_out(units, files, absent_modules(space.beside, units)),
            taken=space.taken() if has_stubs else {},
            twinless=without_twins(
                sorted(gathered.defined - gathered.of_sources - beside.own - beside.paired), twins, gathered.texts()
            ),
            doubtful=with_strangers(
                sorted(gathered.defined), twins, space.texts_of(module for module, _ in beside.taken), files
            ),
        )
    )
    syntax_tree.cache_clear()
    space.forget()
    return project


def _may_do_without_threads(units: Iterable[Unit], texts: Iterable[bytes]) -> bool:
    """Whether the configuration, or a comment somewhere, says so."""
    return any(unit.settings.concurrency == "sequential" for unit in units) or any(
        b"unasync: sequential" in data for data in texts
    )


def _twins(namers: Iterable[Namer], name: str) -> frozenset[str]:
    """The sync names that ``name`` gets by the conventions."""
    return frozenset(new for namer in namers if (new := namer.convention(name)) != name)


def _renamed(namers: Iterable[Namer], path: str) -> frozenset[str]:
    """What a name, or the path of a module, becomes if the project defines it."""
    return frozenset(new for namer in namers if (new := ".".join(map(namer.module, path.split(".")))) != path)


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
            if starters[name] and has_definition(data, name) and defines_for_others(data, name):
                starters[name] = frozenset()
    return starters | qualified


def _with_aliases(names: Iterable[str], homes: Mapping[str, str]) -> frozenset[str]:
    """``names``, and those under which modules of the project hand them on."""
    known = frozenset(names)
    return known | {alias.rpartition(".")[2] for alias, home in homes.items() if home.rpartition(".")[2] in known}


def _aliased(found: Mapping[str, frozenset[str]], homes: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The same for names with what is known of them; what is known of a name itself counts for more."""
    aliases: dict[str, frozenset[str]] = {}
    for alias, home in homes.items():
        known = found.get(home, found.get(home.rpartition(".")[2]))
        if known is not None:
            aliases[alias] = aliases[alias.rpartition(".")[2]] = known
    return aliases | dict(found)


def _calling(
    found: Mapping[Path, Iterable[str]], units: Iterable[Unit], names: Container[str] = INTERRUPTING
) -> list[Unit]:
    """The units that call one of ``names``, among those calls that are ``found`` to start tasks or to set deadlines."""
    return [
        unit
        for unit in units
        if any(
            (call.split()[0] in names or call.startswith(GATHERING)) and is_ours(call, unit.settings)
            for call in found.get(unit.source, ())
        )
    ]


def _is_foreign(path: str, space: NameSpace) -> bool:
    """Whether what is imported as ``path`` comes from a library."""
    return not space.owns(path) and path.partition(".")[0] not in sys.stdlib_module_names


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
