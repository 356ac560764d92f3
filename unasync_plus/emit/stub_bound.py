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
    others = [one for one in node.args[1:] if one.keyword is None]
    keywords = {one.keyword.value: one.value for one in node.args if one.keyword is not None}
    if given is None or any(one.star for one in node.args) or (keywords and _KINDS[qualified]):
        return []
    decorator = cst.Decorator(cst.Name(_KINDS[qualified])) if _KINDS[qualified] else None
    params = given.params
    if decorator is None:
        count = len(others)
        if params.posonly_params or len(params.params) <= count:
            return []
        params = params.with_changes(params=[params.params[0], *params.params[count + 1 :]])
        bound = _with_keywords(params, keywords)
        if bound is None:
            return []
        params = bound
    elif others:
        return []
    made = given.with_changes(
        name=cst.Name(name), params=params, decorators=[decorator] if decorator is not None else []
    )
    return function(made, place, writer)


def _with_keywords(params: cst.Parameters, given: Mapping[str, cst.BaseExpression]) -> cst.Parameters | None:
    """``params`` with other defaults: from the first that is given on, only keywords reach them; None if that is not told.

    Source: ``_signature_get_partial`` in inspect.py.
    """
    if not given:
        return params
    names = [one.name.value for one in params.params]
    known = {*names[1:], *(one.name.value for one in params.kwonly_params)}
    if not given.keys() <= known or isinstance(params.star_arg, cst.Param):
        return None
    first = next((index for index, name in enumerate(names) if name in given), len(names))
    later = [
        one.with_changes(default=given[one.name.value], equal=cst.MaybeSentinel.DEFAULT)
        if one.name.value in given
        else one
        for one in (*params.params[first:], *params.kwonly_params)
    ]
    star = cst.ParamStar() if later else cst.MaybeSentinel.DEFAULT
    return params.with_changes(params=params.params[:first], kwonly_params=later, star_arg=star)


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
