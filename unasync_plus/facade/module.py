"""From an async module to the module that stands for it, still with the source's names, types and imports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced, walk

from .calls import Owner
from .callbacks import Callbacks
from .classes import _body_block, wrapper_class
from .facts import ClassFacts, FunctionFacts, ModuleFacts, own_nodes, statements
from .functions import crossing, decorators, definition, docstring, kind, overload_items
from .index import Fate, Index
from .marks import Marks
from .types import Types
from .values import is_literal, is_type, makes_type, may_be_wrapped, mentions_wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


_SUFFIXES = {
    "await": "",
    "self": "_self",
    "iterate": "_iterator",
    "iterable": "_iterable",
    "generate": "_generator",
    "enter": "_context",
}


class Writer:
    """Writes one module. ``renamed`` says what a name will be called after conversion.

    With ``bridged`` only those definitions are, and what they share with the async side; the rest stays for direct
    conversion.
    """

    def __init__(
        self,
        index: Index,
        facts: ModuleFacts,
        text: str,
        interface: str,
        renamed: Callable[[str], str],
        bridged: frozenset[str] | None = None,
    ) -> None:
        self.index = index
        self.bridged = bridged
        self.facts = facts
        self.interface = interface
        self.marks = Marks(text)
        self.types = Types(self)
        self.callbacks = Callbacks(index)
        self.imports: set[tuple[str, str, str]] = set()
        self.kept_imports: set[tuple[str, str, str]] = set()
        self.runtime_names: dict[str, str] = {}
        self.async_types: set[str] = set()
        self.is_dynamic = False
        self._read: set[str] | None = None
        self._renamed = renamed
        self._text = text
        self._defaults: dict[str, set[str]] = {}
        self.bridge = self._free("_bridge")
        self.async_module = self._free("_async")

    # names

    def _free(self, name: str) -> str:
        taken = {*self.facts.imports, *self.facts.values, *self.facts.functions, *self.facts.classes}
        while name in taken:
            name += "_"
        return name

    def is_renamed(self, name: str) -> bool:
        """Whether conversion gives ``name`` another one."""
        return self._renamed(name) != name

    def async_text(self, qualified: str) -> str:
        """``_async.Client`` for ``pkg.client.Client``, which this module defines."""
        return f"{self.async_module}.{qualified[len(self.facts.module) + 1 :]}"

    def async_name(self, qualified: str) -> str:
        """A mark for a class of the async source, which another module may define."""
        canonical = self.index.canonical(qualified) or qualified
        if canonical.startswith(self.facts.module + "."):
            return self.marks.mark(self.async_text(canonical))
        local = next((name for name, target in self.facts.imports.items() if target == qualified), None)
        return self.marks.mark(f"{self.async_module}.{local}" if local else "None")

    def runtime(self, name: str) -> cst.Name:
        """A name of the runtime, imported."""
        if name not in self.runtime_names:
            self.runtime_names[name] = self._free(name)
        return self.marks.name(self.runtime_names[name])

    def async_type(self, name: str) -> cst.Name:
        """A type that stays async."""
        self.async_types.add(name)
        return self.marks.name(name)

    def needed(self, module: str, name: str) -> cst.Name:
        """A name of the standard library, imported."""
        self.imports.add((module, name, ""))
        return cst.Name(name)

    def kept(self, node: cst.Name | cst.Attribute) -> cst.Name:
        """A name of a library that stays as it is, and its import with it."""
        path = dotted(node) or ""
        local = path.partition(".")[0]
        target = self.facts.imports[local]
        if target == local or (local in self.facts.plain_imports):
            self.kept_imports.add((target, "", "" if target == local else local))
        else:
            module, _, name = target.rpartition(".")
            self.kept_imports.add((module, name, "" if name == local else local))
        return self.marks.name(path)

    def any_type(self) -> cst.Name:
        """``Any``."""
        return self.needed("typing", "Any")

    def self_type(self) -> cst.BaseExpression:
        """``Self``, which the runtime gets from where it is."""
        return self.runtime("Self")

    # decorators of the interface

    def interface_decorators(self, result: str, place: str = "") -> tuple[str, ...]:
        """What stands above a function so that it has ``.aio`` or ``with_options``."""
        suffix = _SUFFIXES[result] if result != "self" or not place else ""
        if self.interface == "dual":
            return (f"{self.bridge}.dual{place}{suffix}",)
        return (f"{self.bridge}.function",) if place == "_function" else ()

    def overload_decorators(self, more: tuple[str, ...]) -> tuple[str, ...]:
        """The same where there are overloads, whose types no decorator can keep."""
        return tuple(re.sub(r"dual(_function)?.*", r"dual\1_overloaded", text) for text in more)

    def used_in_defaults(self, one: ClassFacts) -> set[str]:
        """The names of the class body that defaults of its methods read."""
        if one.qualified not in self._defaults:
            nodes = [param.default for member in one.members() for param in _params(member) if param.default is not None]
            self._defaults[one.qualified] = {part.value for node in nodes for part in walk(node) if isinstance(part, cst.Name)}
        return self._defaults[one.qualified]

    def is_static(self, test: cst.BaseExpression) -> bool:
        """``TYPE_CHECKING``, and conditions on the version or the platform."""
        names = {self.facts.resolve(part) for part in walk(test) if isinstance(part, (cst.Name, cst.Attribute))}
        return any(
            name is not None and (name.endswith(".TYPE_CHECKING") or name.startswith(("sys.version_info", "sys.platform")))
            for name in names
        )

    # the module

    def tree(self) -> cst.Module:
        """The facade."""
        body: list[Statement] = []
        todo = list(self.facts.tree.body)
        body += docstring_lines(todo)
        for node in todo[len(body) :]:
            body += self._statement(node)
        return replaced(self.facts.tree, body=self._pruned(body) if self.bridged is None else body)

    def _statement(self, node: cst.CSTNode) -> list[Statement]:
        if self.bridged is not None and self._stays_direct(node):
            return [node]  # type: ignore[list-item]  # a statement of a module
        if isinstance(node, cst.FunctionDef):
            return list(self._function(node))
        if isinstance(node, cst.ClassDef):
            return list(self._class(self.facts.classes[node.name.value])) if self._is_main(node) else []
        if isinstance(node, cst.SimpleStatementLine):
            return list(self._line(node))
        if isinstance(node, cst.If):
            return list(self._if(node))
        return list(self._compound(node))

    def _stays_direct(self, node: cst.CSTNode) -> bool:
        """With ``bridged``: whether the statement is left to direct conversion."""
        assert self.bridged is not None
        if isinstance(node, cst.FunctionDef):
            return node.name.value not in self.bridged
        if isinstance(node, cst.ClassDef):
            one = self.facts.classes[node.name.value]
            return node.name.value not in self.bridged and self.index.fate(one) is not Fate.SHARED
        inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
        if any(isinstance(each, (cst.FunctionDef, cst.ClassDef)) and each.name.value in self.bridged for each in inside):
            return False
        names = {name for each in inside if isinstance(each, (cst.Assign, cst.AnnAssign)) for name in _assigned_names(each)}
        return names.isdisjoint(self._names_in_defaults())

    def _names_in_defaults(self) -> set[str]:
        """What the signatures of bridged functions read: it must be the async side's own objects."""
        if self._read is None:
            functions = [one for one in self.facts.all_functions() if self._is_bridged(one)]
            defaults = [param.default for one in functions for param in _params(one) if param.default is not None]
            self._read = {part.value for node in defaults for part in walk(node) if isinstance(part, cst.Name)}
        return self._read

    def _is_bridged(self, function: FunctionFacts) -> bool:
        path = function.qualified[len(self.facts.module) + 1 :]
        return self.bridged is None or path.partition(".")[0] in self.bridged

    def _is_main(self, node: cst.ClassDef) -> bool:
        return self.facts.classes[node.name.value].node is node

    def _if(self, node: cst.If) -> list[Statement]:
        if _is_main_guard(node.test):
            return []
        if not self.is_static(node.test):
            return self._compound(node)
        body = [each for inner in node.body.body for each in self._statement(inner)]
        orelse = node.orelse
        other: list[Statement] = []
        if isinstance(orelse, cst.If):
            other = self._if(orelse)
        elif orelse is not None:
            other = [each for inner in orelse.body.body for each in self._statement(inner)]
        if not body and not other:
            return []
        new_else: cst.Else | cst.If | None = None
        if len(other) == 1 and isinstance(other[0], cst.If) and isinstance(orelse, cst.If):
            new_else = other[0]
        elif other:
            lines = orelse.leading_lines if isinstance(orelse, cst.Else) else ()
            new_else = cst.Else(_body_block(node.body, list(other)), leading_lines=lines)
        return [replaced(node, body=_body_block(node.body, list(body) or [_pass()]), orelse=new_else)]

    def _compound(self, node: cst.CSTNode) -> list[Statement]:
        """``try`` and the like: imports stay in it, of the rest what it has come to is taken from the async module."""
        found: list[Statement] = []
        inside = list(statements([node])) if isinstance(node, cst.BaseStatement) else []
        imports = any(isinstance(inner, (cst.Import, cst.ImportFrom)) for inner in inside)
        names = _imported_names(inside)  # what stands in for an import that failed is not needed for types
        for inner in inside:
            if isinstance(inner, cst.FunctionDef) and inner.name.value not in names:
                found += self._function(inner)
                names.add(inner.name.value)
            elif isinstance(inner, cst.ClassDef) and inner.name.value not in names and self._is_main(inner):
                found += self._class(self.facts.classes[inner.name.value])
                names.add(inner.name.value)
            elif isinstance(inner, (cst.Assign, cst.AnnAssign)):
                for name in _assigned_names(inner):
                    if name not in names:
                        names.add(name)
                        found.append(self._taken(name))
        return [*([_only_imports(node)] if imports else []), *found]

    def _taken(self, name: str) -> cst.SimpleStatementLine:
        """``name = _async.name``."""
        value = self.marks.name(f"{self.async_module}.{name}")
        return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])

    def _line(self, node: cst.SimpleStatementLine) -> list[Statement]:
        found: list[Statement] = []
        for part in node.body:
            new = self._small(part)
            if new is not None:
                found.append(replaced(node, body=[replaced(new, semicolon=cst.MaybeSentinel.DEFAULT)]))
        return [found[0], *(replaced(each, leading_lines=()) for each in found[1:])] if found else []

    def _small(self, node: cst.BaseSmallStatement) -> cst.BaseSmallStatement | None:
        if isinstance(node, (cst.Import, cst.ImportFrom, cst.TypeAlias)):
            return node
        if isinstance(node, cst.Assign):
            return self._assign(node)
        if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
            return self._declared(node, node.target.value)
        if isinstance(node, cst.AugAssign) and dotted(node.target) == "__all__":
            return node
        return None

    def _assign(self, node: cst.Assign) -> cst.BaseSmallStatement | None:
        names = _assigned_names(node)
        if not names:
            return None
        if names == ["__all__"] or makes_type(self.facts, node.value) or is_literal(node.value):
            return self._dynamic(names[0], None) if names[0] in self.facts.rebound else node
        if len(names) == 1 and is_type(self.index, self.facts, node.value):
            return node
        if names[0] in self.facts.rebound:
            return self._dynamic(names[0], None)
        text = ", ".join(f"{self.async_module}.{name}" for name in names)
        if len(names) == 1 and may_be_wrapped(self.index, self.facts, node.value):
            text = f"{self.bridge}.value({text})"
        return replaced(node, value=self.marks.name(text))

    def _declared(self, node: cst.AnnAssign, name: str) -> cst.BaseSmallStatement | None:
        annotation = self.types.annotation(node.annotation, None)
        if name in self.facts.rebound:
            return self._dynamic(name, annotation)
        if node.value is None:
            return None
        head = dotted(node.annotation.annotation) or ""
        if is_literal(node.value) or makes_type(self.facts, node.value) or head.endswith("TypeAlias"):
            return replaced(node, annotation=annotation)
        text = f"{self.async_module}.{name}"
        if mentions_wrapped(self.index, self.facts, node.annotation.annotation) or may_be_wrapped(self.index, self.facts, node.value):
            text = f"{self.bridge}.value({text})"
        return replaced(node, annotation=annotation, value=self.marks.name(text))

    def _dynamic(self, name: str, annotation: cst.Annotation | None) -> cst.BaseSmallStatement:
        """A variable that the async module sets anew: it is read there each time."""
        return cst.AnnAssign(cst.Name(name), annotation or cst.Annotation(self.any_type()))

    # definitions

    def _class(self, one: ClassFacts) -> list[Statement]:
        fate = self.index.fate(one)
        if fate is Fate.WRAPPED:
            return [wrapper_class(one, self)]
        if fate is Fate.COPIED:
            return [self._copied(one)]
        return [replaced(self._taken(one.name), leading_lines=_comments(one.node))]

    def _copied(self, one: ClassFacts) -> cst.ClassDef:
        """A class of types; named tuples are made of one another on the way across."""
        if not self.index.derives(one, "NamedTuple"):
            return one.node
        decorator = cst.parse_expression(f"{self.bridge}.copied({self.marks.mark(self.async_text(one.qualified))})")
        return replaced(one.node, decorators=[cst.Decorator(decorator), *one.node.decorators])

    def _function(self, node: cst.FunctionDef) -> list[Statement]:
        group = self.facts.functions[node.name.value]
        function = next(each for each in group if each.node is node)
        if function.name == "__getattr__":
            self.is_dynamic = True
            return []
        if function.name == "__dir__":
            return []
        if self.bridged is None and not self.index.crosses(function):
            if function is not group[-1]:
                return []
            return [replaced(self._taken(function.name), leading_lines=_comments(group[0].node))]
        if function.has("overload"):
            return list(overload_items(group, self, decorated=False)) if function is group[0] else []
        more = self.interface_decorators(kind(function), "_function")
        if len(group) > 1:
            more = self.overload_decorators(more)
        statement = crossing(function, self, Owner(self.async_module_mark()))
        return [definition(function, self, [statement], decorators(function, *more))]

    def async_module_mark(self) -> str:
        """The async module as an argument."""
        return self.marks.mark(self.async_module)

    # what is left out

    def _pruned(self, body: list[Statement]) -> list[Statement]:
        """Without private definitions that nothing refers to."""
        wanted = {name.rpartition(".")[2] for name in self.index.wanted if name.rpartition(".")[0] == self.facts.module}
        wanted |= set(self.facts.exports or ())
        kept = [node for node in body if not _private_names(node)]
        private = [node for node in body if _private_names(node)]
        used = {name for node in kept for name in _names_read(node)} | wanted
        grown = True
        while grown:
            grown = False
            for node in private:
                if node not in kept and used.intersection(_private_names(node)):
                    kept.append(node)
                    used |= _names_read(node)
                    grown = True
        places = {id(node) for node in kept}
        body = [node for node in body if id(node) in places]
        self.is_dynamic = self.is_dynamic or any(_is_bare_declaration(node) for node in body)
        return _laid_out(body)


