"""What the sync code has where the async code has something awaitable: a result, a task, or a call yet to be made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import libcst as cst

from unasync_plus.resolve.interrupting import INTERRUPTING
from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values.calls import Calls, MayGiveTasks, Starters, no_starters
from unasync_plus.rewrite.values.cancelled import is_collected, is_left_over, run_by, run_in, starts_task
from unasync_plus.rewrite.values.effects import EFFECTS, GROUPS
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Class, Function, Part
from unasync_plus.rewrite.values.loop_methods import LOOP, LOOP_ONLY, is_method_of_a_loop
from unasync_plus.rewrite.values.loops import hands_loops_on
from unasync_plus.rewrite.values.picked import picked_as, plain_sources, sources_in
from unasync_plus.rewrite.values.sites import MAYBE, NO_CLASSES, Site, is_unknown, last_name
from unasync_plus.rewrite.values.slots import Slot, Slots, Source


class Values:
    """Answers about one module. Everything is found out at the first question."""

    def __init__(
        self,
        names: Names,
        tree: cst.Module,
        awaitable: Callable[[str], bool],
        left: Collection[str] = (),
        unwraps: Callable[[cst.Call, Scope], bool] = lambda call, scope: False,
        settled: Callable[[cst.Call, Scope], bool] = lambda call, scope: False,
        given: Mapping[str, Collection[str]] = MappingProxyType({}),
        may_give_tasks: MayGiveTasks = lambda name, qualified: "",
        defined: frozenset[str] = frozenset(),
        starters: Starters = no_starters,
        awaiters: Collection[str] = (),
    ) -> None:
        """``left`` are the names that stay as they are: what such a function takes are values, not calls.

        ``unwraps`` tells whether the configuration takes a call away, and leaves what it was given, ``settled`` whether
        it says what becomes of the call at all. ``given`` is what
        other modules of the project give that leads to awaitable objects (see `values.leads`), ``may_give_tasks`` tells
        whether a function or attribute of theirs (and its qualified name, if that is known) may give a task when it is
        ``called``, or ``awaited``. ``defined`` are the names that the project defines anywhere, ``starters`` tells which
        parameters its functions start. ``awaiters`` are functions to which other modules pass results.
        """
        self._loop_only = (
            frozenset() if f"{LOOP}.".startswith(tuple(f"{name}." for name in left)) else LOOP_ONLY - defined
        )
        self._given, self._starters, self._awaiters = given, starters, awaiters
        self._names, self._tree, self._awaitable = names, tree, awaitable
        self._unwraps, self._settled, self._may_give_tasks = unwraps, settled, may_give_tasks
        self._left = tuple(f"{name}." for name in left)
        self._flow: Flow | None = None
        self._hands_on: bool | None = None
        self._kept_back: set[int] = set()
        self._mapped: set[int] = set()
        self._early: set[int] = set()
        self._outside: dict[int, list[str]] = {}
        self._plain: set[Source] = set()
        self._tasks = self._interrupts = self._starts = False

    def _known(self) -> Flow:
        if self._flow is None:
            slots = Slots(self._given)
            effects = {name: effect for name, effect in EFFECTS.items() if not f"{name}.".startswith(self._left)}
            calls = Calls(slots, effects, self._awaitable, self._left, self._loop_only, self._starters, self._awaiters)
            self._flow = Flow(self._names, slots, calls)
            self._flow.module(self._tree)
            calls.sites = [site for site in calls.sites if not self._unwraps(site.node, site.scope)]
            calls.settle(self._may_give_tasks)
            sites = [site for site in calls.sites if self._has_a_rule(site)]
            self._interrupts = calls.starts_elsewhere or any(map(_interrupts, sites))
            self._starts = calls.starts_elsewhere or any(map(starts_task, sites))
            self._tasks = any(slot.items & _TASKS for slot in slots.all)
            self._decide(slots, calls)
        return self._flow

    def _has_a_rule(self, site: Site) -> bool:
        """Whether it is up to us what becomes of the call."""
        return not self._settled(site.node, site.scope)

    # questions

    def is_kept_back(self, call: cst.Call) -> bool:
        """Whether ``call`` makes a coroutine that is wanted as a call yet to be made."""
        self._known()
        return id(call) in self._kept_back

    def is_mapped(self, call: cst.Call) -> bool:
        """The same of the coroutines that ``map(f, xs)`` makes."""
        self._known()
        return id(call) in self._mapped

    @property
    def interrupts(self) -> bool:
        """Whether the module starts tasks or sets deadlines, so that its waits may be cancelled."""
        self._known()
        return self._interrupts

    @property
    def starts_tasks(self) -> bool:
        """Whether the module starts tasks that nothing need wait for."""
        self._known()
        return self._starts

    def uses(self, members: Collection[str], kind: str, *, known: bool = False) -> bool:
        """Whether one of these attributes of an object that may be of that class is used, or of one ``known`` to be."""
        for owner, name, _ in self._known().calls.accesses:
            if name in members:
                kinds = {item for item in owner.items if isinstance(item, str)} - NO_CLASSES
                if kind in kinds or not (known or kinds):
                    return True
        return False

    def functions(self, func: cst.BaseExpression) -> list[Function] | None:
        """The functions of this module that ``func`` may be; None if it may be another one."""
        slot = self.slot(func)
        if slot is None:
            return None
        found = [item.function if isinstance(item, Part) else item for item in slot.items]
        functions = [item for item in found if isinstance(item, Function)]
        return functions or None

    def sources(self, node: cst.CSTNode) -> list[cst.Call]:
        """The calls that made the coroutines which ``node`` may hold."""
        slot = self.slot(node)
        return [] if slot is None else [source.node for source in self._sources(slot)]

    def started(self, node: cst.CSTNode) -> list[cst.BaseExpression]:
        """What the tasks run which ``node`` may hold, if those are waited for somewhere in this module."""
        slot = self._known().calls.gone_through.get(id(node)) or self.slot(node)
        return [] if slot is None or "task" not in slot.items else run_by(slot, self._known().calls)

    def is_begun_task(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` is a task, and not one of those that `wait` says are not done."""
        slot = self._known().calls.gone_through.get(id(node)) or self.slot(node)
        return slot is not None and "task" in slot.items and not is_left_over(slot, self._known().calls)

    def is_collected(self, collection: cst.CSTNode) -> bool:
        """Whether what is in ``collection`` is waited for somewhere in this module."""
        slot = self.slot(collection)
        return slot is not None and is_collected(slot, self._known().calls)

    def started_in(self, group: cst.CSTNode) -> list[cst.BaseExpression]:
        """The functions that the group of anyio or trio runs which ``group`` may be."""
        slot = self.slot(group)
        return [] if slot is None else run_in(slot, self._known().calls)

    def elements(self, node: cst.CSTNode) -> list[cst.Call]:
        """The same of the elements of ``node``."""
        slot = self.slot(node)
        element = slot.inside.root().element if slot is not None else None
        return [] if element is None else [source.node for source in self._sources(element)]

    def holds_coroutines(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` holds what a coroutine function of this module gives."""
        slot = self.slot(node)
        return slot is not None and "coroutine" in slot.items

    def picked_as(self, node: cst.CSTNode, *, inside: bool) -> str:
        """How that was picked out which ``node`` (what is ``inside`` of it) holds in async code only, see `values.picked`."""
        slot = self._slot(node, inside)
        return "" if slot is None else picked_as(slot, self._plain)

    def is_wanted(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` holds calls yet to be made."""
        slot = self.slot(node)
        return slot is not None and slot.wants

    def is_early(self, call: cst.Call) -> bool:
        """Whether ``call`` makes a coroutine which the async code awaits only after something else has happened."""
        self._known()
        return id(call) in self._early

    def wanted_calls(self, params: cst.Parameters) -> list[str]:
        """The parameters of a function for all to use that take calls yet to be made."""
        self._known()
        return self._outside.get(id(params), [])

    def slot(self, node: cst.CSTNode) -> Slot | None:
        """What ``node`` (a name, attribute, subscript or call) holds; None for what is imported."""
        return self._known().expressions.get(id(node))

    def _slot(self, node: cst.CSTNode, inside: bool) -> Slot | None:
        slot = self.slot(node)
        return slot.inside.root().element if slot is not None and inside else slot

    def hands_loops_on(self, methods: Collection[str]) -> bool:
        """Whether a loop is used otherwise than by calling one of ``methods``, see `values.loops`."""
        if self._hands_on is None:
            flow = self._known()
            self._hands_on = hands_loops_on(self._tree, flow.expressions, flow.calls.sites, methods)
        return self._hands_on

    def is_of_a_loop(self, method: cst.Attribute) -> bool:
        """Whether a method of event loops is that of a variable or attribute of which nothing else is known.

        What such a thing's ``get_loop()`` gives counts as well: to ask for it does nothing.
        """
        return self.may_be_of_a_loop(method) and isinstance(_root(method.value), cst.Name)

    def may_be_of_a_loop(self, method: cst.Attribute) -> bool:
        """Whether only event loops have such a method, or have it by that name, and nothing else is known of it."""
        return is_method_of_a_loop(method, self._loop_only) and self.is_unknown(method)

    def is_unknown_object(self, node: cst.CSTNode) -> bool:
        """Whether nothing tells what class ``node`` is an instance of."""
        return is_unknown(self.slot(node), None)

    def is_unknown(self, method: cst.Attribute) -> bool:
        """Whether nothing tells whose method that is."""
        return is_unknown(self.slot(method.value), self.slot(method))

    def kinds(self, node: cst.CSTNode) -> set[str]:
        """The qualified names of the classes that ``node`` may be an instance of, as far as they matter here."""
        slot = self.slot(node)
        return set() if slot is None else {kind for kind in slot.items if isinstance(kind, str)} - NO_CLASSES

    def holding(self, kind: str) -> frozenset[int]:
        """The ``id`` of every node that may be an instance of the class ``kind``."""
        return frozenset(key for key, slot in self._known().expressions.items() if kind in slot.items)

    def may_be_task(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` may hold a task or a future, of this module or another one."""
        slot = self.slot(node)
        return slot is not None and bool(slot.items & {"task", MAYBE})

    def takes_calls(self, owner: cst.CSTNode) -> bool:
        """Whether the parameter or annotated variable ``owner`` (a Param or AnnAssign) holds calls yet to be made."""
        flow = self._known()
        slot = flow.annotated.get(id(owner))
        return slot is not None and _takes_calls(slot)

    def awaited(self, operand: cst.BaseExpression) -> str:
        """What ``await operand`` is in sync code.

        ``value``: the operand itself; ``task``: its ``result()``; ``call``: a call of it; ``either``: a task or a call;
        ``unknown``: perhaps a task.
        """
        slot = self.slot(operand)
        if slot is None:
            return "value"
        if MAYBE in slot.items and not slot.wants:
            return "unknown"
        is_task = bool(slot.items & _TASKS) or any(isinstance(item, Class) and item.awaitable for item in slot.items)
        is_call = (
            slot.wants
            and (self._sources(slot) or not is_task)
            and not (isinstance(operand, cst.Call) and self._is_source(operand, slot))
        )
        if is_call:
            return "either" if is_task else "call"
        if not is_task:
            unseen = slot.items & {"param", "call"} and not isinstance(operand, cst.Call)
            return "unknown" if unseen and self._tasks else "value"
        return "unknown" if slot.items & {"param", "call", "coroutine"} else "task"

    def may_be_awaitable(self, node: cst.CSTNode, *, inside: bool = False) -> str:
        """``task`` or ``awaitable`` if ``node`` (what is ``inside`` of it) may be such an object in sync code too, ``call`` if it is
        one yet to be made (``call or task``: either), else nothing."""
        slot = self._slot(node, inside)
        if slot is None:
            return ""
        if "awaitable" in slot.items or any(isinstance(item, Class) and item.awaitable for item in slot.items):
            return "awaitable"
        is_call = slot.wants and (self._sources(slot) or "param" in slot.items)
        if "task" in slot.items:
            return "call or task" if is_call else "task"
        return "call" if is_call else ""

    def _sources(self, slot: Slot) -> set[Source]:
        """The calls that made what ``slot`` holds, and may be kept back."""
        return sources_in(slot) - self._plain

    def _is_source(self, operand: cst.Call, slot: Slot) -> bool:
        return any(isinstance(item, Source) and item.node is operand for item in slot.items)

    # decisions

    def _decide(self, slots: Slots, calls: Calls) -> None:
        self._plain = plain_sources(slots.all, self._known().expressions)
        self._early |= {id(source.node) for source in self._plain}
        for slot in slots.all if self._plain else ():
            slot.wants = slot.wants and (bool(self._sources(slot)) or not sources_in(slot))
        for origin, place in self._known().rebound:
            place.late = place.late or bool(self._sources(origin))
        for call, slot in self._known().awaited_calls:
            if any(source.node is not call for source in self._sources(slot)):
                slot.awaited = slot.late = True
        for slot in calls.fields.values():
            if self._sources(slot) and "coroutine" not in slot.items and (slot.wants or (slot.awaited and slot.late)):
                slots.add(slot, MAYBE)  # what is kept for another method is a task rather than a coroutine
                slot.wants = False
        # what may become of them elsewhere
        unseen = {source for slot in slots.all if slot.escapes or slot.guarded for source in self._sources(slot)}
        for slot in slots.all:
            sources = self._sources(slot)
            if slot.awaited and slot.late and not slot.wants and sources and unseen.isdisjoint(sources):
                slot.wants = MAYBE not in slot.items
        kept: set[Source] = set()
        changed = True
        while changed:
            changed = False
            for slot in slots.all:
                sources = self._sources(slot)
                if not slot.wants and sources & kept:
                    slot.wants = changed = True
                if not slot.wants:
                    continue
                if sources - kept:
                    kept |= sources
                    changed = True
                changed = self._pass_on(slot) or changed
        for source in kept:
            (self._mapped if source.maps else self._kept_back).add(id(source.node))
        for slot in slots.all:
            if slot.awaited and slot.late and not slot.wants and not slot.guarded and slot not in calls.begun:
                self._early |= {id(source.node) for source in self._sources(slot)}
        for slot in (*calls.handed_out, *calls.begun_later):
            if not slot.wants:
                self._early |= {
                    id(source.node) for source in self._sources(slot) if not self._is_of_others(source.node, calls)
                }
        for function in self._known().functions:
            names = [
                name
                for name, slot in function.parameters.items()
                if _takes_calls(slot) and (_is_used(slot) or slot.inside.root().element is not None)
            ]
            if names and not function.is_nested:
                self._outside[id(function.node.params)] = names

    def _is_of_others(self, call: cst.Call, calls: Calls) -> bool:
        """Whether a function that an object here was given as a method is all that ``call`` of another one's could call."""
        func = call.func
        slot = self.slot(func)
        if not isinstance(func, cst.Attribute) or slot is None or not self.is_unknown_object(func.value):
            return False
        functions = [item for item in slot.items if isinstance(item, Function)]
        owners = calls.given_methods.get(func.attr.value, set())
        given = bool(functions) and not any(function.is_method for function in functions)
        return given and last_name(func.value) not in owners

    def _pass_on(self, slot: Slot) -> bool:
        """Calls that come in from outside the module are calls all along their way."""
        changed = False
        if slot.settled:
            return changed
        for origin in slot.origins:
            if not origin.wants and (origin.items & {"param"} or self._sources(origin)):
                origin.wants = changed = True
        if "param" in slot.items and not slot.items & _TASKS:
            for target in slot.targets:
                if not target.wants and "param" in target.items:
                    target.wants = changed = True
        return changed


_TASKS = frozenset({"task", "awaitable"})


def _interrupts(site: Site) -> bool:
    if (
        site.qualified in INTERRUPTING
        or site.qualified == f"{LOOP}.create_task"
        or site.method in ("create_task", "add_signal_handler")
    ):
        return True
    if site.method in ("start_soon", "start") and site.receiver is not None and site.receiver.items & GROUPS:
        return True
    return site.method == "cancel" and site.receiver is not None and bool(site.receiver.items & {"task", MAYBE})


def _takes_calls(slot: Slot) -> bool:
    element = slot.inside.root().element
    inside = element is not None and element.wants and not element.items & _TASKS
    return inside or (slot.wants and not slot.items & _TASKS)


def _is_used(slot: Slot) -> bool:
    """Whether what is in ``slot`` is awaited or started, there or where it goes."""
    todo, seen = [slot], {slot}
    while todo:
        slot = todo.pop()
        if slot.awaited or slot.started:
            return True
        todo += [target for target in slot.targets if target not in seen]
        seen.update(slot.targets)
    return False


def _root(node: cst.CSTNode) -> cst.CSTNode:
    """What a chain of attributes, and of calls of ``get_loop()``, begins with."""
    while True:
        if isinstance(node, cst.Attribute):
            node = node.value
        elif isinstance(node, cst.Call) and not node.args and isinstance(node.func, cst.Attribute):
            if node.func.attr.value != "get_loop":
                return node
            node = node.func.value
        else:
            return node
