"""Where code keeps something for each task: sync callers have no task of their own, so each of their calls may run in another."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.tree import dotted, own_nodes

from .facts import FunctionFacts, ModuleFacts

CODE = "UA706"
_LOOKED_UP_BY = ("get", "pop", "setdefault")


def kept_by_task(facts: ModuleFacts, bridged: frozenset[str] | None) -> tuple[Diagnostic, ...]:
    """A warning for the first table with tasks for keys in a bridged definition (None: all are)."""
    if "current_task" not in facts.text:
        return ()
    functions = list(facts.all_functions())
    givers = {one.name for one in functions if any(isinstance(node, cst.Return) for node in _of_task(one, set()))}
    for function in functions:
        top = function.qualified[len(facts.module) + 1 :].partition(".")[0]
        found = _lookup(function, givers) if bridged is None or top in bridged else None
        if found is not None:
            line, column = positions(facts.tree, [found])[id(found)][:2]
            return (_warning(facts, function, line, column),)
    return ()


def _lookup(function: FunctionFacts, givers: set[str]) -> cst.CSTNode | None:
    """``self._open[current_task()]``, ``self._open.get(task)``."""
    return next((node for node in _of_task(function, givers) if not isinstance(node, cst.Return)), None)


def _of_task(function: FunctionFacts, givers: set[str]) -> Iterator[cst.CSTNode]:
    """The lookups by the current task, and the returns of it; ``givers`` are functions that give it."""

    def is_task(node: cst.CSTNode | None) -> bool:
        node = node.func if isinstance(node, cst.Call) else node
        if isinstance(node, cst.Name) and node.value in names:
            return True
        called = function.module.resolve(node, function.owner) if node is not None else None
        return called == "asyncio.current_task" or (dotted(node) or "").rpartition(".")[2] in givers

    names: set[str] = set()
    for node in own_nodes(function.node.body):
        keys: list[cst.CSTNode | None] = []
        if isinstance(node, cst.Assign) and is_task(node.value):
            names.update(target.target.value for target in node.targets if isinstance(target.target, cst.Name))
        elif isinstance(node, cst.Return):
            keys = [node.value]
        elif isinstance(node, cst.Subscript):
            keys = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.args:
            keys = [node.args[0].value] if node.func.attr.value in _LOOKED_UP_BY else []
        if any(map(is_task, keys)):
            yield node


def _warning(facts: ModuleFacts, function: FunctionFacts, line: int, column: int) -> Diagnostic:
    message = f"{function.name} looks up by asyncio's current task what is kept, and each call from sync code may run in another task"
    advice = 'keep it in a context variable, which goes with the caller, or convert it directly (`mode = "auto"`)'
    return Diagnostic(facts.path, line, column, CODE, Severity.WARNING, message, advice)
