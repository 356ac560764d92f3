"""One call in the source, and what is known of what it calls."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.values.functions import Class, Function, Instance, Part
from unasync_plus.rewrite.values.slots import Slot, Source
from unasync_plus.tree import dotted

ASYNC_ROOTS = frozenset({"asyncio", "anyio", "trio"})
CONTAINERS = frozenset({"container", "mapping"})
"""Lists, tuples, sets; dictionaries."""
NO_CLASSES = CONTAINERS | {"task", "future", "awaitable", "coroutine", "call", "param"}
"""What slots hold beside classes."""
MAYBE = "maybe a task"
"""What comes from a function or attribute of another module that gives tasks, or holds some."""


@dataclass(slots=True)
class Argument:
    """One argument of a call; ``later_effects`` if a later one calls something. ``value`` is what stands there."""

    slot: Slot
    star: str = ""
    keyword: str = ""
    later_effects: bool = False
    value: cst.BaseExpression | None = None


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
    known: tuple[set[Hashable], ...] = field(init=False)
    """What its slots hold: whatever is called, and given to it."""
    applied_at: int = field(init=False, default=-1)
    """How much was known when it was last applied."""
    depends_on_more: bool = field(init=False, default=False)
    """What it does is not decided by what its slots hold."""
    is_arranged: bool = field(init=False, default=False)
    """Where things stand in what comes back has been said."""

    def __post_init__(self) -> None:
        self.source = Source(self.node)
        self.mapped = Source(self.node, maps=True)
        self.made = Slot()
        self.itself = Argument(Slot())
        slots = (self.callee, self.receiver, *(argument.slot for argument in self.arguments))
        self.known = tuple(slot.items for slot in slots if slot is not None)

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


def is_super(func: cst.BaseExpression) -> bool:
    """Whether ``func`` is a method of ``super()``."""
    inner = func.value if isinstance(func, cst.Attribute) else None
    return isinstance(inner, cst.Call) and isinstance(inner.func, cst.Name) and inner.func.value == "super"


def is_unknown(receiver: Slot | None, callee: Slot | None) -> bool:
    """Whether nothing tells what class an object has, or what its method is."""
    classes = [] if receiver is None else [item for item in receiver.items if isinstance(item, (Class, Instance))]
    functions = [] if callee is None else [item for item in callee.items if isinstance(item, (Function, Part))]
    kinds = set() if receiver is None else {item for item in receiver.items if isinstance(item, str)}
    return not classes and not functions and not kinds - NO_CLASSES


def may_make_one(argument: Argument, site: Site) -> bool:
    """Whether an argument is a call, right there, of something unknown that is not called like a class."""
    if argument.slot.items & {MAYBE, "task"}:
        return False
    given = [arg.value for arg in site.node.args if isinstance(arg.value, cst.Call) and not is_like_a_class(arg.value)]
    sources = [item.node for item in argument.slot.items if isinstance(item, Source)]
    return any(source is value for source in sources for value in given)


def last_name(node: cst.CSTNode) -> str:
    """The name of a variable or attribute, behind the last dot; empty for anything else."""
    node = node.attr if type(node) is cst.Attribute else node
    return node.value if type(node) is cst.Name else ""


def is_like_a_class(call: cst.Call) -> bool:
    """Whether what is called has a name like a class."""
    return (dotted(call.func) or "").rpartition(".")[2][:1].isupper()
