"""Where code needs a loop that no bridge can drive: trio's own."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.tree import own_nodes

from .facts import FunctionFacts, ModuleFacts

CODE = "UA703"
_ELSEWHERE = ("trio.run", "trio.lowlevel.start_guest_run", "trio.testing.")
"""What brings its own loop, or is for tests."""


def foreign_loops(facts: ModuleFacts, bridged: frozenset[str] | None) -> tuple[Diagnostic, ...]:
    """A warning for the first call of trio in a bridged definition (None: all are); the others would say the same."""
    if not any(name.partition(".")[0] == "trio" for name in facts.imports.values()):
        return ()
    for function in facts.all_functions():
        top = function.qualified[len(facts.module) + 1 :].partition(".")[0]
        if function.is_async and (bridged is None or top in bridged):
            found = _call_of_trio(function)
            if found is not None:
                line, column = positions(facts.tree, [found])[id(found)][:2]
                return (_warning(facts, function, found, line, column),)
    return ()


def _call_of_trio(function: FunctionFacts) -> cst.Call | None:
    for node in own_nodes(function.node.body):
        if isinstance(node, cst.Call):
            name = function.module.resolve(node.func, function.owner) or ""
            if name.startswith("trio.") and not name.startswith(_ELSEWHERE):
                return node
    return None


def _warning(facts: ModuleFacts, function: FunctionFacts, call: cst.Call, line: int, column: int) -> Diagnostic:
    name = facts.resolve(call.func, function.owner)
    message = f"{name} needs trio's loop, and a bridge drives asyncio's: {function.name} will fail when it is called"
    advice = "write it with anyio, which runs on both; or convert it directly, if all it uses has a sync counterpart"
    return Diagnostic(facts.path, line, column, CODE, Severity.WARNING, message, advice)
