"""What async code does with the functions, iterables and awaitables that callers hand in.

The runtime sees a function, not what will be done with it. The source says that: in annotations, or where the parameter
is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, walk

from .facts import ClassFacts, FunctionFacts, ModuleFacts, own_nodes
from .known import SYNC_TYPES, short
from .mentions import parsed_string

if TYPE_CHECKING:
    from .index import Index

AWAITED = "as_async"
EVENT = "as_event"
ITERATED = "as_items"
ENTERED = "as_context"
AWAITABLE = "as_awaitable"
PROTOCOL = "as_protocol"

_ITERATED = frozenset(("AsyncIterator", "AsyncIterable", "AsyncGenerator"))
_ENTERED = frozenset(("AsyncContextManager", "AbstractAsyncContextManager"))
_AWAITABLE = frozenset(("Awaitable", "Coroutine", "CoroutineType"))


class Callbacks:
    """Answers for the parameters of an index's functions."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def adapter(self, function: FunctionFacts, param: cst.Param) -> str:
        """The method of the facade that the argument goes through; "" for none.

        For an object that follows a protocol of the project: `PROTOCOL` and the qualified name of the protocol.
        """
        if param.annotation is not None:
            found = self.of_type(function.module, param.annotation.annotation, function.owner)
            if found:
                return found
            if not self._says_little(function, param.annotation.annotation):
                return ""
        return self._of_uses(function, param.name.value)

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
        if not isinstance(node, cst.Subscript) or short(function.module.resolve(node.value, function.owner)) != "Callable":
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
            return self.of_type(facts, node.left, owner, depth) or self.of_type(facts, node.right, owner, depth)
        if isinstance(node, cst.Subscript):
            return self._of_subscript(facts, node, owner, depth)
        qualified = facts.resolve(node, owner)
        name = short(qualified)
        if name in _ITERATED:
            return ITERATED
        if name in _ENTERED:
            return ENTERED
        alias = self._index.value_named(qualified)
        if alias is not None and depth < 8:
            return self.of_type(*alias, None, depth + 1)
        return f"{PROTOCOL} {qualified}" if self._is_async_protocol(qualified) else ""

    def _of_subscript(self, facts: ModuleFacts, node: cst.Subscript, owner: ClassFacts | None, depth: int) -> str:
        name = short(facts.resolve(node.value, owner))
        if name in _ITERATED:
            return ITERATED
        if name in _ENTERED:
            return ENTERED
        if name in _AWAITABLE:
            return AWAITABLE
        elements = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
        if name == "Callable" and elements:
            return self._of_result(facts, elements[-1], owner, depth)
        if name == "Literal":
            return ""
        alias = self._index.value_named(facts.resolve(node.value, owner))
        if alias is not None and depth < 8:
            return self.of_type(*alias, None, depth + 1)
        for element in elements[:1] if name == "Annotated" else elements:
            found = self.of_type(facts, element, owner, depth)
            if found:
                return found
        return ""

    def _of_result(self, facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None, depth: int) -> str:
        """What a callback with this result type is to async code."""
        if dotted(node) == "None":
            return EVENT
        inner = parsed_string(node) if isinstance(node, cst.SimpleString) else node
        names = {short(facts.resolve(part, owner)) for part in walk(inner)} if inner is not None else set()
        if not names.isdisjoint(_AWAITABLE) or any(name in SYNC_TYPES for name in names):
            return AWAITED
        alias = self._index.value_named(facts.resolve(node, owner))
        return self._of_result(*alias, None, depth + 1) if alias is not None and depth < 8 else ""

    def _is_async_protocol(self, qualified: str | None) -> bool:
        one = self._index.class_named(qualified)
        return one is not None and self._index.is_protocol(one) and any(member.is_async for member in one.members())

    def _says_little(self, function: FunctionFacts, node: cst.BaseExpression) -> bool:
        """``Any``, ``object``, a bare ``Callable``, or one that returns ``Any``."""
        if isinstance(node, cst.BinaryOperation):
            return self._says_little(function, node.left) or self._says_little(function, node.right)
        name = short(function.module.resolve(node, function.owner)) or dotted(node)
        if isinstance(node, cst.Subscript):
            head = short(function.module.resolve(node.value, function.owner))
            last = node.slice[-1].slice
            if not isinstance(last, cst.Index):
                return False
            if head in ("Optional", "Union"):
                return any(
                    isinstance(part.slice, cst.Index) and self._says_little(function, part.slice.value)
                    for part in node.slice
                )
            return head == "Callable" and self._says_little(function, last.value)
        return name in ("Any", "object", "Callable")

    def _of_uses(self, function: FunctionFacts, name: str) -> str:
        """How the body calls the parameter, or the attribute that it is kept in."""
        uses = Uses()
        uses.look(function.node.body, name)
        if not uses.found and function.owner is not None:
            for attribute in uses.kept:
                for one in self._index.lineage(function.owner):
                    uses.look(one.node.body, attribute, attribute=True)
        return uses.verdict()


