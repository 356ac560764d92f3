"""``x = staticmethod(f)``, ``classmethod(f)`` and ``partialmethod(f, 1)`` as the functions that a stub needs for them."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from unasync_plus.emit.stub_functions import Place, function
from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_writer import Writer

_KINDS = {
    "builtins.staticmethod": "staticmethod",
    "builtins.classmethod": "classmethod",
    "functools.partialmethod": "",
}


def bound_lines(
    name: str, node: cst.BaseExpression, members: Mapping[str, cst.CSTNode], place: Place, writer: Writer
) -> list[str]:
    """The lines of the function that the attribute ``name`` of a class is; [] where ``node`` does not tell."""
    qualified = _called(node, writer.names)
    if qualified not in _KINDS or not isinstance(node, cst.Call) or not node.args:
        return []
    given = _function(node.args[0].value, members, writer.names)
    others = node.args[1:]
    if given is None or any(one.keyword is not None or one.star for one in node.args):
        return []
    decorator = cst.Decorator(cst.Name(_KINDS[qualified])) if _KINDS[qualified] else None
    params = given.params
    if decorator is None:
        count = len(others)
        if params.posonly_params or len(params.params) <= count:
            return []
        params = params.with_changes(params=[params.params[0], *params.params[count + 1 :]])
    elif others:
        return []
    made = given.with_changes(
        name=cst.Name(name), params=params, decorators=[decorator] if decorator is not None else []
    )
    return function(made, place, writer)


def _called(node: cst.BaseExpression, names: Names) -> str:
    return names.qualified(dotted(node.func)) or "" if isinstance(node, cst.Call) else ""


def _function(node: cst.BaseExpression, members: Mapping[str, cst.CSTNode], names: Names) -> cst.FunctionDef | None:
    if isinstance(node, cst.Lambda):
        body = cst.SimpleStatementSuite([cst.Return(node.body)])
        return cst.FunctionDef(cst.Name("_"), node.params, body)
    name = node.value if isinstance(node, cst.Name) else ""
    found = members.get(name) or names.functions.get(name)
    plain = isinstance(found, cst.FunctionDef) and not found.decorators and found.asynchronous is None
    return found if plain else None  # type: ignore[return-value]  # a FunctionDef
