"""What goes into containers, queues and memory channels, and comes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.values.sites import CONTAINERS, Site
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls

_ADD = {"append": 0, "add": 0, "appendleft": 0, "put": 0, "put_nowait": 0, "insert": 1, "setdefault": 1}
_EXTEND = frozenset({"extend", "update", "extendleft", "union"})
_TAKE = frozenset({"pop", "popleft", "popitem", "get_nowait", "get", "setdefault"})
_SAME = frozenset({"copy", "union", "difference", "intersection"})
_VIEWS = frozenset({"keys", "values", "items"})
_MOVE = frozenset("insert remove pop popleft appendleft extendleft reverse sort rotate".split())
"""Methods behind which elements of a list may stand elsewhere in it; those of dictionaries do no harm."""
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
        if method == "setdefault":
            slots.flow(site.arguments[0].slot, slots.key(receiver))
    if method in _EXTEND and site.arguments:
        put_all(calls, site.arguments[0].slot, receiver)
    if method in _MOVE and "mapping" not in receiver.items and _key(site) is None:
        slots.mix(receiver)
    if method in _SAME:
        slots.merge(slots.element(receiver), slots.element(site.out))
    if method == "copy" and "mapping" in receiver.items:
        slots.add(site.out, "mapping")
        slots.flow(slots.key(receiver), slots.key(site.out))
    if method == "send" and not site.awaited and len(site.arguments) == 1:  # of a generator
        slots.flow(slots.element(receiver), site.out)
    if method in _VIEWS:
        _view(calls, site, receiver)
    if method in _TAKE:
        if receiver.items & QUEUES and method == "get":
            calls.makes_coroutine(site)
            slots.merge(slots.element(receiver), slots.result(site.out))
        elif method == "get" and not site.arguments:  # of a queue of unknown class: a dict wants a key
            slots.merge(slots.element(receiver), slots.result(site.out))
        elif method == "popitem":
            _pair(calls, receiver, site.out)
        else:
            slots.flow(_looked_up(calls, site, receiver), site.out)


def _view(calls: Calls, site: Site, receiver: Slot) -> None:
    """What `keys`, `values` and `items` give."""
    slots = calls.slots
    element = slots.element(site.out)
    if site.method == "items":
        _pair(calls, receiver, element)
    else:
        slots.flow(slots.key(receiver) if site.method == "keys" else slots.element(receiver), element)


def _pair(calls: Calls, receiver: Slot, pair: Slot) -> None:
    slots = calls.slots
    slots.add(pair, "container")
    slots.of_size(pair, 2)
    slots.flow(slots.key(receiver), slots.place(pair, 0))
    slots.flow(slots.element(receiver), slots.place(pair, 1))


def _looked_up(calls: Calls, site: Site, receiver: Slot) -> Slot:
    """What is looked up by a key, which may be written down: ``d.pop("key")``."""
    key = _key(site) if site.method in ("get", "pop") else None
    return calls.slots.element(receiver) if key is None else calls.same_part(receiver, key)


def _key(site: Site) -> str | bytes | None:
    """The text that is the first argument."""
    key = site.node.args[0].value if site.node.args else None
    return key.evaluated_value if isinstance(key, cst.SimpleString) else None


def put_all(calls: Calls, given: Slot, receiver: Slot) -> None:
    """What is in ``given`` is put into ``receiver``: keys and values of a dictionary, pairs of them, or elements."""
    slots = calls.slots
    if "mapping" in given.items:
        slots.flow(slots.key(given), slots.key(receiver))
    if "mapping" in receiver.items and "mapping" not in given.items:
        pair = slots.element(given)
        slots.flow(calls.same_part(pair, 0), slots.key(receiver))
        slots.flow(calls.same_part(pair, 1), slots.element(receiver))
    if "mapping" not in receiver.items or given.items.isdisjoint(CONTAINERS) or "mapping" in given.items:
        slots.flow(slots.element(given), slots.element(receiver))


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
    """Whether ``site`` only hands out a coroutine that something else makes: ``tasks.pop(key)``, ``generator.send(x)``."""
    if site.receiver is None or (site.method == "get" and not site.arguments):
        return False
    if site.method not in _TAKE and site.method != "send":
        return False
    return "coroutine" in calls.slots.element(site.receiver).items


def is_method(name: str) -> bool:
    """Whether containers have such a method."""
    return name in _ADD or name in _EXTEND | _TAKE | _SAME | _VIEWS
