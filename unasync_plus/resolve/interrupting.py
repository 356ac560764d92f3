"""Whether a file starts tasks or sets deadlines: then waits of the whole package may be cancelled, and so have to be ended from outside.

Found without libcst, like `starters`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from unasync_plus.resolve.syntax_tree import last_part, nodes_of, stands_in
from unasync_plus.resolve.words import places

if TYPE_CHECKING:
    from unasync_plus.config import Settings

_NAMES = {
    "asyncio": "create_task Task ensure_future run_coroutine_threadsafe TaskGroup timeout timeout_at wait_for shield "
    "start_server start_unix_server",
    "async_timeout": "timeout timeout_at",
    "anyio": "create_task_group CancelScope fail_after fail_at move_on_after move_on_at",
    "trio": "open_nursery CancelScope fail_after fail_at move_on_after move_on_at",
}
INTERRUPTING = frozenset(f"{library}.{name}" for library, names in _NAMES.items() for name in names.split())
"""Calls after which a cancellation or a deadline may reach waits."""
STARTING = frozenset(
    f"asyncio.{name}"
    for name in "create_task Task ensure_future run_coroutine_threadsafe start_server start_unix_server".split()
)
"""Calls that start a task which nobody need wait for."""
GATHERING = "asyncio.gather"
"""Starts tasks, too, if it is not awaited at once."""
_LOOP_MAKERS = frozenset({"get_running_loop", "get_event_loop", "new_event_loop"})
_WORDS = sorted({name.rpartition(".")[2].encode() for name in (*INTERRUPTING, GATHERING)})
_OPENS = re.compile(rb"\s*\(")
_AWAITED_GATHER = re.compile(rb"\bawait\s+(?:\w+\.)?gather\Z")


def may_interrupt(data: bytes) -> bool:
    """Whether the file could call one of `INTERRUPTING`."""
    if not any(library.encode() in data for library in _NAMES):
        return False
    return any(
        _OPENS.match(data, end) and not _AWAITED_GATHER.search(data, max(start - 40, 0), end)
        for word in _WORDS
        for start, end in places(data, word)
    )


def interrupting(nodes: Sequence[ast.AST]) -> set[str]:
    """Those of `INTERRUPTING` that a file calls, among all ``nodes`` of it, and `GATHERING` where that starts tasks; behind each
    the names that conditions around it ask."""
    imported: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            imported.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module in _NAMES and not node.level:
            imported.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
    found = {
        node: name
        for node in nodes
        if isinstance(node, ast.Call) and (name := _called(node.func, imported))
        if name in INTERRUPTING or (name == GATHERING and id(node) not in awaited)
    }
    asked = {node: set[str]() for node in found}
    for node in nodes if found else ():
        for names, parts in _conditions(node) if "body" in node._fields else ():
            for part in parts:
                for call in asked:
                    if stands_in(call, part):
                        asked[call] |= names
    return {" ".join([name, *sorted(asked[node])]) for node, name in found.items()}


def _conditions(node: ast.AST) -> Iterator[tuple[set[str], Sequence[ast.expr | ast.stmt]]]:
    """What a condition asks, and what it decides about: its branches, and what follows if one of them leaves."""
    if isinstance(node, ast.IfExp):
        yield _names(node.test), [node.body, node.orelse]
    for field in ("body", "orelse", "finalbody"):
        value = getattr(node, field, None)
        block = value if isinstance(value, list) else []
        for index, statement in enumerate(block):
            if isinstance(statement, ast.If):
                leaves = isinstance(statement.body[-1], (ast.Return, ast.Raise))
                yield _names(statement.test), [*statement.body, *statement.orelse, *(block[index:] if leaves else ())]


def _names(test: ast.expr) -> set[str]:
    nodes = nodes_of(test)
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _called(func: ast.expr, imported: dict[str, str]) -> str:
    if isinstance(func, ast.Attribute) and func.attr == "create_task" and _is_called_a_loop(func.value):
        return "asyncio.create_task"
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        return f"{imported.get(func.value.id, '')}.{func.attr}"
    return imported.get(func.id, "") if isinstance(func, ast.Name) else ""


def _is_called_a_loop(node: ast.expr) -> bool:
    """Whether the name of a variable or attribute, or of what is called, says that it is an event loop."""
    if isinstance(node, ast.Call):
        return last_part(node.func) in _LOOP_MAKERS
    return last_part(node).endswith("loop")


def is_ours(entry: str, settings: Settings) -> bool:
    """Whether the configuration leaves it to us what becomes of a call that `interrupting` found, and threads may come of it."""
    name, *asked = entry.split()
    if settings.set.keys() & asked:
        return False
    if settings.concurrency != "threads" or settings.mode != "direct":
        return False
    known = (*settings.leave, *settings.replace)
    spoken_of = any(name == other or name.startswith(f"{other}.") for other in known)
    return not spoken_of and not any(f"{name}(" in pattern for pattern in settings.rewrite)
