"""Whether a module hands event loops on, beyond calling their methods."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from unasync_plus.rewrite.values.loop_methods import KEPT, LOOP
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, Site
from unasync_plus.rewrite.values.slots import Slot
from unasync_plus.tree import children, dotted

GETTERS = frozenset({"asyncio.get_running_loop", "asyncio.get_event_loop", "asyncio.new_event_loop"})
ASKED = frozenset({"is_running", "is_closed", "get_debug"})
"""Methods that tell about a loop, and can be asked of what stands for one."""


def hands_loops_on(
    tree: cst.Module, expressions: dict[int, Slot], sites: Collection[Site], methods: Collection[str]
) -> bool:
    """Whether a loop is used otherwise than by calling one of ``methods``, or passing it to asyncio itself."""
    getters = {id(site.node) for site in sites if site.qualified in GETTERS}
    library = {id(site.node) for site in sites if (site.qualified or "").partition(".")[0] in ASYNC_ROOTS}
    stack: list[tuple[cst.CSTNode, list[cst.CSTNode]]] = [(tree, [])]
    while stack:
        node, above = stack.pop()
        if id(node) in getters or _is_loop(node, expressions):
            if not _is_done_without(node, above, id(node) in getters, library, methods, expressions):
                return True
        around = [*above[-3:], node]
        stack.extend((child, around) for child in children(node))
    return False


def _is_loop(node: cst.CSTNode, expressions: dict[int, Slot]) -> bool:
    slot = expressions.get(id(node)) if isinstance(node, (cst.Name, cst.Attribute)) else None
    return slot is not None and LOOP in slot.items


def _is_done_without(
    node: cst.CSTNode,
    above: list[cst.CSTNode],
    is_getter: bool,
    library: set[int],
    methods: Collection[str],
    expressions: dict[int, Slot],
) -> bool:
    parent = above[-1]
    if isinstance(parent, cst.Attribute):
        return parent.value is not node or parent.attr.value in methods
    if isinstance(parent, cst.Arg):
        return id(above[-2]) in library
    if isinstance(parent, cst.Assign):
        is_passed_along = is_getter or isinstance(node, cst.Name) or only_travels(node, expressions)
        return is_passed_along and not any(_is_for_all(target.target) for target in parent.targets)
    if is_getter:
        return isinstance(parent, cst.Expr)
    if isinstance(parent, cst.AnnAssign):
        return parent.value is not node
    return isinstance(parent, (cst.AssignTarget, cst.Param, cst.Annotation, cst.Call))


def only_travels(node: cst.CSTNode, expressions: dict[int, Slot]) -> bool:
    """Whether ``node`` is a loop that this module, or an attribute for this project alone, gets; not one that a caller gave."""
    slot = expressions.get(id(node))
    if slot is None or LOOP not in slot.items:
        return False
    if isinstance(node, cst.Name):
        return "param" not in slot.items
    return isinstance(node, cst.Attribute) and node.attr.value in KEPT and dotted(node) is not None


def _is_for_all(target: cst.BaseExpression) -> bool:
    """Whether other modules may ask for that attribute."""
    return isinstance(target, cst.Attribute) and not target.attr.value.startswith("_")
