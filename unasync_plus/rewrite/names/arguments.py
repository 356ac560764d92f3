"""Calls, and the keywords of their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.make import REMOVE, without_removed
from unasync_plus.rewrite.text import TYPE_TAKERS
from unasync_plus.tree import is_same, replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


_PARTIAL = frozenset({"functools.partial", "functools.partialmethod"})
_NAMESPACES = frozenset(
    ("types.SimpleNamespace", "builtins.dict", "dataclasses.replace", "copy.replace", "unittest.mock.call", "mock.call")
) | {f"{module}.{name}" for module in ("unittest.mock", "mock") for name in ("Mock", "MagicMock", "NonCallableMock")}
_CALLS = ("unittest.mock.call.", "mock.call.")


class Arguments:
    """Renames keywords like the parameters that they name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def call(self, node: cst.Call) -> Any:
        """A call: keyword arguments of foreign functions keep their names, whatever the convention says."""
        engine = self._engine
        qualified = engine.resolve(node.func)
        foreign = self._is_foreign(qualified) and not self._hands_on(qualified or "", node)
        func = engine.visit(node.func)
        if func is REMOVE:
            return REMOVE
        if qualified in TYPE_TAKERS:
            args: Any = [self._type_argument(arg, place, qualified) for place, arg in enumerate(node.args)]
        else:
            args = self._foreign_arguments(node) if foreign else engine.sequence(node.args)
        if func is node.func and is_same(args, node.args):
            return node
        return replaced(node, func=func, args=args)

    def _is_foreign(self, qualified: str | None) -> bool:
        engine = self._engine
        return qualified is not None and not engine.is_owned(qualified) and engine.targets.target(qualified) is None

    def _hands_on(self, qualified: str, node: cst.Call) -> bool:
        """Whether the keywords are not those of the function itself: of what `partial` is given, or attributes of a mock."""
        if qualified in _PARTIAL:
            return bool(node.args) and not self._is_foreign(self._engine.resolve(node.args[0].value))
        return qualified in _NAMESPACES or qualified.startswith(_CALLS)

    def _foreign_arguments(self, node: cst.Call) -> list[Any]:
        new = [self.argument(arg, True) for arg in node.args]
        return without_removed(node.args, [arg for arg in new if arg is not REMOVE])

    def _type_argument(self, node: cst.Arg, place: int, function: str) -> Any:
        text = self._engine.text
        outer = text.in_annotation
        text.in_annotation = outer or text.type_argument(node, place, function)
        new = self.argument(node, True)
        text.in_annotation = outer
        return new

    def argument(self, node: cst.Arg, foreign: bool = False) -> Any:
        """An argument, its keyword renamed like the parameter it names."""
        value = self._engine.visit(node.value)
        if value is REMOVE:
            return REMOVE
        keyword = node.keyword
        if keyword is not None:
            old = keyword.value
            new = self._engine.namer.by_rename(old) if foreign else self._engine.renames.get(old, old)
            if new != old:
                return replaced(node, value=value, keyword=replaced(keyword, value=new))
        return node if value is node.value else replaced(node, value=value)
