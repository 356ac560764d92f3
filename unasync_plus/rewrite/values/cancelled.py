"""What runs in tasks that are cancelled, where somebody waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.interrupting import STARTING
from unasync_plus.rewrite.values.effects import GROUPS
from unasync_plus.rewrite.values.slots import Slot

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.calls import Calls
    from unasync_plus.rewrite.values.sites import Site

_STARTING_METHODS = frozenset({"create_task", "call_later", "call_at"})
_WAITING = frozenset({"asyncio.gather", "asyncio.wait", "asyncio.as_completed"})
"""Functions that wait for what they are given, without a limit unless one says ``timeout=``."""


def starts_task(site: Site) -> bool:
    """Whether a call starts a task that nothing need wait for."""
    if site.qualified is not None or site.method not in _STARTING_METHODS:
        return site.qualified in STARTING
    return not _is_of_a_group(site)


def run_by(slot: Slot, calls: Calls) -> list[cst.BaseExpression]:
    """What the tasks run that ``slot`` may hold, and that are waited for without a limit of time somewhere in the module.

    Those of a group are, at its end.
    """
    origins = _before(slot, calls)
    sites = [site for site in calls.sites if site.out in origins and site.node.args]
    waited = set(_waited_for(calls)) if sites else set()
    return [
        site.node.args[0].value
        for site in sites
        if (starts_task(site) and not waited.isdisjoint(_behind(site.out, calls)))
        or (site.method == "create_task" and _is_of_a_group(site))
    ]


def run_in(group: Slot, calls: Calls) -> list[cst.BaseExpression]:
    """The functions that a group of anyio or trio was given to start."""
    origins = _before(group, calls)
    return [
        site.node.args[0].value
        for site in calls.sites
        if site.method in ("start_soon", "start") and site.receiver is not None and site.node.args
        if _is_of_a_group(site) and not origins.isdisjoint(_before(site.receiver, calls))
    ]


def is_left_over(slot: Slot, calls: Calls) -> bool:
    """Whether ``slot`` holds what `wait` gave, of which nothing is left to run where tasks run when they are created."""
    given = {target for _, target in calls.same_tasks}
    return not given.isdisjoint(_before(slot, calls))


def may_be_current(slot: Slot, calls: Calls) -> bool:
    """Whether ``slot`` may hold what `current_task` gave."""
    origins = _before(slot, calls)
    return any(site.qualified == "asyncio.current_task" and site.out in origins for site in calls.sites)


def is_collected(collection: Slot, calls: Calls) -> bool:
    """Whether what is in ``collection`` is waited for somewhere in the module."""
    element = collection.inside.root().element
    return element is not None and not set(_waited_for(calls)).isdisjoint(_behind(element, calls))


def _is_of_a_group(site: Site) -> bool:
    return site.receiver is not None and bool(site.receiver.items & GROUPS)


def _waited_for(calls: Calls) -> Iterator[Slot]:
    yield from calls.awaited
    for site in calls.sites:
        if site.qualified not in _WAITING or any(argument.keyword == "timeout" for argument in site.arguments):
            continue
        if site.qualified == "asyncio.gather":
            for argument in site.positional():
                yield calls.slots.element(argument.slot) if argument.star else argument.slot
        elif (given := site.argument(0, "fs")) is not None:
            yield calls.slots.element(given.slot)


def _before(slot: Slot, calls: Calls) -> set[Slot]:
    """``slot`` and all that what it holds has been in before."""
    same = {target: element for element, target in calls.same_tasks}
    found, todo = {slot}, [slot]
    while todo:
        part = todo.pop()
        new = {*part.origins, *([same[part]] if part in same else [])} - found
        found |= new
        todo.extend(new)
    return found


def _behind(slot: Slot, calls: Calls) -> set[Slot]:
    """``slot`` and all that what it holds may be in later."""
    found, todo = {slot}, [slot]
    while todo:
        part = todo.pop()
        new = {*part.targets, *(target for element, target in calls.same_tasks if element is part)} - found
        found |= new
        todo.extend(new)
    return found
