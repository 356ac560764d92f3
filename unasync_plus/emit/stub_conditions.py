"""Which conditions a type checker understands, and what they mean for a stub."""

from __future__ import annotations

from enum import Enum, auto

import libcst as cst

from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_text import dotted


class Condition(Enum):
    ALWAYS = auto()
    NEVER = auto()
    CHECKER_ONLY = auto()
    """``if TYPE_CHECKING:``"""
    RUNTIME_ONLY = auto()
    """``if not TYPE_CHECKING:``"""
    STATIC = auto()
    """``sys.version_info``, ``sys.platform``: the stub keeps the condition."""
    MAIN = auto()
    """``if __name__ == "__main__":``: nothing that an import sees."""
    UNKNOWN = auto()


_OPPOSITE = {
    Condition.ALWAYS: Condition.NEVER,
    Condition.NEVER: Condition.ALWAYS,
    Condition.CHECKER_ONLY: Condition.RUNTIME_ONLY,
    Condition.RUNTIME_ONLY: Condition.CHECKER_ONLY,
}


def condition_of(test: cst.BaseExpression, names: Names) -> Condition:
    """What kind of condition ``test`` is."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = condition_of(test.expression, names)
        return _OPPOSITE.get(inner, inner)
    if isinstance(test, cst.Name | cst.Attribute):
        return _named(dotted(test), names)
    if isinstance(test, cst.Integer):
        return Condition.NEVER if test.value == "0" else Condition.ALWAYS
    if isinstance(test, cst.BooleanOperation):
        parts = {condition_of(test.left, names), condition_of(test.right, names)}
        if Condition.RUNTIME_ONLY in parts and isinstance(test.operator, cst.And):
            return Condition.RUNTIME_ONLY
        return Condition.STATIC if parts == {Condition.STATIC} else Condition.UNKNOWN
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        return _comparison(test, names)
    if isinstance(test, cst.Call):
        return Condition.STATIC if _of_system(test.func, names) == "platform.startswith" else Condition.UNKNOWN
    return Condition.UNKNOWN


def _named(name: str | None, names: Names) -> Condition:
    if name in ("True", "False"):
        return Condition.ALWAYS if name == "True" else Condition.NEVER
    if from_typing(names.qualified(name)) == "TYPE_CHECKING" or name in ("TYPE_CHECKING", "MYPY"):
        return Condition.CHECKER_ONLY
    return Condition.UNKNOWN


def _of_system(node: cst.BaseExpression, names: Names) -> str:
    """``version_info`` for ``sys.version_info`` and its items; "" for anything not of ``sys``."""
    if isinstance(node, cst.Subscript):
        node = node.value
    qualified = names.qualified(dotted(node)) or ""
    return qualified.removeprefix("sys.") if qualified.startswith("sys.") else ""


def _comparison(test: cst.Comparison, names: Names) -> Condition:
    if isinstance(test.left, cst.Name) and test.left.value == "__name__":
        return Condition.MAIN
    if _of_system(test.left, names) in ("version_info", "platform"):
        return Condition.STATIC
    return Condition.UNKNOWN
