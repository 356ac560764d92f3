"""What calls do to slots: values go in as arguments and come out as results."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.values import leads
from unasync_plus.rewrite.values.functions import Class, Constructor, Function, Imported, Instance, Part
from unasync_plus.rewrite.values.slots import Slot, Slots, Source, makes_one

ASYNC_ROOTS = frozenset({"asyncio", "anyio", "trio"})
_ADD = {"append": 0, "add": 0, "appendleft": 0, "put": 0, "put_nowait": 0, "insert": 1, "setdefault": 1}
_EXTEND = frozenset({"extend", "update", "extendleft", "union"})
_TAKE = frozenset({"pop", "popleft", "popitem", "get_nowait", "get", "setdefault"})
_SAME = frozenset({"values", "items", "keys", "copy", "union", "difference", "intersection"})
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
LOOP = "asyncio.AbstractEventLoop"
LOOP_ONLY = frozenset("run_in_executor call_soon call_soon_threadsafe create_future run_until_complete".split())
"""Methods that nothing but an event loop has: what has one is a loop, wherever it comes from."""
LOOP_BY_NAME = frozenset(
    "call_later call_at create_task time getaddrinfo getnameinfo add_signal_handler remove_signal_handler run_forever "
    "stop".split()
)
"""Methods of a loop that other things have too: of one only if it is called so."""
LOOP_NAMES = frozenset("loop _loop event_loop _event_loop io_loop _io_loop".split())
_BUILTINS = frozenset(f"builtins.{name}" for name in (*dir(builtins), "aiter", "anext"))
NO_CLASSES = frozenset({"task", "future", "awaitable", "coroutine", "call", "param", "container"})
"""What slots hold beside classes."""
_QUEUES = frozenset({"asyncio.Queue", "asyncio.LifoQueue", "asyncio.PriorityQueue"})
CHANNELS = frozenset({"anyio.MemoryStream", "trio.MemoryChannel"})
"""Both ends of a memory channel."""
CLOSED_AT_ONCE = CHANNELS | {
    *("anyio.abc.Process", "anyio.abc.ByteSendStream", "anyio.abc.ByteReceiveStream"),
    *("anyio.streams.text.TextReceiveStream", "anyio.streams.text.TextSendStream"),
}
"""What the runtime has with ``close`` for ``aclose``."""
MAYBE = "maybe a task"
"""What comes from a function or attribute of another module that gives tasks, or holds some."""


@dataclass(slots=True)
class Argument:
    """One argument of a call; ``later_effects`` if a later one calls something."""

    slot: Slot
    star: str = ""
    keyword: str = ""
    later_effects: bool = False


@dataclass(eq=False, slots=True)
class Site:
    """One call in the source."""

    node: cst.Call
    scope: Scope
    qualified: str | None
    callee: Slot | None
    receiver: Slot | None
    method: str
    arguments: list[Argument]
    out: Slot
    awaited: bool = False
    source: Source = field(init=False)
    mapped: Source = field(init=False)
    itself: Argument = field(init=False)
    """The object that a constructor makes, as the first argument of ``__init__``."""
    made: Slot = field(init=False)
    """What a function that the call hands on to another one gives there."""

    def __post_init__(self) -> None:
        self.source = Source(self.node)
        self.mapped = Source(self.node, maps=True)
        self.made = Slot()
        self.itself = Argument(Slot())

    def argument(self, index: int, *keywords: str) -> Argument | None:
        """The argument in that place, or of one of those names; None if there is none, or stars hide it."""
        for place, argument in enumerate(self.arguments):
            if argument.star:
                return None
            if argument.keyword in keywords if argument.keyword else place == index:
                return argument
        return None

    def positional(self, start: int = 0) -> list[Argument]:
        return [argument for argument in self.arguments[start:] if not argument.keyword]


Effect = Callable[["Calls", Site], None]
MayGiveTasks = Callable[[str, "str | None"], str]
Starters = Callable[[str, "str | None"], Collection[str]]
"""From the name of a function (and its qualified name, if that is known; empty: it is of this module itself) to the
parameters that it starts."""


def no_starters(name: str, qualified: str | None) -> Collection[str]:
    return ()


class Calls:
    """Applies every call of a module until nothing new comes of it."""

    def __init__(
        self,
        slots: Slots,
        effects: dict[str, Effect],
        awaitable: Callable[[str], bool],
        left: tuple[str, ...] = (),
        loop_only: frozenset[str] = LOOP_ONLY,
        starters: Starters = no_starters,
    ) -> None:
        """``left`` are the beginnings of names that stay as they are, each with its dot.

        ``loop_only`` are the methods that nothing but an event loop has, here.
        """
        self.starters = starters
        self.starts_elsewhere = False
        """Whether functions of other modules, or such as are handed on, are called that start what they are given."""
        self.loop_only = loop_only
        self.slots = slots
        self.fields: dict[str, Slot] = {}
        self.sites: list[Site] = []
        self.returned: list[tuple[Function, Slot]] = []
        self.accesses: list[tuple[Slot, str, Slot]] = []
        """Attributes that are read: owner, name, slot."""
        self.entered: set[Slot] = set()
        """What ``with … as`` binds: it has been entered, and is no coroutine."""
        self.handed_out: list[Slot] = []
        """Coroutines that are handed to code that is not seen."""
        self._effects = effects
        self._awaitable = awaitable
        self._left = left
        self._unknown: list[Site] = []
        self._objects: dict[Class, Argument] = {}
        """What a class that is handed on to another function makes there."""

    def field(self, name: str) -> Slot:
        """The slot of an attribute: one for all objects that have it."""
        if name not in self.fields:
            self.fields[name] = self.slots.new()
        return self.fields[name]

    def settle(self, may_give_tasks: MayGiveTasks = lambda name, qualified: "") -> None:
        """Find out what comes of all calls."""
        self._name_objects()
        self._repeat(self.sites)
        while True:
            before = self.slots.changes
            self._settle_returns()
            self._repeat(self.sites)
            if self.slots.changes == before:
                break
        for site in self.sites:
            if leads.is_known(self.slots.given, site) or self._inherits_init(site):
                self._hand_out(site)
            elif not self._is_seen(site):
                name = site.method or (site.qualified or "").rpartition(".")[2]
                how = may_give_tasks(name, site.qualified)
                self._leave(site, gives_task=how == "called")
                if how:
                    self._may_be_task(site.out if how == "called" else self.slots.result(site.out))
        for name, slot in self.fields.items():
            if not slot.origins and may_give_tasks(name, None) == "called":
                self._may_be_task(slot)
        self._settle_returns()
        self._repeat(self.sites)
        for function, slot in self.returned:
            self.slots.flow(slot, function.returns)
        self._repeat(self.sites)

    def _name_objects(self) -> None:
        """What is made by a class from elsewhere has none of the methods that are defined here."""
        for site in self.sites:
            root, _, name = (site.qualified or "").rpartition(".")
            if name[:1].isupper() and root.partition(".")[0] not in ASYNC_ROOTS and site.qualified not in self._effects:
                self.slots.add(site.out, Instance(site.qualified or ""))

    def _repeat(self, sites: Iterable[Site]) -> None:
        before = -1
        while before != self.slots.changes:
            before = self.slots.changes
            for owner, name, slot in self.accesses:
                for kind in [kind for kind in owner.items if kind in ATTRIBUTES]:
                    if name in ATTRIBUTES[kind]:
                        self.slots.add(slot, ATTRIBUTES[kind][name])
                if self.slots.given:
                    leads.fill(self, slot, leads.of_attribute(self.slots.given, owner, name))
            for site in sites:
                self._apply(site)

    def _settle_returns(self) -> None:
        """A function that returns what a coroutine function gives is as good as one."""
        left = []
        for function, slot in self.returned:
            if slot.items & {"coroutine", "call"} and not slot.items & {"task", "param"}:
                function.makes_coroutines = True
                self.slots.flow(self.slots.result(slot), function.returns)
                self.slots.changes += 1
            elif slot.items:
                self.slots.flow(slot, function.returns)
            else:
                left.append((function, slot))
        self.returned = left

    def _apply(self, site: Site) -> None:
        self._start_by_value(site)
        effect = self._effects.get(site.qualified or "")
        if effect is not None:
            effect(self, site)
            return
        if site.receiver is not None:
            for kind in [kind for kind in site.receiver.items if isinstance(kind, str)]:
                effect = self._effects.get(f"{kind}.{site.method}")
                if effect is not None:
                    effect(self, site)
            if self._is_of_a_loop(site):
                self._effects.get(f"{LOOP}.{site.method}", _nothing)(self, site)
            elif site.method == "create_task" and is_unknown(site.receiver, site.callee) and not site.awaited:
                self._starts(site)
            self._container(site, site.receiver)
            was_entered = not self.entered.isdisjoint(site.receiver.origins)
            if site.method == "close" and "coroutine" in site.receiver.items and not was_entered:
                others = [item for item in site.receiver.items if not makes_one(item) and item != "param"]
                site.receiver.wants = site.receiver.wants or not others
        if self.slots.given:
            leads.fill(self, site.out, leads.of_call(self.slots.given, site), site)
        self._start_elsewhere(site)
        if site.callee is not None and not leads.is_of_others(self.slots.given, site):
            self.invoke(self.called(site), site.arguments, site.out, site)
        if site.qualified is not None and self._awaitable(site.qualified):
            self.slots.add(site.out, "awaitable")
        root, _, name = (site.qualified or "").rpartition(".")
        if root.partition(".")[0] in ASYNC_ROOTS and not self.is_left(site.qualified):
            if name[:1].isupper():
                self.slots.add(site.out, site.qualified or "")
            else:
                self.makes_coroutine(site)

    def _start_elsewhere(self, site: Site) -> None:
        """What a function of another module of the project starts is a call yet to be made.

        A method of that name of something unknown may be another one, unless it is given a coroutine.
        """
        name = site.method or (site.qualified or "").rpartition(".")[2]
        receiver = site.receiver.items if site.receiver is not None else set()
        is_known = site.qualified is not None or any(isinstance(item, (Class, Instance)) for item in receiver)
        for parameter in self.starters(name, site.qualified):
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
        for item in _starts(site.callee) if site.callee is not None else ():
            self.starts_elsewhere = True
            self._effects[item.qualified](self, site)
        maps = site.qualified == "builtins.map"
        for argument, given in pairwise(site.arguments):
            if _starts(argument.slot):
                self.starts_elsewhere = True
                self.want(given, inside=maps)
                if maps or site.method == "run":
                    slot, out = (map(self.slots.element, (given.slot, site.out))) if maps else (given.slot, site.out)
                    self.slots.add(out, "task")
                    self.slots.merge(self.slots.result(slot), self.slots.result(out))

    def _is_of_others(self, item: Hashable, method: str) -> bool:
        """Whether a receiver is of a class that the project does not define."""
        if isinstance(item, Instance):
            return not self.starters(method, item.qualified)
        return _is_from_elsewhere(item, method)

    def _is_of_a_loop(self, site: Site) -> bool:
        return is_method_of_a_loop(site.node.func, self.loop_only) and is_unknown(site.receiver, site.callee)

    def _starts(self, site: Site) -> None:
        """A group, most likely: what it is given is started, if that is a coroutine."""
        argument = site.argument(0, "coro")
        if argument is not None and "coroutine" in argument.slot.items:
            self.want(argument)
            self.slots.add(site.out, "task")
            self.slots.merge(self.slots.result(argument.slot), self.slots.result(site.out))

    def is_left(self, qualified: str | None) -> bool:
        """Whether ``qualified`` stays as it is, so that what it gives in async code says nothing about sync code."""
        return f"{qualified}.".startswith(self._left)

    def makes_coroutine(self, site: Site) -> None:
        """The call gives a coroutine."""
        self.slots.add(site.out, "coroutine", site.source)

    def want(self, argument: Argument | None, *, inside: bool = False) -> None:
        """The argument, or what is ``inside`` of it, has to be a call that is yet to be made (or a task)."""
        if argument is not None:
            slot = self.slots.element(argument.slot) if argument.star else argument.slot
            slot = self.slots.element(slot) if inside else slot
            slot.wants = slot.started = True

    def called(self, site: Site) -> set[Hashable]:
        """What is called: the methods of the receiver's classes, if those are known, else whatever has that name."""
        anything = set(site.callee.items if site.callee is not None else ())
        if site.method == "__init__" and is_super(site.node.func):
            return {item for item in anything if isinstance(item, Function) and _is_of_a_base(item, site.scope)}
        found: set[Hashable] = set()
        made = site.receiver.items if site.receiver is not None else set()
        from_elsewhere = any(_is_from_elsewhere(item, site.method) for item in made)
        for item in made:
            if _is_from_elsewhere(item, site.method) or (
                from_elsewhere and (item == "call" or isinstance(item, Source))
            ):
                continue
            methods = item.implementations(site.method) if isinstance(item, Class) else set()
            if not methods:
                return anything
            found |= methods
        return found if found or from_elsewhere else anything

    def invoke(
        self, callee: Iterable[Hashable], arguments: list[Argument], out: Slot, site: Site | None = None
    ) -> None:
        """``callee`` is called with ``arguments``, and ``out`` is what comes back."""
        for item in list(callee):
            if isinstance(item, Constructor):
                self.slots.add(out, item.made)
                self._construct(item.made, arguments, site)
            elif isinstance(item, Part):
                self._outcome(item.function, out, site)
            elif isinstance(item, Function):
                self._bind(item, arguments, site)
                self._outcome(item, out, site)

    def _construct(self, made: Class, arguments: list[Argument], site: Site | None) -> None:
        init = made.methods.get("__init__")
        if init is not None:
            if site is None and made not in self._objects:
                self._objects[made] = Argument(self.slots.new())  # one for all calls, or there would be no end of them
            itself = self._objects[made] if site is None else site.itself
            self._bind(init, [itself, *arguments], None, bound=False)
            return
        for place, argument in enumerate(arguments):
            names = [argument.keyword] if argument.keyword else made.fields[place : place + 1]
            for name in names if not argument.star else ():
                self.slots.flow(argument.slot, self.field(name))
                self.field(name).late = True

    def _outcome(self, function: Function, out: Slot, site: Site | None) -> None:
        if function.is_generator:
            self.slots.flow(function.yields, self.slots.element(out))
            self.slots.flow(function.returns, self.slots.result(out))
        elif function.makes_coroutines:
            if site is not None:
                self.makes_coroutine(site)
            self.slots.merge(function.returns, self.slots.result(out))
        else:
            self.slots.flow(function.returns, out)

    def _bind(self, function: Function, arguments: list[Argument], site: Site | None, *, bound: bool = True) -> None:
        names = function.positional
        if bound and function.is_method and not function.is_static and (site is None or site.receiver is not None):
            names = names[1:]
        place = 0
        for argument in arguments:
            slot = argument.slot
            targets: list[Slot] = []
            if argument.star == "*":
                slot = self.slots.element(slot)
                targets = [function.parameters[name] for name in names[place:]]
                if function.star:
                    targets.append(self.slots.element(function.parameters[function.star]))
            elif argument.star == "**":
                slot = self.slots.element(slot)
                targets = list(function.parameters.values())
            elif argument.keyword:
                if argument.keyword in function.parameters:
                    targets = [function.parameters[argument.keyword]]
                elif function.double_star:
                    targets = [self.slots.element(function.parameters[function.double_star])]
            elif place < len(names):
                targets = [function.parameters[names[place]]]
                place += 1
            elif function.star:
                targets = [self.slots.element(function.parameters[function.star])]
            for target in targets:
                self.slots.flow(slot, target)
                if argument.star or argument.later_effects or site is None or not site.awaited:
                    target.late = True

    def _container(self, site: Site, receiver: Slot) -> None:
        method, slots = site.method, self.slots
        if receiver.items & _QUEUES and method in ("put", "join"):
            self.makes_coroutine(site)
        if receiver.items & CHANNELS:
            self._channel(site, receiver)
        if method in _ADD and len(site.arguments) == _ADD[method] + 1:  # not the `put` of an HTTP client
            slots.flow(site.arguments[_ADD[method]].slot, slots.element(receiver))
        if method in _EXTEND and site.arguments:
            slots.flow(slots.element(site.arguments[0].slot), slots.element(receiver))
        if method in _SAME:
            slots.merge(slots.element(receiver), slots.element(site.out))
        if method == "items":
            slots.merge(slots.element(receiver), slots.element(slots.element(site.out)))
        if method in _TAKE:
            if receiver.items & _QUEUES and method == "get":
                self.makes_coroutine(site)
                slots.merge(slots.element(receiver), slots.result(site.out))
            else:
                slots.flow(slots.element(receiver), site.out)
                if method == "popitem":
                    slots.flow(slots.element(receiver), slots.element(site.out))

    def _channel(self, site: Site, receiver: Slot) -> None:
        element = self.slots.element(receiver)
        if site.method in ("send", "send_nowait") and site.arguments:
            self.slots.flow(site.arguments[0].slot, element)
        elif site.method == "receive":
            self.makes_coroutine(site)
            self.slots.merge(element, self.slots.result(site.out))
        elif site.method == "receive_nowait":
            self.slots.flow(element, site.out)

    def _may_be_task(self, slot: Slot) -> None:
        self.slots.add(slot, MAYBE)
        self.slots.add(self.slots.element(slot), MAYBE)

    # calls of what is not seen

    def _is_seen(self, site: Site) -> bool:
        if site.qualified is not None:
            root = site.qualified.partition(".")[0]
            return root in ASYNC_ROOTS or site.qualified in self._effects or site.qualified in _BUILTINS
        if any(isinstance(item, (Function, Constructor, Part, Imported)) for item in self.called(site)):
            return True
        if site.method == "run" and any(_starts(argument.slot) for argument in site.arguments):
            return True
        if site.receiver is None:
            return False
        if site.receiver.items & (_QUEUES | CHANNELS) or "container" in site.receiver.items:
            return True
        if self._is_of_a_loop(site):
            return True
        kinds = [kind for kind in site.receiver.items if isinstance(kind, str)]
        return any(f"{kind}.{site.method}" in self._effects for kind in kinds)

    def _inherits_init(self, site: Site) -> bool:
        """Whether a class is called, and what is done with the arguments is up to a base that is not seen."""
        return any(isinstance(item, Constructor) and item.made.inherits_init for item in self.called(site))

    def _leave(self, site: Site, *, gives_task: bool) -> None:
        """What comes back may be a coroutine, unless Python itself says no."""
        self._hand_out(site)
        if gives_task:
            return
        root = (site.qualified or "").partition(".")[0]
        if root not in STDLIB or (site.qualified not in _BUILTINS and root == "builtins"):
            self.slots.add(site.out, "call", site.source)

    def _hand_out(self, site: Site) -> None:
        """Nobody knows what becomes of the arguments."""
        for argument in site.arguments:
            slot = self.slots.element(argument.slot) if argument.star else argument.slot
            slot.escapes = True
            if "coroutine" in slot.items:
                self.handed_out.append(slot)


