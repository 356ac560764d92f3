"""What the modules of an async package are to each other: who defines what, and what becomes of each class.

A class is *wrapped* if anything in it is async, may need the loop, or may hold or hand out an object that is wrapped.
Everything else is *shared*: the sync package offers the very object of the async one. Exceptions and enums always are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

import libcst as cst

from unasync_plus.tree import all_parameters

from .facts import ClassFacts, FunctionFacts, ModuleFacts
from .known import READ, is_anything, is_exception
from .mentions import Mentions, is_nothing_yet, returns_something, type_names
from .needs import Needs
from .own_loops import OwnLoops
from .settled import Settled


class Fate(Enum):
    """What a class of the async source is in the sync package."""

    SHARED = "shared"
    """The same class."""
    WRAPPED = "wrapped"
    """A class that stands for it."""
    COPIED = "copied"
    """A class of types alone, written again with sync types: a protocol, a typed dictionary, a named tuple."""


class Index:
    """All modules of the async source by dotted name, with ``targets``: source module → target module."""

    def __init__(self, modules: Mapping[str, ModuleFacts], targets: Mapping[str, str]) -> None:
        self.modules = modules
        self.targets = targets
        self.classes = {one.qualified: one for module in modules.values() for one in module.all_classes()}
        self.top_level = frozenset(module.partition(".")[0] for module in self.modules)
        self._name_by_libraries()
        self._metaclasses = self._used_as_metaclasses()
        self.needs = Needs(self)
        self.own_loops = OwnLoops(self)
        self.settled = Settled(self)
        self._fates = self._settle()
        self.wanted = self._wanted()
        self._note_what_others_set()

    # names

    def canonical(self, qualified: str | None) -> str | None:
        """The place where what ``qualified`` names is defined, seen through re-exports."""
        for _ in range(16):
            if qualified is None or qualified in self.classes:
                return qualified
            step = self._one_step(qualified)
            if step is None or step == qualified:
                return qualified
            qualified = step
        return qualified

    def _one_step(self, qualified: str) -> str | None:
        parts = qualified.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is None:
                continue
            head, rest = parts[length], parts[length + 1 :]
            if head in module.classes or head in module.functions or head in module.values:
                return None
            if head in module.imports:
                return ".".join([module.imports[head], *rest])
            for star in module.stars:
                if star in self.modules and self._defines(self.modules[star], head):
                    return ".".join([star, head, *rest])
            return None
        return None

    def _name_by_libraries(self) -> None:
        """Decorators that have another name here, and are properties, by their own; and so bases that are a library's."""
        for module in self.modules.values():
            for function in module.all_functions():
                if function.decorators:
                    function.decorators = tuple(map(self._name_property, function.decorators))

        for one in self.classes.values():
            one.bases = tuple(map(self._name_base, one.bases))

    def _name_base(self, qualified: str) -> str:
        """A base class of a library, also where a module of the project only hands it on, by the library's name."""
        found = self.canonical(qualified) or qualified
        return qualified if found.partition(".")[0] in self.top_level else found

    def _name_property(self, qualified: str) -> str:
        if qualified.lower().endswith(READ):
            return qualified
        found = self.canonical(qualified) or ""
        return found if found.lower().endswith(READ) else qualified

    def _defines(self, module: ModuleFacts, name: str) -> bool:
        return name in module.classes or name in module.functions or name in module.values or name in module.imports

    def class_named(self, qualified: str | None) -> ClassFacts | None:
        """The class of the async source that ``qualified`` names."""
        return self.classes.get(self.canonical(qualified) or "")

    def functions_named(self, qualified: str | None) -> list[FunctionFacts]:
        """The function of the async source that ``qualified`` names, with its overloads."""
        module, _, name = (self.canonical(qualified) or "").rpartition(".")
        return self.modules[module].functions.get(name, []) if module in self.modules else []

    def value_named(self, qualified: str | None) -> tuple[ModuleFacts, cst.BaseExpression] | None:
        """The module variable that ``qualified`` names, and what it is set to."""
        module, _, name = (self.canonical(qualified) or "").rpartition(".")
        facts = self.modules.get(module)
        value = facts.values.get(name) if facts is not None else None
        return (facts, value) if facts is not None and value is not None else None

    def ancestors(self, one: ClassFacts) -> Iterator[ClassFacts]:
        """The classes of the async source above ``one``, nearest first."""
        seen = {one.qualified}
        todo = [self.class_named(base) for base in one.bases]
        while todo:
            base = todo.pop(0)
            if base is not None and base.qualified not in seen:
                seen.add(base.qualified)
                yield base
                todo += [self.class_named(name) for name in base.bases]

    def lineage(self, one: ClassFacts) -> Iterator[ClassFacts]:
        """``one`` and what is above it."""
        yield one
        yield from self.ancestors(one)

    def derives(self, one: ClassFacts, *names: str) -> bool:
        """Whether one of its bases, or of theirs, is a typing class (or enum…) with one of these last names."""
        bases = [base for each in self.lineage(one) for base in each.bases]
        return any(base.rpartition(".")[2] in names and self.class_named(base) is None for base in bases)

    # fates

    def fate(self, one: ClassFacts) -> Fate:
        """What becomes of a class."""
        return self._fates.get(one.qualified, Fate.SHARED)

    def is_wrapped(self, qualified: str | None) -> bool:
        """Whether ``qualified`` names a class whose objects the sync side sees wrapped."""
        one = self.class_named(qualified)
        return one is not None and self.fate(one) is Fate.WRAPPED

    def _settle(self) -> dict[str, Fate]:
        always_shared = {name for name, one in self.classes.items() if self.is_shared_by_nature(one)}
        mentions = {name: Mentions(self, one) for name, one in self.classes.items() if name not in always_shared}
        changed = {name for name, found in mentions.items() if found.is_async or found.is_open}
        changed |= self._used_as_namespaces() & mentions.keys()
        spread = True
        while spread:
            spread = False
            for name, found in mentions.items():
                if name not in changed and not found.classes.isdisjoint(changed):
                    changed.add(name)
                    spread = True
            for name in sorted(changed):  # what wraps a class wraps its bases too: they hold its methods
                for base in self.ancestors(self.classes[name]):
                    if base.qualified in mentions and base.qualified not in changed:
                        changed.add(base.qualified)
                        spread = True
        return {name: self._changed_fate(self.classes[name]) for name in changed}

    def _used_as_namespaces(self) -> set[str]:
        """Classes with attributes that hold nothing yet, and are used by the class's name: callers put something there."""
        found = set()
        for facts in self.modules.values():
            for name, attribute in facts.of_classes:
                qualified = facts.resolve(cst.Name(name))
                one = self.class_named(qualified)
                value = one.values.get(attribute) if one is not None and not attribute.startswith("_") else None
                if one is not None and value is not None and is_nothing_yet(value):
                    found.add(one.qualified)
        return found

    def is_exception(self, qualified: str | None) -> bool:
        """Whether ``qualified`` names an exception of the async source."""
        one = self.class_named(qualified)
        bases = [base for each in self.lineage(one) for base in each.bases] if one is not None else []
        return any(is_exception(base) for base in bases if not self.class_named(base))

    def is_shared_by_nature(self, one: ClassFacts) -> bool:
        """Whether it is an exception, an enum, or a class of classes."""
        if self.is_exception(one.qualified) or self.is_metaclass(one):
            return True
        return self.derives(one, "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag")

    def is_metaclass(self, one: ClassFacts) -> bool:
        """Whether its objects are classes."""
        return one.qualified in self._metaclasses or self.derives(one, "type", "ABCMeta", "EnumMeta", "EnumType")

    def metaclasses(self, one: ClassFacts) -> Iterator[ClassFacts]:
        """The metaclass of the async source that a class names, and what is above that."""
        found = self.class_named(self._metaclass_named(one))
        return iter(()) if found is None else self.lineage(found)

    def _used_as_metaclasses(self) -> set[str | None]:
        """Also those whose bases do not tell: ``class Kind(type(Other))``."""
        return {self.canonical(self._metaclass_named(one)) for one in self.classes.values()}

    def _metaclass_named(self, one: ClassFacts) -> str | None:
        keywords = [arg for arg in one.node.keywords if arg.keyword is not None and arg.keyword.value == "metaclass"]
        return one.module.resolve(keywords[0].value, one) if keywords else None

    def _changed_fate(self, one: ClassFacts) -> Fate:
        if self.is_protocol(one) or self.derives(one, "TypedDict", "NamedTuple"):
            return Fate.COPIED
        return Fate.WRAPPED

    def crosses(self, function: FunctionFacts) -> bool:
        """Whether a module's function has to be called across the bridge; else the sync package offers it as it is."""
        group = function.module.functions[function.name]
        return any(self.needs.of(one) or self._is_open(one) for one in group)

    def _is_open(self, function: FunctionFacts) -> bool:
        """Whether it may take or give an object that is wrapped."""
        annotations = [param.annotation for param in all_parameters(function.node.params)]
        if function.node.returns is not None:
            annotations.append(function.node.returns)
        elif returns_something(function):
            return True
        return any(
            annotation is None or self._type_is_open(function.module, annotation.annotation)
            for annotation in annotations
        )

    def _type_is_open(self, facts: ModuleFacts, node: cst.BaseExpression, depth: int = 0) -> bool:
        for qualified in type_names(facts, node, None):
            one = self.class_named(qualified)
            alias = self.value_named(qualified)
            if one is not None:
                if self.fate(one) is not Fate.SHARED or self.is_protocol(one) or self.is_metaclass(one):
                    return True
            elif alias is not None:
                if isinstance(alias[1], cst.Call) or (depth < 8 and self._type_is_open(*alias, depth + 1)):
                    return True
            elif is_anything(qualified):
                return True
        return False

    def is_protocol(self, one: ClassFacts) -> bool:
        """Whether ``one`` is itself a protocol of types (asyncio has others), not only a class that follows one."""
        return any(base in ("typing.Protocol", "typing_extensions.Protocol") for base in one.bases)

    def _note_what_others_set(self) -> None:
        """A variable that another module sets is set anew there, too."""
        for name in {name for facts in self.modules.values() for name in facts.sets}:
            module, _, short = (self.canonical(name) or "").rpartition(".")
            if module in self.modules and short in self.modules[module].values:
                self.modules[module].rebound.add(short)

    def _wanted(self) -> set[str]:
        """Names that other modules of the async source import or derive from: even private ones have to be there."""
        bases = {base for one in self.classes.values() for base in one.bases}
        found = {base for base in bases if base.rpartition(".")[0] in self.modules}
        for module in self.modules.values():
            for target in module.imports.values():
                owner, _, name = target.rpartition(".")
                if owner in self.modules:
                    found.add(f"{owner}.{name}")
        return found
