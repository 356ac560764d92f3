"""Which conditions a type checker understands, and what they mean for a stub."""

from __future__ import annotations

from enum import Enum, auto

import libcst as cst

from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_text import dotted, one_line
from unasync_plus.records import record


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


@record
class Judged:
    """``text`` is what the stub says for a STATIC condition, what only the run time decides left out."""

    condition: Condition
    text: str = ""


_OPPOSITE = {
    Condition.ALWAYS: Condition.NEVER,
    Condition.NEVER: Condition.ALWAYS,
    Condition.CHECKER_ONLY: Condition.RUNTIME_ONLY,
    Condition.RUNTIME_ONLY: Condition.CHECKER_ONLY,
}
_TRUE = (Condition.ALWAYS, Condition.CHECKER_ONLY)
_FALSE = (Condition.NEVER, Condition.RUNTIME_ONLY)
_NOTHING_KNOWN = Judged(Condition.UNKNOWN)


def judge(test: cst.BaseExpression, names: Names) -> Judged:
    """What kind of condition ``test`` is."""
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        inner = judge(test.expression, names)
        opposite = _OPPOSITE.get(inner.condition, inner.condition)
        return Judged(opposite, one_line(test) if inner.condition is Condition.STATIC else "")
    if isinstance(test, cst.Name | cst.Attribute):
        return Judged(_named(dotted(test), names))
    if isinstance(test, cst.Integer):
        return Judged(Condition.NEVER if test.value == "0" else Condition.ALWAYS)
    if isinstance(test, cst.BooleanOperation):
        return _joined(judge(test.left, names), judge(test.right, names), isinstance(test.operator, cst.And))
    if isinstance(test, cst.Comparison) and len(test.comparisons) == 1:
        return _comparison(test, names)
    if isinstance(test, cst.Call) and _of_system(test.func, names) == "platform.startswith":
        return Judged(Condition.STATIC, one_line(test))
    return _NOTHING_KNOWN


def _joined(left: Judged, right: Judged, both: bool) -> Judged:
    """``and`` or ``or``, as a type checker takes it: ``TYPE_CHECKING`` is true for it."""
    deciding, neutral = (_FALSE, _TRUE) if both else (_TRUE, _FALSE)
    for one, other in ((left, right), (right, left)):
        if one.condition in deciding:
            return one
        if one.condition in neutral:
            return other
    if left.condition is right.condition is Condition.STATIC:
        return Judged(Condition.STATIC, f"{left.text} {'and' if both else 'or'} {right.text}")
    return _NOTHING_KNOWN


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


def _comparison(test: cst.Comparison, names: Names) -> Judged:
    if isinstance(test.left, cst.Name) and test.left.value == "__name__":
        return Judged(Condition.MAIN)
    if _of_system(test.left, names) in ("version_info", "platform"):
        return Judged(Condition.STATIC, one_line(test))
    return _NOTHING_KNOWN
