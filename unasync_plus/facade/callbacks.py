"""What async code does with the functions, iterables and awaitables that callers hand in.

The runtime sees a function, not what will be done with it. The source says that: in annotations, or where the parameter
is called.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import all_parameters, dotted, own_nodes, walk

from .callees import callees, fields_for, overloads, parameter_for
from .facts import ClassFacts, FunctionFacts, ModuleFacts, unsubscripted
from .iterated import ITERATED, iterated
from .kept import KeptInVariables, kept_in
from .known import SYNC_TYPES, short
from .mentions import parsed_string
from .uses import AWAITED, AWAITED_MAKER, ELSEWHERE, EVENT, GENERATOR, MAKER, MANAGER, Bodies, Uses, is_value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .index import Index
    from .uses import Named

_DEPTH = 4  # calls through which a callback is followed
ENTERED = "as_context"
AWAITABLE = "as_awaitable"
PROTOCOL = "as_protocol"

_ITERABLES = frozenset(("AsyncIterator", "AsyncIterable", "AsyncGenerator"))
_ENTERED = frozenset(("AsyncContextManager", "AbstractAsyncContextManager"))
AWAITABLES = frozenset(("Awaitable", "Coroutine", "CoroutineType"))


class Callbacks:
    """Answers for the parameters of an index's functions."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._bodies = Bodies()
        self._adapters: dict[tuple[int, str, int], str] = {}
        self.variables = KeptInVariables(index, self, self._bodies)
        self.options: dict[tuple[int, int], dict[str, str]] = {}
        """What is known of the ``**options`` of functions, by node and depth."""

    def adapter(self, function: FunctionFacts, param: cst.Param, depth: int = 0) -> str:
        """The method of the facade that the argument goes through; "" for none.

        For an object that follows one of several protocols of the project: `PROTOCOL` and their qualified names.
        """
        key = (id(function.node), param.name.value, depth)
        if key not in self._adapters:
            self._adapters[key] = self._found_adapter(function, param, depth)
        return self._adapters[key]

    def _found_adapter(self, function: FunctionFacts, param: cst.Param, depth: int) -> str:
        if param.annotation is not None:
            found = self.of_annotation(function.module, param.annotation.annotation, function.owner)
            if found == AWAITABLE:
                used = self._of_uses(function, param.name.value, depth)
                return used if used in (AWAITED, EVENT) else found  # some call a coroutine function a coroutine
            if found is not None:
                return ELSEWHERE if self._runs_elsewhere(function, param, found, depth) else found
        return self.of_overloads(function).get(param.name.value) or self._of_uses(function, param.name.value, depth)

    def of_overloads(self, function: FunctionFacts) -> dict[str, str]:
        """What the overloads of ``function`` say of their parameters, by name, as far as they agree."""
        found: dict[str, set[str]] = {}
        for one in overloads(function):
            for param in all_parameters(one.node.params):
                if param.annotation is not None and not param.star:
                    said = self.of_type(one.module, param.annotation.annotation, one.owner)
                    found.setdefault(param.name.value, set()).update({said} - {""})
        return {name: said.pop() for name, said in found.items() if len(said) == 1}

    def _runs_elsewhere(self, function: FunctionFacts, param: cst.Param, said: str, depth: int) -> bool:
        """Whether another process runs the function that the parameter takes, of which its annotation says ``said``."""
        is_function = param.annotation is not None and any(_is_callable(part) for part in walk(param.annotation))
        if said not in ("", EVENT) or not is_function:
            return False
        return param.name.value == "preexec_fn" or self._of_uses(function, param.name.value, depth) == ELSEWHERE

    def of_annotation(self, facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None) -> str | None:
        """What an annotation says; None if it leaves that open."""
        found = self.of_type(facts, node, owner)
        return None if not found and self._says_little(facts, node, owner) else found

    def of_attribute(self, one: ClassFacts, name: str) -> str:
        """What the classes do with the functions that an attribute holds, of which no annotation tells."""
        lineage = list(self._index.lineage(one))
        uses = Uses(self._bodies, *(each.module for each in lineage))
        for each in lineage:
            uses.look(each.node.body, name, attribute=True)
        if uses.found:
            return uses.verdict()
        takers = [taker for each in lineage for method in each.members() for taker in self.takers(method, name, True)]
        found = {self.adapter(*taker, 1) for taker in takers} or {self.variables.of_object(one, name)}
        return found.pop() if len(found) == 1 else ""

    def gives_decorator(self, function: FunctionFacts) -> bool:
        """Whether the result is a function that is to be given such callbacks: what a decorator with arguments returns."""
        annotation = function.node.returns
        if annotation is not None and self._takes_awaited(function, annotation.annotation):
            return True
        inner = {node.name.value: node for node in walk(function.node.body) if isinstance(node, cst.FunctionDef)}
        returned = [node.value for node in own_nodes(function.node.body) if isinstance(node, cst.Return)]
        for name in [node.value for node in returned if isinstance(node, cst.Name) and node.value in inner]:
            nested = replace(function, node=inner[name], decorators=())
            params = [*inner[name].params.posonly_params, *inner[name].params.params]
            if any(self.adapter(nested, param) for param in params):
                return True
        return False

    def _takes_awaited(self, function: FunctionFacts, node: cst.BaseExpression) -> bool:
        """``Callable[[Handler], Handler]`` where handlers are awaited."""
        if (
            not isinstance(node, cst.Subscript)
            or short(function.module.resolve(node.value, function.owner)) != "Callable"
        ):
            return False
        first = node.slice[0].slice
        if not isinstance(first, cst.Index) or not isinstance(first.value, cst.List):
            return False
        return any(self.of_type(function.module, part.value, function.owner) for part in first.value.elements)

    def of_type(self, facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None, depth: int = 0) -> str:
        """What an annotation says: the first thing in it that has to be adapted."""
        if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            inner = parsed_string(node)
            return self.of_type(facts, inner, owner, depth) if inner is not None else ""
        if isinstance(node, cst.BinaryOperation):
            return _together(self.of_type(facts, part, owner, depth) for part in (node.left, node.right))
        if isinstance(node, cst.Subscript):
            return self._of_subscript(facts, node, owner, depth)
        qualified = facts.resolve(node, owner)
        name = short(qualified)
        if name in _ITERABLES:
            return ITERATED
        if name in _ENTERED:
            return ENTERED
        alias = self._index.value_named(qualified)
        if alias is not None and depth < 8:
            return self.of_type(*alias, None, depth + 1)
        return self._of_protocol(qualified) or self._of_fields(qualified)

    def _of_subscript(self, facts: ModuleFacts, node: cst.Subscript, owner: ClassFacts | None, depth: int) -> str:
        name = short(facts.resolve(node.value, owner))
        if name in _ITERABLES:
            return ITERATED
        if name in _ENTERED:
            return ENTERED
        if name in AWAITABLES:
            return AWAITABLE
        elements = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
        if name == "Callable" and elements:
            return self._of_result(facts, elements[-1], owner, depth)
        if name == "Literal":
            return ""
        alias = self._index.value_named(facts.resolve(node.value, owner))
        if alias is not None and depth < 8:
            return self.of_type(*alias, None, depth + 1)
        protocol = self._of_protocol(facts.resolve(node.value, owner))
        if protocol:
            return protocol
        parts = elements[:1] if name == "Annotated" else elements
        return _together(self.of_type(facts, part, owner, depth) for part in parts)

    def _of_result(self, facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None, depth: int) -> str:
        """What a callback with this result type is to async code."""
        if dotted(node) == "None":
            return EVENT
        inner = parsed_string(node) if isinstance(node, cst.SimpleString) else node
        if isinstance(inner, cst.Subscript):
            found = self._of_given(facts, inner, owner, depth)
            if found is not None:
                return found
        names = {short(facts.resolve(part, owner)) for part in walk(inner)} if inner is not None else set()
        if not names.isdisjoint(AWAITABLES) or any(name in SYNC_TYPES for name in names):
            return AWAITED
        alias = self._index.value_named(facts.resolve(unsubscripted(node), owner))
        if alias is not None and depth < 8:
            return self._of_result(*alias, None, depth + 1)
        return MAKER if self._of_protocol(facts.resolve(node, owner)) == AWAITED else ""

    def _of_given(self, facts: ModuleFacts, node: cst.Subscript, owner: ClassFacts | None, depth: int) -> str | None:
        """What a callback is that gives items, a block, or a function; None for one that gives anything else."""
        head = short(facts.resolve(node.value, owner))
        if head in _ITERABLES or head in _ENTERED:
            return GENERATOR if head in _ITERABLES else MANAGER
        if head == "Callable":
            return MAKER if self.of_type(facts, node, owner, depth) == AWAITED else ""
        last = node.slice[-1].slice
        if head in AWAITABLES and isinstance(last, cst.Index):
            return AWAITED_MAKER if self._of_result(facts, last.value, owner, depth) == MAKER else None
        return None

    def _of_protocol(self, qualified: str | None) -> str:
        one = self._index.class_named(qualified)
        if one is None or not self._index.is_protocol(one):
            return ""
        names = {member.name for member in one.members() if member.is_async or self._gives_awaitable_called(member)}
        if names == {"__call__"}:
            return AWAITED  # a function is one
        return f"{PROTOCOL} {qualified}" if names else ""

    def _gives_awaitable_called(self, member: FunctionFacts) -> bool:
        """``def __call__(self, …) -> Awaitable[…]``."""
        node = member.node.returns.annotation if member.node.returns is not None else None
        if member.name != "__call__" or node is None:
            return False
        return short(member.module.resolve(unsubscripted(node), member.owner)) in AWAITABLES

    def _of_fields(self, qualified: str | None) -> str:
        """What all callables in a typed dictionary are, if they are alike."""
        one = self._index.class_named(qualified)
        if one is None or not self._index.derives(one, "TypedDict"):
            return ""
        fields = [field for each in self._index.lineage(one) for field in each.fields.values()]
        found = {
            said
            for field in fields
            if (said := self.of_type(one.module, field.annotation.annotation, None, 1))
            or any(short(one.module.resolve(part)) == "Callable" for part in walk(field.annotation.annotation))
        }
        return found.pop() if found in ({AWAITED}, {EVENT}) else ""

    def _says_little(
        self, facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None, depth: int = 0
    ) -> bool:
        """``Any``, ``object``, a bare ``Callable``, or one that returns ``Any``; also by another name."""
        if isinstance(node, cst.BinaryOperation):
            return any(self._says_little(facts, part, owner, depth) for part in (node.left, node.right))
        qualified = facts.resolve(node, owner)
        alias = self._index.value_named(qualified)
        if alias is not None and depth < 8:
            return self._says_little(*alias, None, depth + 1)
        if isinstance(node, cst.Subscript):
            head = short(facts.resolve(node.value, owner))
            parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
            if head in ("Optional", "Union") or _is_container(facts.resolve(node.value, owner)):
                return any(self._says_little(facts, part, owner, depth) for part in parts)
            return head == "Callable" and bool(parts) and self._says_little(facts, parts[-1], owner, depth)
        return _is_container(qualified) or (short(qualified) or dotted(node)) in ("Any", "object", "Callable")

    def _of_uses(self, function: FunctionFacts, name: str, depth: int) -> str:
        """How the body calls the parameter, or the attribute that it is kept in, or hands it on to what does."""
        lineage = list(self._index.lineage(function.owner)) if function.owner is not None else []
        uses = Uses(self._bodies, function.module, *(one.module for one in lineage))
        uses.look(function.node.body, name)
        if not uses.found:
            for attribute in sorted(uses.kept):
                for one in lineage:
                    uses.look(one.node.body, attribute, attribute=True)
        if uses.found or depth == _DEPTH:
            return uses.verdict()
        items = iterated(function, name, uses.kept, lineage, self._bodies)
        if items:
            return items
        found = {self.adapter(callee, param, depth + 1) for callee, param in self.takers(function, name)}
        for attribute in uses.kept:
            for method in (method for one in lineage for method in one.members()):
                found |= {self.adapter(*taker, depth + 1) for taker in self.takers(method, attribute, attribute=True)}
        found |= set(filter(None, map(self.variables.adapter, kept_in(function, uses.places, self._index))))
        if not found and function.owner is not None:
            found |= {self.variables.of_object(function.owner, attribute) for attribute in uses.kept} - {""}
        found = found or self._of_fields_made(function, name)
        if not found:
            return self._of_others(function, uses.kept)
        return found.pop() if len(found) == 1 and not any(one.startswith(PROTOCOL) for one in found) else ""

    def _of_fields_made(self, function: FunctionFacts, name: str) -> set[str]:
        """What the fields say of it of the dataclasses that are made with it: ``Hook(function)``."""
        calls = (call for call in self._bodies.nodes(function.node.body) if type(call) is cst.Call)
        said = (
            self.of_annotation(one.module, field.annotation.annotation, None)
            for call in calls
            for one, field in fields_for(function, call, self._index, partial(is_value_of, name=name, attribute=False))
        )
        return set(filter(None, said))

    def _of_others(self, function: FunctionFacts, kept: Iterable[str]) -> str:
        """What other classes of the module do with private attributes that the parameter is kept in."""
        uses = Uses(self._bodies, function.module)
        for attribute in sorted(kept):
            if attribute.startswith("_"):
                uses.look(function.module.tree, attribute, attribute=True)
        return AWAITED if uses.found == {"awaited"} else ""

    def takers(
        self, function: FunctionFacts, name: str, attribute: bool = False, is_it: Named | None = None
    ) -> Iterator[tuple[FunctionFacts, cst.Param]]:
        """The functions of the project that ``function`` hands ``name`` (``self.name``) to, and their parameters for it."""
        is_it = is_it or partial(is_value_of, attribute=attribute)
        for call in self._bodies.nodes(function.node.body):
            if type(call) is not cst.Call:
                continue
            for place, arg in enumerate(call.args):
                if is_it(arg.value, name) and not arg.star:
                    for callee in callees(function, call.func, self._index, by_name=False):
                        param = parameter_for(callee, arg, place)
                        if param is not None:
                            yield callee, param


def _is_callable(node: cst.CSTNode) -> bool:
    return type(node) is cst.Name and node.value == "Callable"


def _is_container(qualified: str | None) -> bool:
    """Whether it is a list, a dictionary or the like, of which nothing else is said."""
    module, _, name = (qualified or "").rpartition(".")
    return name in _CONTAINERS and module in ("builtins", "collections", "typing")


_CONTAINERS = frozenset("DefaultDict Deque Dict List OrderedDict Set defaultdict deque dict list set".split())


def _together(found: Iterable[str]) -> str:
    """What the parts of a union say: the first that says something, and all protocols with the first."""
    said = [one for one in found if one]
    if not said or not said[0].startswith(PROTOCOL):
        return said[0] if said else ""
    names = [name for one in said if one.startswith(PROTOCOL) for name in one.split()[1:]]
    return " ".join((PROTOCOL, *dict.fromkeys(names)))
