"""Which functions that the async sources take from other modules of the project are asynchronous, and stay so.

Those modules are not converted: what is awaited there has to be, in sync code too. Found with `ast`, in modules that the
sources take something from, and those that such a thing or a base of it comes from.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.taken import imported_names

Text = Callable[[str], "tuple[str, bool] | None"]
"""Module → its text and whether it is a package; None for what is no module of the project."""

_PROTOCOLS = {"__aenter__": "__enter__", "__aiter__": "__iter__", "__await__": ""}
"""What makes an object one that only async code can use → what lets sync code use it all the same."""


def coroutine_functions(
    taken: Iterable[tuple[str, str]], text: Text, is_source: Callable[[str], bool]
) -> frozenset[str]:
    """Qualified names, as the sources write them, of the asynchronous functions among ``taken``, and of such methods of
    classes among them; ``Class.__aenter__`` and its like only where the class can not be used by sync code as well."""
    project = _Modules(text, is_source)
    found: set[str] = set()
    for module, name in sorted(taken):
        if not is_source(module):
            home, there = project.home(module, name)
            names = project.names(home)
            if names.functions.get(there):
                found.add(f"{module}.{name}")
            elif there in names.classes:
                found |= {f"{module}.{name}.{member}" for member in project.asynchronous(home, there)}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Class:
    bases: tuple[str, ...]
    members: Mapping[str, bool]
    """Its methods and other names → whether that is an asynchronous function."""


@dataclass(frozen=True, slots=True)
class _Names:
    functions: Mapping[str, bool]
    classes: Mapping[str, _Class]


class _Modules:
    """The modules of the project, each read when it is first asked about."""

    def __init__(self, text: Text, is_source: Callable[[str], bool]) -> None:
        self._text, self._is_source = text, is_source
        self.names = cache(self._names)
        self._imports = cache(self._imported)

    def home(self, module: str, name: str) -> tuple[str, str]:
        """Where ``name`` of ``module`` is defined, as far as imports tell."""
        seen: set[tuple[str, str]] = set()
        while (module, name) not in seen and name in self._imports(module):
            seen.add((module, name))
            module, _, name = self._imports(module)[name].rpartition(".")
        return module, name

    def asynchronous(self, module: str, name: str) -> Iterator[str]:
        """The members of the class that only async code can use, those that it inherits included."""
        members = self._members(module, name, frozenset())
        for member, is_async in members.items():
            if member in _PROTOCOLS:
                if _PROTOCOLS[member] not in members:
                    yield member
            elif is_async and not member.startswith("__"):
                yield member

    def _members(self, module: str, name: str, seen: frozenset[str]) -> dict[str, bool]:
        here = f"{module}.{name}"
        found = self.names(module).classes.get(name)
        if found is None or here in seen:
            return {}
        members: dict[str, bool] = {}
        for base in reversed(found.bases):
            root, _, rest = base.partition(".")
            home = self.home(module, root)
            if rest:
                home = self.home(f"{home[0]}.{home[1]}", rest)
            members.update(self._members(*home, seen | {here}))
        return {**members, **found.members}

    def _names(self, module: str) -> _Names:
        source = None if self._is_source(module) else self._text(module)
        if source is None or ("async def " not in source[0] and "class " not in source[0]):
            return _Names({}, {})
        tree = syntax_tree(source[0].encode("utf-8", "replace"))
        functions: dict[str, bool] = {}
        classes: dict[str, _Class] = {}
        for node in _statements(tree.body) if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                bases = (_dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases)
                classes[node.name] = _Class(tuple(filter(None, bases)), _bound(node.body))
        if tree is not None:
            functions = _bound(tree.body)
        return _Names(functions, classes)

    def _imported(self, module: str) -> dict[str, str]:
        source = None if self._is_source(module) else self._text(module)
        found = imported_names(source[0], module, source[1]) if source is not None else ()
        return {local: f"{origin}.{name}" for origin, name, local in found}


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block, and of the blocks inside that belong to the same scope."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody", "handlers") if isinstance(node, _BLOCKS) else ():
            for inner in getattr(node, field, ()):
                yield from _statements(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def _bound(body: Iterable[ast.stmt]) -> dict[str, bool]:
    """What a block binds → whether that is an asynchronous function, and nothing else anywhere."""
    found: dict[str, bool] = {}
    for node in _statements(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            is_async = isinstance(node, ast.AsyncFunctionDef) and not any(map(_makes_it_sync, node.decorator_list))
            found[node.name] = is_async and found.get(node.name, True)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            is_async = any(found.get(name, False) for name in _alternatives(node.value))
            found.update({target.id: is_async for target in targets if isinstance(target, ast.Name)})
    return found


def _alternatives(value: ast.expr) -> Iterator[str]:
    """The names that ``value`` may stand for: ``a`` and ``b`` for ``a if c else b``."""
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    elif isinstance(value, ast.Name):
        yield value.id


def _makes_it_sync(decorator: ast.expr) -> bool:
    """Whether the name of the decorator suggests that: ``@async_to_sync``, ``@run_sync``."""
    name = _dotted(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2].lower()
    return "sync" in name.replace("async", "")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""
