"""The public attributes of a wrapped class that its methods set: type checkers have to hear of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.scopes import all_parameters

from .facts import Attribute, ClassFacts
from .values import is_literal

if TYPE_CHECKING:
    from .writer import Writer


def attribute_lines(one: ClassFacts, writer: Writer) -> list[cst.SimpleStatementLine]:
    """``name: Type`` for every attribute that neither the class nor a base of it declares."""
    lines = []
    for name, attribute in one.attributes.items():
        if not name.startswith("_") and not _is_declared(one, name, writer):
            annotation = cst.Annotation(_type(attribute, one, writer))
            lines.append(cst.SimpleStatementLine([cst.AnnAssign(cst.Name(name), annotation)]))
    return lines


def _is_declared(one: ClassFacts, name: str, writer: Writer) -> bool:
    if any(name in found for found in (one.fields, one.values, one.functions, one.classes)):
        return True
    return any(
        name in found
        for base in writer.index.ancestors(one)
        for found in (base.fields, base.values, base.functions, base.attributes)
    )


def _type(attribute: Attribute, one: ClassFacts, writer: Writer) -> cst.BaseExpression:
    if attribute.annotation is not None:
        return writer.types.expression(attribute.annotation, one)
    value = attribute.value
    if isinstance(value, cst.Name):
        for param in all_parameters(attribute.function.node.params):
            if param.name.value == value.value and param.annotation is not None and not _is_starred(param):
                return writer.types.expression(param.annotation.annotation, one)
    if isinstance(value, cst.Call) and writer.index.class_named(one.module.resolve(value.func, one)) is not None:
        return value.func
    if value is not None and is_literal(value):
        return _of_literal(value, writer)
    return writer.any_type()


def _is_starred(param: cst.Param) -> bool:
    return bool(param.star)


def _of_literal(node: cst.BaseExpression, writer: Writer) -> cst.BaseExpression:
    kinds: tuple[tuple[type[cst.CSTNode], str], ...] = (
        (cst.Integer, "int"),
        (cst.Float, "float"),
        (cst.SimpleString, "bytes" if getattr(node, "value", "").lower().startswith(("b", "rb", "br")) else "str"),
        (cst.ConcatenatedString, "str"),
    )
    for kind, name in kinds:
        if isinstance(node, kind):
            return cst.Name(name)
    if isinstance(node, cst.Name) and node.value in ("True", "False"):
        return cst.Name("bool")
    return writer.any_type()
