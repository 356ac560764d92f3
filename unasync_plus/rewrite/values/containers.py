"""What goes into containers, queues and memory channels, and comes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unasync_plus.rewrite.values.sites import Site
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls

_ADD = {"append": 0, "add": 0, "appendleft": 0, "put": 0, "put_nowait": 0, "insert": 1, "setdefault": 1}
_EXTEND = frozenset({"extend", "update", "extendleft", "union"})
_TAKE = frozenset({"pop", "popleft", "popitem", "get_nowait", "get", "setdefault"})
_SAME = frozenset({"values", "keys", "copy", "union", "difference", "intersection"})
QUEUES = frozenset({"asyncio.Queue", "asyncio.LifoQueue", "asyncio.PriorityQueue"})
CHANNELS = frozenset({"anyio.MemoryStream", "trio.MemoryChannel"})
"""Both ends of a memory channel."""
CLOSED_AT_ONCE = CHANNELS | {
    *("anyio.abc.Process", "anyio.abc.ByteSendStream", "anyio.abc.ByteReceiveStream"),
    *("anyio.streams.text.TextReceiveStream", "anyio.streams.text.TextSendStream"),
}
"""What the runtime has with ``close`` for ``aclose``."""


def contain(calls: Calls, site: Site, receiver: Slot) -> None:
    """What the methods of containers, queues and channels put into ``receiver``, or take from it."""
    method, slots = site.method, calls.slots
    if receiver.items & QUEUES and method in ("put", "join"):
        calls.makes_coroutine(site)
    if receiver.items & CHANNELS:
        _channel(calls, site, receiver)
    if method in _ADD and len(site.arguments) == _ADD[method] + 1:  # not the `put` of an HTTP client
        slots.flow(site.arguments[_ADD[method]].slot, slots.element(receiver))
    if method in _EXTEND and site.arguments:
        slots.flow(slots.element(site.arguments[0].slot), slots.element(receiver))
    if method in _SAME:
        slots.merge(slots.element(receiver), slots.element(site.out))
    if method == "items":
        slots.merge(slots.element(receiver), slots.element(slots.element(site.out)))
    if method in _TAKE:
        if receiver.items & QUEUES and method == "get":
            calls.makes_coroutine(site)
            slots.merge(slots.element(receiver), slots.result(site.out))
        elif method == "get" and not site.arguments:  # of a queue of unknown class: a dict wants a key
            slots.merge(slots.element(receiver), slots.result(site.out))
        else:
            slots.flow(slots.element(receiver), site.out)
            if method == "popitem":
                slots.flow(slots.element(receiver), slots.element(site.out))


def _channel(calls: Calls, site: Site, receiver: Slot) -> None:
    element = calls.slots.element(receiver)
    if site.method in ("send", "send_nowait") and site.arguments:
        calls.slots.flow(site.arguments[0].slot, element)
    elif site.method == "receive":
        calls.makes_coroutine(site)
        calls.slots.merge(element, calls.slots.result(site.out))
    elif site.method == "receive_nowait":
        calls.slots.flow(element, site.out)


def takes_coroutines_out(calls: Calls, site: Site) -> bool:
    """Whether ``site`` only hands out a coroutine that was made before: ``tasks.pop(key)``."""
    if site.receiver is None or site.method not in _TAKE or (site.method == "get" and not site.arguments):
        return False
    return "coroutine" in calls.slots.element(site.receiver).items


def is_method(name: str) -> bool:
    """Whether containers have such a method."""
    return name in _ADD or name in _EXTEND | _TAKE | _SAME or name == "items"
