"""What calls do to slots: values go in as arguments and come out as results."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import pairwise

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.values import closed, containers, leads
from unasync_plus.rewrite.values.callees import called as called_by
from unasync_plus.rewrite.values.callees import is_from_elsewhere
from unasync_plus.rewrite.values.functions import Class, Function, Instance, starters_in
from unasync_plus.rewrite.values.invocation import Alike, invoke, invoke_any
from unasync_plus.rewrite.values.loop_methods import LOOP, LOOP_ONLY, is_method_of_a_loop
from unasync_plus.rewrite.values.places import Arrangement, Joined, Sliced, Taken
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, MAYBE, Argument, Site, is_unknown, may_make_one
from unasync_plus.rewrite.values.slots import Slot, Slots, makes_one

_MANY = 8
"""How many functions may have the name that is called, before calls of one shape are looked at together."""
OF_TASKS = frozenset(
    "cancel cancelled done add_done_callback remove_done_callback get_name set_name exception result".split()
)
"""Methods that tasks and futures have, and coroutines have not."""

Effect = Callable[["Calls", Site], None]
MayGiveTasks = Callable[[str, "str | None", "Site | None"], str]
Starters = Callable[[str, "str | None"], Collection[str]]
"""From the name of a function (and its qualified name, if that is known; empty: it is of this module itself) to the
parameters that it starts."""


def no_starters(name: str, qualified: str | None) -> Collection[str]:
    return ()


class Calls:
    """All calls of a module, and what each does; see `values.rounds` for when."""

    def __init__(
        self,
        slots: Slots,
        effects: dict[str, Effect],
        awaitable: Callable[[str], bool],
        left: tuple[str, ...] = (),
        loop_only: frozenset[str] = LOOP_ONLY,
        starters: Starters = no_starters,
        awaiters: Collection[str] = (),
    ) -> None:
        """``left`` are the beginnings of names that stay as they are, each with its dot.

        ``loop_only`` are the methods that nothing but an event loop has, here.
        """
        self.starters, self.awaiters = starters, awaiters
        self.may_give_tasks: MayGiveTasks = lambda name, qualified, site: ""
        self.acts: MayGiveTasks = lambda name, qualified, site: ""
        """What functions of other modules do beside giving coroutines, see `resolve.acting`."""
        self.giving: frozenset[str] = frozenset()
        """The names of attributes and operators of other modules that give coroutines where they are read."""
        self.reads: Callable[[cst.BaseExpression, str, Scope], bool | None] = lambda owner, name, scope: False
        """Whether that of this owner does; None if nothing tells."""
        self.perhaps_read: set[Slot] = set()
        """Attributes of which nothing tells."""
        self.read_elsewhere: set[str] = set()
        """Those that are read here, see `values.properties`."""
        self.give_tasks: set[str] = set()
        """Names of functions that decorators of other modules make give tasks."""
        self.starts_elsewhere = False
        """Whether functions of other modules, or such as are handed on, are called that start what they are given."""
        self.loop_only = loop_only
        self.slots = slots
        self.fields: dict[str, Slot] = {}
        self.sites: list[Site] = []
        self.returned: list[tuple[Function, Slot]] = []
        """Functions that return what a call gives, and its slot."""
        self.gives: dict[Function, list[Slot]] = {}
        """What calls give that functions return, by function."""
        self.unsettled: set[Function] = set()
        """Those of them of which nobody knows yet whether that is a coroutine."""
        self.accesses: list[tuple[Slot, str, Slot]] = []
        """Attributes that are read: owner, name, slot."""
        self.entered: set[Slot] = set()
        """What ``with … as`` binds: it has been entered, and is no coroutine."""
        self.bound: dict[Slot, dict[Slot, cst.BaseExpression | None]] = {}
        """Parameters that are awaited, or handed on to what awaits them, before anything else is done → the arguments that they
        are given, and what stands there; None for those of several calls."""
        self.unsure: list[Site] = []
        """Calls of methods of something unknown that give tasks, or coroutines, as methods of that name do elsewhere."""
        self.read_properties: set[Function] = set()
        """Those whose attributes give coroutines, see `values.properties`."""
        self.given_by_operators: set[Slot] = set()
        self.kept: set[Slot] = set()
        """All other parameters."""
        self.handed_out: list[Slot] = []
        """Coroutines that are handed to code that is not seen."""
        self.awaited: list[Slot] = []
        """Variables and attributes that are awaited, or what a loop goes through if it is that which is awaited."""
        self.arrangements: list[Arrangement] = []
        """What is taken from places of something, or put together of several."""
        self.keyed: list[tuple[Slot, Slot]] = []
        """Dictionaries that are iterated over, and what comes of that."""
        self._taken: dict[tuple[Slot, Hashable], Slot] = {}
        self.gone_through: dict[int, Slot] = {}
        """The ``id`` of a loop's variable that has a method called → what the loop goes through."""
        self.given_methods: dict[str, set[str]] = {}
        """Attributes that are given functions from outside of the class → what the objects are called: ``store.get = get``."""
        self.same_tasks: list[tuple[Slot, Slot]] = []
        """Tasks that are waited for, and the same in what `wait` and its like give."""
        self.begun: set[Slot] = set()
        """What is used like a task, so that it has begun where it was made."""
        self.begun_later: list[Slot] = []
        """What generators await first that are not iterated over where they are made."""
        self.makers: dict[int, Site] = {}
        """The calls, by the ``id`` of their nodes, that make coroutines themselves, and do not only give what was made before."""
        self.iterated: set[int] = set()
        """The ``id`` of every expression that a loop iterates over."""
        self.effects = effects
        self._awaitable = awaitable
        self._left = left
        self.seen_at = -1
        """What `Slots.changes` was when all calls were last applied."""
        self.objects_used: set[Slot] = set()
        """What has attributes that coroutines have not."""
        self.made_by: dict[cst.Call, Site] = {}
        """The sites by their nodes."""
        self.alike: dict[Hashable, Alike] = {}
        self.objects: dict[Class, Argument] = {}
        """What a class that is handed on to another function makes there."""

    def field(self, name: str) -> Slot:
        """The slot of an attribute: one for all objects that have it."""
        if name not in self.fields:
            self.fields[name] = self.slots.new()
        return self.fields[name]

    def part(self, slot: Slot, index: Hashable) -> Slot:
        """What comes from that place of ``slot``, which may be a tuple."""
        part = self.slots.new()
        if not isinstance(index, int) or index >= 0:
            self.slots.flow(self.slots.place(slot, index), part)
        if isinstance(index, (str, bytes)):
            self.slots.hint(slot, part)
        self.arrangements.append(Taken(slot, index, part))
        return part

    def same_part(self, slot: Slot, index: Hashable) -> Slot:
        """The same, for what is asked for again and again."""
        if (slot, index) not in self._taken:
            part = self._taken[slot, index] = self.part(slot, index)
            if isinstance(index, int):
                self.slots.hint(slot, part)
        return self._taken[slot, index]

    def joined(self, pieces: Sequence[tuple[Slot | None, bool]], out: Slot) -> Slot:
        """``out``, in which the ``pieces`` are, one after the other; each is a container whose elements are meant, if it is starred."""
        self.arrangements.append(Joined(tuple(pieces), out))
        for piece, starred in pieces:
            if piece is not None and starred:
                self.slots.hint(piece, out, inside=True)
        return out

    def rest(self, slot: Slot, start: int) -> Slot:
        """What is in ``slot`` from that place on, as a tuple."""
        if (slot, (start,)) not in self._taken:
            rest = self._taken[slot, (start,)] = self.slots.new("container")
            self.arrangements.append(Sliced(slot, slice(start, None), rest))
            self.slots.hint(slot, rest, inside=True)
        return self._taken[slot, (start,)]

    def each(self, slot: Slot) -> Slot:
        """What iterating over ``slot`` gives: keys, if that is a dictionary."""
        if "mapping" not in slot.items:
            return self.slots.element(slot)
        if (slot, None) not in self._taken:
            each = self._taken[slot, None] = self.slots.new()
            self.slots.flow(self.slots.key(slot), each)
            self.keyed.append((slot, each))
        return self._taken[slot, None]

    def makes_an_object(self, site: Site) -> bool:
        """Whether the call is one of a class from elsewhere, as its name tells."""
        root, _, name = (site.qualified or "").rpartition(".")
        return name[:1].isupper() and root.partition(".")[0] not in ASYNC_ROOTS and site.qualified not in self.effects

    def apply(self, site: Site) -> None:
        """Note what comes of that call, as far as it is known."""
        self._start_by_value(site)
        effect = self.effects.get(site.qualified or "")
        if effect is not None:
            self._have(effect, site)
            return
        if site.receiver is not None:
            for kind in [kind for kind in site.receiver.items if isinstance(kind, str)]:
                effect = self.effects.get(f"{kind}.{site.method}")
                if effect is not None:
                    self._have(effect, site)
            if self.is_of_a_loop(site):
                self._have(self.effects.get(f"{LOOP}.{site.method}", _nothing), site)
            elif site.method == "create_task" and is_unknown(site.receiver, site.callee) and not site.awaited:
                self._have(Calls.start_one, site)
            if site.method in OF_TASKS and site.receiver.awaited and _is_unknown_call(site.receiver):
                self.slots.add(site.receiver, MAYBE)
                self.begun.add(site.receiver)
            containers.contain(self, site, site.receiver)
            if site.method == "close":
                self._have(Calls._close, site)
        if self.slots.given:
            leads.fill(self, site.out, leads.of_call(self.slots.given, site), site)
        self._start_elsewhere(site)
        if site.callee is not None and not leads.is_of_others(self.slots.given, site):
            called = called_by(site)
            if called is site.callee.items and len(called) > _MANY:
                self._have(invoke_any, site)
            else:
                invoke(self, called, site.arguments, site.out, site)
        if site.qualified is not None and self._awaitable(site.qualified):
            self.slots.add(site.out, "awaitable")
        root, _, name = (site.qualified or "").rpartition(".")
        if root.partition(".")[0] in ASYNC_ROOTS and not self.is_left(site.qualified):
            if name[:1].isupper():
                self.slots.add(site.out, site.qualified or "")
            else:
                self.makes_coroutine(site)

    def _close(self, site: Site) -> None:
        receiver = site.receiver
        if receiver is not None and closed.is_of_a_coroutine(self, receiver):
            others = [item for item in receiver.items if not makes_one(item) and item != "param"]
            receiver.wants = receiver.wants or not others

    def _have(self, effect: Effect, site: Site) -> None:
        """Let the call have an effect that may depend on whatever is known."""
        site.depends_on_more = True
        effect(self, site)

    def _start_elsewhere(self, site: Site) -> None:
        """What a function of another module of the project starts is a call yet to be made.

        A method of that name of something unknown may be another one, unless it is given a coroutine.
        """
        name = site.method or (site.qualified or "").rpartition(".")[2]
        receiver = site.receiver.items if site.receiver is not None else set()
        is_known = site.qualified is not None or any(isinstance(item, (Class, Instance)) for item in receiver)
        for parameter in self.starters(name, site.qualified):
            site.depends_on_more = True
            if any(self._is_of_others(item, name) for item in receiver):
                return
            place, _, keyword = parameter.partition(":")
            given = site.argument(int(place.strip("[]") or -1), keyword) if not place.startswith("*") else None
            others = site.positional(int(place[1:])) if place.startswith("*") else [a for a in site.arguments if a.star]
            for argument in others if given is None else [given]:
                if is_known or self._holds_coroutines(argument):
                    self.starts_elsewhere = True
                    self.want(argument, inside=place.endswith("[]"))

    def _holds_coroutines(self, argument: Argument) -> bool:
        return "coroutine" in argument.slot.items | self.slots.element(argument.slot).items

    def _start_by_value(self, site: Site) -> None:
        """``create_task`` is what a variable holds that is called, or is handed on: ``context.run(create_task, f(x))``."""
        for item in starters_in(site.callee) if site.callee is not None else ():
            self.starts_elsewhere = True
            self._have(self.effects[item.qualified], site)
        maps = site.qualified == "builtins.map"
        for argument, given in pairwise(site.arguments):
            if starters_in(argument.slot):
                self.starts_elsewhere = site.depends_on_more = True
                self.want(given, inside=maps)
                if maps or site.method == "run":
                    slot, out = (map(self.slots.element, (given.slot, site.out))) if maps else (given.slot, site.out)
                    self.slots.add(out, "task")
                    self.slots.merge(self.slots.result(slot), self.slots.result(out))

    def _is_of_others(self, item: Hashable, method: str) -> bool:
        """Whether a receiver is of a class that the project does not define."""
        if isinstance(item, Instance):
            return not self.starters(method, item.qualified)
        return is_from_elsewhere(item, method)

    def is_of_a_loop(self, site: Site) -> bool:
        return is_method_of_a_loop(site.node.func, self.loop_only) and is_unknown(site.receiver, site.callee)

    def start_one(self, site: Site) -> None:
        """A group, most likely: what it is given is started, if that is a coroutine, or a call of what is not known."""
        argument = site.argument(0, "coro")
        if argument is not None and ("coroutine" in argument.slot.items or may_make_one(argument, site)):
            self.want(argument)
            self.slots.add(site.out, "task")
            self.slots.merge(self.slots.result(argument.slot), self.slots.result(site.out))

    def is_left(self, qualified: str | None) -> bool:
        """Whether ``qualified`` stays as it is, so that what it gives in async code says nothing about sync code."""
        return f"{qualified}.".startswith(self._left)

    def makes_coroutine(self, site: Site, kind: str = "coroutine") -> None:
        """The call gives a coroutine; ``kind`` is "call" if it only may."""
        if kind == "coroutine":
            self.makers[id(site.node)] = site
        self.slots.add(site.out, kind, site.source)

    def want(self, argument: Argument | None, *, inside: bool = False) -> None:
        """The argument, or what is ``inside`` of it, has to be a call that is yet to be made (or a task)."""
        if argument is not None:
            slot = self.each(argument.slot) if argument.star else argument.slot
            slot = self.each(slot) if inside else slot
            slot.wants = slot.started = True


def _is_unknown_call(slot: Slot) -> bool:
    return "call" in slot.items and not slot.items & {"task", "coroutine"}


def _nothing(_calls: Calls, _site: Site) -> None:
    """What a method of no consequence does."""
