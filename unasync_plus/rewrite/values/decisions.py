"""What becomes of the coroutines that a module makes: which are calls yet to be made in sync code, and which run too early."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from unasync_plus.rewrite.values.asked_late import asked_late
from unasync_plus.rewrite.values.calls import Calls
from unasync_plus.rewrite.values.doubtful import doubtful
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Function
from unasync_plus.rewrite.values.handed_back import handed_back
from unasync_plus.rewrite.values.made_earlier import note_what_was_made_earlier
from unasync_plus.rewrite.values.picked import plain_sources, sources_in
from unasync_plus.rewrite.values.properties import (
    apply_iterators,
    apply_operators,
    given_results,
    may_be_read,
    read_too_early,
)
from unasync_plus.rewrite.values.put_off import done_later, none_told
from unasync_plus.rewrite.values.sites import CONTAINERS, MAYBE, Site, is_unknown, last_name
from unasync_plus.rewrite.values.slots import Slot, Slots, Source, comes_to
from unasync_plus.rewrite.values.unseen import handed_to_python

TASKS = frozenset({"task", "awaitable"})


class Decisions:
    """Made once, when all is known that flows through a module.

    ``kept_back`` and ``mapped`` are the calls, by their ``id``, that make coroutines which are calls yet to be made,
    ``mapped`` those that ``map`` makes; ``early`` those that the async code awaits only after something else has happened.
    ``outside``: parameters of functions for all to use, by the ``id`` of the Parameters, that take calls yet to be made.
    ``plain`` are calls that make no coroutines, as the branches say that their results go through. ``doubtful`` are calls
    kept back, by their ``id``, that may make none, ``delayed`` those that do more than to make one, ``none_told`` those
    of them of which the code asks whether they did.
    ``asked_late`` are calls of something unknown, by their ``id``, see `values.asked_late`.
    ``read_too_early`` and ``given_results``: see `values.properties`.
    """

    def __init__(self, flow: Flow) -> None:
        self.plain = plain_sources(flow.slots.all, flow.expressions)
        self.kept_back: set[int] = set()
        self.mapped: set[int] = set()
        self.early = {id(source.node) for source in self.plain}
        self.delayed: set[int] = set()
        self.none_told: set[int] = set()
        self._has_iterators = False
        self.read_too_early: list[cst.BaseExpression] = []
        self.given_results: list[cst.Call] = []
        self.outside: dict[int, list[str]] = {}
        self._settle(flow, flow.slots, flow.calls)
        self.doubtful = self._keep_back(flow)
        self._find_early(flow, flow.slots, flow.calls)
        self.asked_late = asked_late(flow) - self.kept_back
        self._look_outside(flow)
        reads = bool(flow.calls.read_properties or flow.calls.read_elsewhere)
        if reads:
            self.read_too_early = read_too_early(flow)
        if reads or self._has_iterators:
            self.given_results = given_results(flow)

    def sources(self, slot: Slot) -> set[Source]:
        """The calls that made what ``slot`` holds, and may be kept back."""
        return sources_in(slot) - self.plain

    def _settle(self, flow: Flow, slots: Slots, calls: Calls) -> None:
        """Decide which slots want calls, each for itself."""
        for slot in slots.all if self.plain else ():
            slot.wants = slot.wants and (bool(self.sources(slot)) or not sources_in(slot))
        apply_operators(flow)
        self._has_iterators = apply_iterators(flow)
        for origin, place in flow.rebound:
            place.late = place.late or bool(self.sources(origin))
        for origin, place in flow.held if flow.calls.read_properties or flow.calls.read_elsewhere else ():
            place.late = place.late or may_be_read(origin, flow)
        note_what_was_made_earlier(flow, self.plain)
        for call, slot in flow.awaited_calls:
            made = {source.node for source in self.sources(slot)} - handed_back(call, flow)
            if _surely(made - {call}, flow) if call in made else made:
                slot.awaited = slot.late = True
        for slot in calls.fields.values():
            if self.sources(slot) and "coroutine" not in slot.items and (slot.wants or (slot.awaited and slot.late)):
                slots.add(slot, MAYBE)  # what is kept for another method is a task rather than a coroutine
                slot.wants = False
        for slot in flow.may_be_awaitable:
            if not self.sources(slot):
                slots.add(slot, MAYBE)  # whatever another module puts there
        # what may become of them elsewhere
        unseen = {source for slot in slots.all if slot.escapes or slot.guarded for source in self.sources(slot)}
        for slot in slots.all:
            sources = self.sources(slot)
            if slot.awaited and slot.late and not slot.wants and sources and unseen.isdisjoint(sources):
                slot.wants = MAYBE not in slot.items

    def _keep_back(self, flow: Flow) -> set[int]:
        """What one slot wants as a call is one in all slots that hold it. Those of the calls come back that are doubtful."""
        slots = flow.slots
        kept: set[Source] = set()
        wanting = [slot for slot in slots.all if slot.wants]
        mixed = slots.of_several_places()  # what one of them wants says nothing of the others
        changed = True
        while changed:
            changed = False
            for slot in slots.all:
                sources = self.sources(slot)
                if not slot.wants and sources & kept and slot not in mixed:
                    slot.wants = changed = True
                if not slot.wants:
                    continue
                if sources - kept:
                    kept |= sources
                    changed = True
                changed = self._pass_on(slot) or changed
        self.delayed = done_later(kept, flow)
        self.none_told = none_told(self.delayed, flow)
        for source in kept:
            (self.mapped if source.maps else self.kept_back).add(id(source.node))
        unsure = [source for source in kept if not source.maps and not _surely([source.node], flow)]
        made = {source: flow.expressions[id(source.node)] for source in unsure}
        made = {source: slot for source, slot in made.items() if flow.awaitable.isdisjoint(slot.targets)}
        used = flow.used | flow.calls.objects_used | set(handed_to_python(flow.calls)) if made else ()
        return {id(source.node) for source in doubtful(made, wanting, used, flow.replaced)}

    def _find_early(self, flow: Flow, slots: Slots, calls: Calls) -> None:
        # where the awaited call makes a coroutine itself, what others gave need be none
        explained = {slot for call, slot in flow.awaited_calls if call in {one.node for one in self.sources(slot)}}
        for slot in slots.all:
            if slot.awaited and slot.late and not slot.wants and not slot.guarded and slot not in calls.begun:
                made = {source.node for source in self.sources(slot)}
                self.early |= _surely(made, flow) if slot in explained else set(map(id, made))
        for slot in (*calls.handed_out, *calls.begun_later):
            if not slot.wants:
                made = {source.node for source in self.sources(slot) if not self._is_of_others(source.node, flow)}
                self.early |= set(map(id, made)) if slot in calls.begun_later else _surely(made, flow)
        # whatever else these may be, they are awaited at once
        self.early -= {id(call) for call, _ in flow.awaited_calls}

    def _look_outside(self, flow: Flow) -> None:
        for function in flow.functions:
            names = [
                name
                for name, slot in function.parameters.items()
                if takes_calls(slot) and (_is_used(slot) or slot.inside.root().element is not None)
            ]
            if names and not function.is_nested:
                self.outside[id(function.node.params)] = names

    def _is_of_others(self, call: cst.Call, flow: Flow) -> bool:
        """Whether a function that an object here was given as a method is all that ``call`` of another one's could call."""
        func = call.func
        slot = flow.expressions.get(id(func))
        if (
            not isinstance(func, cst.Attribute)
            or slot is None
            or not is_unknown(flow.expressions.get(id(func.value)), None)
        ):
            return False
        functions = [item for item in slot.items if isinstance(item, Function)]
        owners = flow.calls.given_methods.get(func.attr.value, set())
        given = bool(functions) and not any(function.is_method for function in functions)
        return given and last_name(func.value) not in owners

    def _pass_on(self, slot: Slot) -> bool:
        """Calls that come in from outside the module are calls all along their way."""
        changed = False
        if slot.settled:
            return changed
        for origin in slot.origins:
            if not origin.wants and (origin.items & {"param"} or self.sources(origin)):
                origin.wants = changed = True
        if "param" in slot.items and not slot.items & TASKS:
            for target in slot.targets:
                if not target.wants and "param" in target.items:
                    target.wants = changed = True
        return changed


