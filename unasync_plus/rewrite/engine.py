"""One walk over the tree that applies every rule, by copying the nodes that change and no others.

Order of authority for a node: comments in the source, patterns of the configuration, rules for what it resolves to,
rules for its type, and at last the plain treatment of its kind (scopes, renames, children).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst as cst

from unasync_plus.rewrite import definitions
from unasync_plus.rewrite.calls import kept_back, mapped
from unasync_plus.rewrite.catalogue import dispatch
from unasync_plus.rewrite.concurrency import TRIGGERS
from unasync_plus.rewrite.conditions import Conditions
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.directives import Directives
from unasync_plus.rewrite.make import REMOVE, body_of, is_pass, without_removed
from unasync_plus.rewrite.patterns import Patterns
from unasync_plus.rewrite.references import ASYNC_LIBRARIES, BUILTINS, References, relative_spelling
from unasync_plus.rewrite.rule import PASS
from unasync_plus.rewrite.text import Text
from unasync_plus.rewrite.values import Values
from unasync_plus.rewrite.values.calls import ASYNC_ROOTS
from unasync_plus.tables import lookup
from unasync_plus.tree import FIELDS, NO_NODES, dotted, is_same, replaced

_FLATTEN = cst.FlattenSentinel


class Engine(Context):
    """Converts the tree of one module."""

    def __init__(self, *args: Any, comments: bool, words: frozenset[str], trace: bool = False) -> None:
        super().__init__(*args)
        rules = dispatch()
        self._plain, self._named, self._methods = rules.plain, rules.named, rules.methods
        self.renames = {word: new for word in words if (new := self.namer.new(word)) != word}
        self.words = words
        self.references = References(self)
        self.text = Text(self)
        self.patterns = Patterns(self)
        self.conditions = Conditions(self)
        self.directives = Directives(self) if comments else None
        self.touched: list[tuple[str, cst.CSTNode]] = []
        self.glue = False
        self.exported: set[tuple[str, str, str]] = set()
        self.needed_at: dict[int, set[tuple[str, str, str]]] = {}
        self._locals: dict[tuple[str, str], str] = {}
        self._values: Values | None = None
        roots = {b.qualified.partition(".")[0] for bindings in self.names.imports.values() for b in bindings}
        roots = {root for root in roots & ASYNC_ROOTS if not self.is_left(root)}
        self.keeps_back = self.names.awaits_values or bool(roots and words & TRIGGERS)
        self.deals_in_awaitables = self.keeps_back or "__await__" in words or bool(words & self.project.awaitables)
        self.may_have_loops = self.deals_in_awaitables and not _LOOP_WORDS.isdisjoint(words)
        self._hot = {*self.names.imports, *self.renames, *BUILTINS, *rules.builtins, *self.references.members}
        self._hot_attributes = self.renames.keys() | (self.references.methods.keys() & words)
        self._picks = bool(self.settings.drop or self.settings.keep)
        self._cold_names = not self.deals_in_awaitables and not self.patterns.types
        self.origins: dict[int, tuple[cst.CSTNode, cst.CSTNode]] | None = {} if trace else None

    # the walk

    def convert(self, tree: cst.Module) -> cst.Module:
        """The converted module, its imports not yet put in order."""
        self.parents.append(tree)
        body = self.statements(tree.body, docstring=True)
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
            self.origins[id(new)] = (new, node)
        return new

    def _is_cold(self, node: Any) -> bool:
        """Whether ``node`` is a name, or a chain of attributes over one, in which nothing can change."""
        while node.__class__ is cst.Attribute:
            if node.attr.value in self._hot_attributes:
                return False
            node = node.value
        return node.__class__ is cst.Name and node.value not in self._hot

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
        for rule, handler in self._plain.get(cls, ()):
            new = handler(node, self)
            if new is not PASS:
                if new is not node:
                    self.touched.append((rule.code, node))
                return new
        return self.descend(node)

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
        return None if self.references.configured(qualified) else qualified

    def _method(self, node: cst.Attribute) -> str | None:
        """``asyncio.TaskGroup.create_task`` for ``group.create_task``, if all that ``group`` may hold has one class."""
        if not self.deals_in_awaitables or node.attr.value not in self._methods:
            return None
        kinds = self.values.kinds(node.value)
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
            self._values = Values(self.names, tree, self._is_awaitable_class, self.settings.leave)
        return self._values

    def _is_awaitable_class(self, qualified: str) -> bool:
        return self.is_owned(qualified) and qualified.rpartition(".")[2] in self.project.awaitables

    def is_configured(self, qualified: str) -> bool:
        return self.references.configured(qualified)

    def unglue(self) -> None:
        self.glue = True

    # imports that rules ask for

    def need(self, module: str, name: str = "") -> str:
        key = (module, name)
        if key not in self._locals:
            self._locals[key] = self._local(module, name)
        return self._locals[key]

    def _local(self, module: str, name: str) -> str:
        qualified = f"{module}.{name}" if name else module
        for bindings in self.names.module.bindings.values():
            for binding in bindings:
                meant = self.references.target(binding.qualified) or binding.qualified
                if binding.kind == "import" and meant == qualified:
                    alias = binding.node
                    plain = isinstance(alias, cst.ImportAlias) and alias.asname is None
                    if name or not plain or "." not in module:
                        if binding.from_import or not plain or dotted(alias.name) == qualified:  # type: ignore[attr-defined]  # an ImportAlias
                            return self.references.local_name(binding)
        local = name or module
        head = local.partition(".")[0]
        taken = self.names.bound | set(self.renames.values())
        asname = ""
        if head in taken and not self._is_free(head, name == ""):
            asname = "_" + local.replace(".", "_")
        self.needed.add((module, name, asname))
        return asname or local

    def need_here(self, module: str, name: str, like: cst.CSTNode | None) -> str:
        while isinstance(like, cst.Attribute):
            like = like.value
        found = self.scope.lookup(like.value) if isinstance(like, cst.Name) else None
        local = name or module
        head = local.partition(".")[0]
        if found is None or found[0].kind != "function" or not self._is_free(head, name == ""):
            return self.need(module, name)
        for binding in found[1]:
            if binding.kind == "import":
                self.needed_at.setdefault(id(binding.node), set()).add((module, name, ""))
        return local

    def _is_free(self, name: str, is_module: bool) -> bool:
        """Whether only imports bind ``name``: of an asynchronous library, or of the very module it is wanted for."""
        bindings = [binding for scope in self.names.scopes.values() for binding in scope.bindings.get(name, ())]
        return (
            all(
                binding.kind == "import"
                and (
                    binding.qualified.partition(".")[0] in ASYNC_LIBRARIES
                    or (is_module and binding.qualified == name)
                    or _has_only_rules(binding.qualified)
                )
                for binding in bindings
            )
            and name not in self.renames.values()
        )

    def runtime(self, qualified: str) -> cst.Name:
        module, _, name = qualified.rpartition(".")
        self.runtime_modules.add(module)
        if self.unit.settings.runtime == "import" or self.unit.package < 0:  # a lone file has nothing beside it
            return cst.Name(self.need(f"unasync_plus.runtime.{module}", name))
        home = relative_spelling(self, f"{self.unit.runtime_module}.{module}", 1)
        return cst.Name(self.need("".join(home), name))

    # statements

    def statements(self, body: Sequence[Any], *, docstring: bool = False) -> Sequence[Any]:
        """The statements of one block; ``docstring`` says that its first string is one."""
        if docstring and body:
            self.text.note_docstring(body[0])
        new: list[Any] = []
        directives = self.directives.of_block(body) if self.directives is not None else None
        lost = 0
        shared = self.project.shared_names if self.scope.parent is None else ()
        for index, old in enumerate(body):
            if shared and self._is_shared(old):
                lost = max(lost, _gap(old))
                continue
            treatment = directives[index] if directives is not None else None
            item = self.visit(old) if treatment is None else treatment.apply(old)
            items = [] if item is REMOVE else list(item) if item.__class__ is _FLATTEN else [item]
            if not items:
                lost = max(lost, _gap(old))
                continue
            if lost and new:
                items[0] = _with_gap(items[0], lost)
            lost = 0
            new.extend(items)
        if is_same(new, body):
            return body
        return new

    def _is_shared(self, statement: Any) -> bool:
        """Whether ``statement`` defines what the output imports from the source's module; asks for that import."""
        name = definitions.defined_name(statement)
        if name is None or f"{self.unit.module}.{name}" not in self.project.shared_names:
            return False
        dots, rest = relative_spelling(self, self.unit.module, 1)
        self.exported.add((dots + rest, name, ""))
        return True

    def block(self, node: cst.IndentedBlock) -> cst.IndentedBlock:
        """An indented block; what it lost entirely becomes ``pass``."""
        owner = self.parents[-2] if len(self.parents) > 1 else None
        body = self.statements(node.body, docstring=isinstance(owner, (cst.FunctionDef, cst.ClassDef)))
        if body is node.body:
            return node
        if not body:
            body = [cst.SimpleStatementLine([cst.Pass()])]
        elif not any(_leads(b, body[0]) for b in node.body[:1]):
            body = [_without_gap(body[0]), *body[1:]]
        if len(body) > 1 and not any(is_pass(statement) for statement in node.body):
            body = [statement for statement in body if not is_pass(statement)] or body[:1]
        return replaced(node, body=body)

    def statement_line(self, node: Any) -> Any:
        """A line of simple statements; gone when all of them are."""
        if isinstance(node, cst.SimpleStatementSuite) and isinstance(self.parent, (cst.FunctionDef, cst.ClassDef)):
            self.text.note_docstring(node)
        new: list[Any] = []
        lines: list[Any] = []
        for old in node.body:
            item = self.visit(old)
            if item is REMOVE:
                continue
            for part in item if item.__class__ is _FLATTEN else (item,):
                (new if isinstance(part, cst.BaseSmallStatement) else lines).append(part)
        if not new and not lines:
            return REMOVE if isinstance(node, cst.SimpleStatementLine) else replaced(node, body=[cst.Pass()])
        if not lines and is_same(new, node.body):
            return node
        if new and hasattr(new[-1], "semicolon") and len(new) < len(node.body):
            new[-1] = replaced(new[-1], semicolon=cst.MaybeSentinel.DEFAULT)
        if not lines:
            return replaced(node, body=new)
        if new:
            lines.insert(0, replaced(node, body=new))
        elif hasattr(lines[0], "leading_lines"):
            lines[0] = replaced(lines[0], leading_lines=(*node.leading_lines, *lines[0].leading_lines))
        return _FLATTEN(lines)

    def scoped(self, node: Any) -> Any:
        """A lambda or comprehension: its children in its own scope."""
        outer = self.scope
        self.scope = self.names.scopes.get(id(node), outer)
        new = self.generic(node)
        self.scope = outer
        return new

    def with_(self, node: cst.With) -> Any:
        """A ``with`` statement; when all its managers go, its body stays."""
        items = self.sequence(node.items)
        body = self.visit(node.body)
        if not items:
            statements = body_of(body)
            if statements and hasattr(statements[0], "leading_lines"):
                statements[0] = replaced(statements[0], leading_lines=node.leading_lines)
            return _FLATTEN(statements)
        if items is node.items and body is node.body:
            return node
        return replaced(node, items=items, body=body)


