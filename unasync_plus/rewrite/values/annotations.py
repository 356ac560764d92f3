"""What an annotation says about a value."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values.effects import KINDS
from unasync_plus.rewrite.values.slots import Slot, Slots
from unasync_plus.tree import unquoted

_WRAPPERS = frozenset(
    f"{module}.{name}"
    for module in ("typing", "typing_extensions")
    for name in ("Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired")
)
_UNIONS = frozenset(f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("Optional", "Union"))
_ENTERED = frozenset(
    f"{module}.{name}"
    for module, names in (
        ("contextlib", ("AbstractAsyncContextManager", "AbstractContextManager")),
        ("typing", ("AsyncContextManager", "ContextManager")),
        ("typing_extensions", ("AsyncContextManager", "ContextManager")),
    )
    for name in names
)
_NEVER_AWAITED = _ENTERED | {f"builtins.{name}" for name in ("str", "bytes", "bool", "int", "float", "complex", "None")}
_AWAITABLES = frozenset(
    f"{module}.{name}"
    for module in ("typing", "typing_extensions", "collections.abc")
    for name in ("Awaitable", "Coroutine")
)
_CALLABLES = frozenset(
    {"typing.Callable", "collections.abc.Callable", "typing.Type", "builtins.type", "typing.Literal"}
)
_ROOTS = ("asyncio.", "anyio.", "trio.")
Local = Callable[[cst.BaseExpression], "Slot | None"]
"""From what names a class of this module to a slot that is going to hold its objects."""


def is_never_awaited(node: cst.BaseExpression, names: Names, scope: Scope) -> bool:
    """Whether what ``node`` allows is text, bytes, a number, a context manager or None, so that no coroutine can be there."""
    node = _unquoted(node)
    if isinstance(node, (cst.Name, cst.Attribute)):
        return names.resolve(node, scope) in _NEVER_AWAITED
    if isinstance(node, cst.BinaryOperation):
        return all(is_never_awaited(part, names, scope) for part in (node.left, node.right))
    head = names.resolve(node.value, scope) if isinstance(node, cst.Subscript) else None
    if head in _ENTERED:
        return True
    if isinstance(node, cst.Subscript) and head in _UNIONS:
        return all(
            isinstance(part.slice, cst.Index) and is_never_awaited(part.slice.value, names, scope)
            for part in node.slice
        )
    return False


def is_awaitable(node: cst.BaseExpression, names: Names, scope: Scope) -> bool:
    """Whether ``node`` allows nothing but what is awaitable."""
    node = _unquoted(node)
    return names.resolve(node.value if isinstance(node, cst.Subscript) else node, scope) in _AWAITABLES


def may_be_awaitable(node: cst.BaseExpression, names: Names, scope: Scope) -> bool:
    """Whether ``node`` allows what is awaitable, among other things perhaps."""
    node = _unquoted(node)
    if isinstance(node, cst.BinaryOperation):
        return any(may_be_awaitable(part, names, scope) for part in (node.left, node.right))
    if isinstance(node, cst.Subscript) and names.resolve(node.value, scope) in _WRAPPERS:
        members = (part.slice.value for part in node.slice if isinstance(part.slice, cst.Index))
        return any(may_be_awaitable(member, names, scope) for member in members)
    return is_awaitable(node, names, scope)


def _unquoted(node: cst.BaseExpression) -> cst.BaseExpression:
    return (unquoted(node) if type(node) is cst.SimpleString else None) or node


def annotated(node: cst.BaseExpression, names: Names, scope: Scope, slots: Slots, local: Local) -> Slot | None:
    """A slot that holds what ``node`` allows, as far as it matters: tasks, groups, queues, containers of them."""
    node = _unquoted(node)
    if isinstance(node, (cst.Name, cst.Attribute)):
        qualified = names.resolve(node, scope) or ""
        if not qualified:
            return local(node)
        if qualified in slots.given:
            return slots.new(*slots.given[qualified])
        if not qualified.startswith(_ROOTS):
            return None
        return slots.new(KINDS.get(qualified, qualified))
    if isinstance(node, cst.BinaryOperation):
        return _union([node.left, node.right], names, scope, slots, local)
    if not isinstance(node, cst.Subscript):
        return None
    head = names.resolve(node.value, scope) or ""
    members = [part.slice.value for part in node.slice if isinstance(part.slice, cst.Index)]
    if head in _WRAPPERS:
        return _union(members, names, scope, slots, local)
    if head in _CALLABLES:
        return None
    if head in slots.given:
        return slots.new(*slots.given[head])
    if not head and (found := local(node.value)) is not None:
        return found
    inner = _union(members, names, scope, slots, local)
    if head.startswith(_ROOTS):
        slot = slots.new(KINDS.get(head, head))
        slots.flow(inner, slots.result(slot) if KINDS.get(head) == "task" else slots.element(slot))
        return slot
    if inner is None:
        return None
    slot = slots.new("container")
    slots.flow(inner, slots.element(slot))
    return slot


def _union(members: list[cst.BaseExpression], names: Names, scope: Scope, slots: Slots, local: Local) -> Slot | None:
    found = [slot for member in members if (slot := annotated(member, names, scope, slots, local)) is not None]
    if not found:
        return None
    union = slots.new()
    for slot in found:
        slots.flow(slot, union)
    return union