def _surely(made: Iterable[cst.Call], flow: Flow) -> set[int]:
    """Those of the calls, by their ``id``, that make coroutines whichever function it is that they call, and of which
    nothing asks whether they did."""
    sites = [flow.calls.makers[id(call)] for call in made if id(call) in flow.calls.makers]
    known = [id(site.node) for site in sites if _makes_nothing_else(site)]
    return {key for key in known if not any(target.guarded for target in flow.expressions[key].targets)}


def _makes_nothing_else(site: Site) -> bool:
    """Whether it is no container's method, and no plain function of a table or variable that has some of both kinds.

    Methods of one name in different classes say nothing of each other.
    """
    if site.receiver is not None and site.receiver.items & CONTAINERS:
        return False
    if site.callee is None or isinstance(site.node.func, cst.Attribute):
        return True
    return all(item.makes_coroutines for item in site.callee.items if isinstance(item, Function))


def takes_calls(slot: Slot) -> bool:
    """Whether ``slot``, or what is in it, holds calls yet to be made."""
    element = slot.inside.root().element
    inside = element is not None and element.wants and not element.items & TASKS
    return inside or (slot.wants and not slot.items & TASKS)


def _is_used(slot: Slot) -> bool:
    """Whether what is in ``slot`` is awaited or started, there or where it goes."""
    return comes_to(slot, lambda one: one.awaited or one.started)