def is_super(func: cst.BaseExpression) -> bool:
    """Whether ``func`` is a method of ``super()``."""
    inner = func.value if isinstance(func, cst.Attribute) else None
    return isinstance(inner, cst.Call) and isinstance(inner.func, cst.Name) and inner.func.value == "super"


def _starts(slot: Slot) -> list[Imported]:
    """``create_task`` and the like, if ``slot`` may hold one."""
    return [item for item in slot.items if isinstance(item, Imported) and item.starts]


def _is_from_elsewhere(item: Hashable, method: str) -> bool:
    """Whether a receiver has methods that are not defined in this module: that one, of a container."""
    if item == "container":
        return method in _ADD or method in _EXTEND | _TAKE | _SAME
    if isinstance(item, str):
        return item.partition(".")[0] in ASYNC_ROOTS
    return isinstance(item, Instance)


def _is_of_a_base(function: Function, scope: Scope) -> bool:
    """Whether it is a method of a class of this module that the class around ``scope`` inherits from."""
    owner, home = scope.owner_class(), function.scope.parent
    stack: list[cst.CSTNode] = [owner.node] if owner is not None else []
    seen: list[cst.CSTNode] = []
    while stack:
        node = stack.pop()
        if not isinstance(node, cst.ClassDef) or any(node is other for other in seen):
            continue
        seen.append(node)
        for base in node.bases:
            name = base.value.value if isinstance(base.value, cst.Subscript) else base.value
            found = scope.module().lookup(name.value) if isinstance(name, cst.Name) else None
            stack.extend(binding.node for binding in found[1] if binding.node is not None) if found else None
    return home is not None and any(home.node is node for node in seen[1:])