def _laid_out(body: list[Statement]) -> list[Statement]:
    """With a blank line before the first of some lines that stand where definitions were."""
    new: list[Statement] = []
    for node in body:
        is_line = isinstance(node, cst.SimpleStatementLine)
        if new and is_line and not isinstance(new[-1], cst.SimpleStatementLine) and not _has_blank(node):
            blank = cst.EmptyLine(indent=False)
            node = replaced(node, leading_lines=[blank, blank, *node.leading_lines])
        new.append(node)
    return new


def _is_bare_declaration(node: Statement) -> bool:
    """``name: Type`` with no value, for what is read from the async module each time."""
    part = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    return isinstance(part, cst.AnnAssign) and part.value is None


def _has_blank(node: Statement) -> bool:
    return any(line.comment is None for line in node.leading_lines)


def docstring_lines(body: list[cst.CSTNode]) -> list[cst.SimpleStatementLine]:
    """The module's docstring."""
    return docstring(cst.IndentedBlock(body[:1])) if body else []  # type: ignore[arg-type]  # only looked at


def _params(function: FunctionFacts) -> list[cst.Param]:
    from unasync_plus.resolve.scopes import all_parameters

    return list(all_parameters(function.node.params))


def _comments(node: cst.FunctionDef | cst.ClassDef) -> list[cst.EmptyLine]:
    """The comments above a definition, for the line that takes its place."""
    return [line for line in node.leading_lines if line.comment is not None]


