"""What calls and attributes of the project's other modules give, where that leads to something awaitable.

See `unasync_plus.resolve.awaitables` for the language in which it is said.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

from unasync_plus.resolve.awaitables import AWAITABLE, UNKNOWN
from unasync_plus.rewrite.values.functions import Class
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls, Site

Given = Mapping[str, Collection[str]]


def of_call(given: Given, site: Site) -> Iterator[str]:
    """What a call gives; nothing if it is not known."""
    if site.qualified is not None:
        yield from given.get(site.qualified, ())
        return
    for kind in _kinds(site.receiver):
        yield from given.get(f"{kind}.{site.method}", ())
    if site.callee is not site.receiver:
        for kind in _kinds(site.callee):
            yield from given.get(f"{kind}.__call__", ())


def is_known(given: Given, site: Site) -> bool:
    """Whether the call is one of what leads to something awaitable, so that it is known what it gives."""
    if site.qualified is not None:
        return _is_told(given, site.qualified)
    kinds = [f"{kind}.{site.method}" for kind in _kinds(site.receiver)]
    return any(_is_told(given, kind) for kind in (*kinds, *(f"{kind}.__call__" for kind in _kinds(site.callee))))


def is_of_others(given: Given, site: Site) -> bool:
    """Whether a method of such a class is called, and not one of that name which this module defines."""
    return is_known(given, site) and not any(isinstance(item, Class) for item in _items(site.receiver))


def _items(slot: Slot | None) -> Collection[Hashable]:
    return () if slot is None else slot.items


def _is_told(given: Given, name: str) -> bool:
    return name in given and UNKNOWN not in given[name]


def of_attribute(given: Given, owner: Slot, name: str) -> Iterator[str]:
    """What an attribute of ``owner`` is, also one that its class makes up."""
    for kind in _kinds(owner):
        specs = given.get(f"{kind}.{name}")
        if specs is None:
            yield from given.get(f"{kind}.__getattr__", ())
        else:
            yield from (spec[1:] for spec in specs if spec.startswith("="))


def _kinds(slot: Slot | None) -> list[str]:
    return [item for item in _items(slot) if isinstance(item, str)]


def fill(calls: Calls, slot: Slot, specs: Iterator[str], site: Site | None = None) -> None:
    """Note that ``slot`` holds what ``specs`` say; a coroutine is one of the call ``site``."""
    for spec in list(specs):
        _fill(calls, slot, spec, site)


def _fill(calls: Calls, slot: Slot, spec: str, site: Site | None) -> None:
    if spec.startswith("="):
        return
    if spec.startswith("[]"):
        _fill(calls, calls.slots.element(slot), spec[2:], None)
    elif spec.startswith("()"):
        if site is not None:
            calls.makes_coroutine(site)
        else:
            calls.slots.add(slot, "coroutine")
        _fill(calls, calls.slots.result(slot), spec[2:], None)
    elif spec and spec != UNKNOWN and (spec in calls.slots.given or spec in (AWAITABLE, "task")):
        calls.slots.add(slot, spec)