def is_method_of_a_loop(func: cst.BaseExpression, loop_only: frozenset[str]) -> bool:
    """Whether ``func`` is an attribute that only loops have, or one that loops have of something called a loop."""
    if not isinstance(func, cst.Attribute) or not loop_only:
        return False
    return func.attr.value in loop_only or (func.attr.value in LOOP_BY_NAME and is_called_a_loop(func.value))


def is_called_a_loop(node: cst.BaseExpression) -> bool:
    """Whether a variable, an attribute or what a method gives has the name that event loops have."""
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Attribute) and node.func.attr.value in ("get_loop", "get_event_loop")
    name = node.attr if isinstance(node, cst.Attribute) else node
    return isinstance(name, cst.Name) and name.value in LOOP_NAMES


def is_unknown(receiver: Slot | None, callee: Slot | None) -> bool:
    """Whether nothing tells what class an object has, or what its method is."""
    classes = [] if receiver is None else [item for item in receiver.items if isinstance(item, (Class, Instance))]
    functions = [] if callee is None else [item for item in callee.items if isinstance(item, (Function, Part))]
    kinds = set() if receiver is None else {item for item in receiver.items if isinstance(item, str)}
    return not classes and not functions and not kinds - NO_CLASSES


def _nothing(_calls: Calls, _site: Site) -> None:
    """What a method of no consequence does."""
