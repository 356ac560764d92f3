"""Find out what comes of all calls of a module: they are applied in rounds, until nothing new comes of it."""

from __future__ import annotations

from collections.abc import Hashable

from unasync_plus.rewrite.values import closed, leads, unseen
from unasync_plus.rewrite.values.calls import Calls, MayGiveTasks
from unasync_plus.rewrite.values.functions import Instance
from unasync_plus.rewrite.values.places import arrange

ATTRIBUTES: dict[Hashable, dict[str, str]] = {
    "asyncio.subprocess.Process": {
        "stdin": "asyncio.StreamWriter",
        "stdout": "asyncio.StreamReader",
        "stderr": "asyncio.StreamReader",
    },
    "anyio.abc.Process": {
        "stdin": "anyio.abc.ByteSendStream",
        "stdout": "anyio.abc.ByteReceiveStream",
        "stderr": "anyio.abc.ByteReceiveStream",
    },
}
"""Kind → attribute → kind."""
_NAMES = frozenset().union(*ATTRIBUTES.values())


def settle(calls: Calls, may_give_tasks: MayGiveTasks = lambda name, qualified, site: "") -> None:
    """Find out what comes of all calls; ``may_give_tasks`` tells what functions of other modules give."""
    _name_objects(calls)
    calls.made_by = {site.node: site for site in calls.sites}
    calls.objects_used = {owner for owner, name, _ in calls.accesses if not closed.has_attribute(name)}
    calls.objects_used |= {site.receiver for site in calls.sites if site.awaited and site.receiver is not None}
    calls.unsettled = {function for function, _ in calls.returned}
    _repeat(calls)
    _settle_all(calls)
    unseen.leave(calls, may_give_tasks)
    _settle_all(calls)
    arrange(calls.slots, calls.arrangements, finally_=True)
    _repeat(calls)
    for function, slot in calls.returned:
        calls.slots.flow(slot, function.returns)
    calls.unsettled = set()
    calls.slots.changes += 1
    _repeat(calls)


def _settle_all(calls: Calls) -> None:
    """Find out what functions return, and what stands where."""
    while True:
        before = calls.slots.changes
        _settle_returns(calls)
        _repeat(calls)
        if calls.slots.changes == before:
            _look_into_lists(calls)
            arrange(calls.slots, calls.arrangements)
        if calls.slots.changes == before:
            return


def _look_into_lists(calls: Calls) -> None:
    """What was taken for a dictionary where it is iterated over may be a list after all."""
    for slot, each in calls.keyed:
        if "container" in slot.items:
            calls.slots.flow(calls.slots.element(slot), each)


def _name_objects(calls: Calls) -> None:
    """What is made by a class from elsewhere has none of the methods that are defined here."""
    for site in calls.sites:
        if calls.makes_an_object(site):
            calls.slots.add(site.out, Instance(site.qualified or ""))


def _repeat(calls: Calls) -> None:
    """Apply all calls until that changes nothing more, which it does not if nothing has changed since the last time."""
    telling = calls.accesses  # objects of other modules may make up attributes of any name
    if calls.seen_at != calls.slots.changes and not calls.slots.given:
        telling = [access for access in telling if access[1] in _NAMES]
    while calls.seen_at != calls.slots.changes:
        calls.seen_at = calls.slots.changes
        for owner, name, slot in telling:
            for kind in owner.items & ATTRIBUTES.keys() if name in _NAMES else ():
                if name in ATTRIBUTES[kind]:
                    calls.slots.add(slot, ATTRIBUTES[kind][name])
            if calls.slots.given:
                leads.fill(calls, slot, leads.of_attribute(calls.slots.given, owner, name))
        for site in calls.sites:
            known = sum(map(len, site.known))  # which grows with whatever is learned
            if known != site.applied_at or site.depends_on_more:
                site.applied_at = known
                calls.apply(site)


def _settle_returns(calls: Calls) -> None:
    """A function that returns what a coroutine function gives is as good as one; what an unknown one gives, may be."""
    left = []
    for function, slot in calls.returned:
        if slot.items & {"coroutine", "call"} and not slot.items & {"task", "param"}:
            function.makes_coroutines = "coroutine" in slot.items
            function.may_make_coroutines = not function.makes_coroutines
            calls.slots.flow(calls.slots.result(slot), function.returns)
            calls.slots.changes += 1
            if function.is_property and function.makes_coroutines:
                calls.slots.add(function.returns, "coroutine")
                calls.read_properties.add(function)
        elif slot.items:
            calls.slots.flow(slot, function.returns)
        else:
            left.append((function, slot))
    calls.returned = left
    calls.unsettled = {function for function, _ in left}
