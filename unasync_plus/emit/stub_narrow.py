"""What a condition says about the types of local names where it held, and where it did not."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_inferred import Inferred, Scope
from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.emit.stub_types import is_type

Locals = dict[str, Inferred | None]


def narrowed(test: cst.BaseExpression, scope: Scope) -> tuple[Locals, Locals]:
    """The local types where ``test`` held, and where it did not."""
    then, otherwise = dict(scope.locals), dict(scope.locals)
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return tuple(reversed(narrowed(test.expression, scope)))  # type: ignore[return-value]  # two of them
    if isinstance(test, cst.Name):
        _narrow(then, test.value, union.without_none)
        _narrow(otherwise, test.value, lambda text: "None" if "None" in union.members(text) else text)
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.left, cst.Name):
        target = test.comparisons[0]
        if isinstance(target.comparator, cst.Name) and target.comparator.value == "None":
            if isinstance(target.operator, cst.Is | cst.Equal):
                _narrow(otherwise, test.left.value, union.without_none)
                _narrow(then, test.left.value, lambda text: "None")
            elif isinstance(target.operator, cst.IsNot | cst.NotEqual):
                _narrow(then, test.left.value, union.without_none)
                _narrow(otherwise, test.left.value, lambda text: "None")
    elif isinstance(test, cst.Call) and dotted(test.func) == "isinstance" and len(test.args) == 2:
        _narrow_to_class(then, otherwise, test, scope.names)
    elif isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        left, _ = narrowed(test.left, scope)
        then, _ = narrowed(test.right, Scope(scope.names, left, scope.attribute, scope.method))
    return then, otherwise


def _narrow_to_class(then: Locals, otherwise: Locals, test: cst.Call, names: Names) -> None:
    subject, classes = test.args[0].value, test.args[1].value
    if not isinstance(subject, cst.Name):
        return
    nodes = [element.value for element in classes.elements] if isinstance(classes, cst.Tuple) else [classes]
    if not all(_is_class(node, names) for node in nodes):
        return
    wanted = {annotation(node) for node in nodes}

    def is_wanted(member: str) -> bool:
        return member.partition("[")[0] in wanted

    def only(text: str) -> str:
        return " | ".join(part for part in union.members(text) if is_wanted(part)) or union.join(sorted(wanted))

    def rest(text: str) -> str:
        return " | ".join(part for part in union.members(text) if not is_wanted(part)) or text

    _narrow(then, subject.value, only)
    _narrow(otherwise, subject.value, rest)


def _is_class(node: cst.BaseExpression, names: Names) -> bool:
    """Whether ``node`` can be one class, and no tuple of some, as far as its name tells."""
    name = dotted(node)
    return name is not None and (is_type(name, names) or name.partition(".")[0] in names.imports)


def _narrow(types: Locals, name: str, change: Callable[[str], str]) -> None:
    current = types.get(name)
    if current is not None:
        types[name] = Inferred(change(current.text), current.vague)
