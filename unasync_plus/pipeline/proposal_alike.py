"""What names, adapters and marks become in the sync side of a project: seen where functions are written alike in both."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from unasync_plus.discover import Unit
from unasync_plus.records import record
from unasync_plus.resolve.naming import Namer
from unasync_plus.resolve.project import Project
from unasync_plus.resolve.syntax_tree import nodes_of, syntax_tree
from unasync_plus.resolve.taken import bound_by_imports, imports_of
from unasync_plus.store import read
from unasync_plus.tables import lookup, methods_for

_SYNC_KINDS: Mapping[type, type] = {
    ast.AsyncFunctionDef: ast.FunctionDef,
    ast.AsyncFor: ast.For,
    ast.AsyncWith: ast.With,
}
_NOT_COMPARED = frozenset("annotation ctx is_async kind lineno name returns type_comment type_params".split())
_BLOCKS = ("body", "orelse", "finalbody")
_TESTING = frozenset({"mock", "pytest", "unittest"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@record
class Alike:
    """Pairs, of a name in the source and the one in its place, which may be the same; of a function that adapts others and
    what a call of it is there (``$x``, ``$f($$a)``, or empty if it is such a call too); of a decorator and whether what it
    marks is there."""

    names: list[tuple[str, str]] = field(default_factory=list)
    adapters: list[tuple[str, str]] = field(default_factory=list)
    marks: list[tuple[str, bool]] = field(default_factory=list)


def alike(unit: Unit, project: Project, namer: Namer) -> Alike:
    """What a source and its sync side tell."""
    data = read(unit.source) or b""
    ours, theirs = syntax_tree(data), syntax_tree(read(unit.target) or b"")
    found = Alike()
    if ours is None or theirs is None:
        return found
    bound = bound_by_imports(imports_of(data), unit.module, unit.is_package)
    methods = methods_for(_TESTING.union(origin.partition(".")[0] for origin in bound.values()))
    comparison = _Comparison({name: origin if project.owns(origin) else "" for name, origin in bound.items()})
    there = dict(_functions(theirs.body))
    said = {node.id for node in nodes_of(theirs) if isinstance(node, ast.Name)}
    for path, function in _functions(ours.body):
        other = there.get(tuple(methods.get(part) or namer.new(part) for part in path)) or there.get(path)
        marks = [
            one.id for one in function.decorator_list if isinstance(one, ast.Name) and comparison.owned.get(one.id)
        ]
        found.marks.extend((mark, other is not None or mark in said) for mark in marks)
        if other is not None:
            comparison.statement(function, other)
    state = {
        node.attr for node in nodes_of(ours) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    modules = {part for module in project.modules for part in module.split(".")}
    for old, new in comparison.names:
        is_told = new in (methods.get(old), namer.new(old)) or lookup(f"builtins.{old}") is not None
        if old == new or not (is_told or old in state or old in modules):
            found.names.append((old, new))
    found.adapters.extend(comparison.adapters)
    return found


def _functions(body: Sequence[ast.stmt], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Function]]:
    """Functions and methods, each by the names that lead to it."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield (*path, node.name), node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, (*path, node.name))


