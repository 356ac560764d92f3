"""The public attributes of a wrapped class that are not declared: type checkers have to hear of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.stub_attributes import view_of
from unasync_plus.emit.stub_names import BUILTIN_TYPES
from unasync_plus.emit.stub_text import annotation
from unasync_plus.emit.stub_views import own_type_parameters, roots
from unasync_plus.rewrite.make import on_its_own
from unasync_plus.tree import all_parameters, unquoted

from .facts import Attribute, ClassFacts
from .mentions import is_dataclass
from .values import is_type, makes_type

if TYPE_CHECKING:
    from .writer import Writer


def attribute_lines(one: ClassFacts, writer: Writer) -> list[cst.SimpleStatementLine]:
    """``name: Type`` for every attribute that neither the class nor a base of it declares."""
    lines = []
    for name, attribute in one.attributes.items():
        if not name.startswith("_") and not _is_declared(one, name, writer):
            kind = cst.Annotation(on_its_own(_type(name, attribute, one, writer)))
            value = _no_field(writer) if is_dataclass(one) else None
            lines.append(cst.SimpleStatementLine([cst.AnnAssign(cst.Name(name), kind, value)]))
    return lines


def _no_field(writer: Writer) -> cst.BaseExpression:
    """What an attribute of a dataclass is set to that its ``__init__`` does not take."""
    writer.imports.add(("dataclasses", "", ""))
    return cst.parse_expression(f"{writer.marks.mark('dataclasses.field')}(init=False)")


def _is_declared(one: ClassFacts, name: str, writer: Writer) -> bool:
    if any(name in found for found in (one.fields, one.values, one.functions, one.classes)):
        return True
    return any(
        name in found
        for base in writer.index.ancestors(one)
        for found in (base.fields, base.values, base.functions, base.attributes)
    )


def _type(name: str, attribute: Attribute, one: ClassFacts, writer: Writer) -> cst.BaseExpression:
    if attribute.annotation is not None:
        return writer.types.expression(attribute.annotation, one)
    value = attribute.value
    if isinstance(value, cst.Name):
        for param in all_parameters(attribute.function.node.params):
            if (
                param.name.value == value.value
                and param.annotation is not None
                and not _is_starred(param)
                and not _is_open(param.annotation.annotation, one, writer)
            ):
                return writer.types.expression(param.annotation.annotation, one)
    if isinstance(value, cst.Call) and writer.index.class_named(one.module.resolve(value.func, one)) is not None:
        return value.func
    return inferred_type(name, one, writer)


def _is_open(node: cst.BaseExpression, one: ClassFacts, writer: Writer) -> bool:
    """Whether a type depends on a type variable that is only a method's."""
    text = annotation(unquoted(node) or node if isinstance(node, cst.SimpleString) else node)
    names = writer.checker_names
    return not roots(text).isdisjoint(names.type_parameters - own_type_parameters(one.node, names))


def inferred_type(name: str, one: ClassFacts, writer: Writer) -> cst.BaseExpression:
    """What a type checker would find out from all that ``name`` is set to; ``Any`` if it needs names that are not here."""
    found = view_of(one.node, writer.checker_names).attribute(name)
    hidden = {*one.functions, *one.fields, *one.values, *one.attributes}
    named = roots(found.text) - {"Any", "None"} if found is not None else set()
    if found is None or any(root in hidden or not _is_type_here(root, one, writer) for root in named):
        writer.untold.append(f"{one.qualified[len(one.module.module) + 1 :]}.{name}")
        return writer.any_type()
    if found.vague:
        writer.untold.append(f"{one.qualified[len(one.module.module) + 1 :]}.{name}")
    if "Any" in roots(found.text):
        writer.any_type()
    return writer.types.expression(cst.parse_expression(found.text), one)


def _is_type_here(root: str, one: ClassFacts, writer: Writer) -> bool:
    facts = one.module
    value = facts.values.get(root)
    if root in facts.values:
        return is_type(writer.index, facts, value) or makes_type(facts, value)
    return root in facts.classes or root in facts.imports or root in BUILTIN_TYPES


def _is_starred(param: cst.Param) -> bool:
    return bool(param.star)
