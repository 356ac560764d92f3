"""Whether two values are the same, as far as their text tells: what the sync side may say in other words is not judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

import libcst as cst

from unasync_plus.emit.stub_text import dotted
from unasync_plus.records import record

_SIDE = re.compile(r"(?i)a?synchronous(ly)?|a?sync|\bawait\b|\ban?\b|[\s_./-]")
"""What may differ between a text of one side and its counterpart, beside the names that changed."""


class NotPlain(Exception):
    """The value does not stand in the text."""


@record
class Values:
    """``word`` and ``text`` say what becomes of a name and of a text; ``literal`` are the project's own replacements."""

    word: Callable[[str], str]
    text: Callable[[str], str]
    literal: Mapping[str, str] = field(default_factory=dict)

    def differ(self, ours: cst.BaseExpression, theirs: cst.BaseExpression) -> bool:
        """Whether they surely say something else. Names are not compared: rules and tables change them."""
        try:
            return not self._same(plain(ours), plain(theirs))
        except NotPlain:
            return any(self.differ(one, other) for one, other in self._parts(ours, theirs))

    def _parts(
        self, ours: cst.BaseExpression, theirs: cst.BaseExpression
    ) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
        """What stands in the same place of both."""
        if isinstance(ours, cst.Call) and isinstance(theirs, cst.Call):
            if self._callee(ours, self.word) == self._callee(theirs, str):
                yield from _arguments(ours.args, theirs.args)
        elif isinstance(ours, cst.Tuple | cst.List | cst.Set) and isinstance(theirs, cst.Tuple | cst.List | cst.Set):
            if len(ours.elements) == len(theirs.elements):
                yield from zip(
                    [one.value for one in ours.elements], [one.value for one in theirs.elements], strict=True
                )
        elif isinstance(ours, cst.Dict) and isinstance(theirs, cst.Dict):
            if len(ours.elements) == len(theirs.elements):
                for one, other in zip(ours.elements, theirs.elements, strict=True):
                    if isinstance(one, cst.DictElement) and isinstance(other, cst.DictElement):
                        yield one.key, other.key
                    yield one.value, other.value

    def _callee(self, call: cst.Call, word: Callable[[str], str]) -> str:
        return word((dotted(call.func) or "").rpartition(".")[2])

    def _same(self, ours: object, theirs: object) -> bool:
        if isinstance(ours, str) and isinstance(theirs, str):
            return self._same_text(ours, theirs)
        if isinstance(ours, bytes) and isinstance(theirs, bytes):
            return self._same_text(ours.decode("latin-1"), theirs.decode("latin-1"))
        if isinstance(ours, tuple) and isinstance(theirs, tuple):
            return len(ours) == len(theirs) and all(map(self._same, ours, theirs))
        return type(ours) is type(theirs) and ours == theirs

    def _same_text(self, ours: str, theirs: str) -> bool:
        told = ours
        for old, new in self.literal.items():
            told = told.replace(old, new)
        wanted = _SIDE.sub("", theirs)
        return theirs in (ours, told) or wanted in (_SIDE.sub("", one) for one in (told, self.text(told)))


def plain(node: cst.BaseExpression) -> object:
    """The value that the text of ``node`` is: a display as a tuple that begins with its kind; or `NotPlain`."""
    if isinstance(node, cst.Integer | cst.Float | cst.Imaginary | cst.SimpleString):
        return node.evaluated_value
    if isinstance(node, cst.ConcatenatedString):
        if node.evaluated_value is not None:
            return node.evaluated_value
    elif isinstance(node, cst.Name) and node.value in ("True", "False", "None"):
        return {"True": True, "False": False}.get(node.value)
    elif isinstance(node, cst.Ellipsis):
        return ...
    elif isinstance(node, cst.Tuple | cst.List | cst.Set):
        return (type(node).__name__, *(plain(one.value) for one in node.elements if _is_one(one)))
    elif isinstance(node, cst.Dict):
        return ("Dict", *((plain(one.key), plain(one.value)) for one in node.elements if _is_one(one)))  # type: ignore[attr-defined]  # no star
    elif isinstance(node, cst.UnaryOperation | cst.BinaryOperation):
        return _computed(node)
    raise NotPlain


def _is_one(element: cst.BaseElement | cst.BaseDictElement) -> bool:
    if not isinstance(element, cst.Element | cst.DictElement):
        raise NotPlain
    return True


def _computed(node: cst.UnaryOperation | cst.BinaryOperation) -> object:
    """``-1``, ``60 * 60``: what is computed from small numbers."""
    parts = [node.expression] if isinstance(node, cst.UnaryOperation) else [node.left, node.right]
    numbers = [plain(one) for one in parts]
    if not all(isinstance(one, int | float) and abs(one) < 1e12 for one in numbers):
        raise NotPlain
    compute = _OPERATORS.get(type(node.operator))
    if compute is None:
        raise NotPlain
    return compute(*numbers)


_OPERATORS: Mapping[type, Callable[..., object]] = {
    cst.Minus: lambda one: -one,
    cst.Plus: lambda one: +one,
    cst.Add: lambda one, other: one + other,
    cst.Subtract: lambda one, other: one - other,
    cst.Multiply: lambda one, other: one * other,
}


def _arguments(
    ours: Sequence[cst.Arg], theirs: Sequence[cst.Arg]
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """The arguments that both calls have, by place and by name."""
    if any(arg.star for arg in (*ours, *theirs)):
        return
    named = {arg.keyword.value: arg.value for arg in theirs if arg.keyword is not None}
    placed = [arg.value for arg in theirs if arg.keyword is None]
    yield from zip([arg.value for arg in ours if arg.keyword is None], placed, strict=False)
    for arg in ours:
        if arg.keyword is not None and arg.keyword.value in named:
            yield arg.value, named[arg.keyword.value]
