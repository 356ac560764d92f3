"""``coro.close()``: what is closed there is a coroutine that never runs, unless it is an object with a ``close`` of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unasync_plus.rewrite.values.functions import Class
from unasync_plus.rewrite.values.slots import Slot, Source

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls


def has_attribute(name: str) -> bool:
    """Whether a coroutine has an attribute of that name."""
    return name in ("send", "throw", "close", "__await__") or name.startswith("cr_")


def is_of_a_coroutine(calls: Calls, receiver: Slot) -> bool:
    """Whether ``receiver``, which is closed, holds coroutines: it is used like one, and surely a coroutine function made them."""
    if "coroutine" not in receiver.items or receiver in calls.objects_used:
        return False
    if not calls.entered.isdisjoint(receiver.origins):
        return False
    made = [calls.made_by.get(item.node) for item in receiver.items if isinstance(item, Source)]
    owners = [site.receiver for site in made if site is not None and site.receiver is not None]
    # a method of something unknown may be another one of that name
    return all(any(isinstance(item, Class) for item in owner.items) for owner in owners)
