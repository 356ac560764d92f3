"""The attributes that the methods of a class assign on ``self``, and their types.

The first assignment decides, as it does for a type checker; a ``None`` beside it makes the type optional.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import libcst as cst

from unasync_plus.emit.stub_flow import NOT_NONE, merged, reassigned
from unasync_plus.emit.stub_functions import parameter_scope, simple_statements
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import Inferred, Scope, path_of_class
from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_narrow import narrowed
from unasync_plus.emit.stub_statements import bindings, statements
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.emit.stub_views import Attribute, ClassView, members_of, own_type_parameters, roots, target_names
from unasync_plus.tree import LEAVING

_TARGETS = (cst.Attribute, cst.Tuple, cst.List)


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
        return view_of(node, self._view.names).result(name, owner)

    def _block(self, body: Iterable[cst.CSTNode]) -> bool:
        """Walk ``body``; whether its end is never reached."""
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine):
                if not _is_placeholder(statement) and self._block(statement.body):
                    return True
            elif isinstance(statement, LEAVING):
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
            self._scope.locals = merged(then, otherwise)
        return first_ends and second_ends

    def _statement(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Assign):
            for target in node.targets:
                self._assign(target.target, node.value)
        elif isinstance(node, cst.AnnAssign):
            self._declare(node)
        elif isinstance(node, cst.Import | cst.ImportFrom):
            self._import(node)
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
        elif isinstance(node, cst.Match):
            for case in node.cases:
                self._block(case.body.body)
        elif isinstance(node, cst.Try | cst.TryStar):
            self._try(node)

    def _import(self, node: cst.Import | cst.ImportFrom) -> None:
        """An import inside the method: the stub may need it at its top, for the type of an attribute."""
        names = self._view.names
        paths = [dotted(one.name) or "" for one in node.names] if isinstance(node, cst.Import) else []
        for local, meaning in bindings(node):
            if not names.knows(local) and not any(path.startswith(f"{local}.") for path in paths):
                names.imports[local] = names.added[local] = meaning
            if names.imports.get(local) != meaning:
                self._scope.locals[local] = None

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        before = dict(self._scope.locals)
        self._block(node.body.body)
        if node.orelse is not None:
            self._block(node.orelse.body.body)
        after = self._scope.locals
        for handler in node.handlers:
            self._scope.locals = dict(before)
            if not self._block(handler.body.body):
                after = merged(after, self._scope.locals)
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
            self._scope.locals[target.value] = reassigned(self._scope.locals.get(target.value), value, self._scope)
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
        if self._usable(Inferred(text)) is None:
            found.types.append(None)
            return
        found.declared = found.declared or text

    def _usable(self, found: Inferred | None) -> Inferred | None:
        """``found``, unless it speaks of names that only the method knows, or of type variables of the method."""
        if found is None or found is NOT_NONE:
            return None
        own = own_type_parameters(self._view.node, self._view.names)
        for root in roots(found.text):
            if root in self._view.names.type_parameters and root not in own:
                return None
            if root in self._scope.locals and not self._view.names.knows(root):
                return None
        return found


def _is_placeholder(statement: cst.SimpleStatementLine) -> bool:
    """``self.x = None  # type: ignore``: the type is declared elsewhere, and is not this."""
    comment = statement.trailing_whitespace.comment
    assign = statement.body[0]
    value = assign.value if isinstance(assign, cst.Assign) else None
    is_none = isinstance(value, cst.Name) and value.value == "None"
    return is_none and comment is not None and "type: ignore" in comment.value


def view_of(node: cst.ClassDef, names: Names) -> ClassView:
    """What is known about a class; found out once."""
    if node in names.views:
        return names.views[node]
    view = names.views[node] = ClassView(node, names, where=path_of_class(node, names))
    view.members = dict(members_of(node))
    for base in node.bases:
        head = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        local = names.classes.get(dotted(head) or "")
        if local is not None and local is not node:
            view.bases.append(view_of(local, names))
    _Collector(view).run()
    return view