def _pass() -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Pass()])


def _is_main_guard(test: cst.BaseExpression) -> bool:
    return isinstance(test, cst.Comparison) and dotted(test.left) == "__name__"


def _assigned_names(node: cst.Assign | cst.AnnAssign) -> list[str]:
    targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
    found: list[str] = []
    for target in targets:
        if isinstance(target, cst.Name):
            found.append(target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            found += [one.value.value for one in target.elements if isinstance(one.value, cst.Name)]
    return found


def _imported_names(nodes: list[cst.CSTNode]) -> set[str]:
    found = set()
    for node in nodes:
        if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar):
            found.update((dotted((alias.asname or alias).name) or "").partition(".")[0] for alias in node.names)
    return found


def _private_names(node: cst.CSTNode) -> list[str]:
    """The names that a statement defines, if all of them are private."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        names = [node.name.value]
    elif isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Assign, cst.AnnAssign)):
        names = _assigned_names(node.body[0])
    else:
        return []
    return names if names and all(name.startswith("_") and not name.startswith("__") for name in names) else []


def _names_read(node: cst.CSTNode) -> set[str]:
    from unasync_plus.emit.unused_imports import used_names

    if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Assign, cst.AnnAssign)):
        part = node.body[0]
        parts = [part.value] if isinstance(part, cst.Assign) else [part.annotation, part.value]
        return {name for each in parts if each is not None for name in used_names(each)}
    return used_names(node)


def _only_imports(node: cst.CSTNode) -> Statement:
    """A ``try`` with nothing but its imports."""
    assert isinstance(node, cst.BaseCompoundStatement)
    return _stripped(node)  # type: ignore[no-any-return]  # the same kind of node


def _stripped(node: object) -> object:
    if isinstance(node, (cst.IndentedBlock, cst.SimpleStatementSuite)):
        lines = [
            line
            for line in node.body
            if isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], (cst.Import, cst.ImportFrom))
        ]
        return _body_block(node, list(lines) or [_pass()])
    if isinstance(node, cst.CSTNode):
        changes: dict[str, object] = {}
        for field in ("body", "orelse", "finalbody", "handlers"):
            value = getattr(node, field, None)
            if isinstance(value, (tuple, list)):
                changes[field] = [_stripped(one) for one in value]
            elif value is not None:
                changes[field] = _stripped(value)
        return replaced(node, **changes)
    return node


__all__ = ["Writer", "own_nodes"]
