"""What was read of a module's or a class's body so far: one entry for each thing that the stub will hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import libcst as cst

from unasync_plus.emit.stub_awaited import annotated
from unasync_plus.emit.stub_decorators import is_overload, object_of, property_part
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_functions import Place, function
from unasync_plus.emit.stub_names import from_typing
from unasync_plus.emit.stub_shapes import Shape
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_views import ClassView
from unasync_plus.emit.stub_writer import INDENT, Writer

_OF_MODULES = frozenset({"__path__", "__file__", "__name__", "__doc__", "__package__", "__spec__", "__loader__"})
"""What each module has, for type checkers, too."""
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
    is_hidden: bool = False
    """While reading what a type checker does not see."""
    is_conditional: bool = False
    """While reading what may not run at all, for reasons that a type checker does not know."""
    met: set[str] = field(default_factory=set)
    """All names that entries had so far."""

    @property
    def members(self) -> Mapping[str, cst.CSTNode]:
        return self.view.members if self.view is not None else {}

    def add(self, entry: Entry, position: int | None = None) -> None:
        """Put an entry at its position, by default the end."""
        self.met.update(entry.names)
        self.entries.insert(len(self.entries) if position is None else position, entry)

    def named(self, name: str) -> list[Entry]:
        """The entries that have ``name``."""
        return [entry for entry in self.entries if name in entry.names] if name in self.met else []

    def defined(self) -> frozenset[str]:
        return frozenset(name for entry in self.entries for name in entry.names)

    def for_checkers(self, name: str) -> bool:
        return self.at_runtime is not None and name not in self.at_runtime and not self.place.where

    def add_function(self, node: cst.FunctionDef, taken: frozenset[str]) -> None:
        name = node.name.value
        node = annotated(node, self.view)
        overload = is_overload(node, self.writer.names)
        earlier = self.named(name)
        inside = [entry for branch in earlier if branch.block is not None for entry in walk(branch.block)]
        overloads = [entry for entry in (*earlier, *inside) if entry.kind == "overload" and name in entry.names]
        if overloads and not overload:
            self._implement(node, overloads)
            return  # a stub holds no implementation of overloads
        if name in taken:
            self._differs(name, function(node, self.place, _silent(self.writer)), earlier)
            return
        made_by = object_of(node, self.writer.names)
        if made_by:
            self.add_value(Value(name, self.writer.names.use(made_by, self.place.hidden)), taken)
            return
        lines = function(node, self.place, self.writer)
        if not lines:
            return
        if earlier and not (overload or property_part(node)):
            self.entries = [entry for entry in self.entries if entry not in earlier or entry.kind == "branch"]
        if any(entry.lines == lines for entry in earlier) and overload:
            return
        entry = Entry((name,), "overload" if overload else "function", lines)
        if self._only_declared(name) and not property_part(node):
            self._mark(entry, self.place.depth)
        self._add_definition(entry)

    def _only_declared(self, name: str) -> bool:
        """Whether a method exists for type checkers alone: no base can have it at run time."""
        if self.view is None or self.at_runtime is None or name in self.at_runtime:
            return False
        wraps = any(one.keyword is not None and one.keyword.value == "wraps" for one in self.view.node.keywords)
        plain = {"object", "Generic", "Protocol", *(["Wrapper"] if wraps else [])}
        bases = [
            dotted(one.value.value if isinstance(one.value, cst.Subscript) else one.value)
            for one in self.view.node.bases
        ]
        return all((base or "").rpartition(".")[2] in plain for base in bases) and not self.view.node.decorators

    def _mark(self, entry: Entry, depth: int) -> None:
        mark = f"@{self.writer.names.use(self.writer.names.spell('typing.type_check_only'))}"
        # a property is no function: the mark stands below what makes one
        is_property = entry.lines[0].strip().endswith("property")
        entry.lines.insert(1 if is_property else 0, INDENT * depth + mark)

    def _implement(self, node: cst.FunctionDef, overloads: list[Entry]) -> None:
        """What decorators of the implementation say about all overloads (abstract) or, in a stub, on the first."""
        for item in node.decorators:
            name = dotted(item.decorator) or ""
            qualified = self.writer.names.qualified(name)
            abstract = qualified == "abc.abstractmethod"
            if abstract or from_typing(qualified) in ("final", "override"):
                text = f"@{self.writer.names.use(name)}"
                for entry in overloads if abstract else overloads[:1]:
                    position = next(at for at, line in enumerate(entry.lines) if not line.lstrip().startswith("@"))
                    indent = entry.lines[0][: -len(entry.lines[0].lstrip())]
                    if indent + text not in entry.lines:
                        entry.lines.insert(position, indent + text)

    def _differs(self, name: str, lines: list[str], earlier: list[Entry]) -> None:
        if lines and not any(entry.lines == lines or entry.kind != "function" for entry in earlier):
            where = self.place.inside(name)
            self.writer.tell(
                "UA803",
                where,
                f"{where} has another signature where another condition holds at run time: the stub has the first",
                help="give both the same signature, or make the condition one that type checkers know",
            )

    def add_class(self, node: cst.ClassDef, taken: frozenset[str]) -> None:
        if node.name.value not in taken:
            self.forget(node.name.value)
            self._add_definition(Entry((node.name.value,), "class", self.make_class(node, self.place, self.writer)))

    def _add_definition(self, entry: Entry) -> None:
        if self.for_checkers(entry.names[0]):
            self._mark(entry, self.place.depth)
        self.add(entry)

    def forget(self, name: str) -> None:
        """``del name``; an import stays, since what stands before the ``del`` may need it."""
        found = self.named(name)
        for entry in found:
            if entry.kind == "import":
                entry.deleted.add(name)
        if any(entry.names == (name,) and entry.kind != "import" for entry in found):
            self.entries = [entry for entry in self.entries if entry.names != (name,) or entry.kind == "import"]

    def add_value(self, value: Value, taken: frozenset[str]) -> None:
        if not self.place.where and value.name in _OF_MODULES:
            return
        earlier = [entry for entry in self.named(value.name) if entry.kind != "branch"]
        for entry in earlier:
            if entry.kind == "import" and value.found is not None and value.found.text == "None":
                entry.optional.add(value.name)
            if entry.value is not None:
                entry.value.merge(value)
                if not entry.value.annotation and value.annotation:
                    entry.value = value
        if not earlier and value.name not in taken:
            if self.for_checkers(value.name):
                self._hide(value)
            self.add(Entry((value.name,), "value", value=value))

    def _hide(self, value: Value) -> None:
        """What only type checkers see has to be private: a stub promises that all else exists at run time."""
        writer, name = self.writer, value.name
        exports = writer.exports
        if name.startswith("_") or exports.lists(name) or name in (exports.wanted or ()):
            return
        alone = exports.wanted is not None or len(name) <= 2  # nobody imports a `T`
        if alone and name in writer.names.type_parameters and not writer.names.knows(f"_{name}"):
            value.name = writer.names.renamed[name] = f"_{name}"
            value.text = re.sub(rf"([\"']){name}\1", rf"\1_{name}\1", value.text, count=1)
            return
        writer.tell(
            "UA804",
            name,
            f"{name} exists only for type checkers, which a stub has no way to say",
            help="give it a name with a leading underscore, or define it at run time too",
        )

    def wants_import(self, name: str, meaning: str, taken: frozenset[str]) -> bool:
        """Whether an import gives ``name`` its meaning: an annotation above it, or another branch, may have."""
        earlier = self.named(name)
        declared = any(entry.value is not None and entry.value.annotation for entry in earlier)
        defined = self.is_conditional and any(entry.kind in ("class", "function", "overload") for entry in earlier)
        return (name not in taken and not declared and not defined) or self.replaces(name, meaning)

    def is_public(self, name: str) -> bool:
        """Whether other modules may import ``name``, of what is imported for checkers and there at run time."""
        return not name.startswith("_") or name in (self.writer.exports.wanted or ())

    def replaces(self, name: str, meaning: str) -> bool:
        """``except ImportError: from typing_extensions import X``: the one that type checkers know for any target."""
        if not meaning.startswith("typing_extensions."):
            return False
        for entry in self.named(name):
            if entry.kind == "import":
                entry.names = tuple(other for other in entry.names if other != name)
        self.writer.names.imports[name] = meaning
        return True


def _silent(writer: Writer) -> Writer:
    return Writer(replace(writer.names, used=set()), writer.exports, writer.target_version, writer.docstrings)


def walk(block: Block) -> Iterator[Entry]:
    """All entries, those under conditions too."""
    for entry in block.entries:
        yield entry
        if entry.block is not None:
            yield from walk(entry.block)
