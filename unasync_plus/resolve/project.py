"""What the project's own code defines, and where each of its modules goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Mapping
from dataclasses import field

from unasync_plus.records import record


@record
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
    counterparts: Mapping[str, str] = field(default_factory=dict)
    """Asynchronous names (qualified) that have no sync meaning of their own → the names beside them that seem to be meant
    for sync code. Good for messages and proposals, see `resolve.counterparts`."""
    missing: frozenset[str] = frozenset()
    """Sync names (qualified) of what sources import from modules outside of them, and that those modules do not have."""
    twin_modules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Module outside of the sources that some source uses → modules of its sync names which are there."""
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
    unsure_tasks: frozenset[str] = frozenset()
    """Those of the names in ``tasks`` and ``givers`` that coroutine functions of the async sources have as well."""
    kinds_of_methods: Mapping[str, str] = field(default_factory=dict)
    """Of such names: methods (qualified) that are ``coroutine`` or ``plain`` in a class and all that derive from it."""
    starters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of functions of the async sources that start the coroutines which they are given → the parameters that do,
    see `resolve.starters`; none if that is not known for sure."""
    awaiters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of functions that await parameters, and are called by another source → those they await, see
    `resolve.awaiters`."""
    awaited_attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names of attributes in which a source may keep coroutines → the source modules that await what is there, see
    `resolve.awaited_attributes`."""
    acting: Mapping[str, str] = field(default_factory=dict)
    """Plain functions that do more than to give coroutines, see `resolve.acting`."""
    giving: frozenset[str] = frozenset()
    """The names of properties and operators that give coroutines where they are read, see `resolve.giving`."""
    passes_tasks: bool = False
    """Whether a source passes a plain function on that gives tasks, see `resolve.task_values`."""
    overridden: frozenset[str] = frozenset()
    """``module.method`` of coroutine methods that plain ones, which give tasks or futures, override, see there."""
    interrupting: frozenset[str] = frozenset()
    """The source modules that start tasks or set deadlines."""
    interrupted: frozenset[str] = frozenset()
    """The source modules with functions that those may run."""
    starting: frozenset[str] = frozenset()
    """Those whose functions may be run by a source that starts tasks which nothing need wait for."""
    starving: Mapping[str, str] = field(default_factory=dict)
    """Names of coroutine functions that wait for what others do → ``all`` or ``some`` of that name, see `resolve.starving`;
    ``Class.method`` likewise. Empty where all is done in threads."""
    makes_tasks: bool = False
    """Whether a source makes tasks or futures, which may be given to functions of others."""
    has_channels: bool = False
    """Whether a source makes or mentions memory channels of anyio or trio."""
    kept_loops: frozenset[str] = frozenset()
    """Names of attributes in which the async sources keep event loops, see `resolve.kept_loops`."""
    asking: Mapping[str, str] = field(default_factory=dict)
    """Functions (qualified) that only ask whether something is asynchronous → the question, see `resolve.asking`."""
    leads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What leads to objects of such classes, see `resolve.awaitables`."""
    givers: frozenset[str] = frozenset()
    """Names of functions and methods among those that give such objects."""
    foreign: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Attributes of classes of the sources (qualified) → the foreign classes they may be of, see `resolve.foreign_attributes`."""
    bridged: frozenset[str] = frozenset()
    """The source modules whose output calls them through the bridge."""
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Source or target module → names that other files of the project import from it. For stubs only, and so no part of
    ``digest``: what holds for one unit is part of what its output is remembered under."""
    abstract: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Source module → its classes that only inherit abstract methods. For stubs only, like ``taken``."""
    type_parameters: frozenset[str] = frozenset()
    """Type variables (qualified)."""
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


def is_of(qualified: str, top_level: Container[str]) -> bool:
    """Whether ``qualified`` lies in one of the packages and modules of ``top_level``."""
    end = qualified.find(".")
    while end >= 0:
        if qualified[:end] in top_level:
            return True
        end = qualified.find(".", end + 1)
    return qualified in top_level


def with_digest(project: Project) -> Project:
    """``project`` with a digest of everything a conversion may read from it."""
    from dataclasses import replace

    facts = [sorted(project.defined), sorted(project.awaitables), sorted(project.top_level)]
    facts += [
        sorted(project.tasks),
        sorted(project.awaited_tasks),
        sorted(project.starters),
        sorted(project.unsure_tasks),
    ]
    facts += [sorted(project.shared), sorted(project.shared_names)]
    facts += [
        [str(project.has_channels), str(project.makes_tasks), str(project.passes_tasks)],
        sorted(project.overridden),
        sorted(project.kept_loops),
        sorted(project.missing),
        sorted(project.interrupting),
        sorted(project.interrupted),
        sorted(project.starting),
        sorted(project.twinless),
        sorted(project.doubtful),
        sorted(project.bridged),
    ]
    facts += [sorted(project.left_out), sorted(project.type_parameters), sorted(project.coroutines)]
    facts += [[name, *sorted(names)] for name, names in sorted(project.inherited.items())]
    leads = [
        sorted((name, sorted(specs)) for name, specs in found.items())
        for found in (
            *(project.leads, project.starters, project.twin_modules, project.awaiters, project.foreign),
            project.awaited_attributes,
        )
    ]
    renamed = (
        project.modules,
        project.roots,
        project.passed_on,
        project.counterparts,
        project.asking,
        project.starving,
        project.kinds_of_methods,
        project.acting,
    )
    maps = [sorted(found.items()) for found in renamed]
    return replace(project, digest=hashlib.sha256(json.dumps([facts, maps, leads]).encode()).hexdigest())
