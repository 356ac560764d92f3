"""What writing a facade needs to know and to note: names, marks, imports, the interface."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.config.decorators import decorator_forms
from unasync_plus.emit.stub_names import Names
from unasync_plus.tree import all_parameters, dotted, walk

from .callbacks import Callbacks
from .facts import ClassFacts, FunctionFacts, ModuleFacts
from .index import Index
from .marks import Marks
from .plan import Plan
from .types import Types

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

_SUFFIXES = {
    "await": "",
    "hold": "",
    "self": "_self",
    "iterate": "_iterator",
    "iterable": "_iterable",
    "generate": "_generator",
    "enter": "_context",
}


class Writer:
    """Writes one module. ``renamed`` says what a name will be called after conversion.

    With ``plan`` only the definitions of the module are ``bridged`` that it names, and what they share with the async side;
    the rest stays for direct conversion.
    """

    def __init__(
        self,
        index: Index,
        facts: ModuleFacts,
        text: str,
        interface: str,
        renamed: Callable[[str], str],
        plan: Plan | None = None,
        target_version: tuple[int, int] = (3, 9),
        drop: Collection[str] = (),
    ) -> None:
        self.index = index
        self.plan = plan
        self.bridged = None if plan is None else plan.of(facts.module)
        self.facts = facts
        self.interface = interface
        self.target_version = target_version
        self._drop = drop
        self.marks = Marks(text)
        self.types = Types(self)
        self.callbacks = Callbacks(index)
        self.imports: set[tuple[str, str, str]] = set()
        self.kept_imports: set[tuple[str, str, str]] = set()
        self.runtime_names: dict[str, str] = {}
        self.async_types: set[str] = set()
        self.made_here: set[str] = set()
        """Private classes of constants: the runtime knows by their names that their objects are the same on both sides."""
        self.settable: dict[str, str] = {}
        """Variables that others may set, and the adapters of the functions that they hold."""
        self.untold: list[str] = []
        """Attributes whose type nothing tells, ``Class.name``."""
        self._renamed = renamed
        self._defaults: dict[str, set[str]] = {}
        self.bridge = self._free("_bridge")
        self.async_module = self._free("_async")

    # names

    @cached_property
    def checker_names(self) -> Names:
        """The module's names as its stub's maker sees them: what it finds out about attributes holds here too."""
        return Names.of(self.facts.tree)

    def is_dropped(self, one: FunctionFacts | ClassFacts) -> bool:
        """Whether `drop` names a decorator of the definition. What it names itself goes when the facade is converted."""
        return not decorator_forms(one.decorators).isdisjoint(self._drop)

    @property
    def handed_on(self) -> set[str]:
        """The names that the rest of the package imports from this module, and those that it exports."""
        home = f"{self.facts.module}."
        wanted = {name.removeprefix(home) for name in self.index.wanted if name.startswith(home)}
        return {name for name in wanted if "." not in name}.union(self.facts.exports or ())

    def _free(self, name: str) -> str:
        while self.is_taken(name):
            name += "_"
        return name

    def is_taken(self, name: str) -> bool:
        """Whether the module gives ``name`` a meaning of its own."""
        facts = self.facts
        return any(name in names for names in (facts.imports, facts.values, facts.functions, facts.classes))

    def builtin(self, name: str) -> str:
        """A builtin, also where something of the module is, or will be, called so: ``builtins.property``."""
        facts = self.facts
        own = {*facts.imports, *facts.values, *facts.functions, *facts.classes}
        if not any(name in one and self._renamed(one) == name for one in own):
            return name
        self.imports.add(("builtins", "", ""))
        return self.marks.mark(f"builtins.{name}")

    def new_name(self, name: str) -> str:
        """What conversion calls ``name``."""
        return self._renamed(name)

    def is_renamed(self, name: str) -> bool:
        """Whether conversion gives ``name`` another one."""
        return self._renamed(name) != name

    def async_text(self, qualified: str) -> str:
        """``_async.Client`` for ``pkg.client.Client``, which this module defines.

        Within a class Python gives ``__Name`` another name, so that it is spelled as it comes to be called.
        """
        first, *inner = qualified[len(self.facts.module) + 1 :].split(".")
        found = f'getattr({self.async_module}, "{first}")' if is_private(first) else f"{self.async_module}.{first}"
        for outer, name in pairwise((first, *inner)):
            stem = outer.lstrip("_")
            found += f"._{stem}{name}" if stem and is_private(name) else f".{name}"
        return found

    def async_name(self, qualified: str) -> str:
        """A mark for a class of the async source; one that another module defines is named by a string."""
        canonical = self.index.canonical(qualified) or qualified
        if canonical.startswith(self.facts.module + "."):
            return self.marks.mark(self.async_text(canonical))
        return self.marks.mark(f'"{canonical}"')

    def runtime(self, name: str) -> cst.Name:
        """A name of the runtime, imported."""
        if name not in self.runtime_names:
            self.runtime_names[name] = self._free(name)
        return self.marks.name(self.runtime_names[name])

    def async_type(self, name: str) -> cst.Name:
        """A type that stays async."""
        self.async_types.add(name)
        return self.marks.name(name)

    def needed(self, module: str, name: str) -> cst.Name:
        """A name of the standard library, imported."""
        self.imports.add((module, name, ""))
        return cst.Name(name)

    def kept(self, node: cst.Name | cst.Attribute) -> cst.Name:
        """A name of a library that stays as it is, and its import with it; one inside of a block stays there."""
        path = dotted(node) or ""
        local = path.partition(".")[0]
        target = self.facts.imports[local]
        if target == local or (local in self.facts.plain_imports):
            self.kept_imports.add((target, "", "" if target == local else local))
        else:
            module, _, name = target.rpartition(".")
            self.kept_imports.add((module, name, "" if name == local else local))
        return self.marks.name(path)

    def any_type(self) -> cst.Name:
        """``Any``."""
        return self.needed("typing", "Any")

    def self_type(self) -> cst.BaseExpression:
        """``Self``, which the runtime gets from where it is."""
        return self.runtime("Self")

    # decorators of the interface

    def interface_decorators(self, result: str, place: str = "") -> tuple[str, ...]:
        """What stands above a function so that it has ``.aio`` or ``with_options``; what gives something to hold has no ``.aio``."""
        suffix = _SUFFIXES[result] if result != "self" or not place else ""
        if self.interface == "dual" and result != "hold":
            return (f"{self.bridge}.dual{place}{suffix}",)
        return (f"{self.bridge}.function",) if place == "_function" else ()

    def overload_decorators(self, more: tuple[str, ...]) -> tuple[str, ...]:
        """The same where there are overloads, whose types no decorator can keep: see `dual_overloads`."""
        return tuple(re.sub(r"\.dual(_function|_static)?", r".dual\1_overloaded", text) for text in more)

    def used_in_defaults(self, one: ClassFacts) -> set[str]:
        """The names of the class body that defaults of its methods read."""
        if one.qualified not in self._defaults:
            self._defaults[one.qualified] = names_in_defaults(one.members())
        return self._defaults[one.qualified]

    def is_static(self, test: cst.BaseExpression) -> bool:
        """``TYPE_CHECKING``, and conditions on the version or the platform."""
        names = {self.facts.resolve(part) for part in walk(test) if isinstance(part, (cst.Name, cst.Attribute))}
        return any(
            name is not None
            and (name.endswith(".TYPE_CHECKING") or name.startswith(("sys.version_info", "sys.platform")))
            for name in names
        )


def is_private(name: str) -> bool:
    """Whether it is a name that Python changes within a class."""
    return name.startswith("__") and not name.endswith("__")


def names_in_defaults(functions: Iterable[FunctionFacts]) -> set[str]:
    """What the defaults of these functions read."""
    params = [param for one in functions for param in all_parameters(one.node.params)]
    nodes = [param.default for param in params if param.default is not None]
    return {part.value for node in nodes for part in walk(node) if isinstance(part, cst.Name)}
