"""What stands for the variables of a module: their values are the async side's, seen as the sync side sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced

from .held import ADAPTERS
from .layout import assigned_names
from .values import (
    is_filled_later,
    is_literal,
    is_type,
    maker,
    makes_type,
    may_be_wrapped,
    mentions_anything,
    mentions_wrapped,
    named_in,
)

if TYPE_CHECKING:
    from .writer import Writer


class Variables:
    """Writes the assignments of one module."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.types: set[str] = set()
        """What type variables and aliases name, which stay as they are."""
        self.asked: set[str] = set()
        """Names that the sync module has no value of: it asks the async one."""

    def assigned(self, node: cst.Assign) -> cst.BaseSmallStatement | None:
        names, facts = assigned_names(node), self._writer.facts
        if not names or not _OF_THE_IMPORT.isdisjoint(names):
            return None
        if len(names) == 1 and self._holds_callbacks(names[0]):
            return self.dynamic(names[0])
        if len(names) == 1 and self._may_be_set(names[0], node.value):
            self._writer.settable.setdefault(names[0], "")
        if names == ["__all__"] or makes_type(self._writer.facts, node.value) or is_literal(node.value):
            self.types |= named_in(self._writer.facts, node.value)
            return self.dynamic(names[0]) if names[0] in self._writer.facts.rebound else node
        if len(names) == 1 and is_type(self._writer.index, self._writer.facts, node.value):
            self.types |= named_in(self._writer.facts, node.value)
            return node
        if not facts.hidden.union(facts.rebound).isdisjoint(names):
            first = (dotted(node.value) or "").partition(".")[0]
            is_known = names[0] not in facts.rebound and first in {*facts.imports, *facts.classes}
            return node if is_known else self.dynamic(names[0])
        if len(names) == 1 and is_filled_later(self._writer.facts, node.value) and self._has_objects():
            return self.dynamic(names[0])
        self._writer.made_here |= maker(self._writer.index, self._writer.facts, node.value)
        is_wrapped = may_be_wrapped(self._writer.index, self._writer.facts, node.value)
        targets = node.targets if _are_named(node.targets, names) else [cst.AssignTarget(_target(names))]
        return replaced(node, targets=targets, value=self._of_async(names, is_wrapped=is_wrapped))

    def _of_async(self, names: Iterable[str], *, is_wrapped: bool) -> cst.Name:
        """What the async module has under ``names``, as the sync side sees it."""
        found = [f"{self._writer.async_module}.{name}" for name in names]
        found = [f"{self._writer.bridge}.value({text})" for text in found] if is_wrapped else found
        return self._writer.marks.name(", ".join(found))

    def _holds_callbacks(self, name: str) -> bool:
        """Whether functions that callers put into a variable have to be adapted; noted, if so."""
        variables, qualified = self._writer.callbacks.variables, f"{self._writer.facts.module}.{name}"
        adapter = "" if name.startswith("_") else variables.adapter(qualified)
        if not adapter and not name.startswith("_"):
            found = variables.by_attribute(qualified)
            adapter = " ".join(f"{each}={how}" for each, how in found.items() if how in ADAPTERS)
        elif adapter not in ADAPTERS:
            return False
        if not adapter:
            return False
        self._writer.settable[name] = adapter
        return True

    def _may_be_set(self, name: str, value: cst.BaseExpression | None) -> bool:
        """Whether others are meant to set a variable: it is public, and by its name no constant; not a logger or an alias."""
        facts = self._writer.facts
        if (
            name.startswith("_")
            or name.isupper()
            or (isinstance(value, (cst.Name, cst.Attribute)) and not is_literal(value))
        ):
            return False
        if makes_type(facts, value) or is_type(self._writer.index, facts, value):
            return False
        return not (isinstance(value, cst.Call) and facts.resolve(value.func) == "logging.getLogger")

    def _has_objects(self) -> bool:
        """Whether the module has anything to do with objects that the sync side sees wrapped."""
        index, facts = self._writer.index, self._writer.facts
        return any(index.is_wrapped(one.qualified) for one in facts.classes.values()) or any(
            index.crosses(group[0]) for group in facts.functions.values()
        )

    def declared(self, node: cst.AnnAssign, name: str) -> cst.BaseSmallStatement | None:
        annotation = self._writer.types.annotation(node.annotation, None)
        head = dotted(node.annotation.annotation) or ""
        if self._holds_callbacks(name):
            return self.dynamic(name, annotation)
        if node.value is not None and not head.endswith("TypeAlias") and self._may_be_set(name, node.value):
            self._writer.settable.setdefault(name, "")
        if name in self._writer.facts.rebound:
            return self.dynamic(name, annotation)
        if node.value is None:
            return None
        if is_literal(node.value) or makes_type(self._writer.facts, node.value) or head.endswith("TypeAlias"):
            return replaced(node, annotation=annotation)
        if name in self._writer.facts.hidden:
            return self.dynamic(name, annotation)
        may_hold = mentions_wrapped(self._writer.index, self._writer.facts, node.annotation.annotation)
        if is_filled_later(self._writer.facts, node.value):
            if may_hold or mentions_anything(self._writer.facts, node.annotation.annotation):
                return self.dynamic(name, annotation)
            is_wrapped = False
        else:
            is_wrapped = may_hold or may_be_wrapped(self._writer.index, self._writer.facts, node.value)
        self._writer.made_here |= maker(self._writer.index, self._writer.facts, node.value)
        return replaced(node, annotation=annotation, value=self._of_async([name], is_wrapped=is_wrapped))

    def changed(self, name: str, nodes: Iterable[cst.CSTNode] = ()) -> cst.BaseSmallStatement:
        """A variable that may have another value now than it was given first: ``nodes`` have set it, perhaps."""
        if name in self._writer.facts.rebound:
            return self.dynamic(name)
        values = [
            node.value
            for node in nodes
            if isinstance(node, (cst.Assign, cst.AnnAssign)) and name in assigned_names(node)
        ]
        is_wrapped = any(may_be_wrapped(self._writer.index, self._writer.facts, value) for value in values)
        return cst.Assign([cst.AssignTarget(cst.Name(name))], self._of_async([name], is_wrapped=is_wrapped))

    def dynamic(self, name: str, annotation: cst.Annotation | None = None) -> cst.BaseSmallStatement:
        """A variable that the async module sets anew: it is read, and set, there each time."""
        self._writer.settable.setdefault(name, "")
        self.asked.add(name)
        return cst.AnnAssign(cst.Name(name), annotation or cst.Annotation(self._writer.any_type()))


def _are_named(targets: Sequence[cst.AssignTarget], names: list[str]) -> bool:
    """Whether it is one target, of nothing but ``names``: ``a``, or ``a, b``."""
    node = targets[0].target
    if len(targets) > 1 or isinstance(node, cst.Name):
        return len(targets) == 1
    if not isinstance(node, (cst.Tuple, cst.List)) or len(names) == 1:
        return False
    return all(type(one) is cst.Element and isinstance(one.value, cst.Name) for one in node.elements)


def _target(names: list[str]) -> cst.BaseAssignTargetExpression:
    if len(names) == 1:
        return cst.Name(names[0])
    return cst.Tuple([cst.Element(cst.Name(name)) for name in names], lpar=(), rpar=())


_OF_THE_IMPORT = frozenset("__cached__ __file__ __loader__ __name__ __package__ __path__ __spec__".split())
"""Where a module is: with the async module's ``__path__``, submodules would be the async ones by a sync name."""
