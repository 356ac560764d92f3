"""What a class says of other classes: in annotations, bases, and what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import all_parameters, children, own_nodes

from .facts import ClassFacts, FunctionFacts, ModuleFacts, unsubscripted
from .known import is_anything, short

if TYPE_CHECKING:
    from .index import Index

_ASYNC_METHODS = frozenset(("__aenter__", "__aiter__", "__anext__", "__await__"))
_CONTAINERS = frozenset(
    "builtins.list builtins.tuple builtins.dict builtins.set builtins.frozenset collections.deque "
    "collections.OrderedDict collections.defaultdict typing.List typing.Tuple typing.Dict typing.Set typing.FrozenSet "
    "typing.Deque typing.OrderedDict typing.DefaultDict".split()
)
_HARMLESS = frozenset(
    "__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __repr__ __str__ __exit__ __post_init__".split()
)
_MAKING = frozenset("__new__ __init__ __prepare__ __call__ __instancecheck__ __subclasscheck__".split())
"""What a metaclass does about every class: it says nothing of one."""


class Mentions:
    """What `Index` has to know of a class to settle its fate.

    ``is_async``: something in it has to be awaited, or needs the loop · ``is_open``: it may hold or give anything, as
    far as its annotations say · ``classes``: the classes of the async source that it names.
    """

    def __init__(self, index: Index, one: ClassFacts) -> None:
        self._index = index
        self.classes: set[str] = set()
        self.is_open = False
        self._of_metaclass = [function for each in index.metaclasses(one) for function in each.members()]
        self.is_async = any(
            function.name in _ASYNC_METHODS or index.needs.certainly(function)
            for function in (*one.members(), *self._of_metaclass)
        )
        self._is_data = is_dataclass(one)  # what its fields can not hold, its methods do not give
        self._is_frozen = is_frozen_dataclass(one)
        self._is_builtin = any(
            base.startswith("builtins.") and base != "builtins.object"
            for each in index.lineage(one)
            for base in each.bases
        )
        self._look(one)

    def _look(self, one: ClassFacts) -> None:
        facts = one.module
        self.classes.update(nested.qualified for nested in one.classes.values())
        for base in one.node.bases:
            self._type(facts, unsubscripted(base.value), one)
            if facts.resolve(unsubscripted(base.value), one) not in _CONTAINERS:  # the runtime looks inside of those
                self._named(facts, base.value, one)
        for declared in one.fields.values():
            self._declared(facts, declared.annotation.annotation, one)
        for attribute in one.attributes.values():
            if attribute.annotation is not None:
                self._declared(facts, attribute.annotation, one)
            elif attribute.value is not None:
                self._value(facts, attribute.value, one, attribute.function)
        for function in self._of_metaclass:
            if function.name not in _MAKING:
                self._function(function.module, function, one)
        of_types = any(map(self._index.is_protocol, self._index.lineage(one)))
        for function in one.members():
            if not of_types or function.is_async:
                self._function(facts, function, one)
            elif self._index.is_protocol(one):
                self._named_in(facts, function, one)

    def _named(self, facts: ModuleFacts, node: cst.BaseExpression, one: ClassFacts) -> None:
        """What ``UserDict[str, Client]`` says that it holds."""
        found = map(self._index.class_named, type_names(facts, node, one))
        self.classes.update(each.qualified for each in found if each is not None)

    def _named_in(self, facts: ModuleFacts, function: FunctionFacts, one: ClassFacts) -> None:
        """What a protocol's method takes and gives: it is written with the classes of the sync side."""
        annotations = [param.annotation for param in all_parameters(function.node.params)]
        for annotation in (*annotations, function.node.returns):
            if annotation is not None:
                self._named(facts, annotation.annotation, one)

    def _declared(self, facts: ModuleFacts, annotation: cst.BaseExpression, one: ClassFacts) -> None:
        """A field of a frozen dataclass may be anything: the runtime looks inside those."""
        self._type(facts, annotation, one, self._is_frozen)

    def _function(self, facts: ModuleFacts, function: FunctionFacts, one: ClassFacts) -> None:
        params = list(all_parameters(function.node.params))
        if not function.has("staticmethod"):
            params = params[1:]
        if function.name in _HARMLESS:
            return
        annotations = [param.annotation for param in params]
        if function.node.returns is not None:
            annotations.append(function.node.returns)
        elif function.name != "__init__" and returns_something(function):
            annotations.append(None)
        for annotation in annotations:
            if annotation is None:
                self.is_open = self.is_open or not self._is_data
            else:
                self._type(facts, annotation.annotation, one, self._is_data)

    def _type(
        self, facts: ModuleFacts, node: cst.BaseExpression, one: ClassFacts, any_is_fine: bool = False, depth: int = 0
    ) -> None:
        for qualified in type_names(facts, node, one):
            found = self._index.class_named(qualified)
            if found is not None:
                self.classes.add(found.qualified)
                # anything may follow a protocol, and any class be of a metaclass
                self.is_open = self.is_open or self._index.is_protocol(found) or self._index.is_metaclass(found)
                continue
            alias = self._index.value_named(qualified)
            if alias is not None:
                self._alias(*alias, one, any_is_fine, depth + 1)
            elif is_anything(qualified) and short(qualified) != "Self":
                self.is_open = self.is_open or not (any_is_fine and short(qualified) == "Any")

    def _alias(
        self, facts: ModuleFacts, node: cst.BaseExpression, one: ClassFacts, any_is_fine: bool, depth: int
    ) -> None:
        """Another name for a type; a type variable is any type within its limits."""
        maker = short(facts.resolve(node.func)) if isinstance(node, cst.Call) else ""
        if depth > 8 or (isinstance(node, cst.Call) and (self._is_builtin or maker not in ("TypeVar", "NewType"))):
            return  # what derives from a builtin class stays one
        limits = list(type_limits(node))
        for limit in limits:
            self._type(facts, limit, one, any_is_fine, depth)
        if maker == "TypeVar" and not limits:
            self.is_open = self.is_open or not any_is_fine

    def _value(self, facts: ModuleFacts, node: cst.BaseExpression, one: ClassFacts, function: FunctionFacts) -> None:
        """What an attribute without annotation is set to."""
        if isinstance(node, cst.Name):
            for param in all_parameters(function.node.params):
                if param.name.value == node.value:
                    if param.annotation is None:
                        self.is_open = True
                    else:
                        self._type(facts, param.annotation.annotation, one)
                    return
        if isinstance(node, cst.Call):
            found = self._index.class_named(facts.resolve(node.func, one))
            if found is not None:
                self.classes.add(found.qualified)
                return
        if not _is_plain_value(node):
            self.is_open = True


