"""Callbacks that are kept in variables of modules: ``hooks.on_error = f``, ``HANDLERS["x"] = f``, ``set_callback(f)``."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import all_parameters, dotted, own_nodes

from .facts import ClassFacts, FunctionFacts, ModuleFacts
from .gather import statements
from .held import may_be_filled
from .layout import assigned_names
from .uses import Uses
from .values import is_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .callbacks import Callbacks
    from .index import Index
    from .uses import Bodies


def kept_in(function: FunctionFacts, places: Iterable[cst.BaseExpression], index: Index) -> Iterator[str]:
    """The variables of modules among the places in which a function keeps what it is given, by qualified name."""
    for place in places:
        if isinstance(place, cst.Name) and not _means_variable(function, place.value):
            continue
        qualified = index.canonical(function.module.resolve(place)) or ""
        module, _, name = qualified.rpartition(".")
        if _has_variable(index, module, name) or _namespace(index, module):
            yield qualified


def _has_variable(index: Index, module: str, name: str) -> bool:
    return module in index.modules and name in index.modules[module].values


def _namespace(index: Index, qualified: str) -> cst.Call | None:
    """The call that makes the ``SimpleNamespace`` that a variable is set to."""
    module, _, name = qualified.rpartition(".")
    value = index.modules[module].values[name] if _has_variable(index, module, name) else None
    is_one = isinstance(value, cst.Call) and index.modules[module].resolve(value.func) == "types.SimpleNamespace"
    return value if is_one and isinstance(value, cst.Call) else None


def _means_variable(function: FunctionFacts, name: str) -> bool:
    """Whether a name in a function is the module's variable: it says ``global``, or does not assign to it."""
    if any(param.name.value == name for param in all_parameters(function.node.params)):
        return False
    assigns = False
    for node in own_nodes(function.node.body):
        if isinstance(node, cst.Global) and any(item.name.value == name for item in node.names):
            return True
        assigns = assigns or (isinstance(node, cst.AssignTarget) and dotted(node.target) == name)
    return not assigns


class KeptInVariables:
    """Answers for the variables of an index's modules."""

    def __init__(self, index: Index, callbacks: Callbacks, bodies: Bodies) -> None:
        self._index = index
        self._callbacks = callbacks
        self._bodies = bodies
        self._adapters: dict[str, str] = {}

    def adapter(self, qualified: str) -> str:
        """What the package does with the functions that a variable holds; "" if that is not known, or it holds none."""
        if qualified not in self._adapters:
            self._adapters[qualified] = ""  # for those that lead back to it
            module, _, name = qualified.rpartition(".")
            if module in self._index.modules:
                self._adapters[qualified] = self._found(self._index.modules[module], name)
            else:
                above, _, variable = module.rpartition(".")
                place = (self._index.modules[above], variable)
                self._adapters[qualified] = self._said([place], {qualified}, name)
        return self._adapters[qualified]

    def by_attribute(self, qualified: str) -> dict[str, str]:
        """The same for each attribute of a variable that is a ``SimpleNamespace``, as far as it is made with them."""
        made = _namespace(self._index, qualified)
        names = [arg.keyword.value for arg in made.args if arg.keyword is not None] if made is not None else []
        found = {name: self.adapter(f"{qualified}.{name}") for name in names}
        return {name: adapter for name, adapter in sorted(found.items()) if adapter}

    def _found(self, facts: ModuleFacts, name: str) -> str:
        for node in statements(facts.tree.body):
            if isinstance(node, cst.AnnAssign) and assigned_names(node) == [name]:
                said = self._callbacks.of_annotation(facts, node.annotation.annotation, None)
                if said is not None:
                    return said
        value = facts.values[name]
        if value is not None and not may_be_filled(value) and name not in facts.rebound and not is_literal(value):
            return ""
        return self._said([(facts, name)], {f"{facts.module}.{name}"}, name)

    def of_object(self, one: ClassFacts, name: str) -> str:
        """The same for an attribute of a class that others use by the class's name, or through a variable that has an object."""
        places = [(one.module, one.qualified[len(one.module.module) + 1 :].partition(".")[0])]
        places += self._objects.get(one.qualified, ())
        heads = {one.qualified, *(f"{facts.module}.{variable}" for facts, variable in places[1:])}
        return self._said(places, {f"{head}.{name}" for head in heads}, name)

    @cached_property
    def _objects(self) -> dict[str, list[tuple[ModuleFacts, str]]]:
        """Class → the variables that are set to an object of it."""
        found: dict[str, list[tuple[ModuleFacts, str]]] = {}
        for facts in self._index.modules.values():
            for variable, value in facts.values.items():
                one = self._index.class_named(facts.resolve(value.func)) if isinstance(value, cst.Call) else None
                if one is not None:
                    found.setdefault(one.qualified, []).append((facts, variable))
        return found

    def _said(self, places: list[tuple[ModuleFacts, str]], names: set[str], last: str) -> str:
        """What functions do with what is called ``names``, all of which end in ``last``; ``places`` have it, or what holds it."""
        uses = Uses(self._bodies)
        taken: set[str] = set()
        users = {id(user): user for facts, head in places for user in self._users(facts, head)}
        for user in users.values():
            if last in user.text:
                for function in user.all_functions():
                    is_it = partial(self._is_it, function, names)
                    here = Uses(self._bodies, user)
                    here.look(function.node.body, last, is_it=is_it)
                    uses.found |= here.found
                    takers = self._callbacks.takers(function, last, is_it=is_it)
                    taken |= {self._callbacks.adapter(*taker, 1) for taker in takers}
        if uses.found:
            return uses.verdict()
        return taken.pop() if len(taken) == 1 else ""

    def _users(self, facts: ModuleFacts, name: str) -> Iterator[ModuleFacts]:
        """The modules that may use what ``facts`` has by that name."""
        package = facts.module.rpartition(".")[0]
        names = {facts.module, f"{facts.module}.{name}", package, f"{package}.{name}"}
        for user in self._index.modules.values():
            if user is facts or (name in user.text and not names.isdisjoint({*user.imports.values(), *user.stars})):
                yield user

    def _is_it(self, function: FunctionFacts, names: set[str], node: cst.CSTNode, name: str) -> bool:
        """Whether a node in a function means one of ``names``."""
        if type(node) is cst.Attribute:
            if node.attr.value != name:
                return False
        elif type(node) is not cst.Name or node.value != name or not _means_variable(function, node.value):
            return False
        found = function.module.resolve(node)
        if found is None or found in names:
            return found is not None
        owner, _, last = found.rpartition(".")
        return self._index.canonical(found) in names or f"{self._index.canonical(owner)}.{last}" in names
