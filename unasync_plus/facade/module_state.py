"""What the two halves of a package share in `mode = "auto"`: the variables of modules that bridged code comes to use.

Bridged code is the async side's, and so are the variables that it reads. A cache, a registry, a sentinel or a context
variable that direct code had once more would be another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import libcst as cst

from unasync_plus.records import record
from unasync_plus.tree import walk

from .facts import ClassFacts, FunctionFacts, ModuleFacts
from .gather import statements
from .index import Index
from .layout import assigned_names
from .loop_bound import is_maker
from .values import is_filled_later, is_literal, is_type, makes_type, mentions_anything, mentions_wrapped

_DEFINING = (cst.FunctionDef, cst.ClassDef, cst.Import, cst.ImportFrom)
_CONTAINERS = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)
_MAKERS_OF_CONSTANTS = frozenset(
    "builtins.bool builtins.bytes builtins.float builtins.frozenset builtins.int builtins.str builtins.tuple "
    "datetime.timedelta decimal.Decimal importlib.metadata.version logging.getLogger os.environ.get os.getenv "
    "pathlib.Path re.compile struct.Struct types.MappingProxyType".split()
)
_CACHING = ("cache", "lru_cache", "alru_cache", "cached")


@record
class _Loose:
    """What a statement of a module is about: ``named`` are definitions and variables of the package, ``called`` functions
    and classes of it, ``variables`` those that it sets, or that there must not be twice."""

    named: list[str]
    called: list[str]
    variables: list[str]


class ModuleState:
    """Answers for the modules of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._mentioned: dict[str, set[str]] = {}
        self._nodes: dict[str, list[tuple[ModuleFacts, ClassFacts | None, cst.CSTNode]]] = {}
        for facts in index.modules.values():
            for one in facts.classes.values():
                self._nodes[one.qualified] = [(facts, one, one.node)]
            for group in facts.functions.values():
                for function in group:
                    self._nodes.setdefault(function.qualified, []).append((facts, None, function.node))
        self._annotations = dict(_annotations(index))
        self._variables: dict[str, bool] = {}
        self._reaches: dict[str, set[str]] = {}

    def reached(self, names: Iterable[str]) -> dict[str, str]:
        """The definitions and variables of the package that these definitions use, and what those use in turn.

        Each with the one of ``names`` that leads to it.
        """
        found: dict[str, str] = {}
        todo = [(name, name) for name in names]
        while todo:
            name, origin = todo.pop(0)
            if name not in found:
                found[name] = origin
                todo += [(other, origin) for other in sorted(self._named_in(name))]
        return found

    def _named_in(self, name: str) -> set[str]:
        found = self._mentioned.get(name)
        if found is None:
            found = set()
            for facts, owner, node in self._nodes.get(name, ()):
                found |= self._named_by(node, facts, owner)
            self._mentioned[name] = found
        return found

    def _named_by(self, node: cst.CSTNode, facts: ModuleFacts, owner: ClassFacts | None = None) -> set[str]:
        """The definitions and variables of the package that ``node`` names, as seen from the body of ``owner``."""
        parts = [part for part in walk(node) if isinstance(part, (cst.Name, cst.Attribute))]
        return {name for part in parts for name in self._own(facts.resolve(part, owner))}

    def _own(self, qualified: str | None) -> Iterator[str]:
        """The definition or variable of a module that a name means."""
        canonical = self._index.canonical(qualified) or ""
        module, _, name = canonical.rpartition(".")
        facts = self._index.modules.get(module)
        if facts is not None and (name in facts.classes or name in facts.functions or name in facts.values):
            yield canonical

    def is_caching(self, name: str) -> bool:
        """Whether a function keeps what it gives."""
        module, _, short = name.rpartition(".")
        facts = self._index.modules.get(module)
        functions: list[FunctionFacts] = facts.functions.get(short, []) if facts is not None else []
        return any(function.has(*_CACHING) for function in functions)

    def is_variable(self, name: str) -> bool:
        """Whether it names a variable that there must not be twice."""
        if name not in self._variables:
            self._variables[name] = False  # where they are computed from each other, others decide
            self._variables[name] = self._is_variable(name)
        return self._variables[name]

    def _is_variable(self, name: str) -> bool:
        module, _, short = name.rpartition(".")
        facts = self._index.modules.get(module)
        if facts is None or short not in facts.values or short.startswith("__"):
            return False
        value = facts.values[short]
        if short in facts.rebound:
            return True
        if value is None or is_literal(value) or makes_type(facts, value) or is_type(self._index, facts, value):
            return False
        if isinstance(value, cst.Call) and facts.resolve(value.func) not in _MAKERS_OF_CONSTANTS:
            return True
        if isinstance(value, _CONTAINERS):
            return not any(self._direct_in(facts, value))
        return self._is_computed(facts, value, short)

    def _is_computed(self, facts: ModuleFacts, value: cst.BaseExpression, name: str) -> bool:
        """Whether ``value`` is what something was that may be another thing by now: ``DEFAULT = TABLE["a"]``."""
        own = {one for part in walk(value) if isinstance(part, cst.Name) for one in self._own(facts.resolve(part))}
        own.discard(f"{facts.module}.{name}")
        return any(map(self.is_variable, sorted(own)))

    def bound_to(self, shared: Iterable[str]) -> dict[str, str]:
        """The variables that modules compute from ``shared`` ones, or fill together with them, and what follows from those;
        each with the one of ``shared`` that leads to it."""
        found = {name: name for name in shared}
        before = 0
        while before != (before := len(found)):
            for one in self._loose:
                origin = next((found[name] for name in one.named if name in found), None)
                if origin is None:
                    used = (self.shared_by(name, found) for name in one.called)
                    origin = next((found[name] for name in used if name), None)
                if origin is not None:
                    for name in one.variables:
                        found.setdefault(name, origin)
        return found

    @cached_property
    def _loose(self) -> list[_Loose]:
        """The statements of modules that are neither definitions nor imports."""
        found = ((facts, node) for facts in self._index.modules.values() for node in facts.tree.body)
        return [self._look_at(one, facts) for facts, node in found for one in loose(node)]

    def _look_at(self, node: cst.CSTNode, facts: ModuleFacts) -> _Loose:
        named = self._named_by(node, facts)
        calls = [part for part in walk(node) if isinstance(part, cst.Call)]
        called = {name for call in calls for name in self._own(facts.resolve(call.func)) if name in self._nodes}
        made = {f"{facts.module}.{name}" for name in _assigned_in(node) if name in facts.values}
        variables = made.union(filter(self.is_variable, named))
        return _Loose(sorted(named), sorted(called), [name for name in sorted(variables) if not self._is_type(name)])

    def shared_by(self, name: str, shared: Collection[str]) -> str:
        """One of the ``shared`` variables that a definition uses, itself or by what it uses; empty if there is none."""
        if name not in self._reaches:
            self._reaches[name] = set(self.reached([name]))
        return min(self._reaches[name].intersection(shared), default="")

    def done_by(self, shared: Collection[str]) -> frozenset[str]:
        """The functions that use ``shared`` variables, and that statements of modules call."""
        called = {name for one in self._loose for name in one.called}
        return frozenset(name for name in called if self.shared_by(name, shared))

    def _is_type(self, name: str) -> bool:
        module, _, short = name.rpartition(".")
        facts = self._index.modules[module]
        value = facts.values.get(short)
        return makes_type(facts, value) or is_type(self._index, facts, value)

    def _direct_in(self, facts: ModuleFacts, value: cst.BaseExpression) -> Iterator[bool]:
        """For each name in a table, whether it is one of a function or class that has two sides."""
        for part in walk(value):
            if isinstance(part, (cst.Name, cst.Attribute)):
                qualified = facts.resolve(part)
                yield bool(self._index.functions_named(qualified)) or self._index.is_wrapped(qualified)

    def classes_made(self, name: str) -> set[str]:
        """The classes of which a variable holds an object."""
        module, _, short = name.rpartition(".")
        facts = self._index.modules[module]
        value = facts.values[short]
        calls = [part for part in walk(value) if isinstance(part, cst.Call)] if value is not None else []
        found = [self._index.class_named(facts.resolve(call.func)) for call in calls]
        return {one.qualified for one in found if one is not None and self._index.is_wrapped(one.qualified)}

    def is_one_side_s(self, name: str) -> bool:
        """Whether direct code cannot use the async side's variable as it is: it is set anew, or holds what is asynchronous."""
        module, _, short = name.rpartition(".")
        facts = self._index.modules[module]
        value = facts.values[short]
        if short in facts.rebound or value is None:
            return True
        calls = [part for part in walk(value) if isinstance(part, cst.Call)]
        if any(is_maker(facts.resolve(call.func)) for call in calls):
            return True
        if not is_filled_later(facts, value):
            return False
        annotation = self._annotations.get(name)
        if annotation is None:
            return True
        return mentions_anything(facts, annotation) or mentions_wrapped(self._index, facts, annotation)


def loose(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """``node``, a statement of a module, if it defines and imports nothing, else the statements in it that do not."""
    inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
    if not any(isinstance(one, _DEFINING) for one in inside):
        yield node
    else:
        yield from (one for one in inside if not isinstance(one, _DEFINING))


def _assigned_in(node: cst.CSTNode) -> set[str]:
    inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else [node]
    assigned = [one for one in inside if isinstance(one, (cst.Assign, cst.AnnAssign))]
    return {name for one in assigned for name in assigned_names(one)}


def _annotations(index: Index) -> Iterator[tuple[str, cst.BaseExpression]]:
    for facts in index.modules.values():
        for node in statements(facts.tree.body):
            if isinstance(node, cst.AnnAssign):
                for name in assigned_names(node):
                    yield f"{facts.module}.{name}", node.annotation.annotation
