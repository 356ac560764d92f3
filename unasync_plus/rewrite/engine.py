"""One walk over the tree that applies every rule, by copying the nodes that change and no others.

Order of authority for a node: comments in the source, patterns of the configuration, rules for what it resolves to,
rules for its type, and at last the plain treatment of its kind (scopes, renames, children).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite import blocks, definitions
from unasync_plus.rewrite.calls import kept_back, mapped
from unasync_plus.rewrite.catalogue import Handlers, dispatch
from unasync_plus.rewrite.cold import Cold
from unasync_plus.rewrite.conditions import Conditions
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.dealings import Dealings
from unasync_plus.rewrite.directives import Directives
from unasync_plus.rewrite.heads import head
from unasync_plus.rewrite.make import REMOVE, without_removed
from unasync_plus.rewrite.names.arguments import Arguments
from unasync_plus.rewrite.names.imports import Imports
from unasync_plus.rewrite.names.locals import Locals
from unasync_plus.rewrite.names.passage import Passage
from unasync_plus.rewrite.names.targets import Targets
from unasync_plus.rewrite.names.twins import Twins
from unasync_plus.rewrite.names.uses import Uses
from unasync_plus.rewrite.names.wanted import Wanted
from unasync_plus.rewrite.patterns import Patterns
from unasync_plus.rewrite.reached import ruled_out
from unasync_plus.rewrite.rule import PASS
from unasync_plus.rewrite.text import Text
from unasync_plus.rewrite.treatments import TREATMENTS, Treatment
from unasync_plus.rewrite.values import Values
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS
from unasync_plus.tables import lacking
from unasync_plus.tree import FIELDS, NO_NODES, is_same, replaced

_FLATTEN = cst.FlattenSentinel


class Engine(Context):
    """Converts the tree of one module."""

    def __init__(self, *args: Any, comments: bool, words: frozenset[str], trace: bool = False) -> None:
        super().__init__(*args)
        rules = dispatch()
        self.methods = rules.methods
        self.renames = self.namer.changed(words)
        self.words = words
        imported = {b.qualified.partition(".")[0] for bindings in self.names.imports.values() for b in bindings}
        self.lacking = lacking(frozenset(imported - ASYNC_ROOTS)) & words  # locks and the like have rules
        self.targets = Targets(self)
        self.locals = Locals(self)
        self.passage = Passage(self)
        self.twins = Twins(self)
        self.uses: Uses = Uses(self)
        self.arguments: Arguments = Arguments(self)
        self.imports: Imports = Imports(self)
        self._wanted = Wanted(self)
        self.text: Text = Text(self)
        self.patterns = Patterns(self)
        self.conditions: Conditions = Conditions(self)
        self.directives = Directives(self) if comments else None
        self.touched: list[tuple[str, cst.CSTNode]] = []
        self.glue = False
        self.exported: set[tuple[str, str, str]] = set()
        self.moved: set[tuple[str, str, str]] = set()
        """Imports of the source that come from another module now, unless rules ask for another thing of that name."""
        self.needed_at: dict[int, set[tuple[str, str, str]]] = {}
        self._dealings = Dealings(self)
        self.keeps_back = self._dealings.keeps_back
        self.deals_in_awaitables = self._dealings.in_awaitables
        self.may_have_loops = self._dealings.may_have_loops
        own = f"{self.unit.module}."
        self.left_out = {name[len(own) :] for name in self.project.left_out if name.startswith(own)}
        """Names at the top of this module, or in modules below it, that the output does not have."""
        self.staying = {name.rpartition(".")[2] for name in self.project.coroutines} & words
        """Names of asynchronous functions and methods that are not converted."""
        self._picks = bool(self.settings.drop or self.settings.keep)
        self._cold = Cold(self, rules)
        self._covers = self._cold.covers
        first: set[type[cst.CSTNode]] = set(self.patterns.types)
        first |= {cst.FunctionDef, cst.ClassDef} if self._picks else set()
        first |= {cst.Call} if self.keeps_back else set()
        self._steps = {
            kind: (
                kind in first,
                rules.named.get(kind),
                rules.plain.get(kind, []),
                rules.by_attribute.get(kind),
                TREATMENTS.get(kind, Engine.generic),
            )
            for kind in {*first, *rules.plain, *rules.by_attribute, *rules.named, *TREATMENTS}
        }
        """Whether the configuration is asked; the rules by name, others, those of an attribute; the plain treatment.
        Nodes of all other kinds have their children visited, and that is all."""
        self.origins: dict[int, tuple[cst.CSTNode, cst.CSTNode]] | None = {} if trace else None

    # the walk

    def convert(self, tree: cst.Module) -> cst.Module:
        """The converted module, its imports not yet put in order."""
        self.parents.append(tree)
        if self.may_have_loops:
            self._cold.loops = self.values.holding(LOOP)
        for _, handler in dispatch().plain.get(cst.Module, ()):
            handler(tree, self)
        body = blocks.statements(self, tree.body)
        self.parents.pop()
        if body is tree.body:
            return tree
        spent = self.directives.spent if self.directives is not None else ()
        header = [line for line in tree.header if id(line.comment) not in spent] if spent else tree.header
        return replaced(tree, body=body, header=header)

    def visit(self, node: Any) -> Any:
        kind = node.__class__
        if (kind is cst.Name or kind is cst.Attribute) and self._covers(node):
            return node
        self.parents.append(node)
        steps = self._steps.get(kind)
        new = self.generic(node) if steps is None else self._visit(node, *steps)
        self.parents.pop()
        if self.origins is not None and isinstance(new, cst.CSTNode):
            self.origins.setdefault(id(new), (new, node))  # what took its parent's place was itself first
        return new

    def note_origin(self, made: Iterable[cst.CSTNode], node: cst.CSTNode) -> None:
        """Nodes that stand where ``node`` stood, without a visit."""
        if self.origins is not None:
            for one in made:
                self.origins.setdefault(id(one), (one, node))

    def _visit(
        self,
        node: Any,
        first: bool,
        named: dict[str, Handlers] | None,
        plain: Handlers,
        by_attribute: dict[str, Handlers] | None,
        treatment: Treatment,
    ) -> Any:
        if first:
            new = self._configured(node)
            if new is not PASS:
                return new
        if named is not None:
            qualified = head(self, node)
            if qualified is not None:
                for rule, handler in named.get(qualified, ()):
                    new = handler(node, self)
                    if new is not PASS:
                        self.touched.append((rule.code, node))
                        return new
        if by_attribute is not None:
            attribute = node.func if node.__class__ is cst.Call else node
            if attribute.__class__ is cst.Attribute:
                plain = by_attribute.get(attribute.attr.value, plain)
        for rule, handler in plain:
            new = handler(node, self)
            if new is not PASS:
                if new is not node:
                    self.touched.append((rule.code, node))
                return new
        return treatment(self, node)

    def _configured(self, node: Any) -> Any:
        """What becomes of ``node`` as the configuration has it, or as a call that is yet to be made; PASS otherwise."""
        cls = node.__class__
        if self._picks and (cls is cst.FunctionDef or cls is cst.ClassDef):
            done = definitions.settled(self, node)
            if done is not None:
                return done
        if cls in self.patterns.types:
            new = self.patterns.apply(node)
            if new is not PASS:
                return new
        if cls is cst.Call and self.keeps_back and id(node) not in self.made_now:
            if self.values.is_kept_back(node) and not isinstance(self.parent, cst.Await):
                return kept_back(node, self)
            if self.values.is_mapped(node):
                return mapped(node, self)
        return PASS

    def descend(self, node: Any) -> Any:
        treatment = TREATMENTS.get(node.__class__)
        return self.generic(node) if treatment is None else treatment(self, node)

    def generic(self, node: Any) -> Any:
        """``node`` with its children visited."""
        changes: dict[str, Any] | None = None
        for name in FIELDS[node.__class__]:
            value = getattr(node, name)
            kind = value.__class__
            if kind is tuple or kind is list:
                new = self.sequence(value)
            elif kind in NO_NODES:
                continue
            else:
                new = self.visit(value)
                if new is REMOVE and not _optional(node, name):
                    return REMOVE
                if new is REMOVE:
                    new = None
            if new is not value:
                if changes is None:
                    changes = {}
                changes[name] = new
        return node if changes is None else replaced(node, **changes)

    def sequence(self, items: Sequence[Any]) -> Sequence[Any]:
        """Comma separated items, arguments, decorators…: removed ones are left out."""
        new = self.visit_all(items)
        if is_same(new, items):
            return items
        return without_removed(items, new)

    def visit_all(self, nodes: Iterable[Any]) -> list[Any]:
        new: list[Any] = []
        for node in nodes:
            item = self.visit(node)
            if item.__class__ is _FLATTEN:
                new.extend(item)
            elif item is not REMOVE:
                new.append(item)
        return new

    def generic_without_name(self, node: cst.Param) -> cst.Param:
        """A parameter, its annotation and default visited, its name as it was."""
        annotation = self.visit(node.annotation) if node.annotation is not None else None
        default = self.visit(node.default) if node.default is not None else None
        if annotation is node.annotation and default is node.default:
            return node
        return replaced(node, annotation=None if annotation is REMOVE else annotation, default=default)

    @property
    def values(self) -> Values:
        return self._dealings.values

    @cached_property
    def ruled_out(self) -> frozenset[int]:
        constants = self.settings.set.keys() & self.words
        in_use = any(name in self.names.used or name not in self.names.module.bindings for name in constants)
        return ruled_out(self.names.module.node, self.settings.set) if in_use else frozenset()

    def gives_way(self, qualified: str) -> bool:
        return self.targets.gives_way(qualified)

    def asked_for(self, node: cst.CSTNode, *words: str) -> str:
        return self.directives.asked_for(node, *words) if self.directives is not None else ""

    def is_configured(self, qualified: str) -> bool:
        return self.targets.configured(qualified)

    def is_settled(self, call: cst.Call, scope: Scope | None = None) -> bool:
        scope = scope or self.scope
        qualified = self.names.resolve(call.func, scope)
        if qualified is not None and self.targets.configured(qualified):
            return True
        return bool(self.patterns.types) and self.patterns.speak_of(call, scope)

    def unwraps(self, call: cst.Call, scope: Scope | None = None) -> bool:
        return bool(self.patterns.types) and self.patterns.unwraps(call, scope or self.scope)

    def attribute_name(self, name: str) -> str:
        return self.targets.attribute_name(name)

    def unglue(self) -> None:
        self.glue = True

    # imports that rules ask for

    def builtin(self, name: str) -> cst.Name | cst.Attribute:
        return self.uses.builtin(name)

    def need(self, module: str, name: str = "") -> str:
        return self._wanted.at_top(module, name)

    def need_here(self, module: str, name: str, like: cst.CSTNode | None) -> str:
        return self._wanted.here(module, name, like)

    def is_imported(self, module: str, name: str) -> bool:
        return self._wanted.is_imported(module, name)

    def runtime(self, qualified: str) -> cst.Name:
        return self._wanted.of_runtime(qualified)


def _optional(node: Any, name: str) -> bool:
    return (node.__class__, name) in _OPTIONAL


_OPTIONAL = {
    (cst.FunctionDef, "returns"),
    (cst.Return, "value"),
    (cst.If, "orelse"),
    (cst.Try, "finalbody"),
    (cst.Try, "orelse"),
}
