"""What tells that something is an event loop: the methods that it has, and what it is called."""

from __future__ import annotations

import libcst as cst

LOOP = "asyncio.AbstractEventLoop"
LOOP_ONLY = frozenset(
    "run_in_executor call_soon call_soon_threadsafe create_future run_until_complete call_exception_handler".split()
)
"""Methods that nothing but an event loop has: what has one is a loop, wherever it comes from."""
LOOP_BY_NAME = frozenset(
    "call_later call_at create_task time getaddrinfo getnameinfo add_signal_handler remove_signal_handler run_forever "
    "stop set_debug set_exception_handler get_exception_handler default_exception_handler".split()
)
"""Methods of a loop that other things have too: of one only if it is called so."""
EXCEPTION_HANDLERS = frozenset(
    "call_exception_handler set_exception_handler get_exception_handler default_exception_handler".split()
)
LOOP_NAMES = frozenset("loop _loop event_loop _event_loop io_loop _io_loop".split())

KEPT = frozenset({"_loop", "_event_loop"})
"""Attributes for their own module and its neighbours: where all those do without loops, they go."""


def is_method_of_a_loop(func: cst.BaseExpression, loop_only: frozenset[str]) -> bool:
    """Whether ``func`` is an attribute that only loops have, or one that loops have of something called a loop."""
    if not isinstance(func, cst.Attribute) or not loop_only:
        return False
    return func.attr.value in loop_only or (func.attr.value in LOOP_BY_NAME and is_called_a_loop(func.value))


def is_called_a_loop(node: cst.BaseExpression) -> bool:
    """Whether a variable, an attribute or what a method gives has the name that event loops have."""
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Attribute) and node.func.attr.value in ("get_loop", "get_event_loop")
    name = node.attr if isinstance(node, cst.Attribute) else node
    return isinstance(name, cst.Name) and name.value in LOOP_NAMES


def is_read(parent: cst.CSTNode | None) -> bool:
    """Whether a method below ``parent`` is called or handed on, not set, and asked for nothing, as a mock is."""
    return not isinstance(parent, (cst.Attribute, cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.Del))
