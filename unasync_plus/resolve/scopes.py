"""What a name means inside one module: scopes, bindings, imports.

A scope knows every binding of each of its names, with the expression that was bound, so that rules can ask what a
variable holds. `binder` fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import libcst as cst


@dataclass(slots=True, eq=False)
class Binding:
    """One place that gives a name a meaning.

    ``kind`` is import, def, class, param, assign, unpack, for, with, except, match or type. ``value`` is the expression
    bound (for `for` and `with` the iterable and the manager), ``qualified`` the full name that an import stands for, or an
    assignment (see `Names.aliases`); ``handed_by`` is the one it is imported under, if a module of the project only hands
    it on. ``scope`` is the one that ``value`` and ``annotation`` stand in.
    """

    kind: str
    node: cst.CSTNode
    value: cst.CSTNode | None = None
    annotation: cst.BaseExpression | None = None
    qualified: str = ""
    from_import: bool = False
    handed_by: str = ""
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function, lambda or comprehension."""

    kind: str
    node: cst.CSTNode
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    outer: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, list[Binding]] = field(default_factory=dict)
    yields: bool = False
    """It is that of a generator function."""
    _found: dict[str, tuple[Scope, list[Binding]] | None] = field(default_factory=dict)

    def lookup(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that binds ``name`` as seen from here, and all its bindings there; None for builtins."""
        if name not in self._found:
            self._found[name] = self._lookup(name)
        return self._found[name]

    def _lookup(self, name: str) -> tuple[Scope, list[Binding]] | None:
        scope: Scope | None = self
        if self.outer.get(name) == "global":
            scope = self.module()
        while scope is not None:
            bindings = scope.bindings.get(name)
            if bindings and (scope is self or scope.kind != "class") and scope.outer.get(name) != "nonlocal":
                return scope, bindings
            scope = scope.parent
        return None

    def module(self) -> Scope:
        """The module's own scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def enclosing(self, *kinds: str) -> Scope | None:
        """The nearest scope of one of ``kinds``, this one included."""
        scope: Scope | None = self
        while scope is not None and scope.kind not in kinds:
            scope = scope.parent
        return scope

    def function(self) -> Scope | None:
        """The nearest function around, looking through comprehensions, not through classes."""
        scope: Scope | None = self
        while scope is not None and scope.kind == "comprehension":
            scope = scope.parent
        return scope if scope is not None and scope.kind in ("function", "lambda") else None

    def owner_class(self) -> Scope | None:
        """The class whose method this scope is in, if any."""
        scope = self.enclosing("function")
        while scope is not None:
            if scope.parent is not None and scope.parent.kind == "class":
                return scope.parent
            scope = scope.parent.enclosing("function") if scope.parent is not None else None
        return None


@dataclass(slots=True)
class Names:
    """Everything the walk found: scopes by the ``id`` of their node, import bindings, names read anywhere."""

    module: Scope
    scopes: dict[int, Scope]
    imports: dict[str, list[Binding]]
    used: set[str]
    bound: set[str]
    members: dict[str, set[str]]
    """Name → the attributes that are looked up in it, or in what is looked up there; those of other expressions under ""."""
    users: dict[str, set[Scope]]
    """Name → the scopes in which it is read, or is the last name of a chain of attributes."""
    coroutine_functions: set[str]
    """The names of the coroutine functions and methods that the module defines."""
    awaits_values: bool = False
    """Whether something that is no call is awaited anywhere."""
    path: str = ""
    """The module's own dotted name."""
    passed_on: Mapping[str, str] = field(default_factory=dict)
    """Names in modules of the project that stand for foreign ones."""
    aliases: set[str] = field(default_factory=set)
    """Names to which nothing but imported names is assigned, ``is_async = inspect.iscoroutinefunction``: their bindings have
    what they stand for."""
    asking: Mapping[str, str] = field(default_factory=dict)
    """`Project.asking`."""
    _meant: dict[str, str] = field(default_factory=dict)

    def in_code(self) -> set[str]:
        """All names and attributes that are used, as against words of comments and strings."""
        return self.used.union(*self.members.values())

    def meaning(self, qualified: str) -> str:
        """``qualified``, or what it stands for if the project only hands it, or what it is part of, on."""
        if qualified not in self._meant:
            self._meant[qualified] = self._meaning(qualified)
        return self._meant[qualified]

    def _meaning(self, qualified: str) -> str:
        if qualified.startswith("asyncio."):
            return known_as(qualified)
        end = len(qualified) if self.passed_on else -1
        while end > 0:
            found = self.passed_on.get(qualified[:end])
            if found is not None:
                return found + qualified[end:]
            end = qualified.rfind(".", 0, end)
        return qualified

    def resolve_name(self, name: str, scope: Scope) -> str | None:
        """The qualified name an import gave ``name`` in ``scope``; None if it is bound otherwise or not at all."""
        if name not in self.imports and name not in self.aliases:
            return None
        found = scope.lookup(name)
        if found is None:
            return None
        for binding in found[1]:
            if binding.qualified:
                return binding.qualified
        return None

    def resolve(self, node: cst.CSTNode | None, scope: Scope) -> str | None:
        """The qualified name behind a name or a chain of attributes, through imports; builtins as ``builtins.x``."""
        root: Any = node
        while root.__class__ is cst.Attribute:
            root = root.value
        if type(root) is not cst.Name:
            return None
        head = root.value
        if head not in self.imports and head not in self.aliases:
            if root is not node or scope.lookup(head) is not None:
                return None
            return f"builtins.{head}"
        qualified = self.resolve_name(head, scope)
        if qualified is None or root is node:
            return qualified
        parts: list[str] = []
        part: Any = node
        while part is not root:
            parts.append(part.attr.value)
            part = part.value
        return self.meaning(".".join([qualified, *reversed(parts)]))

    def question(self, function: cst.BaseExpression, scope: Scope) -> str:
        """The qualified name of ``function``; of one of the project that only asks, that of its question."""
        qualified = self.resolve(function, scope)
        if qualified is None and self.asking and type(function) is cst.Name:
            home, bindings = scope.lookup(function.value) or (scope, [])
            if home is self.module and all(binding.kind == "def" for binding in bindings):
                qualified = f"{self.path}.{function.value}"
        return self.asking.get(qualified or "", qualified or "")


_PARTS_OF_ASYNCIO = frozenset(
    "base_events coroutines events exceptions futures locks protocols queues runners streams taskgroups tasks threads "
    "timeouts transports".split()
)


def known_as(qualified: str) -> str:
    """A public name of one of asyncio's own modules by the name that asyncio gives it: ``asyncio.tasks.Task``."""
    parts = qualified.split(".")
    if len(parts) < 3 or parts[0] != "asyncio" or parts[1] not in _PARTS_OF_ASYNCIO or parts[2].startswith("_"):
        return qualified
    return ".".join(["asyncio", *parts[2:]])


def absolute_module(module: str, is_package: bool, level: int, name: str) -> str:
    """The dotted name that ``from <level dots><name>`` means inside ``module``; with dots where that is not known."""
    if not level:
        return name
    parts = module.split(".") if module else []
    parts = parts[: max(len(parts) - level + (1 if is_package else 0), 0)]
    return ".".join([*parts, name] if name else parts) if parts else "." * level + name
