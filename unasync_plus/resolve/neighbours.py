"""What the async sources take from other modules of the project, and what those have.

``_compat.Lock`` is ``asyncio.Lock`` where `_compat` only hands it on: what is known of a name holds under whichever of
its names it is used. Found from the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from unasync_plus.records import record
from unasync_plus.resolve.class_names import kept_by_classes
from unasync_plus.resolve.counterparts import counterparts, is_asynchronous_constant
from unasync_plus.resolve.facts import may_define
from unasync_plus.resolve.name_space import NameSpace
from unasync_plus.resolve.taken import names_taken
from unasync_plus.resolve.twins import Twins

_MARK = re.compile(
    r"^(?P<name>\w+)[ \t]*=[ \t]*(?P<head>\w+)(?P<rest>(?:\.mark)?\.(?:asyncio|anyio|trio))\b", re.MULTILINE
)
"""A mark of pytest that a module keeps for others: ``aio = pytest.mark.asyncio``."""
_ALIAS = re.compile(r"\n(?P<name>\w+)[ \t]*(?::[^=\n]*)?=[ \t]*(?P<path>\w+(?:\.\w+)+)[ \t]*(?:#.*)?$", re.MULTILINE)
"""Another name for what a module has, ``sleep = asyncio.sleep``, with the line end before it, which is looked for faster than
the beginning of a line."""
_ANYTHING = re.compile(r"^[ \t]*(?:from[ \t].*import[ \t]+\*|def[ \t]+__getattr__\b)|\bglobals\(\)", re.MULTILINE)
_STAR = re.compile(r"import[ \t]+\*")


@record
class Neighbours:
    """``passed_on``: qualified name in the project → the foreign name it stands for. A module of which a source takes
    one such name is there with all of them: the counterpart of a name may be another.

    ``own``: foreign names that have their sync twin in the module that hands them on, and are the project's by that.
    ``missing``: sync names (qualified) of what sources take from modules that are no sources and do not have them; nor do
    those of ``twin_modules``, or those that stand in the output for what is left out. Twins that lack all of it have the name
    ``*`` among them; one that is not there stands among them itself.
    ``twin_modules``: modules that are no sources, of which sources take something → modules of their sync names.
    ``homes``: names that sources take from modules which have them from others of the project → where they are defined.
    ``taken``: (module, name) of all that sources take from modules.
    ``paired``: names that sources take from such modules that have, or may have, their sync names too.
    """

    passed_on: Mapping[str, str]
    own: frozenset[str]
    missing: frozenset[str]
    twin_modules: Mapping[str, frozenset[str]]
    paired: frozenset[str]
    homes: Mapping[str, str]
    taken: frozenset[tuple[str, str]]
    counterparts: Mapping[str, str]
    """Names (qualified) of modules that are no sources → what stands beside them, or beside their modules, for sync code, see
    `counterparts.renaming`."""


def neighbours(space: NameSpace, twins: Twins, renamed: Twins) -> Neighbours:
    """Look at what the sources in ``space`` take from modules; ``renamed`` gives what
    a name, or the path of a module, becomes, by `rename` too."""
    project = _Modules(space)
    taken: set[tuple[str, str]] = set()
    for module in space.of_units:
        source = project.text(module)
        if source is not None:
            taken |= names_taken(source[0], space.hierarchy.written(module), module, source[1], space.names)
    passed_on = project.passed_on(taken)
    own = {name for name in passed_on if project.has(name.rpartition(".")[0], twins(name.rpartition(".")[2]))}
    missing, paired, beside, has = set(), set(), {}, project.defines
    for module, name in taken:
        if module not in space.of_units and f"{module}.{name}" not in space.names:
            names = (
                {*twins(name), *renamed(name)} if project.has(module, [name]) else set()
            )  # else it is not to be seen
            without = {twin for twin in names if not project.has(module, [twin])}
            missing |= {f"{module}.{twin}" for twin in without}
            is_missing = without or is_asynchronous_constant(name)
            found = next((new for new in counterparts(name) if has(module, new)), "") if is_missing else ""
            beside[f"{module}.{name}"] = found or project.elsewhere(module, name)
            if not without.issuperset(twins(name)):
                paired.add(name)
    twin_modules: dict[str, set[str]] = {}
    for module, name in taken:
        for twin in renamed(module) if not space.is_source(module) else ():
            if twin not in space.names and twin not in space.modules.values():
                missing.add(twin)
                continue
            twin_modules.setdefault(module, set()).add(twin)
            names = {name, *renamed(name)}
            without = {one for one in names if not project.has(twin, [one]) and f"{twin}.{one}" not in space.names}
            missing |= {f"{twin}.{one}" for one in without}
            if names == without:
                missing.add(f"{twin}.*")
        for there in _by_hand(space, module, renamed):
            gone = (f"{there}.{one}" for one in {name, *renamed(name)} if not project.has(there, [one]))
            missing |= {one for one in gone if one not in space.names and one not in space.of_targets}
    return Neighbours(
        {name: foreign for name, foreign in passed_on.items() if name not in own},
        frozenset(name.rpartition(".")[2] for name in own),
        frozenset(missing),
        {module: frozenset(found) for module, found in sorted(twin_modules.items())},
        frozenset(paired),
        {
            f"{module}.{name}": home
            for module, name in taken
            if (home := project.home(module, name)) != f"{module}.{name}"
        },
        frozenset(taken),
        {name: new for name, new in beside.items() if new},
    )


def _by_hand(space: NameSpace, module: str, renamed: Twins) -> set[str]:
    """The modules that somebody wrote, and that stand in the output for a ``module`` of a source which is left out."""
    found = set()
    for root, target in space.roots.items() if module not in space.modules else ():
        if module == root or module.startswith(root + "."):
            new = target + module[len(root) :]
            found |= {one for one in (new, *renamed(new)) if one in space.names and one not in space.of_targets}
            if module == root and target not in space.of_targets:
                found.add(target)
    return found


class _Modules:
    """The project's modules, each read once."""

    def __init__(self, space: NameSpace) -> None:
        self.text, self._imports = space.hierarchy.text, space.hierarchy.imports
        self.handed = cache(self._handed)
        self.twins = cache(self._twins)
        self.kept = cache(self._kept)
        self._data = space.data
        self._may_have_anything = cache(lambda module: _has_anything(self._text_of(module)))
        self._owns, self._told, self._is_source = space.owns, space.told, space.is_source

    def _text_of(self, module: str) -> str:
        """The text of ``module``, empty if there is none."""
        source = self.text(module)
        return "" if source is None else source[0]

    def passed_on(self, taken: Iterable[tuple[str, str]]) -> dict[str, str]:
        """`Neighbours.passed_on`, those included that the project made its own."""
        modules = sorted({module for module, name in taken if self._origin(module, name) is not None})
        found = {f"{module}.{name}": self._origin(module, name) for module in modules for name in self.handed(module)}
        for module, name in taken:
            home, _, there = self.home(module, name).rpartition(".")
            for kept, meant in self.kept(home).get(there, {}).items():
                found[f"{module}.{name}.{kept}"] = None if self._owns(meant) else meant
        return {name: foreign for name, foreign in sorted(found.items()) if foreign is not None}

    def _kept(self, module: str) -> Mapping[str, Mapping[str, str]]:
        """What classes of the module, if it is no source, keep of libraries under names of their own."""
        data = b"" if self._is_source(module) else self._data(module) or b""
        if b"\nclass " not in data:
            return {}
        return kept_by_classes(data, self._imports(module), lambda tell: self._told("class names", module, tell))

    def home(self, module: str, name: str) -> str:
        """Where the project defines what ``module`` has under ``name``, as far as imports tell."""
        seen = set()
        while (module, name) not in seen and name in self.handed(module):
            seen.add((module, name))
            module, _, name = self.handed(module)[name].rpartition(".")
        return f"{module}.{name}"

    def _origin(self, module: str, name: str) -> str | None:
        seen = set()
        while (module, name) not in seen:
            seen.add((module, name))
            qualified = self.handed(module).get(name)
            if qualified is None:
                return None
            if not self._owns(qualified):
                return qualified
            module, _, name = qualified.rpartition(".")
        return None

    def _handed(self, module: str) -> Mapping[str, str]:
        """The names that imports bind in ``module``, and those of marks of pytest, each with what it stands for."""
        names = dict(self._imports(module))
        for name, head, rest, is_mark in self._told("other names", module, _other_names) or ():
            meant = f"{names.get(head)}.{rest}"
            if meant.startswith("pytest.mark.") if is_mark else head in names and not self._owns(names[head]):
                names.setdefault(name, meant)
        return names

    def elsewhere(self, module: str, name: str) -> str:
        """``client_sync.get`` if that is the counterpart of the ``name`` of ``client_async``; empty if there is none."""
        for beside in self.twins(module):
            if any(self.defines(beside, new) for new in (name, *counterparts(name))):
                return f"{beside.rpartition('.')[2]}.{name}"
        return ""

    def _twins(self, module: str) -> list[str]:
        """The modules beside ``module`` that seem to be for sync code."""
        above, _, last = module.rpartition(".")
        return [beside for twin in counterparts(last) if self.text(beside := f"{above}.{twin}") is not None]

    def defines(self, module: str, name: str) -> bool:
        """Whether ``module`` has ``name``, as far as its text tells."""
        return may_define(self._data(module) or b"", [name]) or name in self.handed(module)

    def has(self, module: str, names: Collection[str]) -> bool:
        """Whether ``module`` may have one of ``names``."""
        return bool(names) and (
            may_define(self._data(module) or b"", names)
            or not self.handed(module).keys().isdisjoint(names)
            or self._may_have_anything(module)
        )


def _other_names(data: bytes) -> list[tuple[str, str, str, bool]]:
    """What a module with that text assigns to names: name, the first name of what it stands for, the rest, and whether it
    looks like a mark."""
    text = data.decode("utf-8", "replace")
    found = []
    for alias in _ALIAS.finditer("\n" + text):
        head, _, rest = alias["path"].partition(".")
        found.append((alias["name"], head, rest, False))
    marks = _MARK.finditer(text) if "mark" in text else ()
    return found + [(mark["name"], mark["head"], mark["rest"].removeprefix("."), True) for mark in marks]


def _has_anything(text: str) -> bool:
    """Whether a module with that text may have names that do not stand in it."""
    # words alone are found at once
    is_likely = "__getattr__" in text or "globals()" in text or _STAR.search(text) is not None
    return is_likely and _ANYTHING.search(text) is not None