_LOOP_WORDS = frozenset(
    "get_running_loop get_event_loop new_event_loop get_loop AbstractEventLoop BaseEventLoop EventLoop".split()
)
"""Without one of these in it, no variable of a module holds an event loop."""


def _has_only_rules(qualified: str) -> bool:
    """Whether nothing of that name can stay: rules put something else in its place, or refuse it."""
    row = lookup(qualified)
    return row is not None and bool(row.rule) and not row.keep


def _optional(node: Any, name: str) -> bool:
    return (node.__class__, name) in _OPTIONAL


_OPTIONAL = {
    (cst.FunctionDef, "returns"),
    (cst.Return, "value"),
    (cst.If, "orelse"),
    (cst.Try, "finalbody"),
    (cst.Try, "orelse"),
}


def _gap(statement: Any) -> int:
    """The number of blank lines before ``statement``."""
    return sum(line.comment is None for line in getattr(statement, "leading_lines", ()))


def _leads(old: Any, new: Any) -> bool:
    return getattr(old, "leading_lines", None) is getattr(new, "leading_lines", None)


def _with_gap(statement: Any, count: int) -> Any:
    """``statement`` with at least ``count`` blank lines above it: those of what stood there before it."""
    lines = getattr(statement, "leading_lines", None)
    missing = count - _gap(statement)
    if lines is None or missing <= 0:
        return statement
    return replaced(statement, leading_lines=(*[cst.EmptyLine(indent=False)] * missing, *lines))


