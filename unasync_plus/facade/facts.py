"""What one module of the async source defines, read from its tree; nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.tree import children, dotted, walk
from unasync_plus.resolve.scopes import absolute_module

from .known import BUILTINS


@dataclass(slots=True, eq=False)
class FunctionFacts:
    """A function or method; ``qualified`` is its full name, ``decorators`` the qualified names of what stands above it."""

    name: str
    qualified: str
    module: ModuleFacts
    owner: ClassFacts | None
    node: cst.FunctionDef
    decorators: tuple[str, ...]

    @property
    def is_async(self) -> bool:
        return self.node.asynchronous is not None

    @property
    def is_generator(self) -> bool:
        return any(isinstance(node, cst.Yield) for node in own_nodes(self.node.body))

    def has(self, *names: str) -> bool:
        """Whether a decorator's last name is one of ``names``."""
        return any(name.rpartition(".")[2] in names for name in self.decorators)


@dataclass(slots=True, eq=False)
class ClassFacts:
    """A class: its bases by qualified name, its members by name, and the attributes that its methods set on ``self``."""

    name: str
    qualified: str
    module: ModuleFacts
    node: cst.ClassDef
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    functions: dict[str, list[FunctionFacts]] = field(default_factory=dict)
    fields: dict[str, cst.AnnAssign] = field(default_factory=dict)
    values: dict[str, cst.BaseExpression] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    classes: dict[str, ClassFacts] = field(default_factory=dict)

    def members(self) -> Iterator[FunctionFacts]:
        """Every function of the class body."""
        for group in self.functions.values():
            yield from group


@dataclass(slots=True, eq=False)
class Attribute:
    """``self.x``, with its annotation, or else the value that it is set to first, in ``function``."""

    annotation: cst.BaseExpression | None
    value: cst.BaseExpression | None
    function: FunctionFacts


@dataclass(slots=True, eq=False)
class ModuleFacts:
    """A module: what its names mean, and what it defines. ``plain_imports`` are names that stand for whole modules."""

    module: str
    is_package: bool
    tree: cst.Module
    text: str = ""
    path: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    plain_imports: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    functions: dict[str, list[FunctionFacts]] = field(default_factory=dict)
    classes: dict[str, ClassFacts] = field(default_factory=dict)
    values: dict[str, cst.BaseExpression | None] = field(default_factory=dict)
    rebound: set[str] = field(default_factory=set)
    exports: list[str] | None = None

    def resolve(self, node: cst.CSTNode | None, owner: ClassFacts | None = None) -> str | None:
        """The qualified name behind a name or a chain of attributes, as seen from the body of ``owner``."""
        path = dotted(node)
        if path is None:
            return None
        head, dot, rest = path.partition(".")
        if owner is not None and head in owner.classes:
            return f"{owner.qualified}.{path}"
        if head in self.classes or head in self.functions or head in self.values:
            return f"{self.module}.{path}"
        if head in self.imports:
            return f"{self.imports[head]}{dot}{rest}"
        return f"builtins.{path}" if head in BUILTINS else None

    def all_classes(self) -> Iterator[ClassFacts]:
        """The classes of the module, nested ones behind the one around them."""
        todo = list(self.classes.values())
        while todo:
            one = todo.pop(0)
            yield one
            todo[:0] = one.classes.values()

    def all_functions(self) -> Iterator[FunctionFacts]:
        """Functions and methods."""
        for group in self.functions.values():
            yield from group
        for one in self.all_classes():
            yield from one.members()


