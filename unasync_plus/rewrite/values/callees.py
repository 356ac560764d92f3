"""Which functions a call may be of."""

from __future__ import annotations

from collections.abc import Hashable

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.values import containers
from unasync_plus.rewrite.values.functions import Class, Function, Instance
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, CONTAINERS, Site, is_super
from unasync_plus.rewrite.values.slots import Source


def called(site: Site) -> set[Hashable]:
    """What is called: the methods of the receiver's classes, if those are known, else whatever has that name."""
    anything = site.callee.items if site.callee is not None else set()
    if site.method == "__init__" and is_super(site.node.func):
        bases = _bases(site.scope)
        return {item for item in anything if isinstance(item, Function) and _home(item) in bases}
    found: set[Hashable] = set()
    made = site.receiver.items if site.receiver is not None else set()
    from_elsewhere = any(is_from_elsewhere(item, site.method) for item in made)
    for item in made:
        if is_from_elsewhere(item, site.method) or (from_elsewhere and (item == "call" or isinstance(item, Source))):
            continue
        methods = item.implementations(site.method) if isinstance(item, Class) else set()
        if not methods:
            return anything
        found |= methods
    return found if found or from_elsewhere else anything


def is_from_elsewhere(item: Hashable, method: str) -> bool:
    """Whether a receiver has methods that are not defined in this module: that one, of a container."""
    if item in CONTAINERS:
        return containers.is_method(method)
    if isinstance(item, str):
        return item.partition(".")[0] in ASYNC_ROOTS
    return isinstance(item, Instance)


def _home(function: Function) -> int:
    """The ``id`` of what the function is defined in."""
    return id(function.scope.parent.node) if function.scope.parent is not None else 0


def _bases(scope: Scope) -> set[int]:
    """The ``id`` of each class of this module that the class around ``scope`` inherits from."""
    owner = scope.owner_class()
    stack: list[cst.CSTNode] = [owner.node] if owner is not None else []
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if not isinstance(node, cst.ClassDef) or id(node) in seen:
            continue
        seen.add(id(node))
        for base in node.bases:
            name = base.value.value if isinstance(base.value, cst.Subscript) else base.value
            found = scope.module().lookup(name.value) if isinstance(name, cst.Name) else None
            stack.extend(binding.node for binding in found[1] if binding.node is not None) if found else None
    return seen - {id(owner.node)} if owner is not None else seen
