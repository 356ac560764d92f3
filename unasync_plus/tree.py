"""Which fields of a libcst node carry meaning, and a walk over only those.

libcst's visitors pay for every whitespace and token node. Most of what this project asks of a tree concerns
expressions and statements only, so the fields that hold them are computed once per class here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import libcst as cst

_TOKENS = frozenset(
    "lpar rpar comma semicolon leading_lines lines_after_decorators trailing_whitespace header footer indent equal "
    "operator asynchronous lbrace rbrace lbracket rbracket dot colon star relative encoding default_indent "
    "default_newline has_trailing_newline first_colon second_colon posonly_ind separator trailing_comma conversion "
    "start end first_line empty_lines last_line newline comment".split()
)
_KEEP = {("Parameters", "star_arg"), ("Parameters", "star_kwarg")}
_VALUE_ONLY = (cst.Name, cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString, cst.Ellipsis, cst.FormattedStringText)


def _semantic_fields(cls: type[cst.CSTNode]) -> tuple[str, ...]:
    if issubclass(cls, _VALUE_ONLY):
        return ()
    return tuple(
        name
        for name in getattr(cls, "__dataclass_fields__", {})
        if name != "__slots__"
        and ((cls.__name__, name) in _KEEP or (name not in _TOKENS and not name.startswith("whitespace")))
    )


NO_NODES = frozenset({type(None), str, bool, cst.MaybeSentinel})
"""What a field may hold besides nodes and sequences of them.

Asking ``isinstance(value, cst.CSTNode)`` instead would be ten times slower: that class is an abstract one.
"""


class _Fields(dict[type[Any], tuple[str, ...]]):
    def __missing__(self, cls: type[Any]) -> tuple[str, ...]:
        self[cls] = fields = _semantic_fields(cls)
        return fields


FIELDS = _Fields()
"""Node class → names of the fields that hold expressions, statements or lists of them, in source order."""

_SLOTS: dict[type[Any], list[tuple[str, Callable[[Any], Any], Callable[[Any, Any], None]]]] = {}
"""Node class → the names of all its fields, and what reads and writes the slot of each, past the class's ``__setattr__``."""

N = TypeVar("N", bound=cst.CSTNode)


def replaced(node: N, **changes: object) -> N:
    """A shallow copy of ``node`` with other values in some fields.

    The same as ``with_changes`` without the validation, which costs more than everything else here; what comes out
    is parsed again before it is written.
    """
    cls = type(node)
    slots = _SLOTS.get(cls)
    if slots is None:
        names = [name for name in cls.__dataclass_fields__ if name != "__slots__"]
        slots = _SLOTS[cls] = [(name, getattr(cls, name).__get__, getattr(cls, name).__set__) for name in names]
    copy = object.__new__(cls)
    for name, read, write in slots:
        write(copy, changes[name] if name in changes else read(node))
    return copy


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The direct semantic children of ``node``, in source order."""
    for name in FIELDS[type(node)]:
        value = getattr(node, name)
        if value.__class__ is tuple or value.__class__ is list:
            yield from value
        elif value.__class__ not in NO_NODES:
            yield value


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """``node`` and everything of meaning below it, parents first."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def has_name(node: cst.CSTNode, name: str) -> bool:
    """Whether the variable ``name`` stands in ``node``, or anything else that is called so by itself."""
    return any(type(part) is cst.Name and part.value == name for part in walk(node))


def own_nodes(body: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """``body`` and the nodes below it that belong to the same function, in source order."""
    stack: list[cst.CSTNode] = [body]
    while stack:
        node = stack.pop()
        yield node
        if type(node) not in _SCOPES or node is body:
            stack.extend(reversed(list(children(node))))


_SCOPES: frozenset[type] = frozenset((cst.FunctionDef, cst.Lambda, cst.ClassDef))


def dotted(node: Any) -> str | None:
    """``a.b.c`` for a chain of attributes over a name, else None."""
    parts: list[str] = []
    while node.__class__ is cst.Attribute:
        parts.append(node.attr.value)
        node = node.value
    if node.__class__ is not cst.Name:
        return None
    parts.append(node.value)
    return ".".join(reversed(parts))


def name_or_attribute(path: str) -> cst.Name | cst.Attribute:
    """The expression that reads ``path``, a dotted name."""
    head, *rest = path.split(".")
    node: cst.Name | cst.Attribute = cst.Name(head)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def unquoted(node: cst.SimpleString) -> cst.BaseExpression | None:
    """The expression that a string holds; None if it holds none."""
    text = node.evaluated_value
    try:
        return cst.parse_expression(text) if isinstance(text, str) else None
    except cst.ParserSyntaxError:
        return None


def all_parameters(params: cst.Parameters) -> Iterator[cst.Param]:
    """Every parameter, in source order, the starred ones too."""
    yield from params.posonly_params
    yield from params.params
    if isinstance(params.star_arg, cst.Param):
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


LEAVING = (cst.Return, cst.Raise, cst.Continue, cst.Break)
"""Statements behind which their block does not go on."""


_HOLDERS: frozenset[type[Any]] = frozenset({cst.IndentedBlock, cst.SimpleStatementSuite, cst.SimpleStatementLine})


def last_statement(node: Any) -> Any:
    """The last statement of a block or line, which may be a compound one; the statement itself if it is neither."""
    while node.__class__ in _HOLDERS and node.body:
        node = node.body[-1]
    return node


def leaves(node: Any) -> bool:
    """Whether nothing that follows ``node``, a statement or a block, is ever reached by way of it."""
    return last_statement(node).__class__ in LEAVING


def is_same(new: Sequence[object], old: Sequence[object]) -> bool:
    """Whether two sequences hold the very same objects in the same order."""
    return new is old or (len(new) == len(old) and all(map(operator.is_, new, old)))
