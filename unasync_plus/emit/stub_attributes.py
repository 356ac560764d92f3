"""The attributes that the methods of a class assign on ``self``, and their types.

The first assignment decides, as it does for a type checker; a ``None`` beside it makes the type optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_functions import parameter_scope, simple_statements
from unasync_plus.emit.stub_infer import Inferred, Scope, infer, joined, narrowed
from unasync_plus.emit.stub_names import Names, bindings, from_typing, statements
from unasync_plus.emit.stub_text import annotation, dotted

_RAISES = (cst.Raise, cst.Return, cst.Continue, cst.Break)
_TARGETS = (cst.Attribute, cst.Tuple, cst.List)
Locals = dict[str, Inferred | None]


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
            return Inferred("None")
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

    @classmethod
    def of(cls, node: cst.ClassDef, names: Names) -> ClassView:
        if node in names.views:
            return names.views[node]
        view = names.views[node] = cls(node, names)
        view.members = dict(_members(node))
        for base in node.bases:
            local = names.classes.get(dotted(_head(base.value)) or "")
            if local is not None and local is not node:
                view.bases.append(cls.of(local, names))
        _Collector(view).run()
        return view

    def inherited(self, name: str) -> bool:
        return any(name in base.members or name in base.attributes or base.inherited(name) for base in self.bases)

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

    def _property(self, node: cst.FunctionDef) -> Inferred | None:
        kinds = {self.names.qualified(dotted(item.decorator)) for item in node.decorators}
        if node.returns is None or not kinds & {"builtins.property", "functools.cached_property"}:
            return None
        return Inferred(annotation(node.returns.annotation))

    def result(self, method: str, owner: str) -> Inferred | None:
        """What ``owner.method()`` gives back, as it is declared."""
        found = self.member(method)
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


def _head(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.value if isinstance(node, cst.Subscript) else node


def _members(node: cst.ClassDef) -> Iterator[tuple[str, cst.CSTNode]]:
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


class _Collector:
    """One walk over the methods of a class, statement by statement, with the local types at hand."""

    def __init__(self, view: ClassView) -> None:
        self._view = view
        self._self = ""
        self._method = ""
        self._scope = Scope(view.names)

    def run(self) -> None:
        for statement in statements(self._view.node.body.body):
            if isinstance(statement, cst.FunctionDef):
                self._function(statement)

    def _function(self, node: cst.FunctionDef) -> None:
        parameters = (*node.params.posonly_params, *node.params.params)
        if not parameters or any(dotted(item.decorator) == "staticmethod" for item in node.decorators):
            return
        self._self, self._method = parameters[0].name.value, node.name.value
        self._scope = parameter_scope(node, self._view.names)
        self._scope.locals[self._self] = None
        self._scope.attribute, self._scope.method = self._attribute, self._result
        if node.type_parameters is None and any(map(self._is_about_self, simple_statements(node))):
            self._block(node.body.body)

    def _is_about_self(self, node: cst.CSTNode) -> bool:
        """Whether an attribute of ``self`` may come into being here: most methods need no closer look."""
        kind = type(node)
        if kind is cst.Assign:
            return any(type(target.target) in _TARGETS for target in node.targets)  # type: ignore[attr-defined]
        return kind is cst.AnnAssign or kind is cst.WithItem

    def _attribute(self, owner: str, name: str) -> Inferred | None:
        return self._view.attribute(name) if owner == self._self else None

    def _result(self, owner: str, name: str) -> Inferred | None:
        if owner == self._self:
            return self._view.result(name, owner)
        node = self._view.names.classes.get(owner)
        if node is None or owner in self._scope.locals:
            return None
        return ClassView.of(node, self._view.names).result(name, owner)

    def _block(self, body: Iterable[cst.CSTNode]) -> bool:
        """Walk ``body``; whether its end is never reached."""
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine):
                if self._block(statement.body):
                    return True
            elif isinstance(statement, _RAISES):
                return True
            elif isinstance(statement, cst.If):
                if self._if(statement):
                    return True
            else:
                self._statement(statement)
        return False

    def _if(self, node: cst.If) -> bool:
        then, otherwise = narrowed(node.test, self._scope)
        following: Sequence[cst.CSTNode] = ()
        if isinstance(node.orelse, cst.If):
            following = (node.orelse,)
        elif isinstance(node.orelse, cst.Else):
            following = node.orelse.body.body
        self._scope.locals = then
        first_ends = self._block(node.body.body)
        then = self._scope.locals
        self._scope.locals = otherwise
        second_ends = self._block(following)
        otherwise = self._scope.locals
        if first_ends or second_ends:
            self._scope.locals = otherwise if first_ends else then
        else:
            self._scope.locals = _merged(then, otherwise)
        return first_ends and second_ends

    def _statement(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Assign):
            for target in node.targets:
                self._assign(target.target, node.value)
        elif isinstance(node, cst.AnnAssign):
            self._declare(node)
        elif isinstance(node, cst.Import | cst.ImportFrom):
            for local, _ in bindings(node):
                self._scope.locals[local] = None
        elif isinstance(node, cst.Assert):
            self._scope.locals, _ = narrowed(node.test, self._scope)
        elif isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._scope.locals[node.name.value] = None
        elif isinstance(node, cst.For):
            self._forget(node.target)
            self._block((*node.body.body, *(node.orelse.body.body if node.orelse else ())))
        elif isinstance(node, cst.With):
            for item in node.items:
                if item.asname is not None:
                    self._unknown(item.asname.name)
            self._block(node.body.body)
        elif isinstance(node, cst.While):
            self._block(node.body.body)
        elif isinstance(node, cst.Try | cst.TryStar):
            self._try(node)

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        before = dict(self._scope.locals)
        self._block(node.body.body)
        if node.orelse is not None:
            self._block(node.orelse.body.body)
        after = self._scope.locals
        for handler in node.handlers:
            self._scope.locals = dict(before)
            if not self._block(handler.body.body):
                after = _merged(after, self._scope.locals)
        self._scope.locals = after
        if node.finalbody is not None:
            self._block(node.finalbody.body.body)

    def _forget(self, target: cst.BaseExpression) -> None:
        for name in target_names(target):
            self._scope.locals[name] = None

    def _unknown(self, target: cst.BaseExpression) -> None:
        self._forget(target)
        name = self._own(target)
        if name:
            self._found(name).types.append(None)

    def _own(self, target: cst.BaseExpression) -> str:
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            return target.attr.value if target.value.value == self._self else ""
        return ""

    def _found(self, name: str) -> Attribute:
        return self._view.attributes.setdefault(name, Attribute(self._method))

    def _assign(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        if isinstance(target, cst.Tuple | cst.List):
            self._unpack(target, value)
        elif isinstance(target, cst.Name):
            self._scope.locals[target.value] = _reassigned(self._scope.locals.get(target.value), value, self._scope)
        elif self._own(target):
            name = self._own(target)
            self._found(name).types.append(self._usable(infer(value, self._scope)))

    def _unpack(self, target: cst.Tuple | cst.List, value: cst.BaseExpression) -> None:
        same = isinstance(value, cst.Tuple | cst.List) and len(value.elements) == len(target.elements)
        for position, element in enumerate(target.elements):
            if same and isinstance(value, cst.Tuple | cst.List):
                self._assign(element.value, value.elements[position].value)
            else:
                self._unknown(element.value)

    def _declare(self, node: cst.AnnAssign) -> None:
        text = annotation(node.annotation.annotation)
        if isinstance(node.target, cst.Name):
            self._scope.locals[node.target.value] = Inferred(text)
            return
        name = self._own(node.target)
        if not name:
            return
        found = self._found(name)
        head, bracket, rest = text.partition("[")
        if from_typing(self._view.names.qualified(head)) == "Final":
            found.final = True
            if not bracket and node.value is not None:
                found.types.insert(0, self._usable(infer(node.value, self._scope)))
                return
            text = rest[:-1] if bracket else ""
        found.declared = found.declared or text

    def _usable(self, found: Inferred | None) -> Inferred | None:
        """``found``, unless it speaks of names that only the method knows, or of type variables of the method."""
        if found is None or found is _NOT_NONE:
            return None
        own = own_type_parameters(self._view.node, self._view.names)
        for root in roots(found.text):
            if root in self._view.names.type_parameters and root not in own:
                return None
            if root in self._scope.locals and not self._view.names.knows(root):
                return None
        return found


def _reassigned(declared: Inferred | None, value: cst.BaseExpression, scope: Scope) -> Inferred | None:
    """The type of a local name after ``name = value``: what cannot be known leaves its declared type."""
    found = infer(value, scope)
    if declared is None or (found is not None and not found.vague):
        return found
    if declared.text == "None":
        return found or _NOT_NONE
    plain = Inferred(union.without_none(declared.text), declared.vague)
    if found is None:
        falls_back = isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or)
        return plain if falls_back else declared
    return plain if found.text.partition("[")[0] in plain.text else found


_NOT_NONE = Inferred("")
"""What ``if x is None: x = something()`` makes of ``x``: whatever else it was declared to be."""


def _merged(left: Locals, right: Locals) -> Locals:
    """The types behind a fork, where either way may have been taken."""
    both: Locals = {}
    for name in {**left, **right}:
        one, other = left.get(name), right.get(name)
        if one == other or other is _NOT_NONE:
            both[name] = one
        else:
            both[name] = other if one is _NOT_NONE else joined([one, other])
    return both


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
