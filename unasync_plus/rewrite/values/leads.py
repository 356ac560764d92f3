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
    from unasync_plus.rewrite.values.calls import Calls
    from unasync_plus.rewrite.values.sites import Site

Given = Mapping[str, Collection[str]]


def of_call(given: Given, site: Site) -> Iterator[str]:
    """What a call gives; nothing if it is not known."""
    if site.qualified is not None:
        yield from given.get(site.qualified, ())
        return
    for kind in _kinds(given, site.receiver, site.method):
        yield from given.get(f"{kind}.{site.method}", ())
    if site.callee is not site.receiver:
        for kind in _kinds(given, site.callee, "__call__"):
            yield from given.get(f"{kind}.__call__", ())


def is_known(given: Given, site: Site) -> bool:
    """Whether the call is one of what leads to something awaitable, so that it is known what it gives."""
    if not given:
        return False
    if site.qualified is not None:
        return _is_told(given, site.qualified)
    return any(
        _is_told(given, f"{kind}.{name}")
        for slot, name in ((site.receiver, site.method), (site.callee, "__call__"))
        for kind in _kinds(given, slot, name)
    )


def is_of_others(given: Given, site: Site) -> bool:
    """Whether a method of such a class is called, and not one of that name which this module defines."""
    return is_known(given, site) and all(
        _is_inherited(given, item, site.method) for item in _items(site.receiver) if isinstance(item, Class)
    )


def _items(slot: Slot | None) -> Collection[Hashable]:
    return () if slot is None else slot.items


def _is_told(given: Given, name: str) -> bool:
    """Whether ``name`` is a function or method, not an attribute that may hold one, and it is known what it gives."""
    return name in given and UNKNOWN not in given[name] and not any(spec.startswith("=") for spec in given[name])


def of_attribute(given: Given, owner: Slot, name: str) -> Iterator[str]:
    """What an attribute of ``owner`` is, also one that its class makes up."""
    for kind in _kinds(given, owner, name):
        specs = given.get(f"{kind}.{name}")
        if specs is None:
            yield from given.get(f"{kind}.__getattr__", ())
        else:
            yield from (spec[1:] for spec in specs if spec.startswith("="))


def is_open(given: Given, owner: Slot | None, name: str) -> bool:
    """Whether an attribute of ``owner`` may be anything, as far as its class tells."""
    if not given or owner is None:
        return False
    return any(spec == "=" for kind in _kinds(given, owner, name) for spec in given.get(f"{kind}.{name}", ()))


def _kinds(given: Given, slot: Slot | None, name: str) -> Iterator[str]:
    """The classes of other modules that may say what ``name`` of ``slot`` is, and those here that inherit it from them."""
    for item in _items(slot):
        if isinstance(item, str):
            yield item
        elif isinstance(item, Class) and _is_inherited(given, item, name):
            yield item.qualified


def _is_inherited(given: Given, item: Class, name: str) -> bool:
    return name not in item.methods and f"{item.qualified}.{name}" in given


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
