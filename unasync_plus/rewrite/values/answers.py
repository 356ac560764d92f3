"""What the sync code has where the async code has something awaitable: a result, a task, or a call yet to be made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from types import MappingProxyType

import libcst as cst

from unasync_plus.resolve.awaitables import AWAITABLE
from unasync_plus.resolve.interrupting import GATHERING, INTERRUPTING
from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values.by_others import NO_OTHERS, Others, given_later, is_of_others, kept_for_others
from unasync_plus.rewrite.values.calls import Calls, MayGiveTasks, Starters, no_starters
from unasync_plus.rewrite.values.cancelled import (
    is_collected,
    is_left_over,
    may_be_current,
    run_by,
    run_in,
    starts_task,
)
from unasync_plus.rewrite.values.decisions import TASKS, Decisions, takes_calls
from unasync_plus.rewrite.values.effects import EFFECTS, GROUPS
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Class, Function, Part
from unasync_plus.rewrite.values.leads import is_open
from unasync_plus.rewrite.values.loop_methods import LOOP, LOOP_ONLY, is_method_of_a_loop
from unasync_plus.rewrite.values.loops import hands_loops_on, only_travels
from unasync_plus.rewrite.values.picked import picked_as
from unasync_plus.rewrite.values.rounds import settle
from unasync_plus.rewrite.values.sites import MAYBE, NO_CLASSES, Site, is_unknown
from unasync_plus.rewrite.values.slots import Slot, Slots, Source, makes_one
from unasync_plus.rewrite.values.unsure import awaited_later, started_later


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
        may_give_tasks: MayGiveTasks = lambda name, qualified, site: "",
        defined: frozenset[str] = frozenset(),
        starters: Starters = no_starters,
        awaiters: Collection[str] = (),
        ruled_out: frozenset[int] = frozenset(),
        kept_loops: frozenset[str] = frozenset(),
        is_given_tasks: bool = False,
        others: Others = NO_OTHERS,
        acts: MayGiveTasks = lambda name, qualified, site: "",
        giving: frozenset[str] = frozenset(),
        reads: Callable[[cst.BaseExpression, str, Scope], bool | None] = lambda owner, name, scope: False,
    ) -> None:
        """``left`` are the names that stay as they are: what such a function takes are values, not calls.

        ``unwraps`` tells whether the configuration takes a call away, and leaves what it was given, ``settled`` whether
        it says what becomes of the call at all. ``given`` is what
        other modules of the project give that leads to awaitable objects (see `values.leads`), ``may_give_tasks`` tells
        whether a function or attribute of theirs (and its qualified name, if that is known) may give a task when it is
        ``called``, or ``awaited``. ``defined`` are the names that the project defines anywhere, ``starters`` tells which
        parameters its functions start. ``awaiters`` are functions to which other modules pass results. What
        is ``ruled_out`` never runs: see `rewrite.reached`. Attributes named in ``kept_loops`` hold event loops.
        ``is_given_tasks``: parameters may be tasks that other modules make. ``others``: see there. ``acts`` tells what
        functions of theirs do beside giving coroutines, see `resolve.acting`. Of ``giving``, names of their attributes and
        operators, ``reads`` tells whether those of an owner give coroutines.
        """
        self._loop_only = (
            frozenset() if f"{LOOP}.".startswith(tuple(f"{name}." for name in left)) else LOOP_ONLY - defined
        )
        self._given, self._starters, self._awaiters = given, starters, awaiters
        self._names, self._tree, self._awaitable = names, tree, awaitable
        self._unwraps, self._settled, self._may_give_tasks = unwraps, settled, may_give_tasks
        self._ruled_out, self._kept_loops, self._is_given_tasks = ruled_out, kept_loops, is_given_tasks
        self._others, self._acts = others, acts
        self._giving, self._reads = giving, reads
        self._left = tuple(f"{name}." for name in left)
        self._flow: Flow | None = None
        self._hands_on: bool | None = None
        self._decisions: Decisions | None = None
        self._tasks = self._interrupts = self._starts = False

    def _known(self) -> Flow:
        if self._flow is None:
            slots = Slots(self._given)
            effects = {name: effect for name, effect in EFFECTS.items() if not f"{name}.".startswith(self._left)}
            calls = Calls(slots, effects, self._awaitable, self._left, self._loop_only, self._starters, self._awaiters)
            calls.may_give_tasks, calls.acts = self._may_give_tasks, self._acts
            calls.giving, calls.reads = self._giving, self._reads
            self._flow = Flow(self._names, slots, calls, self._ruled_out)
            self._flow.module(self._tree)
            for name in self._kept_loops & calls.fields.keys():
                slots.add(calls.field(name), LOOP)
            calls.sites = [site for site in calls.sites if not self._unwraps(site.node, site.scope)]
            settle(calls, self._may_give_tasks)
            sites = [site for site in calls.sites if self._has_a_rule(site)]
            self._interrupts = calls.starts_elsewhere or any(map(_interrupts, sites))
            self._starts = calls.starts_elsewhere or any(starts_task(site) or _is_left(site) for site in sites)
            self._tasks = any(slot.items & TASKS for slot in slots.all)
            self._decisions = Decisions(self._flow)
        return self._flow

    def _decided(self) -> Decisions:
        self._known()
        assert self._decisions is not None
        return self._decisions

    def _has_a_rule(self, site: Site) -> bool:
        """Whether it is up to us what becomes of the call."""
        return not self._settled(site.node, site.scope)

    # questions

    def is_kept_back(self, call: cst.Call) -> bool:
        """Whether ``call`` makes a coroutine that is wanted as a call yet to be made."""
        return id(call) in self._decided().kept_back

    def is_doubtful(self, call: cst.Call) -> bool:
        """Whether ``call`` is kept back as its result may be what is awaited, and may be meant to be made at once."""
        return id(call) in self._decided().doubtful

    def is_delayed(self, call: cst.Call) -> bool:
        """Whether ``call`` is kept back, and does more than to make a coroutine."""
        return id(call) in self._decided().delayed

    def is_none_told(self, call: cst.Call) -> bool:
        """Whether the code asks whether such a ``call`` gave anything, as it need not."""
        return id(call) in self._decided().none_told

    @property
    def read_too_early(self) -> list[cst.BaseExpression]:
        """What is awaited and is what an attribute gave before, see `values.properties`."""
        return self._decided().read_too_early

    @property
    def given_results(self) -> list[cst.Call]:
        """The calls that are given what an attribute gave, and want calls yet to be made."""
        return self._decided().given_results

    @property
    def unsure(self) -> list[cst.Call]:
        """The calls that are started later, and may give tasks that have begun, see `values.unsure`."""
        return [site.node for site in started_later(self._known().calls.unsure) if self._has_a_rule(site)]

    @property
    def unsure_early(self) -> list[cst.Call]:
        """Those that are awaited only when something else has happened: as coroutines, they had run by then."""
        return [site.node for site in awaited_later(self._known()) if self._has_a_rule(site)]

    @property
    def kept_for_others(self) -> list[cst.Call]:
        """The calls kept back in attributes that other modules await."""
        names = self._others.awaited
        return kept_for_others(self._known(), self._decided(), names) if names else []

    @property
    def of_others(self) -> list[tuple[cst.Call, bool]]:
        """The calls kept back that may give tasks, as other modules decide what they call, and whether a method there does for sure."""
        return given_later(self._known(), self._decided(), self._others) if self._others.decide else []

    def is_mapped(self, call: cst.Call) -> bool:
        """The same of the coroutines that ``map(f, xs)`` makes."""
        return id(call) in self._decided().mapped

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
        return [] if slot is None else [source.node for source in self._decided().sources(slot)]

    def started(self, node: cst.CSTNode) -> list[cst.BaseExpression]:
        """What the tasks run which ``node`` may hold, if those are waited for somewhere in this module."""
        slot = self._known().calls.gone_through.get(id(node)) or self.slot(node)
        return [] if slot is None or "task" not in slot.items else run_by(slot, self._known().calls)

    def is_begun_task(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` is a task, and not one of those that `wait` says are not done."""
        slot = self._known().calls.gone_through.get(id(node)) or self.slot(node)
        return slot is not None and "task" in slot.items and not is_left_over(slot, self._known().calls)

    def may_be_current_task(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` may hold what `current_task` gave."""
        slot = self.slot(node)
        return slot is not None and may_be_current(slot, self._known().calls)

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
        return [] if element is None else [source.node for source in self._decided().sources(element)]

    def holds_coroutines(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` holds what a coroutine function of this module gives."""
        slot = self.slot(node)
        return slot is not None and "coroutine" in slot.items

    def picked_as(self, node: cst.CSTNode, *, inside: bool) -> str:
        """How that was picked out which ``node`` (what is ``inside`` of it) holds in async code only, see `values.picked`."""
        slot = self._slot(node, inside)
        return "" if slot is None else picked_as(slot, self._decided().plain)

    def is_wanted(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` holds calls yet to be made."""
        slot = self.slot(node)
        return slot is not None and slot.wants

    def is_early(self, call: cst.Call) -> bool:
        """Whether ``call`` makes a coroutine which the async code awaits only after something else has happened."""
        return id(call) in self._decided().early

    def is_asked_late(self, call: cst.Call) -> bool:
        """Whether ``call`` may give a coroutine, of which the code asks only after something else has happened."""
        return id(call) in self._decided().asked_late

    def wanted_calls(self, params: cst.Parameters) -> list[str]:
        """The parameters of a function for all to use that take calls yet to be made."""
        return self._decided().outside.get(id(params), [])

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

    def only_travels(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` is a loop that goes from one place to another, and is none that a caller gave."""
        return only_travels(node, self._known().expressions)

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

    def is_of_own_class(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` is known to be an instance of a class of this module."""
        slot = self.slot(node)
        return slot is not None and any(isinstance(item, Class) for item in slot.items)

    def holding(self, kind: str) -> frozenset[int]:
        """The ``id`` of every node that may be an instance of the class ``kind``."""
        return frozenset(key for key, slot in self._known().expressions.items() if kind in slot.items)

    def may_be_task(self, node: cst.CSTNode) -> bool:
        """Whether ``node`` may hold a task or a future, of this module or another one."""
        slot = self.slot(node)
        return slot is not None and bool(slot.items & {"task", MAYBE})

    def takes_calls(self, owner: cst.CSTNode) -> bool:
        """Whether the parameter, annotated variable or cast ``owner`` (a Param, AnnAssign or Call) holds calls yet to be made."""
        flow = self._known()
        slot = flow.annotated.get(id(owner))
        return slot is not None and takes_calls(slot)

    def holds_tasks(self, owner: cst.CSTNode) -> bool:
        """Whether an annotated variable, or what a function gives, is a task or future for sure (an AnnAssign or FunctionDef)."""
        flow = self._known()
        given = (
            one.returns for one in flow.functions if one.node is owner and not one.is_async and not one.is_generator
        )
        slot = flow.annotated.get(id(owner)) or next(given, None)
        if slot is None or "task" not in slot.items or slot.wants:
            return False
        return not any(makes_one(item) or item == "call" for item in slot.items)

    def awaited(self, operand: cst.BaseExpression) -> str:
        """What ``await operand`` is in sync code.

        ``value``: the operand itself; ``task``: its ``result()``; ``call``: a call of it; ``either``: a task or a call;
        ``unknown``: perhaps a task.
        """
        slot = self.slot(operand)
        if slot is None:
            return "unknown" if self._is_open(operand) else "value"
        may_be_call = slot.wants and (self._decided().sources(slot) or "param" in slot.items)
        if MAYBE in slot.items and not may_be_call:
            return "unknown"
        operand = self._known().without_casts(operand)
        is_task = bool(slot.items & {*TASKS, MAYBE}) or any(self._is_awaitable_object(item) for item in slot.items)
        is_call = (
            slot.wants
            and (self._decided().sources(slot) or not is_task)
            and not (isinstance(operand, cst.Call) and self._is_source(operand, slot))
        )
        if is_call:
            return "either" if is_task else "call"
        if isinstance(operand, cst.Call) and self._is_of_others(operand):
            return "unknown"
        if not is_task and not isinstance(operand, cst.Call) and any(isinstance(item, Function) for item in slot.items):
            return "unknown"  # a function cannot be awaited: what a descriptor gives for it may have to be asked for its result
        if not is_task:
            is_call = isinstance(operand, cst.Call)
            unseen = not is_call and slot.items & {"param", "call"} and (self._tasks or self._is_given_tasks)
            given = not is_call and not slot.items and self._is_given_tasks
            return "unknown" if unseen or given or self._is_open(operand) else "value"
        func = self.slot(operand.func) if isinstance(operand, cst.Call) else None
        is_given = func is not None and "param" in func.items  # and may be another function than those seen here
        return "unknown" if is_given or slot.items & {"param", "call", "coroutine"} else "task"

    def _is_of_others(self, call: cst.Call) -> bool:
        """Whether a call may give a task, as another module decides what it calls."""
        site = self._known().calls.made_by.get(call) if self._others.decide else None
        return site is not None and is_of_others(site, self._others)

    def _has_of_others(self, slot: Slot) -> bool:
        """Whether what such a call gives may be in ``slot``."""
        if not self._others.decide:
            return False
        return any(isinstance(item, Source) and self._is_of_others(item.node) for item in slot.items)

    def _is_awaitable_object(self, item: Hashable) -> bool:
        """Whether it is an instance of a class that can be awaited, as it, or a base in another module, says."""
        return isinstance(item, Class) and (item.awaitable or AWAITABLE in self._given.get(item.qualified, ()))

    def _is_open(self, operand: cst.BaseExpression) -> bool:
        """Whether it is an attribute that may be anything, in a project of which some objects can be awaited."""
        return (
            bool(self._given)
            and isinstance(operand, cst.Attribute)
            and is_open(self._given, self.slot(operand.value), operand.attr.value)
        )

    def may_be_awaitable(self, node: cst.CSTNode, *, inside: bool = False) -> str:
        """``task`` or ``awaitable`` if ``node`` (what is ``inside`` of it) may be such an object in sync code too, ``call`` if it is
        one yet to be made (``call or task``: either), else nothing."""
        slot = self._slot(node, inside)
        if slot is None:
            return ""
        if "awaitable" in slot.items or any(map(self._is_awaitable_object, slot.items)):
            return "awaitable"
        is_call = slot.wants and (self._decided().sources(slot) or "param" in slot.items)
        if (
            slot.items & {"task", MAYBE}
            or ("param" in slot.items and self._is_given_tasks)
            or self._has_of_others(slot)
        ):
            return "call or task" if is_call else "task"
        return "call" if is_call else ""

    def _is_source(self, operand: cst.Call, slot: Slot) -> bool:
        return any(isinstance(item, Source) and item.node is operand for item in slot.items)


def _interrupts(site: Site) -> bool:
    if (
        site.qualified in INTERRUPTING
        or site.qualified == f"{LOOP}.create_task"
        or site.method in ("create_task", "add_signal_handler")
        or _is_left(site)
    ):
        return True
    if site.method in ("start_soon", "start") and site.receiver is not None and site.receiver.items & GROUPS:
        return True
    return site.method == "cancel" and site.receiver is not None and bool(site.receiver.items & {"task", MAYBE})


def _is_left(site: Site) -> bool:
    """Whether a call gathers in a task that goes on."""
    return site.qualified == GATHERING and not site.awaited


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
