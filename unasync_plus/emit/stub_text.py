"""From libcst expressions to the one-line text that stands in a stub.

Annotations lose the quotes that a stub does not need, and the comments and line breaks between their parts.
Everything else is the source's own text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import libcst as cst

_NAME = re.compile(r"[^\W\d][\w.]*\Z")
_QUOTED = re.compile(r"""(?i:[ru]?)("{3}|'{3}|"(?!")|'(?!'))(.*)\1\Z""", re.DOTALL)
_LAYOUT = re.compile(
    r"""(?P<string>[A-Za-z]{0,2}(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"""|(?P<layout>(?:[ \t]*(?:\#[^\n]*)?\\?\n[ \t]*)+)"""
)
_AFTER_OPENING = re.compile(r"([(\[{]) ")
_BEFORE_CLOSING = re.compile(r",? ([)\]}])")
_NEWLINES = re.compile(r"\r\n?")
_PRINTER = cst.Module([])


def source(node: cst.CSTNode) -> str:
    """``node`` as it is written, line breaks included."""
    if isinstance(node, cst.Name) and not node.lpar:
        return node.value
    return _NEWLINES.sub("\n", _PRINTER.code_for_node(node))


def one_line(node: cst.CSTNode) -> str:
    """``node`` as it is written, on one line and without comments (a string over several lines stays)."""
    text = source(node)
    if "\n" not in text:
        return text
    joined = _LAYOUT.sub(lambda found: found["string"] or " ", text)
    return _BEFORE_CLOSING.sub(r"\1", _AFTER_OPENING.sub(r"\1", joined))


def dotted(node: cst.CSTNode) -> str | None:
    """``a.b.c`` for a name or an attribute of names, otherwise None."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr.value}" if head else None
    return None


def annotation(node: cst.BaseExpression) -> str:
    """``node``, read as a type: one line, no quotes around forward references."""
    form = _FORMS.get(type(node))
    if form is None:
        return one_line(node)
    text: str = form(node)
    return f"({text})" if node.lpar and type(node) is not cst.Name else text


def _attribute(node: cst.Attribute) -> str:
    return f"{annotation(node.value)}.{node.attr.value}"


def _binary(node: cst.BinaryOperation) -> str:
    if isinstance(node.operator, cst.BitOr):
        return f"{annotation(node.left)} | {annotation(node.right)}"
    return one_line(node.with_changes(lpar=(), rpar=()))


def _list(node: cst.List) -> str:
    return f"[{', '.join(_item(element) for element in node.elements)}]"


def _item(element: cst.BaseElement) -> str:
    star = "*" if isinstance(element, cst.StarredElement) else ""
    return star + annotation(element.value)


def _subscript(node: cst.Subscript) -> str:
    head = annotation(node.value)
    last = head.rpartition(".")[2]
    parts = []
    for position, element in enumerate(node.slice):
        index = element.slice
        if type(index) is not cst.Index or last == "Literal" or (last == "Annotated" and position):
            parts.append(one_line(index))
        else:
            parts.append(("*" if index.star else "") + annotation(index.value))
    return f"{head}[{', '.join(parts)}]"


def _forward_reference(literal: str) -> str:
    """What stands inside a quoted annotation; the literal itself where that is no type."""
    found = _QUOTED.match(literal)
    inside = found[2].strip() if found else ""
    if not inside or "\\" in inside:
        return literal
    if _NAME.match(inside):
        return inside
    try:
        return annotation(cst.parse_expression(" ".join(inside.split()) if "\n" in inside else inside))
    except cst.ParserSyntaxError:
        return literal


_FORMS: dict[type[cst.CSTNode], Callable[[Any], str]] = {  # looked up by class: isinstance is slow on ABCs
    cst.Attribute: _attribute,
    cst.BinaryOperation: _binary,
    cst.List: _list,
    cst.Name: lambda node: str(node.value),
    cst.SimpleString: lambda node: _forward_reference(node.value),
    cst.Subscript: _subscript,
}

_SCALARS = (cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString, cst.Ellipsis)


def is_simple_literal(node: cst.BaseExpression) -> bool:
    """Whether a stub shows ``node`` as a default: a number, a string, a constant, a small display of those."""
    if isinstance(node, _SCALARS):
        return True
    if isinstance(node, cst.Name):
        return node.value in ("True", "False", "None")
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Minus | cst.Plus) and isinstance(
            node.expression, cst.Integer | cst.Float | cst.Imaginary
        )
    if isinstance(node, cst.Tuple | cst.List | cst.Set):
        return all(type(item) is cst.Element and is_simple_literal(item.value) for item in node.elements)
    if isinstance(node, cst.Dict):
        return all(
            isinstance(item, cst.DictElement) and is_simple_literal(item.key) and is_simple_literal(item.value)
            for item in node.elements
        )
    return False


def default(node: cst.BaseExpression, longest: int = 80) -> str:
    """A default as a stub shows it: its source text where that says something, else ``...``; never a repr."""
    if not is_simple_literal(node):
        return "..."
    text = one_line(node)
    return text if len(text) <= longest and "\n" not in text else "..."