def _without_gap(statement: Any) -> Any:
    """``statement`` as the first of its block: no blank lines above."""
    lines = list(getattr(statement, "leading_lines", ()))
    count = 0
    while count < len(lines) and lines[count].comment is None:
        count += 1
    return replaced(statement, leading_lines=lines[count:]) if count else statement


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
    cst.Name: lambda engine, node: engine.references.name(node),
    cst.Attribute: lambda engine, node: engine.references.attribute(node),
    cst.Call: lambda engine, node: engine.references.call(node),
    cst.Arg: lambda engine, node: engine.references.argument(node),
    cst.Import: lambda engine, node: engine.references.import_(node),
    cst.ImportFrom: lambda engine, node: engine.references.import_from(node),
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
    cst.With: Engine.with_,
    cst.If: lambda engine, node: engine.conditions.branch(node),
    cst.IfExp: lambda engine, node: engine.conditions.expression(node),
    cst.While: lambda engine, node: engine.conditions.loop(node),
    cst.Lambda: Engine.scoped,
    cst.ListComp: Engine.scoped,
    cst.SetComp: Engine.scoped,
    cst.DictComp: Engine.scoped,
    cst.GeneratorExp: Engine.scoped,
    cst.IndentedBlock: Engine.block,
    cst.SimpleStatementLine: Engine.statement_line,
    cst.SimpleStatementSuite: Engine.statement_line,
}
