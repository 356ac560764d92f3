"""What a module says of its values: annotations, and the classes and functions that made them.

Followed through variables, attributes of objects of the module's own classes (also inherited ones), fields, properties, what
functions of the module say they return, and what is taken out of containers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

import libcst as cst

from unasync_plus.records import record
from unasync_plus.resolve.scopes import Binding, Names, Scope
from unasync_plus.tree import dotted, unquoted

_SEEN_THROUGH = frozenset(
    "Optional Union Annotated Final ClassVar Required NotRequired ReadOnly SerializeAsAny SkipValidation InstanceOf".split()
)
"""Those of pydantic, too: a value is of the class inside."""
_AWAITED = frozenset({"Awaitable", "Coroutine"})
_HOLDERS = frozenset(
    "list List set Set frozenset FrozenSet tuple Tuple deque Deque Sequence MutableSequence Collection Iterable Iterator "
    "AsyncIterable AsyncIterator Queue LifoQueue PriorityQueue dict Dict Mapping MutableMapping OrderedDict DefaultDict "
    "defaultdict WeakSet WeakValueDictionary".split()
)
_FIRST_ONLY = frozenset({"Generator", "AsyncGenerator", "Annotated"})
_TAKING = frozenset("get get_nowait pop popleft popitem setdefault __getitem__".split())
"""Methods that give something out of a container."""
_PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})
_DECLARATIONS = frozenset({"Field", "Instance", "PrivateAttr", "attrib", "field", "ib"})
"""Functions of pydantic, traitlets, attrs and the like: what they give stands for something else in a class."""


@record
class Said:
    """An annotation of a value, or the name of what made it, in the scope that it stands in."""

    node: cst.BaseExpression
    scope: Scope


class Origins:
    """Answers about the values of one module."""

    def __init__(self, names: Names, elsewhere: Mapping[str, Collection[str]] = MappingProxyType({})) -> None:
        """``elsewhere`` is what attributes of classes may be that other modules define, or inherit from, by qualified names."""
        self._names, self._elsewhere = names, elsewhere
        self._known: dict[int, list[Said]] = {}
        self._found: dict[int, tuple[cst.CSTNode, list[str]]] = {}
        """By the ``id`` of a node, which is kept: what it is from elsewhere."""

    def names(self, node: cst.BaseExpression, scope: Scope) -> Iterator[str]:
        """The qualified names of the imported classes or functions that ``node`` comes from."""
        for said in self._of(node, scope):
            for part in self._parts(said):
                head = part.node.value if type(part.node) is cst.Subscript else part.node
                qualified = self._names.resolve(head, part.scope)
                if qualified is not None:
                    yield qualified
        if self._elsewhere:
            if id(node) not in self._found:
                self._found[id(node)] = (node, [])  # what leads back to itself says nothing new
                self._found[id(node)] = (node, list(dict.fromkeys(self._from_elsewhere(node, scope))))
            yield from self._found[id(node)][1]

    def classes(self, bindings: Iterable[Binding]) -> Iterator[Scope]:
        """The classes of this module that what is bound may be of."""
        for binding in bindings:
            for said in self._bound(binding):
                for part in self._parts(said):
                    yield from self._class_scopes(part.node, part.scope)

    def _from_elsewhere(self, node: cst.BaseExpression, scope: Scope) -> Iterator[str]:
        """What the attribute ``node`` is, or the attribute that a variable was given, of an object of another module's class."""
        values = [(node, scope)]
        if type(node) is cst.Name:
            values = [(one.value, one.scope) for one in self._bindings(node, scope) if one.kind in ("assign", "with")]  # type: ignore[misc]  # other values are left out below
        for value, where in values:
            if type(value) is cst.Attribute and where is not None:
                for owner in self.owners(value.value, where):
                    yield from self._elsewhere.get(f"{owner}.{value.attr.value}", ())

    def owners(self, node: cst.BaseExpression, scope: Scope) -> Iterator[str]:
        """The qualified names of the project's classes that ``node`` may be an object of."""
        for owner in self._owners(node, scope):
            if isinstance(owner.node, cst.ClassDef):
                yield f"{self._names.path}.{owner.node.name.value}"
        if not (isinstance(node, cst.Name) and node.value in ("self", "cls")):
            yield from self.names(node, scope)

    def _of(self, node: cst.CSTNode | None, scope: Scope) -> Iterator[Said]:
        """What is said of the value of an expression."""
        if type(node) is cst.Name or type(node) is cst.Attribute:
            for binding in self._bindings(node, scope):
                yield from self._bound(binding)
        elif type(node) is cst.Call:
            yield from self._of_call(node, scope)
        elif type(node) is cst.Await:
            for said in self._of(node.expression, scope):
                yield from self._parts(said, _AWAITED)
        elif type(node) is cst.Subscript:
            yield from self._elements(node.value, scope)
        elif type(node) is cst.NamedExpr:
            yield from self._of(node.value, scope)
        elif type(node) is cst.BooleanOperation:
            yield from self._of(node.left, scope)
            yield from self._of(node.right, scope)
        elif type(node) is cst.IfExp:
            yield from self._of(node.body, scope)
            yield from self._of(node.orelse, scope)

    def _of_call(self, node: cst.Call, scope: Scope) -> Iterator[Said]:
        if self._names.resolve(node.func, scope) is not None:
            yield Said(node.func, scope)
            return
        func = node.func
        if isinstance(func, cst.Attribute) and func.attr.value in _TAKING:
            yield from self._elements(func.value, scope)
        for binding in self._bindings(func, scope):
            if binding.kind == "class":
                yield Said(func, scope)
            elif isinstance(binding.node, cst.FunctionDef) and binding.node.returns is not None:
                yield Said(binding.node.returns.annotation, binding.scope or scope)

    def _elements(self, node: cst.CSTNode | None, scope: Scope) -> Iterator[Said]:
        """What is said of what is in a container, or of what iterating over ``node`` gives."""
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "values":
            node = node.func.value
        for said in self._of(node, scope):
            for part in self._parts(said):
                if isinstance(part.node, cst.Subscript):
                    name = (dotted(part.node.value) or "").rpartition(".")[2]
                    members = _members(part.node, name)
                    yield from (Said(m, part.scope) for m in members if name in _HOLDERS | _FIRST_ONLY)

    def _bound(self, binding: Binding) -> list[Said]:
        if id(binding) not in self._known:
            self._known[id(binding)] = []  # what leads back to itself says nothing new
            self._known[id(binding)] = list(self._by(binding))
        return self._known[id(binding)]

    def _by(self, binding: Binding) -> Iterator[Said]:
        """What a binding says of the value that it binds."""
        scope, value = binding.scope, binding.value
        if scope is None:
            return
        if binding.kind == "for":
            yield from self._elements(value, scope)
        elif binding.kind == "def" and isinstance(binding.node, cst.FunctionDef):
            decorators = {self._names.resolve(part.decorator, scope) for part in binding.node.decorators}
            if binding.node.returns is not None and decorators & _PROPERTIES:
                yield Said(binding.node.returns.annotation, scope)
        elif binding.kind in ("assign", "with", "param"):
            if binding.annotation is not None and not _is_starred(binding):
                yield Said(binding.annotation, scope)
            if isinstance(value, cst.Call) and (dotted(value.func) or "").rpartition(".")[2] in _DECLARATIONS:
                return
            yield from self._of(value, scope)
            if binding.kind == "with":
                yield from self._elements(value, scope)

    def _bindings(self, node: cst.BaseExpression, scope: Scope) -> Iterator[Binding]:
        """All that binds a variable, or an attribute of an object of a class of this module."""
        if type(node) is cst.Name:
            found = scope.lookup(node.value)
            yield from found[1] if found is not None else ()
        elif isinstance(node, cst.Attribute):
            for owner in self._owners(node.value, scope):
                yield from owner.attributes.get(node.attr.value, ())
                yield from owner.bindings.get(node.attr.value, ())

    def _owners(self, node: cst.BaseExpression, scope: Scope) -> Iterator[Scope]:
        """The classes of this module that an object may be of, with those that they inherit from."""
        if isinstance(node, cst.Name) and node.value in ("self", "cls"):
            owner = scope.owner_class()
            found = [owner] if owner is not None else []
        else:
            parts = [part for said in self._of(node, scope) for part in self._parts(said)]
            found = [inner for part in parts for inner in self._class_scopes(part.node, part.scope)]
        seen: set[int] = set()
        while found:
            owner = found.pop()
            if id(owner) in seen:
                continue
            seen.add(id(owner))
            yield owner
            bases = owner.node.bases if isinstance(owner.node, cst.ClassDef) else ()
            found += [inner for base in bases for inner in self._class_scopes(base.value, owner.parent or scope)]

    def _class_scopes(self, node: cst.BaseExpression, scope: Scope) -> Iterator[Scope]:
        name = node.value if type(node) is cst.Subscript else node
        found = scope.lookup(name.value) if type(name) is cst.Name else None
        for binding in found[1] if found is not None else ():
            if binding.kind == "class" and id(binding.node) in self._names.scopes:
                yield self._names.scopes[id(binding.node)]

    def _parts(self, said: Said, through: Iterable[str] = ()) -> Iterator[Said]:
        """The members of a union and the like, each for itself; also what is awaited, if ``through`` names that."""
        todo, seen = [said], set[int]()
        while todo:
            part = todo.pop()
            node = part.node
            if id(node) in seen:
                continue
            seen.add(id(node))
            if type(node) is cst.SimpleString:
                parsed = unquoted(node)
                todo += [Said(parsed, part.scope)] if parsed is not None else []
            elif type(node) is cst.BinaryOperation:
                todo += [Said(node.left, part.scope), Said(node.right, part.scope)]
            elif type(node) is cst.Subscript:
                name = (dotted(node.value) or "").rpartition(".")[2]
                if name in _SEEN_THROUGH or name in through:
                    members = _members(node, name)
                    todo += [Said(member, part.scope) for member in (members[-1:] if name in _AWAITED else members)]
                else:
                    yield part
            else:
                aliases = self._aliased(node, part.scope)
                todo += aliases
                if not aliases:
                    yield part

    def _aliased(self, node: cst.BaseExpression, scope: Scope) -> list[Said]:
        """What a name for a type stands for, if this module says so."""
        found = scope.lookup(node.value) if isinstance(node, cst.Name) else None
        return [
            Said(binding.value, binding.scope)
            for binding in (found[1] if found is not None else ())
            if binding.kind in ("assign", "type") and binding.scope is not None
            if isinstance(binding.value, (cst.Name, cst.Attribute, cst.Subscript, cst.BinaryOperation))
        ]


def _members(node: cst.Subscript, name: str) -> list[cst.BaseExpression]:
    members = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
    return members[:1] if name in _FIRST_ONLY else members


def _is_starred(binding: Binding) -> bool:
    return isinstance(binding.node, cst.Param) and binding.node.star in ("*", "**")
