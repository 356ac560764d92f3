"""The ``result(timeout)`` that a ``__await__`` without annotations has become: what it gives is what it waits for."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_functions import parameter_scope, simple_statements
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import joined
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_views import ClassView

_MARK = "_awaited_by_result"


def annotated(node: cst.FunctionDef, view: ClassView | None) -> cst.FunctionDef:
    """``node`` with the annotations that its class leaves no doubt about; as it is where it is no such method."""
    parameters = node.params.params
    if view is None or node.name.value != "result" or _MARK not in view.members or len(parameters) != 2:
        return node
    itself, timeout = parameters
    if timeout.annotation is None:
        timeout = timeout.with_changes(annotation=cst.Annotation(cst.parse_expression("float | None")))
        node = node.with_changes(params=node.params.with_changes(params=[itself, timeout]))
    if node.returns is not None:
        return node
    scope = parameter_scope(node, view.names)
    scope.locals[itself.name.value] = None
    scope.attribute = lambda owner, name: view.attribute(name) if owner == itself.name.value else None
    scope.method = lambda owner, name: view.result(name, owner) if owner == itself.name.value else None
    given = [part.value for part in simple_statements(node) if isinstance(part, cst.Return) and part.value is not None]
    found = joined([infer(value, scope) for value in given if not _waits_for_itself(value, itself.name.value)])
    if found is None or found.vague:
        return node
    return node.with_changes(returns=cst.Annotation(cst.parse_expression(found.text)))


def _waits_for_itself(node: cst.BaseExpression, itself: str) -> bool:
    """``wait_for(self.result, timeout)``"""
    return isinstance(node, cst.Call) and bool(node.args) and dotted(node.args[0].value) == f"{itself}.result"