class _Comparison:
    """Compares statement by statement; one that is not written alike says nothing."""

    def __init__(self, owned: Mapping[str, str]) -> None:
        self.owned = owned
        """What the module imports, and from where; empty for what is not the project's."""
        self.names: list[tuple[str, str]] = []
        self.adapters: list[tuple[str, str]] = []

    def statement(self, ours: ast.stmt | ast.ExceptHandler, theirs: ast.stmt | ast.ExceptHandler) -> None:
        """Adds what two statements tell, and those in their blocks."""
        if _SYNC_KINDS.get(type(ours), type(ours)) is not type(theirs):
            return
        fields = [name for name in ours._fields if name not in (*_BLOCKS, "handlers", "cases")]
        names, adapters = len(self.names), len(self.adapters)
        if not all(self._are_alike(getattr(ours, name), getattr(theirs, name), name) for name in fields):
            del self.names[names:], self.adapters[adapters:]
        for name in (*_BLOCKS, "handlers"):
            block, other = getattr(ours, name, ()), getattr(theirs, name, ())
            if isinstance(block, list) and len(block) == len(other):
                for one, another in zip(block, other, strict=True):
                    self.statement(one, another)

    def _are_alike(self, ours: object, theirs: object, name: str = "") -> bool:
        """Whether two parts of statements are alike but for names; those are added."""
        if name in _NOT_COMPARED:
            return True
        if isinstance(ours, list) and isinstance(theirs, list):
            return len(ours) == len(theirs) and all(map(self._are_alike, ours, theirs))
        while isinstance(ours, ast.Await):
            ours = ours.value
        if not isinstance(ours, ast.AST) or not isinstance(theirs, ast.AST):
            return type(ours) is type(theirs) and (ours == theirs or name not in ("module", "level", "op"))
        if isinstance(ours, ast.Call) and isinstance(ours.func, ast.Name) and self.owned.get(ours.func.id):
            return self._is_call_alike(ours, ours.func.id, theirs)
        return self._is_node_alike(ours, theirs)

    def _is_node_alike(self, ours: ast.AST, theirs: ast.AST) -> bool:
        if _SYNC_KINDS.get(type(ours), type(ours)) is not type(theirs):
            return False
        if not all(self._are_alike(getattr(ours, name), getattr(theirs, name), name) for name in ours._fields):
            return False
        if isinstance(ours, ast.Name) and isinstance(theirs, ast.Name):
            if self.owned.get(ours.id) or ours.id == theirs.id:
                self.names.append((ours.id, theirs.id))
        elif isinstance(ours, ast.Attribute) and isinstance(theirs, ast.Attribute):
            if not self._is_foreign(ours) and not self._are_others(ours.value, theirs.value):
                self.names.append((ours.attr, theirs.attr))
        elif isinstance(ours, (ast.arg, ast.keyword)) and isinstance(theirs, (ast.arg, ast.keyword)):
            if ours.arg and theirs.arg and ours.arg.endswith(theirs.arg):  # other parameters are other things
                self.names.append((ours.arg, theirs.arg))
        return True

    def _is_call_alike(self, call: ast.Call, name: str, theirs: ast.AST) -> bool:
        """The same for a call of a function of the project: it may be an adapter, of which nothing is left."""
        names, adapters = len(self.names), len(self.adapters)
        if self._is_node_alike(call, theirs):
            self.adapters.append((self.owned[name], ""))
            return True
        if not call.args or isinstance(call.args[0], ast.Starred):
            return False
        for form, inner in (("$x", call.args[0]), ("$f($$a)", ast.Call(call.args[0], call.args[1:], call.keywords))):
            del self.names[names:], self.adapters[adapters:]
            if form == "$x" and (len(call.args) > 1 or call.keywords):
                continue
            if self._are_alike(inner, theirs) if form == "$x" else self._is_node_alike(inner, theirs):
                self.adapters.append((self.owned[name], form))
                return True
        return False

    def _are_others(self, ours: ast.expr, theirs: ast.expr) -> bool:
        """Whether attributes are those of other things: ``self.walk`` and ``os.walk``."""
        if not isinstance(ours, ast.Name) or not isinstance(theirs, ast.Name):
            return False
        return ours.id != theirs.id and "self" in (ours.id, theirs.id)

    def _is_foreign(self, node: ast.Attribute) -> bool:
        """Whether an attribute is one of what is imported from a library."""
        value: ast.expr = node
        while isinstance(value, (ast.Attribute, ast.Call)):
            value = value.value if isinstance(value, ast.Attribute) else value.func
        return isinstance(value, ast.Name) and self.owned.get(value.id) == ""
