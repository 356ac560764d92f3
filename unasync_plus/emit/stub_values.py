"""Constants, aliases and class attributes: what of an assignment stands in the stub."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import libcst as cst

from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import Inferred, Scope
from unasync_plus.emit.stub_names import BUILTIN_TYPES, Names, from_typing
from unasync_plus.emit.stub_portable import is_portable, is_told_by_checkers, may_be_generic
from unasync_plus.emit.stub_shapes import Shape
from unasync_plus.emit.stub_text import annotation, default, dotted, is_simple_literal, one_line, source
from unasync_plus.emit.stub_types import is_type_expression

_DEFINING_CALLS = frozenset(
    "typing.TypeVar typing.ParamSpec typing.TypeVarTuple typing.NewType typing.NamedTuple typing.TypedDict "
    "typing.TypeAliasType collections.namedtuple enum.Enum enum.IntEnum enum.StrEnum enum.Flag enum.IntFlag "
    "builtins.property builtins.staticmethod builtins.classmethod functools.partialmethod".split()
)
"""Calls that define what they are assigned to: a type checker reads their text."""

_OF_ENUMS = ("_ignore_", "_order_")
_VERBATIM = ("__all__", "__slots__", "__match_args__", "__hash__")
_NOT_PORTABLE = re.compile(r"\b(?:lambda|for|await|yield)\b|:=")


@dataclass(slots=True)
class Value:
    """``name: annotation = text`` in the stub, each part where it is given; ``found`` is what was inferred for it."""

    name: str
    annotation: str = ""
    text: str = ""
    found: Inferred | None = None
    unknown: bool = False
    class_variable: bool = False
    comment: str = ""
    strings: bool = False

    def merge(self, other: Value) -> None:
        """Another assignment of the same name, made under another condition or later."""
        if self.found is not None and other.found is not None and "None" in (self.found.text, other.found.text):
            self.found = Inferred(union.join((self.found.text, other.found.text)), self.found.vague)
        elif self.found == Inferred("None") and not self.annotation and not other.annotation:
            self.found, self.unknown = None, True


def declared(node: cst.AnnAssign, name: str, names: Names, shape: Shape | None) -> Value:
    """An assignment with an annotation, or an annotation alone."""
    text = annotation(node.annotation.annotation)
    head, bracket, _ = text.partition("[")
    special = from_typing(names.qualified(head))
    value = Value(name, text)
    if special == "TypeAlias" and node.value is not None:
        value.text, value.strings = _alias_text(node.value), True
    elif special in ("Final", "ClassVar") and not bracket:
        _complete(value, special, node, names)
    elif node.value is not None and shape is not None and (shape.shows_values or shape.typed_dict):
        value.text = _shown_default(node.value)
    elif special == "Final" and node.value is not None and is_simple_literal(node.value):
        value.text = default(node.value) if default(node.value) != "..." else ""
    return value


def _complete(value: Value, special: str, node: cst.AnnAssign, names: Names) -> None:
    """``x: Final = value``: the value tells the type, so it stays, or its type is spelled out."""
    scalar = not isinstance(node.value, cst.Tuple | cst.List | cst.Set | cst.Dict)
    if special == "Final" and node.value is not None and scalar and default(node.value) != "...":
        value.text = default(node.value)
        return
    found = infer(node.value, Scope(names)) if node.value is not None else None
    value.unknown = found is None or found.vague
    value.annotation = f"{value.annotation}[{found.text if found else 'Any'}]"


def _shown_default(node: cst.BaseExpression) -> str:
    """A field's default: calls such as ``field(init=False)`` are read by type checkers, other values are not."""
    if isinstance(node, cst.Call) and not _NOT_PORTABLE.search(source(node)):
        return one_line(node)
    return default(node)


def _alias_text(node: cst.BaseExpression) -> str:
    return (
        annotation(node) if isinstance(node, cst.SimpleString | cst.Subscript | cst.BinaryOperation) else source(node)
    )


def assigned(
    node: cst.BaseExpression,
    name: str,
    names: Names,
    shape: Shape | None,
    members: Mapping[str, cst.CSTNode] = MappingProxyType({}),
    *,
    inherited: bool = False,
) -> Value:
    """An assignment without an annotation; ``shape`` and ``members`` are those of the class around it.

    ``inherited``: a base declares the name, whose type a type checker takes into account.
    """
    if shape is not None and shape.enum and (not name.startswith("_") or name in _OF_ENUMS):
        return Value(name, text=_member_value(node, names, members))
    if name in _VERBATIM or _defines(node, names):
        return Value(name, text=source(node), strings=name not in _VERBATIM)
    if shape is not None and isinstance(node, cst.Name) and isinstance(members.get(node.value), cst.ClassDef):
        return Value(name, f"type[{node.value}]")  # a variable for checkers, as the class is no module's
    if _is_alias(node, names, members):
        return Value(name, text=_alias_text(node), strings=True)
    if shape is not None and (shape.open or inherited) and is_portable(node, names, members):
        return Value(name, text=one_line(node))
    found = infer(node, Scope(names))
    untold = found is None or found.vague or may_be_generic(node, names)
    if untold and is_told_by_checkers(node, name, names, members):
        return Value(name, text=one_line(node))
    value = Value(name, found=found, unknown=found is None or found.vague)
    value.class_variable = shape is not None and shape.data
    return value


def _member_value(node: cst.BaseExpression, names: Names, members: Collection[str]) -> str:
    """The value of an enum's member; ``...`` where a stub cannot hold it, ``auto()`` too."""
    if "__new__" in members:
        return "..."  # which may make the value of anything
    plain = isinstance(node, cst.Name) or is_simple_literal(node)
    called = names.qualified(dotted(node.func)) if isinstance(node, cst.Call) else ""
    told = called != "enum.auto" and is_told_by_checkers(
        node, "", names, members
    )  # stubtest takes `auto()` for the value
    return one_line(node) if plain or told else "..."


def _defines(node: cst.BaseExpression, names: Names) -> bool:
    if not isinstance(node, cst.Call):
        return False
    qualified = names.qualified(dotted(node.func)) or ""
    return qualified.replace("typing_extensions.", "typing.", 1) in _DEFINING_CALLS


def _is_alias(node: cst.BaseExpression, names: Names, members: Collection[str]) -> bool:
    """Whether ``node`` names something whose type the stub tells already, or is a type expression."""
    if isinstance(node, cst.Name | cst.Attribute):
        name = dotted(node)
        root = name.partition(".")[0] if name else ""
        if root in ("True", "False", "None") or root.startswith("__"):
            return False
        if root in members or root in names.imports or root in names.classes or root in names.functions:
            return True
        return name in BUILTIN_TYPES or (names.defines(root) and "." in (name or ""))
    return is_type_expression(node, names)
