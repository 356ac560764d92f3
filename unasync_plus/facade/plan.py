"""`mode = "auto"`: which definitions are bridged, and why.

A definition is bridged if direct conversion refuses it, if threads would come between the steps of its tasks, or a comment
asks for it; and with it everything that its
objects have to do with: its base classes, the classes that derive from it, those that it names, what deals with it in
objects of the event loop, and what shares variables of a module with it that are set anew. The two sides of
such a class would otherwise be strangers to each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from operator import itemgetter

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.records import record
from unasync_plus.tree import has_name, unquoted, walk

from .colliding import is_in_body, is_of_import, is_seen
from .facts import ClassFacts, FunctionFacts, ModuleFacts
from .finish import COLLISION
from .gather import statements
from .index import Fate, Index
from .layout import assigned_names
from .loop_bound import LoopBound
from .module_state import ModuleState
from .registered import Definition, Registered

_DIRECTIVE = re.compile(r"#\s*unasync:\s*(bridge|direct)\s*$")
NOTE = "UA701"
_ALIKE = "leave out the comment that asks for it, or ask for the same of both"
_RACE = "UA345"


@record
class Plan:
    """``bridged``: source module → the top-level definitions of it that are bridged.

    ``shared`` are the variables of modules (qualified) that both halves have from the async side, which are among them, and
    ``done`` the functions that use those when a statement of a module calls them.
    ``notes`` say why; ``refusals`` are those that no bridge takes care of, because they stand outside of definitions or
    a comment asks for direct code.
    """

    bridged: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    notes: tuple[Diagnostic, ...] = ()
    refusals: tuple[Diagnostic, ...] = ()

    def of(self, module: str) -> frozenset[str]:
        """The bridged definitions of one module."""
        return self.bridged.get(module, frozenset())


def is_reason(found: Diagnostic) -> bool:
    """Whether what direct conversion says of a definition is a reason to bridge it."""
    return found.is_error or found.code == _RACE


def plan(index: Index, reasons: Mapping[str, Iterable[Diagnostic]]) -> Plan:
    """``reasons`` are by source module, see `is_reason`."""
    planner = _Planner(index)
    for facts in index.modules.values():
        planner.asked(facts)
    for module, found in sorted(reasons.items()):
        if module in index.modules:
            planner.refused(index.modules[module], list(found))
    planner.spread()
    planner.join()
    return planner.result()


class _Planner:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._why: dict[str, Diagnostic] = {}
        self._direct: set[str] = set()
        self._left: list[Diagnostic] = []
        self._shared: set[str] = set()
        self._done: frozenset[str] = frozenset()
        self._tops: dict[str, Definition] = {}
        self._registered = Registered(index, self._tops)
        for facts in index.modules.values():
            self._tops.update({one.qualified: one for one in facts.classes.values()})
            self._tops.update({f"{facts.module}.{name}": group for name, group in facts.functions.items() if group})
            self._direct |= {name for name in self._names(facts) if self._directive(name) == "direct"}

    def _names(self, facts: ModuleFacts) -> list[str]:
        return [f"{facts.module}.{name}" for name in (*facts.classes, *facts.functions)]

    def _nodes(self, qualified: str) -> list[cst.ClassDef | cst.FunctionDef]:
        found = self._tops.get(qualified, [])
        return [found.node] if isinstance(found, ClassFacts) else [one.node for one in found]

    def _directive(self, qualified: str) -> str:
        for node in self._nodes(qualified):
            comments = [line.comment for line in node.leading_lines]
            if isinstance(node.body, cst.IndentedBlock):
                comments.append(node.body.header.comment)
            for comment in comments:
                match = _DIRECTIVE.match(comment.value) if comment is not None else None
                if match:
                    return match.group(1)
        return ""

    def refused(self, facts: ModuleFacts, found: list[Diagnostic]) -> None:
        """Bridge the definitions that these refusals and warnings stand in."""
        nodes = {name: self._nodes(name) for name in self._names(facts)}  # also those in `try` and `if`
        parts: list[cst.CSTNode] = [*facts.tree.body, *(node for group in nodes.values() for node in group)]
        starts = positions(facts.tree, parts)
        lines = sorted(((starts[id(node)][0], node) for node in parts if id(node) in starts), key=itemgetter(0))
        for diagnostic in [one for one in found if one.code == COLLISION and is_of_import(one, lines)]:
            name = diagnostic.message.split("'")[1]
            users = [user for user, group in nodes.items() if any(has_name(node, name) for node in group)]
            helps = self._direct.isdisjoint(users) and not any(
                is_seen(node, name) for user in users for node in nodes[user]
            )
            for user in users if helps else ():
                self._because(user, diagnostic, f"{name} cannot have another name here")
        found = [one for one in found if one.code != COLLISION or is_in_body(one, facts)]
        for diagnostic in found:
            before = [node for line, node in lines if line <= diagnostic.line]
            names = [name for name, group in nodes.items() if before and any(node is before[-1] for node in group)]
            names = [name for name in names if name not in self._direct]
            if not names and before and diagnostic.is_error:
                names = [f"{facts.module}.{name}" for name in _variables(before[-1])]
            for name in names:
                self._because(name, diagnostic, _reason(diagnostic.message))
            if not names and diagnostic.is_error:
                self._left.append(diagnostic)

    def asked(self, facts: ModuleFacts) -> None:
        """Bridge the definitions whose comment asks for it."""
        for name in self._names(facts):
            if self._directive(name) == "bridge" and name not in self._why:
                place = positions(facts.tree, self._nodes(name)[:1])
                line = next(iter(place.values()), (1, 1))[0]
                here = Diagnostic(facts.path, line, 1, NOTE, Severity.NOTE, "")
                self._because(name, here, "a comment asks for it")

    def _because(self, name: str, place: Diagnostic, reason: str) -> None:
        if name not in self._why:
            short = name.rpartition(".")
            label = f"{short[0].rpartition('.')[2]}.{short[2]}"
            message = f"{label} is bridged: {reason}, {place.path.rpartition('/')[2]}:{place.line}"
            self._why[name] = Diagnostic(place.path, place.line, place.column, NOTE, Severity.NOTE, message)

    def join(self) -> None:
        """Bridge what direct code and bridged code would both have, and could not use together."""
        if not self._why:
            return
        loop_bound, state = LoopBound(self._index), ModuleState(self._index)
        before = 0
        while before != (before := len(self._why)):
            for name, other in loop_bound.crossings(set(self._why)):
                self._joined(name, other, "with which it shares objects of the event loop,")
            reached = state.reached(self._why)
            bound = state.bound_to(sorted(name for name in reached if state.is_variable(name)))
            self._shared = set(bound)
            for name, origin in bound.items():
                reached.setdefault(name, reached[origin])
            for name in sorted(self._shared):
                for one in sorted(state.classes_made(name)):
                    self._joined(one, reached[name], "which uses an object of it,")
            for name, other in sorted(reached.items()):
                if state.is_caching(name):
                    self._joined(name, other, "which shares its cache,")
                elif name in self._shared and state.is_one_side_s(name):
                    self._joined(name, other, "which uses it,")
            for name, origin in sorted(self._decorated(state)):
                self._joined(name, reached[origin], "for which it is registered,")
        self._done = state.done_by(self._shared)

    def _decorated(self, state: ModuleState) -> Iterator[tuple[str, str]]:
        """Definitions of direct code with a decorator that uses shared variables, in which the async side has them already;
        each with one of those, or with the decorator that is bridged."""
        for name in self._tops.keys() - self._why.keys():
            found = self._tops[name]
            facts = found.module if isinstance(found, ClassFacts) else found[0].module
            for decorator in (one.decorator for node in self._nodes(name) for one in node.decorators):
                for part in walk(decorator):
                    used = self._index.canonical(facts.resolve(part)) if isinstance(part, cst.Name) else None
                    origin = used if used in self._shared else state.shared_by(used, self._shared) if used else ""
                    if origin:
                        yield name, origin

    def _joined(self, name: str, other: str, relation: str) -> None:
        """Bridge ``name`` because of ``other``; or refuse what has to be direct."""
        label, place = other.rpartition(".")[2], self._why[other]
        if name in self._direct:
            message = f"{name.rpartition('.')[2]} is to be direct, but {label}, {relation} is bridged"
            refusal = Diagnostic(place.path, place.line, place.column, "UA705", Severity.ERROR, message, _ALIKE)
            if refusal not in self._left:
                self._left.append(refusal)
        elif name not in self._why:
            self._because(name, place, f"{label}, {relation} is")
            self.spread([name])

    def spread(self, names: Iterable[str] = ()) -> None:
        """Bridge what belongs to bridged definitions."""
        todo = list(names) or list(self._why)
        while todo:
            name = todo.pop()
            if name not in self._tops:
                for user in self._users(name):
                    self._joined(user, name, "which it uses,")
                continue
            for other, relation in self._related(name, self._tops[name]):
                if other not in self._why and other not in self._direct:
                    label = name.rpartition(".")[2]
                    self._because(other, self._why[name], f"{label}, {relation}, is")
                    todo.append(other)

    def _related(self, name: str, found: ClassFacts | list[FunctionFacts]) -> list[tuple[str, str]]:
        index = self._index
        related: list[tuple[str, str]] = []
        if isinstance(found, ClassFacts):
            related += [(one.qualified, "which derives from it") for one in index.ancestors(found)]
            for other in index.modules.values():
                for one in other.classes.values():
                    if any(base is found for base in index.ancestors(one)):
                        related.append((one.qualified, "its base"))
        facts = found.module if isinstance(found, ClassFacts) else found[0].module
        owner = found if isinstance(found, ClassFacts) else None
        for node in (part for each in self._nodes(name) for part in _with_quoted(each)):
            if isinstance(node, (cst.Name, cst.Attribute)):
                used = index.class_named(facts.resolve(node, owner))
                if used is not None and self._has_to_follow(used):
                    related.append((used.qualified, "which uses it"))
        related += self._registered.about(name, found)
        return [(other, relation) for other, relation in related if other in self._tops]

    def _users(self, variable: str) -> list[str]:
        """The definitions that read a variable of a module."""
        return [name for name in self._tops if any(self._reads(name, node, variable) for node in self._nodes(name))]

    def _reads(self, name: str, node: cst.CSTNode, variable: str) -> bool:
        found = self._tops[name]
        facts = found.module if isinstance(found, ClassFacts) else found[0].module
        read = [part for part in walk(node) if isinstance(part, (cst.Name, cst.Attribute))]
        return any(self._index.canonical(facts.resolve(part)) == variable for part in read)

    def _has_to_follow(self, one: ClassFacts) -> bool:
        return self._index.fate(one) is Fate.WRAPPED

    def result(self) -> Plan:
        bridged: dict[str, set[str]] = {}
        for name in sorted({*self._why, *self._shared}):
            module, _, short = name.rpartition(".")
            bridged.setdefault(module, set()).add(short)
        notes = tuple(sorted(self._why.values()))
        found = {module: frozenset(names) for module, names in bridged.items()}
        return Plan(found, frozenset(self._shared), self._done, notes, tuple(self._left))


def _with_quoted(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes, those of annotations in quotes too."""
    for part in walk(node):
        yield part
        if isinstance(part, cst.Annotation) and isinstance(part.annotation, cst.SimpleString):
            inside = unquoted(part.annotation)
            yield from walk(inside) if inside is not None else ()


def _variables(node: cst.CSTNode) -> list[str]:
    """The names that a statement of a module sets, if that is what it is for."""
    inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
    names = [name for one in inside if isinstance(one, _ASSIGNED) for name in assigned_names(one)]
    if any(isinstance(one, (cst.FunctionDef, cst.ClassDef)) and one.name.value not in names for one in inside):
        return []
    return list(dict.fromkeys(names))


_ASSIGNED = (cst.Assign, cst.AnnAssign)


def _reason(message: str) -> str:
    """Why a definition is bridged, from what direct conversion says of it."""
    message = message.partition(": in threads")[0]
    name, without, _ = message.partition(" has no synchronous counterpart")
    return f"{name} has no sync counterpart" if without else message
