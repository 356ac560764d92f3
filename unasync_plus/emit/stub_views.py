"""What a class of the module says about its members, the bases in the module included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import Inferred, Scope, is_generic, joined
from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_text import annotation, dotted


@dataclass(slots=True)
class Attribute:
    """``types`` in the order of the assignments; ``declared`` where one of them carries an annotation."""

    method: str
    declared: str = ""
    final: bool = False
    types: list[Inferred | None] = field(default_factory=list)

    def type(self) -> Inferred | None:
        if self.declared:
            return Inferred(self.declared)
        if not self.types:
            return None
        values = [one for one in self.types if one is None or one.text != "None"]
        if not values:
            return Inferred("Any", vague=True)  # a placeholder for what others put there
        first = values[0]
        if first is not None and first.vague:
            kind = first.text.partition("[")[0]
            fuller = (one for one in values if one and not one.vague and one.text.partition("[")[0] == kind)
            first = next(fuller, first)
        if first is None or len(values) == len(self.types):
            return first
        return joined([first, Inferred("None")])


@dataclass(slots=True)
class ClassView:
    """What a class of the module, its bases in the module included, says about its members."""

    node: cst.ClassDef
    names: Names
    attributes: dict[str, Attribute] = field(default_factory=dict)
    members: dict[str, cst.CSTNode] = field(default_factory=dict)
    bases: list[ClassView] = field(default_factory=list)
    where: str = ""
    """``Outer.Inner``, for a class that stands in no function."""

    def inherited(self, name: str) -> bool:
        if name in self.names.elsewhere.inherited.get(self.node.name.value, ()):
            return True
        return any(name in base.members or name in base.attributes or base.inherited(name) for base in self.bases)

    def inferred(self, name: str) -> Inferred | None:
        """The type of an attribute that methods assign here or in a base, and nothing declares."""
        if name in self.members:
            return None
        if name in self.attributes:
            return self.attributes[name].type() if not self.attributes[name].declared else None
        return next((found for base in self.bases if (found := base.inferred(name)) is not None), None)

    def member(self, name: str) -> cst.CSTNode | None:
        if name in self.members:
            return self.members[name]
        return next((found for base in self.bases if (found := base.member(name)) is not None), None)

    def attribute(self, name: str) -> Inferred | None:
        """The type of ``self.name``: an assigned attribute, a declared one, or a property."""
        if name in self.attributes:
            return self.attributes[name].type()
        found = self.members.get(name)
        if isinstance(found, cst.AnnAssign):
            text = annotation(found.annotation.annotation)
            head, bracket, rest = text.partition("[")
            if from_typing(self.names.qualified(head)) in ("Final", "ClassVar"):
                return Inferred(rest[:-1]) if bracket else None
            return Inferred(text)
        if isinstance(found, cst.FunctionDef):
            return self._property(found)
        if isinstance(found, cst.Assign):
            return infer(found.value, Scope(self.names))
        return next((one for base in self.bases if (one := base.attribute(name)) is not None), None)

    def path_of(self, member: str) -> str:
        """``Outer.member``, as the module writes it, from the class that defines it."""
        if member in self.members:
            return f"{self.where}.{member}" if self.where else ""
        return next((path for base in self.bases if (path := base.path_of(member))), "")

    def _property(self, node: cst.FunctionDef) -> Inferred | None:
        kinds = {self.names.qualified(dotted(item.decorator)) for item in node.decorators}
        if node.returns is None or not kinds & {"builtins.property", "functools.cached_property"}:
            return None
        return Inferred(annotation(node.returns.annotation))

    def result(self, method: str, owner: str) -> Inferred | None:
        """What ``owner.method()`` gives back, as it is declared."""
        found = self.member(method)
        if isinstance(found, cst.ClassDef):
            path = self.path_of(method)
            return Inferred(path) if path and not is_generic(found, self.names) else None
        if not isinstance(found, cst.FunctionDef) or found.returns is None or found.asynchronous:
            return None
        kinds = {dotted(item.decorator) for item in found.decorators}
        if not kinds <= {"classmethod", "staticmethod", "abstractmethod", "abc.abstractmethod"}:
            return None
        if found.type_parameters is not None:
            return None
        text = annotation(found.returns.annotation)
        if from_typing(self.names.qualified(text)) == "Self" and owner in self.names.classes:
            return Inferred(owner)
        return Inferred(text)


def members_of(node: cst.ClassDef) -> Iterator[tuple[str, cst.CSTNode]]:
    for statement in statements(node.body.body):
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            yield statement.name.value, statement
        elif isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name):
            yield statement.target.value, statement
        elif isinstance(statement, cst.Assign):
            for target in statement.targets:
                for name in target_names(target.target):
                    yield name, statement


def target_names(target: cst.BaseExpression) -> Iterator[str]:
    """The plain names that an assignment target binds."""
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from target_names(element.value)


def roots(text: str) -> set[str]:
    """The names at the beginning of each dotted name in a type."""
    probe = Names()
    probe.use(text)
    return {name.partition(".")[0] for name in probe.used}


def own_type_parameters(node: cst.ClassDef, names: Names) -> set[str]:
    own = {one.param.name.value for one in node.type_parameters.params} if node.type_parameters else set()
    for base in node.bases:
        own |= roots(annotation(base.value)) & names.type_parameters
    return own
