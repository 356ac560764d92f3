"""What one module of the async source defines, read from its tree; nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.tree import dotted, own_nodes

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
    """Variables that functions set anew."""
    sets: set[str] = field(default_factory=set)
    """What it sets in other modules and classes, by qualified name."""
    of_classes: set[tuple[str, str]] = field(default_factory=set)
    """Attributes that are read or set by the names of classes: name of the class, attribute."""
    exports: list[str] | None = None
    hidden: frozenset[str] = frozenset()
    """Names that the module has no attributes for once it is compiled."""

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


def unsubscripted(node: cst.BaseExpression) -> cst.BaseExpression:
    """``Generic`` for ``Generic[T]``."""
    return node.value if isinstance(node, cst.Subscript) else node
