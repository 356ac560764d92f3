"""Which modules and definitions the sync output takes from the async source instead of having copies of them.

What nothing asynchronous touches is the same on both sides; imported instead of copied, it is also the same object:
``except pkg.Error`` catches what ``pkg.sync`` raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict

from unasync_plus.resolve.project import Project, with_digest


class Definition(TypedDict):
    """A top-level definition: what it is (class, constant, variable, function, import), whether conversion changes it
    or its meaning depends on the module it stands in, and the names of its module that it reads."""

    kind: str
    own: bool
    uses: list[str]


class ShareFacts(TypedDict):
    """What one module says about sharing: its definitions, where its imported names come from, and whether any
    statement outside of definitions changes."""

    changed: bool
    definitions: dict[str, Definition]
    imports: dict[str, str]
    modules: list[str]


def shared(project: Project, facts: Mapping[str, ShareFacts], kinds: Mapping[str, str]) -> Project:
    """``project`` with what is shared. ``facts`` and ``kinds`` (the value of `share`) go by source module."""
    own_modules = _own_modules(facts, kinds)
    modules = frozenset(facts.keys() - own_modules)
    names = frozenset[str]()
    if "definitions" in kinds.values():
        names = _shared_names(facts, kinds, own_modules)
    return with_digest(replace(project, shared=modules, shared_names=names))


def _own_modules(facts: Mapping[str, ShareFacts], kinds: Mapping[str, str]) -> set[str]:
    """Modules that must be written: those that change, and those that import something that does."""
    own = {module for module, fact in facts.items() if kinds.get(module, "none") == "none" or _changes(fact)}
    own |= {module for module in facts if _is_root(module, facts)}
    grown = True
    while grown:
        grown = False
        for module, fact in facts.items():
            if module not in own and any(_owned(name, own) for name in (*fact["imports"].values(), *fact["modules"])):
                own.add(module)
                grown = True
    return own


def _is_root(module: str, facts: Mapping[str, ShareFacts]) -> bool:
    """Whether ``module`` is a package that holds others: its ``__init__`` is needed for them to be imported."""
    return any(other.startswith(module + ".") for other in facts)


def _changes(fact: ShareFacts) -> bool:
    return fact["changed"] or any(definition["own"] for definition in fact["definitions"].values())


def _owned(name: str, own: set[str]) -> bool:
    """Whether ``name``, a module or a name in one, is written on the sync side."""
    return name in own or name.rpartition(".")[0] in own


def _shared_names(facts: Mapping[str, ShareFacts], kinds: Mapping[str, str], own_modules: set[str]) -> frozenset[str]:
    """Qualified names of classes and constants, in modules that are written, that are the same on both sides."""
    unequal = {
        f"{module}.{name}"
        for module in own_modules & facts.keys()
        for name, definition in facts[module]["definitions"].items()
        if definition["own"]
    }
    grown = True
    while grown:
        grown = False
        for module in own_modules & facts.keys():
            fact = facts[module]
            for name, definition in fact["definitions"].items():
                qualified = f"{module}.{name}"
                if qualified in unequal:
                    continue
                if any(_meaning(use, module, fact, own_modules, unequal) for use in definition["uses"]):
                    unequal.add(qualified)
                    grown = True
    found: set[str] = set()
    for module in own_modules & facts.keys():
        if kinds.get(module) == "definitions":
            found |= _shareable(module, facts[module], unequal)
    return frozenset(found)


def _meaning(use: str, module: str, fact: ShareFacts, own_modules: set[str], unequal: set[str]) -> bool:
    """Whether ``use``, a name read in ``module``, means something else on the sync side."""
    if use in fact["imports"]:
        origin = fact["imports"][use]
        if origin in own_modules:
            return True
        return origin.rpartition(".")[0] in own_modules and origin in unequal
    return f"{module}.{use}" in unequal


def _shareable(module: str, fact: ShareFacts, unequal: set[str]) -> set[str]:
    definitions = fact["definitions"]
    names = {
        name
        for name, definition in definitions.items()
        if definition["kind"] in ("class", "constant") and f"{module}.{name}" not in unequal
    }
    # A variable that a shared class reads must be the one that class sees.
    grown = True
    while grown:
        more = {
            use
            for name in names
            for use in definitions[name]["uses"]
            if use in definitions and definitions[use]["kind"] == "variable" and use not in names
        }
        more = {use for use in more if f"{module}.{use}" not in unequal}
        grown = bool(more)
        names |= more
    return {f"{module}.{name}" for name in names}
