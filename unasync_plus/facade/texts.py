"""Strings that are values: what is handed to the async side, or compared with what comes from there, is the same on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.tree import FIELDS, dotted, replaced

from .layout import Statement, assigned_names
from .values import is_literal

if TYPE_CHECKING:
    from .marks import Marks

_OF_NAMES = frozenset({"__all__", "__match_args__", "__slots__"})
"""Variables whose strings are names, which may be others in the sync module."""
_STRINGS = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)


def with_values_kept(node: Statement, marks: Marks) -> Statement:
    """``node``, a statement of a facade, with marks for the strings in constants, ``Literal`` and defaults of parameters."""
    return _Texts(marks).kept(node)  # type: ignore[no-any-return]  # a statement for a statement


class _Texts:
    def __init__(self, marks: Marks) -> None:
        self._marks = marks

    def kept(self, node: Any) -> Any:
        """``node`` with the strings marked that are values."""
        if isinstance(node, cst.FunctionDef):
            returns = self._type(node.returns) if node.returns is not None else None
            return replaced(node, params=self._inside(node.params, self._parameter), returns=returns)
        if isinstance(node, (cst.Assign, cst.AnnAssign)):
            is_value = is_literal(node.value) and _OF_NAMES.isdisjoint(assigned_names(node)) and not _is_alias(node)
            return self._inside(replaced(node, value=self._value(node.value)) if is_value else node, self._type)
        if isinstance(node, (cst.BaseStatement, cst.BaseSuite, cst.Else, cst.ExceptHandler, cst.Finally)):
            return self._inside(node, self.kept)
        return node

    def _parameter(self, node: Any) -> Any:
        if isinstance(node, cst.Param) and node.default is not None:
            node = replaced(node, default=self._value(node.default))
        return self._inside(node, self._type)

    def _type(self, node: Any) -> Any:
        """``node`` with the strings marked that stand in a ``Literal``."""
        is_literal_type = isinstance(node, cst.Subscript) and (dotted(node.value) or "").rpartition(".")[2] == "Literal"
        return self._inside(node, self._value if is_literal_type else self._type)

    def _value(self, node: Any) -> Any:
        if isinstance(node, _STRINGS):
            return self._marks.name(cst.Module([]).code_for_node(node))
        return self._inside(node, self._value)

    def _inside(self, node: Any, change: Any) -> Any:
        changes: dict[str, Any] = {}
        for name in FIELDS[node.__class__]:
            value = getattr(node, name)
            if isinstance(value, (list, tuple)):
                new: Any = [change(one) for one in value]
                if any(one is not old for one, old in zip(new, value, strict=True)):
                    changes[name] = new
            elif isinstance(value, cst.CSTNode) and (new := change(value)) is not value:
                changes[name] = new
        return replaced(node, **changes) if changes else node


def _is_alias(node: cst.Assign | cst.AnnAssign) -> bool:
    """``Handler: TypeAlias = "Callable[[Request], Awaitable[None]]"``."""
    return isinstance(node, cst.AnnAssign) and (dotted(node.annotation.annotation) or "").endswith("TypeAlias")