def type_limits(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The bound and the constraints of ``TypeVar("T", …)``, what a ``NewType`` is of; an alias as it is."""
    if not isinstance(node, cst.Call):
        yield node
        return
    yield from (arg.value for arg in node.args[1:] if arg.keyword is None)
    yield from (arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "bound")


def is_frozen_dataclass(one: ClassFacts) -> bool:
    """Whether ``@dataclass(frozen=True)`` stands above it."""
    for decorator in one.node.decorators:
        call = decorator.decorator
        if isinstance(call, cst.Call) and (one.module.resolve(call.func) or "").endswith("dataclass"):
            return any(
                arg.keyword is not None and arg.keyword.value == "frozen" and getattr(arg.value, "value", "") == "True"
                for arg in call.args
            )
    return False


def is_dataclass(one: ClassFacts) -> bool:
    """Whether ``dataclass`` of the standard library stands above it."""
    return "dataclasses.dataclass" in one.decorators


def returns_something(function: FunctionFacts) -> bool:
    """Whether the function gives anything but None."""
    return any(
        (isinstance(node, cst.Return) and node.value is not None) or isinstance(node, cst.Yield)
        for node in own_nodes(function.node.body)
    )


def _is_plain_value(node: cst.BaseExpression) -> bool:
    """A number, a string, or a container that holds some. (An empty one may come to hold anything, and so may None.)"""
    if isinstance(node, cst.Name):
        return node.value in ("True", "False")
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Name) and node.func.value in ("int", "str", "float", "bool", "bytes", "len")
    if isinstance(node, (cst.Tuple, cst.List, cst.Set)):
        return bool(node.elements) and all(_is_plain_value(element.value) for element in node.elements)
    if isinstance(node, cst.Dict):
        return bool(node.elements) and all(_is_plain_value(element.value) for element in node.elements)
    if isinstance(node, (cst.UnaryOperation, cst.BinaryOperation, cst.Comparison)):
        return True
    return isinstance(node, (cst.BaseNumber, cst.BaseString))


def type_names(facts: ModuleFacts, node: cst.BaseExpression, owner: ClassFacts | None) -> Iterator[str | None]:
    """The qualified names in a type expression, quoted ones too; None for a name that means nothing known."""
    if isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
        inner = parsed_string(node)
        if inner is not None:
            yield from type_names(facts, inner, owner)
    elif isinstance(node, (cst.Name, cst.Attribute)):
        if not (isinstance(node, cst.Name) and node.value in ("None", "True", "False")):
            yield facts.resolve(node, owner)
    elif isinstance(node, cst.Subscript):
        yield from type_names(facts, node.value, owner)
        if short(facts.resolve(node.value, owner)) == "Literal":
            return
        annotated = short(facts.resolve(node.value, owner)) == "Annotated"
        for element in node.slice[: 1 if annotated else None]:
            if isinstance(element.slice, cst.Index):
                yield from type_names(facts, element.slice.value, owner)
    else:
        for child in children(node):
            if isinstance(child, cst.BaseExpression):
                yield from type_names(facts, child, owner)
            elif isinstance(child, cst.BaseElement):
                yield from type_names(facts, child.value, owner)


def parsed_string(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """The expression in a string; None if it holds none."""
    value = getattr(node, "evaluated_value", None)
    if not isinstance(value, str):
        return None
    try:
        return cst.parse_expression(value.strip())
    except cst.ParserSyntaxError:
        return None


def is_nothing_yet(node: cst.BaseExpression) -> bool:
    """``None``, or an empty list or dictionary."""
    if isinstance(node, (cst.List, cst.Dict)):
        return not node.elements
    return isinstance(node, cst.Name) and node.value == "None"
