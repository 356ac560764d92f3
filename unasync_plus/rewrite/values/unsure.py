"""Calls of which nobody knows whether they give a task or a coroutine, and that something starts later.

A method of that name gives a task in one module of the project, and is a coroutine function in another. In sync code the call is
made where it stands, as a task begins there; what would start a coroutine gets its result then, and has nothing to start.
"""

from __future__ import annotations

from collections.abc import Iterable

from unasync_plus.rewrite.values.asked_late import is_met_at_once
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.sites import Site
from unasync_plus.rewrite.values.slots import comes_to


def started_later(sites: Iterable[Site]) -> list[Site]:
    """Those of ``sites`` whose result comes to something that starts it."""
    return [site for site in sites if comes_to(site.out, lambda slot: slot.started)]


def awaited_later(flow: Flow) -> list[Site]:
    """Those that a variable is given, and that something else is done before it is awaited, or handed on; or that are put
    into a container, and not started there."""
    unsure = [
        site for site in flow.calls.unsure if not site.awaited and not comes_to(site.out, lambda slot: slot.started)
    ]
    if not unsure:
        return []
    late = {one.origin for one in flow.followed if not is_met_at_once(one)}
    elements = {element for slot in flow.slots.all if (element := slot.inside.root().element) is not None}
    awaited = set(flow.calls.awaited)
    return [
        site
        for site in unsure
        if (site.out in late or not elements.isdisjoint(site.out.targets)) and comes_to(site.out, awaited.__contains__)
    ]