Test = Callable[[cst.CSTNode], bool]
Named = Callable[[cst.CSTNode, str], bool]


class Uses:
    """What happens to the results of calls of one name."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self.kept: set[str] = set()
        self._variables: set[str] = set()

    def verdict(self) -> str:
        if "awaited" in self.found:
            return AWAITED
        return EVENT if self.found == {"ignored"} else ""

    def look(self, body: cst.CSTNode, name: str, attribute: bool = False) -> None:
        """Look for calls of ``name`` (of ``self.name``) in ``body``."""
        is_it = _is_attribute if attribute else _is_name
        aliases = {name} if not attribute else set()
        for node in walk(body):
            if isinstance(node, cst.For) and isinstance(node.target, cst.Name) and _mentions(node.iter, name, is_it):
                aliases.add(node.target.value)
            elif isinstance(node, cst.Assign) and _mentions_callable(node.value, name, is_it):
                self._kept(node, aliases)
            elif isinstance(node, cst.Call) and not attribute:
                self._stored_by(node, name)
        self._calls(body, lambda node: is_it(node, name) or _is_one_of(node, aliases) or _in_container(node, name, is_it))

    def _kept(self, node: cst.Assign, aliases: set[str]) -> None:
        for target in node.targets:
            found = _attribute_name(target.target)
            if found:
                self.kept.add(found)
            elif isinstance(target.target, cst.Name):
                aliases.add(target.target.value)

    def _stored_by(self, node: cst.Call, name: str) -> None:
        """``self.x.append(name)`` and the like."""
        if any(_mentions(arg.value, name, _is_name) for arg in node.args) and isinstance(node.func, cst.Attribute):
            found = _attribute_name(node.func.value)
            if found:
                self.kept.add(found)

    def _calls(self, body: cst.CSTNode, is_it: Test) -> None:
        seen: set[int] = set()
        for node in walk(body):
            if isinstance(node, (cst.Await, cst.Expr)):
                inner = node.expression if isinstance(node, cst.Await) else node.value
                if _is_call_of(inner, is_it):
                    self.found.add("awaited" if isinstance(node, cst.Await) else "ignored")
                    seen.add(id(inner))
            elif isinstance(node, cst.Assign) and _is_call_of(node.value, is_it):
                self._variables.update(_target_names(node))
            elif isinstance(node, cst.Call) and (dotted(node.func) or "").rpartition(".")[2] in _ASKS:
                asked = [arg.value for arg in node.args if is_it(arg.value) or _is_call_of(arg.value, is_it)]
                self.found.update("awaited" for _ in asked)
                seen.update(map(id, asked))
            elif _is_call_of(node, is_it) and id(node) not in seen:
                self.found.add("called")
        if self._variables and any(_awaits_variable(node, self._variables) for node in walk(body)):
            self.found.add("awaited")


_ASKS = frozenset(
    "iscoroutinefunction isawaitable iscoroutine ensure_future create_task gather wait_for shield start_soon".split()
)


def _awaits_variable(node: cst.CSTNode, names: set[str]) -> bool:
    if isinstance(node, cst.Await):
        return isinstance(node.expression, cst.Name) and node.expression.value in names
    if isinstance(node, cst.Call) and (dotted(node.func) or "").rpartition(".")[2] in _ASKS:
        return any(isinstance(arg.value, cst.Name) and arg.value.value in names for arg in node.args)
    return False


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _is_attribute(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == name


def _is_one_of(node: cst.CSTNode, names: set[str]) -> bool:
    return isinstance(node, cst.Name) and node.value in names


def _in_container(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    """``self.handlers[key]`` for ``self.handlers``."""
    return isinstance(node, cst.Subscript) and is_it(node.value, name)


def _is_call_of(node: cst.CSTNode, is_it: Test) -> bool:
    return isinstance(node, cst.Call) and is_it(node.func)


def _target_names(node: cst.Assign) -> list[str]:
    return [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]


def _mentions(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    return any(is_it(part, name) for part in walk(node))


def _mentions_callable(node: cst.CSTNode, name: str, is_it: Named) -> bool:
    """Whether the value is the callable, or taken out of a container of them; not the result of calling it."""
    if isinstance(node, cst.Call):
        if is_it(node.func, name):
            return False
        is_taken = isinstance(node.func, cst.Attribute) and node.func.attr.value in ("get", "pop", "setdefault", "copy")
        return is_taken and _mentions(node.func, name, is_it)
    return _mentions(node, name, is_it)


def _attribute_name(node: cst.CSTNode) -> str:
    """``x`` for ``self.x``, ``self.x[key]`` and ``self.x.setdefault(key, [])``."""
    if isinstance(node, cst.Subscript):
        return _attribute_name(node.value)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _attribute_name(node.func.value)
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value in ("self", "cls"):
        return node.attr.value
    return ""