def own_nodes(body: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes below ``body`` that belong to the same function, in source order."""
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)) or node is body:
            stack.extend(reversed(list(children(node))))


def statements(body: Sequence[cst.BaseStatement] | cst.BaseSuite) -> Iterator[cst.CSTNode]:
    """The statements of a block, and those inside its ``if``, ``try`` and ``with`` blocks: all that define names here."""
    block: Iterable[cst.CSTNode] = body.body if isinstance(body, cst.BaseSuite) else body
    for node in block:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
        elif isinstance(node, (cst.FunctionDef, cst.ClassDef)) or not isinstance(node, cst.BaseCompoundStatement):
            yield node
        else:
            for suite in suites(node):
                yield from statements(suite)


def suites(node: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement, without those of its conditions' functions."""
    for child in children(node):
        if isinstance(child, cst.BaseSuite):
            yield child
        elif isinstance(child, (cst.If, cst.Else, cst.ExceptHandler, cst.ExceptStarHandler, cst.Finally)):
            yield from suites(child)


def gather(tree: cst.Module, module: str, is_package: bool, text: str = "", path: str = "") -> ModuleFacts:
    """The facts of one module, ``tree`` being what ``text`` parses to."""
    facts = ModuleFacts(module, is_package, tree, text, path)
    nodes = list(statements(tree.body))
    for node in nodes:  # names first: a base or a decorator may be defined further down, in another branch
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            _add_import(facts, node)
        elif isinstance(node, cst.ClassDef):
            facts.classes[node.name.value] = ClassFacts(node.name.value, f"{module}.{node.name.value}", facts, node)
        elif isinstance(node, cst.FunctionDef):
            facts.functions.setdefault(node.name.value, [])
        else:
            _add_values(facts, node)
    for node in nodes:
        if isinstance(node, cst.ClassDef) and facts.classes[node.name.value].node is node:
            _fill_class(facts.classes[node.name.value])
        elif isinstance(node, cst.FunctionDef):
            facts.functions[node.name.value].append(_function(facts, None, node))
    facts.rebound = {
        item.name.value for node in walk(tree) if isinstance(node, cst.Global) for item in node.names
    }
    return facts


def _add_import(facts: ModuleFacts, node: cst.Import | cst.ImportFrom) -> None:
    if isinstance(node, cst.Import):
        for alias in node.names:
            path = dotted(alias.name) or ""
            local = dotted(alias.asname.name) if alias.asname else path.partition(".")[0]
            facts.imports[local or ""] = path if alias.asname else path.partition(".")[0]
            facts.plain_imports.add(local or "")
        return
    module = imported_module(facts, node)
    if isinstance(node.names, cst.ImportStar):
        facts.stars.append(module)
        return
    for alias in node.names:
        name = dotted(alias.name) or ""
        local = dotted(alias.asname.name) if alias.asname else name
        facts.imports[local or ""] = f"{module}.{name}"


def imported_module(facts: ModuleFacts, node: cst.ImportFrom) -> str:
    """The absolute name of the module that ``node`` imports from."""
    return absolute_module(facts.module, facts.is_package, len(node.relative), dotted(node.module) or "")


def _add_values(facts: ModuleFacts, node: cst.CSTNode) -> None:
    if isinstance(node, cst.Assign):
        for target in node.targets:
            for name in _names(target.target):
                facts.values[name] = node.value
                if name == "__all__":
                    facts.exports = _strings(node.value)
    elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
        facts.values[node.target.value] = node.value
    elif isinstance(node, cst.TypeAlias):
        facts.values[node.name.value] = node.value


def _names(node: cst.BaseExpression) -> Iterator[str]:
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, (cst.Tuple, cst.List)):
        for element in node.elements:
            yield from _names(element.value)


def _strings(node: cst.BaseExpression) -> list[str] | None:
    if not isinstance(node, (cst.List, cst.Tuple)):
        return None
    values = [element.value for element in node.elements]
    return [str(value.evaluated_value) for value in values if isinstance(value, cst.SimpleString)]


def _function(facts: ModuleFacts, owner: ClassFacts | None, node: cst.FunctionDef) -> FunctionFacts:
    prefix = facts.module if owner is None else owner.qualified
    return FunctionFacts(
        node.name.value, f"{prefix}.{node.name.value}", facts, owner, node, _decorators(facts, owner, node)
    )


def _decorators(facts: ModuleFacts, owner: ClassFacts | None, node: cst.FunctionDef | cst.ClassDef) -> tuple[str, ...]:
    found = []
    for decorator in node.decorators:
        target = decorator.decorator
        target = target.func if isinstance(target, cst.Call) else target
        found.append(facts.resolve(target, owner) or dotted(target) or "?")
    return tuple(found)


def _fill_class(one: ClassFacts) -> None:
    facts, node = one.module, one.node
    one.decorators = _decorators(facts, None, node)
    one.bases = tuple(facts.resolve(unsubscripted(base.value)) or dotted(unsubscripted(base.value)) or "?" for base in node.bases)
    nodes = list(statements(node.body))
    for inner in nodes:
        if isinstance(inner, cst.ClassDef):
            nested = ClassFacts(inner.name.value, f"{one.qualified}.{inner.name.value}", facts, inner)
            one.classes[inner.name.value] = nested
            _fill_class(nested)
    for inner in nodes:
        if isinstance(inner, cst.FunctionDef):
            function = _function(facts, one, inner)
            one.functions.setdefault(function.name, []).append(function)
            _add_attributes(one, function)
        elif isinstance(inner, cst.AnnAssign) and isinstance(inner.target, cst.Name):
            one.fields[inner.target.value] = inner
        elif isinstance(inner, cst.Assign):
            for target in inner.targets:
                one.values.update(dict.fromkeys(_names(target.target), inner.value))


def unsubscripted(node: cst.BaseExpression) -> cst.BaseExpression:
    """``Generic`` for ``Generic[T]``."""
    return node.value if isinstance(node, cst.Subscript) else node


def _add_attributes(one: ClassFacts, function: FunctionFacts) -> None:
    """``self.x = ...`` and ``self.x: T = ...`` in a method."""
    params = (*function.node.params.posonly_params, *function.node.params.params)
    if not params or function.has("staticmethod", "classmethod"):
        return
    self_name = params[0].name.value
    for node in own_nodes(function.node.body):
        if isinstance(node, cst.AnnAssign):
            name = _attribute_of(node.target, self_name)
            if name and (name not in one.attributes or one.attributes[name].annotation is None):
                one.attributes[name] = Attribute(node.annotation.annotation, node.value, function)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                name = _attribute_of(target.target, self_name)
                if name:
                    one.attributes.setdefault(name, Attribute(None, node.value, function))


def _attribute_of(node: cst.BaseExpression, self_name: str) -> str:
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == self_name:
        return node.attr.value
    return ""
