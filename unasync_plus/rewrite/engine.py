"""One walk over the tree that applies every rule, by copying the nodes that change and no others.

Order of authority for a node: comments in the source, patterns of the configuration, rules for what it resolves to,
rules for its type, and at last the plain treatment of its kind (scopes, renames, children).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite import blocks, definitions
from unasync_plus.rewrite.calls import kept_back, mapped
from unasync_plus.rewrite.catalogue import Handlers, dispatch
from unasync_plus.rewrite.concurrency import TRIGGERS
from unasync_plus.rewrite.conditions import Conditions
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.directives import Directives
from unasync_plus.rewrite.make import REMOVE, without_removed
from unasync_plus.rewrite.names.arguments import Arguments
from unasync_plus.rewrite.names.imports import Imports
from unasync_plus.rewrite.names.locals import Locals
from unasync_plus.rewrite.names.passage import Passage
from unasync_plus.rewrite.names.targets import Targets
from unasync_plus.rewrite.names.twins import Twins
from unasync_plus.rewrite.names.uses import BUILTINS, Uses
from unasync_plus.rewrite.names.wanted import Wanted
from unasync_plus.rewrite.patterns import Patterns
from unasync_plus.rewrite.rule import PASS
from unasync_plus.rewrite.text import Text
from unasync_plus.rewrite.values import Values
from unasync_plus.rewrite.values.loop_methods import LOOP, LOOP_NAMES, LOOP_ONLY
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS
from unasync_plus.tables import lacking
from unasync_plus.tree import FIELDS, NO_NODES, is_same, replaced

_FLATTEN = cst.FlattenSentinel


class Engine(Context):
    """Converts the tree of one module."""

    def __init__(self, *args: Any, comments: bool, words: frozenset[str], trace: bool = False) -> None:
        super().__init__(*args)
        rules = dispatch()
        self._plain, self._by_attribute, self._named = rules.plain, rules.by_attribute, rules.named
        self._methods = rules.methods
        self.renames = self.namer.changed(words)
        self.words = words
        self.targets = Targets(self)
        self.locals = Locals(self)
        self.passage = Passage(self)
        self.twins = Twins(self)
        self.uses = Uses(self)
        self.arguments = Arguments(self)
        self.imports = Imports(self)
        self._wanted = Wanted(self)
        self.text = Text(self)
        self.patterns = Patterns(self)
        self.conditions = Conditions(self)
        self.directives = Directives(self) if comments else None
        self.touched: list[tuple[str, cst.CSTNode]] = []
        self.glue = False
        self.exported: set[tuple[str, str, str]] = set()
        self.moved: set[tuple[str, str, str]] = set()
        """Imports of the source that come from another module now, unless rules ask for another thing of that name."""
        self.needed_at: dict[int, set[tuple[str, str, str]]] = {}
        self._values: Values | None = None
        imported = {b.qualified.partition(".")[0] for bindings in self.names.imports.values() for b in bindings}
        roots = {root for root in imported & {*ASYNC_ROOTS, "async_timeout", "uvloop"} if not self.is_left(root)}
        self.lacking = lacking(frozenset(imported - ASYNC_ROOTS)) & words  # locks and the like have rules
        self.keeps_back = self.names.awaits_values or bool(roots and words & TRIGGERS)
        self.keeps_back = self.keeps_back or bool(words & (LOOP_ONLY | _STARTERS) - self.project.defined)
        self.keeps_back = self.keeps_back or not words.isdisjoint(self.project.starters)
        self.deals_in_awaitables = (
            self.keeps_back
            or not words.isdisjoint(LOOP_NAMES)
            or "__await__" in words
            or not words.isdisjoint(self.project.awaitables | self.project.tasks | self.project.awaited_tasks)
            or self._may_be_led()
        )
        self.may_have_loops = self.deals_in_awaitables and not _LOOP_WORDS.isdisjoint(words)
        own = f"{self.unit.module}."
        self.left_out = {name[len(own) :] for name in self.project.left_out if name.startswith(own)}
        """Names at the top of this module, or in modules below it, that the output does not have."""
        self._hot = {
            *self.names.imports,
            *self.renames,
            *self.left_out,
            *BUILTINS,
            *rules.builtins,
            *self.twins.members,
        }
        self.staying = {name.rpartition(".")[2] for name in self.project.coroutines} & words
        """Names of asynchronous functions and methods that are not converted."""
        self._hot_attributes = self.renames.keys() | (self.targets.methods.keys() & words) | self.lacking | self.staying
        self._hot_attributes |= self._by_attribute[cst.Attribute].keys() & words
        self._hot_attributes |= self._methods & words if self.deals_in_awaitables else frozenset()
        self._picks = bool(self.settings.drop or self.settings.keep)
        self._cold_names = not self.patterns.types
        self._loops: frozenset[int] = frozenset()
        self.origins: dict[int, tuple[cst.CSTNode, cst.CSTNode]] | None = {} if trace else None

    # the walk

    def convert(self, tree: cst.Module) -> cst.Module:
        """The converted module, its imports not yet put in order."""
        self.parents.append(tree)
        if self.may_have_loops:
            self._loops = self.values.holding(LOOP)
        body = blocks.statements(self, tree.body, docstring=True)
        self.parents.pop()
        if body is tree.body:
            return tree
        spent = self.directives.spent if self.directives is not None else ()
        header = [line for line in tree.header if id(line.comment) not in spent] if spent else tree.header
        return replaced(tree, body=body, header=header)

    def visit(self, node: Any) -> Any:
        if self._cold_names and self._is_cold(node):
            return node
        self.parents.append(node)
        new = self._visit(node)
        self.parents.pop()
        if self.origins is not None and isinstance(new, cst.CSTNode):
            self.origins.setdefault(id(new), (new, node))  # what took its parent's place was itself first
        return new

    def note_origin(self, made: Iterable[cst.CSTNode], node: cst.CSTNode) -> None:
        """Nodes that stand where ``node`` stood, without a visit."""
        if self.origins is not None:
            for one in made:
                self.origins.setdefault(id(one), (one, node))

    def _is_cold(self, node: Any) -> bool:
        """Whether ``node`` is a name, or a chain of attributes over one, in which nothing can change."""
        while node.__class__ is cst.Attribute:
            if node.attr.value in self._hot_attributes or id(node) in self._loops:
                return False
            node = node.value
        return node.__class__ is cst.Name and node.value not in self._hot and id(node) not in self._loops

    def _visit(self, node: Any) -> Any:
        cls = node.__class__
        if self._picks and (cls is cst.FunctionDef or cls is cst.ClassDef):
            done = definitions.settled(self, node)
            if done is not None:
                return done
        if self.patterns.types and cls in self.patterns.types:
            new = self.patterns.apply(node)
            if new is not PASS:
                return new
        if cls is cst.Call and self.keeps_back and id(node) not in self.made_now:
            if self.values.is_kept_back(node) and not isinstance(self.parent, cst.Await):
                return kept_back(node, self)
            if self.values.is_mapped(node):
                return mapped(node, self)
        named = self._named.get(cls)
        if named is not None:
            qualified = self._head(node)
            if qualified is not None:
                for rule, handler in named.get(qualified, ()):
                    new = handler(node, self)
                    if new is not PASS:
                        self.touched.append((rule.code, node))
                        return new
        for rule, handler in self._handlers(node):
            new = handler(node, self)
            if new is not PASS:
                if new is not node:
                    self.touched.append((rule.code, node))
                return new
        return self.descend(node)

    def _handlers(self, node: Any) -> Handlers:
        """Those that are asked whatever ``node`` resolves to."""
        cls = node.__class__
        plain = self._plain.get(cls, _NO_HANDLERS)
        by_attribute = self._by_attribute.get(cls)
        if by_attribute is None:
            return plain
        attribute = node.func if cls is cst.Call else node
        return by_attribute.get(attribute.attr.value, plain) if attribute.__class__ is cst.Attribute else plain

    def _head(self, node: Any) -> str | None:
        """The qualified name of what a node is about; None when the configuration speaks for it."""
        kind = node.__class__
        if kind is not cst.Name and kind is not cst.Attribute:
            step = _HEADS.get(kind)
            if step is None:
                return None
            node = getattr(node, step)
            if kind is not cst.Call and kind is not cst.Subscript:
                if node.__class__ is cst.Await:
                    node = node.expression
                if node.__class__ is cst.Call:
                    node = node.func
            if node.__class__ is cst.Subscript:
                node = node.value
        qualified = self.resolve(node)
        if qualified is None:
            return self._method(node) if node.__class__ is cst.Attribute else None
        if self.is_owned(qualified) and qualified.partition(".")[0] not in STDLIB:
            return None  # the library itself is what is converted
        return None if self.targets.configured(qualified) else qualified

    def _method(self, node: cst.Attribute) -> str | None:
        """``asyncio.TaskGroup.create_task`` for ``group.create_task``, if all that ``group`` may hold has one class."""
        if not self.deals_in_awaitables or node.attr.value not in self._methods:
            return None
        kinds = self.values.kinds(node.value)
        if not kinds and self.values.is_of_a_loop(node):
            kinds = {LOOP}
        return f"{kinds.pop()}.{node.attr.value}" if len(kinds) == 1 else None

    def descend(self, node: Any) -> Any:
        method = _METHODS.get(node.__class__)
        return self.generic(node) if method is None else method(self, node)

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
        if self._values is None:
            tree = self.parents[0]
            assert isinstance(tree, cst.Module)
            self._values = Values(
                self.names,
                tree,
                self._is_awaitable_class,
                self.settings.leave,
                self.unwraps,
                self.is_settled,
                self.project.leads,
                self._may_give_tasks,
                self.project.defined,
                self._started_by,
            )
        return self._values

    def _may_be_led(self) -> bool:
        """Whether the module imports anything that leads to awaitable objects."""
        imports = [binding.qualified for bindings in self.names.imports.values() for binding in bindings]
        return bool(self.project.leads) and any(
            name in self.project.leads or name in self.project.modules for name in imports
        )

    def _is_awaitable_class(self, qualified: str) -> bool:
        return self.is_owned(qualified) and qualified.rpartition(".")[2] in self.project.awaitables

    def _may_give_tasks(self, name: str, qualified: str | None) -> str:
        if qualified is not None and not self.is_owned(qualified):
            return ""
        if name in self.project.awaited_tasks:
            return "awaited"
        may_give = name in self.project.tasks or (qualified is None and name in self.project.givers)
        return "called" if may_give else ""

    def _started_by(self, name: str, qualified: str | None) -> Collection[str]:
        if qualified == "":
            qualified = f"{self.unit.module}.{name}"
        if qualified is None:
            return self.project.starters.get(name, ())
        if not self.is_owned(qualified):
            return ()
        return self.project.starters.get(qualified, self.project.starters.get(name, ()))

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

    def unglue(self) -> None:
        self.glue = True

    # imports that rules ask for

    def need(self, module: str, name: str = "") -> str:
        return self._wanted.at_top(module, name)

    def need_here(self, module: str, name: str, like: cst.CSTNode | None) -> str:
        return self._wanted.here(module, name, like)

    def runtime(self, qualified: str) -> cst.Name:
        return self._wanted.of_runtime(qualified)

    def scoped(self, node: Any) -> Any:
        """A lambda or comprehension: its children in its own scope."""
        outer = self.scope
        self.scope = self.names.scopes.get(id(node), outer)
        new = self.generic(node)
        self.scope = outer
        return new


_NO_HANDLERS: Handlers = []
_STARTERS = frozenset({"create_task", "call_later", "call_at"})
"""Methods of objects of which nothing may be known, and that no other word in the module need speak of."""
_LOOP_WORDS = frozenset(
    "get_running_loop get_event_loop new_event_loop get_loop AbstractEventLoop BaseEventLoop EventLoop".split()
)
"""Without one of these in it, no variable of a module holds an event loop."""


def _optional(node: Any, name: str) -> bool:
    return (node.__class__, name) in _OPTIONAL


_OPTIONAL = {
    (cst.FunctionDef, "returns"),
    (cst.Return, "value"),
    (cst.If, "orelse"),
    (cst.Try, "finalbody"),
    (cst.Try, "orelse"),
}


_HEADS: dict[type[Any], str] = {
    cst.Await: "expression",
    cst.Call: "func",
    cst.Subscript: "value",
    cst.Decorator: "decorator",
    cst.WithItem: "item",
    cst.For: "iter",
    cst.CompFor: "iter",
    cst.Expr: "value",
    cst.Raise: "exc",
    cst.ExceptHandler: "type",
}

_METHODS: dict[type[Any], Callable[[Engine, Any], Any]] = {
    cst.Name: lambda engine, node: engine.uses.name(node),
    cst.Attribute: lambda engine, node: engine.uses.attribute(node),
    cst.Call: lambda engine, node: engine.arguments.call(node),
    cst.Arg: lambda engine, node: engine.arguments.argument(node),
    cst.Import: lambda engine, node: engine.imports.plain(node),
    cst.ImportFrom: lambda engine, node: engine.imports.from_(node),
    cst.SimpleString: lambda engine, node: engine.text.string(node),
    cst.ConcatenatedString: lambda engine, node: engine.text.concatenated(node),
    cst.FormattedStringText: lambda engine, node: engine.text.formatted(node),
    cst.Annotation: lambda engine, node: engine.text.annotation(node),
    cst.Subscript: lambda engine, node: engine.text.subscript(node),
    cst.FunctionDef: definitions.function,
    cst.ClassDef: definitions.class_,
    cst.Assign: definitions.assign,
    cst.AnnAssign: definitions.annotated_assign,
    cst.Param: definitions.parameter,
    cst.With: blocks.with_,
    cst.If: lambda engine, node: engine.conditions.branch(node),
    cst.IfExp: lambda engine, node: engine.conditions.expression(node),
    cst.While: lambda engine, node: engine.conditions.loop(node),
    cst.CompIf: lambda engine, node: engine.conditions.filter(node),
    cst.Assert: lambda engine, node: engine.conditions.check(node),
    cst.BooleanOperation: lambda engine, node: engine.conditions.operation(node),
    cst.UnaryOperation: lambda engine, node: engine.conditions.answer(node),
    cst.Comparison: lambda engine, node: engine.conditions.answer(node),
    cst.Lambda: Engine.scoped,
    cst.ListComp: Engine.scoped,
    cst.SetComp: Engine.scoped,
    cst.DictComp: Engine.scoped,
    cst.GeneratorExp: Engine.scoped,
    cst.IndentedBlock: blocks.block,
    cst.SimpleStatementLine: blocks.statement_line,
    cst.SimpleStatementSuite: blocks.statement_line,
}
