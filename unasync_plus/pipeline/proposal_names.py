"""What only tables of the configuration can say, as what stands beside a name, or the sync side that is there, tells it."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from unasync_plus.config import Config, ConfigError
from unasync_plus.discover import Unit, discover
from unasync_plus.records import record
from unasync_plus.resolve.counterparts import renaming
from unasync_plus.resolve.index import index
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.taken import absolute
from unasync_plus.store import read
from unasync_plus.tables import methods_for

from .proposal_alike import alike
from .proposal_beside import imported_beside, made_of_beside, sync_sides_beside
from .proposal_libraries import imported, is_told, libraries, words
from .proposal_naming import defined, is_sync_side

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME = re.compile(rb"\b[A-Za-z_]\w+")
_MARK = re.compile(rb"^[ \t]*(?:el)?if[ \t]+(?:True|False)[ \t]*:[ \t]*#[ \t]*(\w+:?)[ \t]*$", re.MULTILINE)
_STAR = re.compile(r"^from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+\*", re.MULTILINE)
_FLAG = re.compile(rb"^(\w+)(?:[ \t]*:[^=\n]+)?[ \t]*=[ \t]*(True|False)\b", re.MULTILINE)

_ARGUMENTS = {"$x": "$x", "$f($$a)": "$f, $$a"}
"""What a function takes of which a call becomes that."""
_OFTEN_ASYNC = frozenset("aclose aexecute aget aread asave aset awrite".split())


@record
class Names:
    """Entries of the tables so called; none where names are not clear. ``marks`` are for ``drop``, ``keep`` is that of ``naming``.
    By the source of a package: ``exclude``, each with why, and ``drop``."""

    rename: Mapping[str, str] = field(default_factory=dict)
    replace: Mapping[str, str] = field(default_factory=dict)
    rewrite: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, bool] = field(default_factory=dict)
    directives: Mapping[str, str] = field(default_factory=dict)
    exclude: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    drop: Mapping[str, Sequence[str]] = field(default_factory=dict)
    marks: Sequence[str] = ()
    keep: Sequence[str] = ()


def names_of(root: Path, text: str) -> Names:
    """The entries for the project at ``root`` with the configuration ``text``."""
    try:
        table = tomllib.loads(text)["tool"]["unasync-plus"]
        config = Config.from_mapping(table, root)
        modules_kept = _modules_beside(config, root)
        if modules_kept:
            table["naming"]["keep"] = modules_kept
            config = Config.from_mapping(table, root)
        units = discover(config, lambda name, settings: Namer(settings, frozenset()).module(name))
    except ConfigError:
        return Names()
    units = [unit for unit in units if unit.is_python]
    project = index(config, units)
    there = [unit for unit in units if unit.target != unit.source and is_sync_side(unit.target, unit.source)]
    taken = [found for unit in there for of in (_defined, _taken) for found in of(unit, project)]
    known = {name for name, _ in taken}
    sure = [*taken, *((name, new) for name, new in _beside(units, project) if name not in known)]
    likely = [found for unit in there for found in _spelled(unit, project)]
    exclude = _left_out(config, units, there)
    own = {path for paths in exclude.values() for path, _ in paths}
    replace = _clear(found for unit in there if unit.source_rel not in own for found in libraries(unit, project))
    wanted = {
        old: new for old, new in replace.items() if not any(is_told(old, new, *entry) for entry in replace.items())
    }
    namer = Namer(config.settings, project.defined)
    alikes = [alike(unit, project, namer) for unit in there if unit.source_rel not in own]
    seen = {
        name: new for name, new in _clear(pair for one in alikes for pair in one.names).items() if _may_be(name, new)
    }
    clear = {**_clear(likely, {name for name, _ in sure}), **_clear(sure)}
    names = {name: new for name, new in sorted({**seen, **clear}.items()) if _says_something(name, new, namer)}
    adapters = _clear(pair for one in alikes for pair in one.adapters)
    rewrite = {f"{name}({_ARGUMENTS[form]})": form for name, form in adapters.items() if form}
    absent = {mark for one in alikes for mark, is_there in one.marks if not is_there}
    marks = sorted(absent - {mark for one in alikes for mark, is_there in one.marks if is_there})
    made_of = {name for unit in units if unit.source_rel not in own for name in made_of_beside(unit, namer)}
    keep = sorted({*made_of.difference(names, known), *modules_kept})
    kept = {*keep, *(name for name, new in names.items() if name == new)}
    drop: dict[str, list[str]] = {}
    modules = {unit.module: unit for unit in units}
    for unit in units:
        if unit.source_rel not in own:
            beside = {*sync_sides_beside(unit, namer, kept), *imported_beside(unit, namer, kept, modules)}
            dropped = drop.setdefault(config.packages[unit.package].source, [])
            dropped += sorted(beside.difference(dropped))
    return Names(names, wanted, rewrite, _flags(there), _branch_marks(units), exclude, drop, marks, keep)


def _modules_beside(config: Config, root: Path) -> list[str]:
    """The names of modules that would take the place of others in a source: ``async_transport.py`` beside ``transport.py``."""
    namer = Namer(config.settings, frozenset())
    paths = [path for package in config.packages for path in (root / package.source).rglob("*async*.py")]
    names = ((path, namer.module(path.stem)) for path in paths)
    return sorted({path.stem for path, new in names if new != path.stem and path.with_stem(new).is_file()})


def _clear(pairs: Iterable[tuple[str, str]], known: Container[str] = ()) -> dict[str, str]:
    """The names that all pairs give one other name, without those that are ``known`` already."""
    meant: dict[str, set[str]] = {}
    for name, new in pairs:
        meant.setdefault(name, set()).add(new)
    return {name: min(found) for name, found in sorted(meant.items()) if len(found) == 1 and name not in known}


def _may_be(name: str, new: str) -> bool:
    """Whether ``new`` may stand for ``name`` wherever that is."""
    return name != new and (_is_telling(name) or new == _without_a(name))


def _says_something(name: str, new: str, namer: Namer) -> bool:
    """Whether an entry is needed for ``name`` to be ``new``: methods such as ``aclose`` change by themselves."""
    return namer.new(name) != new or (name == new and name in methods_for(()))


def _beside(units: Sequence[Unit], project: Project) -> Iterator[tuple[str, str]]:
    """What the sources use of other modules, and its counterpart there."""
    texts = [read(unit.source) or b"" for unit in units]
    for qualified, counterpart in project.counterparts.items():
        if any(qualified.rpartition(".")[2].encode() in text for text in texts):
            _, old, new = renaming(qualified, counterpart)
            yield old, new


def _left_out(config: Config, units: Sequence[Unit], there: Sequence[Unit]) -> dict[str, list[tuple[str, str]]]:
    """By its source, the files of a package that have a sync side of their own, from which they take something; and those
    that the sync side does not have, under any name, though it has most of them, and that no other source needs."""
    known = {path for unit in units for path in (unit.source, unit.target)}
    imports = {unit: imported(unit.source, unit.module, unit.is_package) for unit in units}
    needed = {
        name
        for taken in imports.values()
        for origin, names in taken.items()
        for name in (origin, *(f"{origin}.{name}" for name in names))
    }
    found: dict[str, list[tuple[str, str]]] = {}
    for number, package in enumerate(config.packages):
        own = [unit for unit in units if unit.package == number]
        found[package.source] = [
            (unit.source_rel, "takes what both sides use from its sync side")
            for unit in own
            if unit in there and not unit.is_package and (unit.target_module in imports[unit] or _takes_all(unit))
        ]
        found[package.source] += [
            (unit.source_rel, "the target has its own")
            for unit in own
            if unit.is_package and unit.target != unit.source and _is_empty(unit.source) and not _is_empty(unit.target)
            if not _is_root(unit, package.source)
        ]
        without = [unit for unit in own if unit not in there and unit.target != unit.source and not unit.is_package]
        if 2 * len(without) < len(own):
            found[package.source] += [
                (unit.source_rel, "has no sync side in your code")
                for unit in without
                if unit.module not in needed and not _has_twin(unit, known)
            ]
    return found


def _takes_all(unit: Unit) -> bool:
    """Whether a file takes all that there is in the sync side of it: ``from ..compat import *``."""
    text = (read(unit.source) or b"").decode("utf-8", "replace")
    return any(absolute(module, unit.module, unit.is_package) == unit.target_module for module in _STAR.findall(text))


def _is_empty(path: Path) -> bool:
    """Whether a file is not there, or has nothing but comments and its docstring."""
    tree = syntax_tree(read(path) or b"")
    return tree is not None and all(isinstance(one, ast.Expr) for one in tree.body)


def _is_root(unit: Unit, source: str) -> bool:
    """Whether a package is the source itself, of which `proposal_table` speaks."""
    return unit.source_rel == f"{source}/__init__.py"


def _has_twin(unit: Unit, known: Container[Path]) -> bool:
    """Whether a file that is called like it, but for the words that tell the sides apart, is where its sync side would be."""
    beside = unit.target.parent.glob("*.py")
    return any(path not in known and words(path.stem) == words(unit.source.stem) for path in beside)


def _flags(units: Iterable[Unit]) -> dict[str, bool]:
    """Constants of modules that are false in the sources and true in all sync sides, or the other way round."""
    meant: dict[str, set[bytes]] = {}
    changed: set[str] = set()
    for unit in units:
        ours, theirs = (dict(_FLAG.findall(read(path) or b"")) for path in (unit.source, unit.target))
        for name in ours.keys() & theirs:
            meant.setdefault(name.decode(), set()).add(theirs[name])
            if ours[name] != theirs[name]:
                changed.add(name.decode())
    return {name: meant[name] == {b"True"} for name in sorted(changed) if len(meant[name]) == 1}


def _defined(unit: Unit, project: Project) -> Iterator[tuple[str, str]]:
    """What a source defines, and the only name for the same in the sync side of it: ``aclose`` and ``close``, ``Client`` and
    ``SyncClient``."""
    namer = Namer(unit.settings, project.defined)
    for ours, theirs in zip(defined([unit.source]), defined([unit.target]), strict=True):
        old = {name: namer.new(name) for name in ours if not name.startswith("__")}
        left = theirs.difference(ours, old.values())
        for name in sorted(old):
            if name != old[name] and {name, old[name]} <= theirs and old[name] in ours:  # both stay as they are
                yield name, name
            elif old[name] in theirs:
                if methods_for(()).get(name) not in theirs - ours:  # `close` beside `aclose`
                    yield name, old[name]
            elif name in theirs:  # stays, as an entry to itself says
                yield name, name
            elif len(found := _alike(name, left)) == 1 and (_is_telling(name) or found[0] == _without_a(name)):
                yield name, found[0]


def _taken(unit: Unit, project: Project) -> Iterator[tuple[str, str]]:
    """What a source imports from a module that is not converted, and the only name for the same that its sync side takes from
    there, or has built in: ``AEvent`` and ``Event``, ``alist`` and ``list``."""
    namer = Namer(unit.settings, project.defined)
    ours = imported(unit.source, unit.module, unit.is_package)
    theirs = imported(unit.target, unit.target_module, unit.is_package)
    for module in sorted(ours):
        if not project.owns(module) or module in project.modules:
            continue
        there = theirs.get(module, set())
        yield from ((name, name) for name in sorted(ours[module] & there) if namer.new(name) != name)
        for name in sorted(ours[module] - there):
            found = _alike(name, there - ours[module])
            if not found and hasattr(builtins, _without_a(name)) and _calls_more(unit, _without_a(name)):
                found = [_without_a(name)]
            if len(found) == 1 and namer.new(name) != found[0]:
                yield name, found[0]


def _spelled(unit: Unit, project: Project) -> Iterator[tuple[str, str]]:
    """What becomes of the other names in a source: those that stay, those that change as `naming` has it, and those that lose
    an "a", as names of fixtures do."""
    namer = Namer(unit.settings, project.defined)
    ours, theirs = ({name.decode() for name in _NAME.findall(read(path) or b"")} for path in (unit.source, unit.target))
    for name in sorted(ours):
        new = namer.new(name)
        if new == name:
            new = _without_a(name)
            there = theirs if name in _OFTEN_ASYNC else theirs - ours
            if new != name and _is_telling(name) and name not in theirs and new in there:
                yield name, new
        elif name in theirs and (new in theirs) is (new in ours):
            yield name, name
        elif name not in theirs and new in theirs:
            yield name, new


def _branch_marks(units: Iterable[Unit]) -> dict[str, str]:
    """Comments of the project that tell async code from sync code: ``if True:  # ASYNC``."""
    found = {mark.decode() for unit in units for mark in _MARK.findall(read(unit.source) or b"")}
    kinds = {"async": "async-branch", "sync": "sync-branch"}
    return {mark: kinds[word] for mark in sorted(found) if (word := mark.lower().rstrip(":")) in kinds}


def _calls_more(unit: Unit, name: str) -> bool:
    """Whether the sync side calls the builtin ``name`` more often than the source does."""
    call = re.compile(rb"(?<![\w.])" + name.encode() + rb"\(")
    ours, theirs = (len(call.findall(read(path) or b"")) for path in (unit.source, unit.target))
    return theirs > ours


def _alike(name: str, others: Iterable[str]) -> list[str]:
    """Those that are called like ``name``, but for the words that tell the sides apart, or an "a" before it."""
    alike = (words(name), words(_without_a(name)))
    return [other for other in others if words(other) in alike]


def _is_telling(name: str) -> bool:
    """Whether nothing else is likely to have ``name``: `rename` changes it wherever it stands."""
    return "_" in name.strip("_") or not name.islower() or name in _OFTEN_ASYNC


def _without_a(name: str) -> str:
    """``close`` for ``aclose``, ``Event`` for ``AEvent``."""
    return re.sub(r"^(_*)(?:a|A(?=[A-Z]))", r"\1", name)
