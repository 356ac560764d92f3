"""Lists and dictionaries that a function of the async side is given to fill, or to keep: they may be empty yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import own_nodes

from .facts import FunctionFacts, unsubscripted
from .values import mentions_anything, mentions_wrapped

if TYPE_CHECKING:
    from .index import Index

FILLED = "as_filled"
_ADDING = frozenset("add append appendleft extend extendleft insert setdefault update".split())
_KINDS = frozenset(
    "Deque DefaultDict Dict List MutableMapping MutableSequence MutableSet OrderedDict Set defaultdict deque dict list "
    "set".split()
)


def is_filled(function: FunctionFacts, param: cst.Param, index: Index) -> bool:
    """Whether ``param`` takes a container into which objects are put that the sync side sees otherwise."""
    name, facts, owner = param.name.value, function.module, function.owner
    if param.annotation is None:
        return _adds_to(function, name)
    node = param.annotation.annotation
    kind = facts.resolve(unsubscripted(node), owner) or ""
    if kind.rpartition(".")[2] not in _KINDS or index.class_named(kind) is not None:
        return False
    if mentions_wrapped(index, facts, node, owner):
        return _adds_to(function, name) or _keeps(function, name)
    return (not isinstance(node, cst.Subscript) or mentions_anything(facts, node)) and _adds_to(function, name)


def _adds_to(function: FunctionFacts, name: str) -> bool:
    for node in own_nodes(function.node.body):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _ADDING:
            if _is(node.func.value, name):
                return True
        elif isinstance(node, (cst.AssignTarget, cst.AugAssign)):
            target = node.target.value if isinstance(node.target, cst.Subscript) else node.target
            if _is(target, name) and (isinstance(node, cst.AugAssign) or target is not node.target):
                return True
    return False


def _keeps(function: FunctionFacts, name: str) -> bool:
    """``self.x = name``."""
    return any(
        isinstance(node, cst.Assign)
        and _is(node.value, name)
        and any(isinstance(target.target, cst.Attribute) for target in node.targets)
        for node in own_nodes(function.node.body)
    )


def _is(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name
