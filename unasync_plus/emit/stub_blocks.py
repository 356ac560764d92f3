"""The body of a module or a class, statement by statement: what of it stands in the stub, and under which condition.

A condition that a type checker understands stays a condition. Of any other, all branches count: the first one that
defines a name decides what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import libcst as cst

from unasync_plus.emit.stub_attributes import ClassView, target_names
from unasync_plus.emit.stub_conditions import Condition, condition_of
from unasync_plus.emit.stub_decorators import is_overload, property_part
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_functions import Place, function
from unasync_plus.emit.stub_infer import Inferred
from unasync_plus.emit.stub_names import bindings, blocks, bound_names
from unasync_plus.emit.stub_properties import is_property_call, property_lines
from unasync_plus.emit.stub_shapes import Shape
from unasync_plus.emit.stub_text import annotation, dotted, one_line
from unasync_plus.emit.stub_values import Value, assigned, declared
from unasync_plus.emit.stub_writer import INDENT, Writer, kept_comment

ClassMaker = Callable[[cst.ClassDef, Place, Writer], list[str]]


@dataclass(slots=True)
class Block:
    """What was read of a body so far; ``shape`` and ``view`` belong to the class around it, if there is one."""

    writer: Writer
    place: Place
    make_class: ClassMaker
    shape: Shape | None = None
    view: ClassView | None = None
    entries: list[Entry] = field(default_factory=list)
    at_runtime: frozenset[str] | None = None
    """While reading what only a type checker sees: the names that exist at run time all the same."""

    @property
    def members(self) -> Mapping[str, cst.CSTNode]:
        return self.view.members if self.view is not None else {}

    def read(self, body: Iterable[cst.CSTNode], taken: frozenset[str] = frozenset()) -> None:
        """Add what ``body`` defines, but for the names in ``taken``: another branch has defined those."""
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine):
                comment = statement.trailing_whitespace.comment
                for small in statement.body:
                    self._simple(small, comment, taken)
            elif isinstance(statement, cst.FunctionDef):
                self._function(statement, taken)
            elif isinstance(statement, cst.ClassDef):
                self._class(statement, taken)
            elif isinstance(statement, cst.If):
                self._if(statement, taken)
            elif isinstance(statement, cst.Try | cst.TryStar):
                self._try(statement, taken)
            elif isinstance(statement, cst.BaseCompoundStatement):
                self._targets(statement, taken)
                for inner in blocks(statement):
                    self.read(inner, taken)
            elif isinstance(statement, cst.BaseSmallStatement):
                self._simple(statement, None, taken)

    def defined(self) -> frozenset[str]:
        return frozenset(name for entry in self.entries for name in entry.names)

    def _if(self, node: cst.If, taken: frozenset[str]) -> None:
        condition = condition_of(node.test, self.writer.names)
        orelse: tuple[cst.CSTNode, ...] = ()
        if isinstance(node.orelse, cst.If):
            orelse = (node.orelse,)
        elif isinstance(node.orelse, cst.Else):
            orelse = tuple(node.orelse.body.body)
        if condition is Condition.STATIC:
            self._branch(node, orelse, taken)
            return
        first, second = tuple(node.body.body), orelse
        if condition in (Condition.NEVER, Condition.RUNTIME_ONLY):
            first, second = second, first
        before, outer = self.defined(), self.at_runtime
        if condition in (Condition.CHECKER_ONLY, Condition.RUNTIME_ONLY):
            elsewhere = bound_names(second)
            self.at_runtime = elsewhere if outer is None else outer | elsewhere
        if condition is not Condition.MAIN:
            self.read(first, taken)
        self.at_runtime = outer
        if condition not in (Condition.ALWAYS, Condition.NEVER):
            self.read(second, taken | self.defined() - before)

    def _for_checkers(self, name: str) -> bool:
        return self.at_runtime is not None and name not in self.at_runtime and not self.place.where

    def _branch(
        self, node: cst.If, orelse: tuple[cst.CSTNode, ...], taken: frozenset[str], keyword: str = "if"
    ) -> None:
        """``if sys.version_info >= …`` stays: both sides, each with its own definitions."""
        indent = INDENT * self.place.depth
        test = self.writer.names.use(one_line(node.test))
        first = self._inner(node.body.body, taken)
        self.entries.append(Entry(tuple(first.defined()), "branch", [f"{indent}{keyword} {test}:"], block=first))
        position = len(self.entries)
        following = node.orelse
        if isinstance(following, cst.If) and condition_of(following.test, self.writer.names) is Condition.STATIC:
            rest = tuple(following.orelse.body.body) if isinstance(following.orelse, cst.Else) else ()
            deeper = (following.orelse,) if isinstance(following.orelse, cst.If) else rest
            self._branch(following, deeper, taken, "elif")
        else:
            other = self._inner(orelse, taken)
            if other.entries:
                self.entries.append(Entry(tuple(other.defined()), "branch", [f"{indent}else:"], block=other))
        if not first.entries and len(self.entries) == position:
            self.entries.pop()

    def _inner(self, body: Iterable[cst.CSTNode], taken: frozenset[str]) -> Block:
        place = Place(self.place.where, self.place.depth + 1, self.place.hidden)
        block = Block(self.writer, place, self.make_class, self.shape, self.view, at_runtime=self.at_runtime)
        block.read(body, taken)
        return block

    def _try(self, node: cst.Try | cst.TryStar, taken: frozenset[str]) -> None:
        before = self.defined()
        self.read(node.body.body, taken)
        if node.orelse is not None:
            self.read(node.orelse.body.body, taken)
        found = self.defined() - before
        for handler in node.handlers:
            self.read(handler.body.body, taken | found)
        if node.finalbody is not None:
            self.read(node.finalbody.body.body, taken)

    def _targets(self, node: cst.CSTNode, taken: frozenset[str]) -> None:
        """Names that a loop or a ``with`` leaves behind."""
        targets: list[cst.BaseExpression] = []
        if isinstance(node, cst.For):
            targets.append(node.target)
        elif isinstance(node, cst.With):
            targets += [item.asname.name for item in node.items if item.asname is not None]
        for target in targets:
            for name in target_names(target):
                self._add_value(Value(name, unknown=True), taken)

    def _function(self, node: cst.FunctionDef, taken: frozenset[str]) -> None:
        name = node.name.value
        overload = is_overload(node, self.writer.names)
        earlier = [entry for entry in self.entries if name in entry.names]
        if not overload and any(entry.kind == "overload" for entry in earlier):
            return  # a stub holds no implementation of overloads
        if name in taken:
            self._differs(name, function(node, self.place, _silent(self.writer)), earlier)
            return
        lines = function(node, self.place, self.writer)
        if not lines:
            return
        if not (overload or property_part(node)):
            self.entries = [entry for entry in self.entries if entry not in earlier or entry.kind == "branch"]
        if any(entry.lines == lines for entry in earlier) and overload:
            return
        self._add_definition(Entry((name,), "overload" if overload else "function", lines))

    def _differs(self, name: str, lines: list[str], earlier: list[Entry]) -> None:
        if lines and not any(entry.lines == lines or entry.kind != "function" for entry in earlier):
            where = self.place.inside(name)
            self.writer.tell(
                "UA803",
                where,
                f"{where} has another signature where another condition holds at run time: the stub has the first",
                help="give both the same signature, or make the condition one that type checkers know",
            )

    def _class(self, node: cst.ClassDef, taken: frozenset[str]) -> None:
        if node.name.value not in taken:
            self._forget(node.name.value)
            self._add_definition(Entry((node.name.value,), "class", self.make_class(node, self.place, self.writer)))

    def _add_definition(self, entry: Entry) -> None:
        if self._for_checkers(entry.names[0]):
            mark = f"@{self.writer.names.use(self.writer.names.spell('typing.type_check_only'))}"
            entry.lines.insert(0, INDENT * self.place.depth + mark)
        self.entries.append(entry)

    def _forget(self, name: str) -> None:
        self.entries = [entry for entry in self.entries if entry.names != (name,)]

    def _simple(self, node: cst.CSTNode, comment: cst.Comment | None, taken: frozenset[str]) -> None:
        if isinstance(node, cst.Import | cst.ImportFrom):
            names = tuple(name for name, meaning in bindings(node) if name not in taken or self._older(name, meaning))
            if names or isinstance(node.names, cst.ImportStar):
                kept = kept_comment([comment], all_codes=True)
                entry = Entry(names, "import", statement=node, comment=kept)
                entry.for_checkers = self.at_runtime is not None
                self.entries.append(entry)
        elif isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
            value = declared(node, node.target.value, self.writer.names, self.shape)
            value.comment = kept_comment([comment], "assignment, misc")
            self._add_value(value, taken)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                self._assign(target.target, node.value, comment, taken)
        elif isinstance(node, cst.TypeAlias):
            text = self.writer.names.use(one_line(node), self.place.hidden, strings=True)
            self.entries.append(Entry((node.name.value,), "value", [INDENT * self.place.depth + text]))
        elif isinstance(node, cst.Del):
            for name in target_names(node.target):
                self._forget(name)
        elif isinstance(node, cst.Assert) and condition_of(node.test, self.writer.names) is Condition.STATIC:
            self.entries.append(Entry((), "platform", ["import sys", "", f"assert {one_line(node.test)}", ""]))
        else:
            self._export(node)

    def _assign(
        self, target: cst.BaseExpression, node: cst.BaseExpression, comment: cst.Comment | None, taken: frozenset[str]
    ) -> None:
        if isinstance(target, cst.Tuple | cst.List):
            self._unpack(target, node, comment, taken)
        elif isinstance(target, cst.Name) and self.shape and is_property_call(node, self.writer.names):
            assert isinstance(node, cst.Call)
            lines = property_lines(target.value, node, self.members, self.place, self.writer)
            self.entries.append(Entry((target.value,), "function", lines))
        elif isinstance(target, cst.Name):
            inherited = self.view is not None and self.view.inherited(target.value)
            value = assigned(node, target.value, self.writer.names, self.shape, self.members, inherited=inherited)
            told = comment.value.partition("# type:")[2].strip() if comment else ""
            if told and not told.startswith("ignore"):
                value = Value(target.value, annotation(cst.parse_expression(told.partition("#")[0].strip())))
            value.comment = kept_comment([comment], "assignment, misc")
            self._add_value(value, taken)

    def _unpack(
        self,
        target: cst.Tuple | cst.List,
        node: cst.BaseExpression,
        comment: cst.Comment | None,
        taken: frozenset[str],
    ) -> None:
        pairs = isinstance(node, cst.Tuple | cst.List) and len(node.elements) == len(target.elements)
        for position, element in enumerate(target.elements):
            if pairs and isinstance(node, cst.Tuple | cst.List):
                self._assign(element.value, node.elements[position].value, comment, taken)
            else:
                for name in target_names(element.value):
                    self._add_value(Value(name, unknown=True), taken)

    def _add_value(self, value: Value, taken: frozenset[str]) -> None:
        earlier = [entry for entry in self.entries if value.name in entry.names and entry.kind != "branch"]
        for entry in earlier:
            if entry.kind == "import" and value.found is not None and value.found.text == "None":
                entry.optional.add(value.name)
            if entry.value is not None:
                entry.value.merge(value)
                if not entry.value.annotation and value.annotation:
                    entry.value = value
        if not earlier and value.name not in taken:
            if self._for_checkers(value.name):
                self._hide(value)
            self.entries.append(Entry((value.name,), "value", value=value))

    def _hide(self, value: Value) -> None:
        """What only type checkers see has to be private: a stub promises that all else exists at run time."""
        writer, name = self.writer, value.name
        exported = writer.exports.listed or ()
        if name.startswith("_") or name in exported or name in writer.exports.wanted:
            return
        if name in writer.names.type_parameters and not writer.names.knows(f"_{name}"):
            value.name = writer.names.renamed[name] = f"_{name}"
            value.text = re.sub(rf"([\"']){name}\1", rf"\1_{name}\1", value.text, count=1)
            return
        writer.tell(
            "UA804",
            name,
            f"{name} exists only for type checkers, which a stub has no way to say",
            help="give it a name with a leading underscore, or define it at run time too",
        )

    def _older(self, name: str, meaning: str) -> bool:
        """``except ImportError: from typing_extensions import X``: the one that type checkers know for any target."""
        if not meaning.startswith("typing_extensions."):
            return False
        for entry in self.entries:
            if entry.kind == "import" and name in entry.names:
                entry.names = tuple(other for other in entry.names if other != name)
        self.writer.names.imports[name] = meaning
        return True

    def _export(self, node: cst.CSTNode) -> None:
        """``__all__ += […]`` and ``__all__.extend(…)``: type checkers read them."""
        target: cst.CSTNode | None = None
        if isinstance(node, cst.AugAssign):
            target = node.target
        elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
            call = dotted(node.value.func) or ""
            target = cst.Name(call.partition(".")[0]) if "." in call else None
        if isinstance(target, cst.Name) and target.value == "__all__" and not self.place.where:
            self.entries.append(Entry((), "value", [self.writer.names.use(one_line(node))]))


def _silent(writer: Writer) -> Writer:
    return Writer(replace(writer.names, used=set()), writer.exports, writer.target_version, writer.docstrings)


def walk(block: Block) -> Iterator[Entry]:
    """All entries, those under conditions too."""
    for entry in block.entries:
        yield entry
        if entry.block is not None:
            yield from walk(entry.block)


def value_line(value: Value, block: Block) -> str:
    """The line of a constant or an attribute; says so where its type is not known."""
    names, place = block.writer.names, block.place
    text = names.use(value.text, strings=value.strings)
    type_text = value.annotation
    if not type_text and not text:
        found = value.found or Inferred("Any")
        type_text = f"{names.spell('typing.ClassVar')}[{found.text}]" if value.class_variable else found.text
    if value.unknown or (value.found is not None and value.found.vague):
        where = place.inside(value.name)
        block.writer.tell(
            "UA801",
            where,
            f"the type of {where} cannot be told: the stub says {type_text or 'Any'}",
            word=value.name,
            help="annotate it in the source",
        )
    parts = value.name
    if type_text:
        parts += f": {names.use(type_text, place.hidden)}"
    if text:
        parts += f" = {text}"
    return f"{INDENT * place.depth}{parts}{value.comment}"
