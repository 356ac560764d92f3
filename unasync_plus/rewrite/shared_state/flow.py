"""What one function does to state that others may see: what it reads and writes, calls, starts and waits for, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

import libcst as cst

from unasync_plus.records import record

Locks = frozenset[str]


class Kind(Enum):
    """What is done to a variable or attribute.

    ``CHANGE`` and ``REMOVE`` are done inside of the object that it holds (`append`, `pop`); ``SET`` gives it another object,
    or empties that; ``COUNT`` is ``x += 1``; ``MAKE`` sets it to what is made of what it was.
    """

    READ = auto()
    CHANGE = auto()
    REMOVE = auto()
    SET = auto()
    COUNT = auto()
    MAKE = auto()


@record
class Access:
    """``place``: ``self.a.b``, ``self.a['key']``, ``self.a[]`` for any other item, or a variable with its scope's number."""

    place: str
    kind: Kind
    node: cst.CSTNode
    order: int
    locks: Locks
    is_constant: bool = False
    """It is set to a plain constant."""


@record
class Call:
    """A call of a function of this module: ``function`` is a method's name, that of an attribute's method (``queue.put``),
    or the definition itself."""

    function: str | cst.FunctionDef
    node: cst.CSTNode
    order: int
    locks: Locks
    is_conditional: bool = False


@record
class Start:
    """A call that is started as a task; ``function`` is empty where it is not known.

    ``is_joined``: the function waits for it, so that it runs beside those of the same function only. ``is_many``: several
    may run at the same time. ``kept_in``: the attribute that it is kept in. ``asked``: what conditions around it ask.
    """

    function: str | cst.FunctionDef
    node: cst.CSTNode
    order: int
    is_joined: bool
    is_many: bool
    is_conditional: bool
    kept_in: str = ""
    asked: frozenset[str] = frozenset()
    locks: Locks = frozenset()


@record
class Made:
    """A task that is made and not awaited at once: ``asked`` are the places that conditions around it read.

    ``function`` is what it runs, empty where that is not known; ``variable`` what the statement sets, if it is a variable, or
    else a word for it.
    """

    node: cst.Call
    order: int
    function: str | cst.FunctionDef
    variable: str
    asked: frozenset[str]
    locks: Locks
    runs_threads: bool


@record
class Kept:
    """``variable``, or what that is part of, is put into ``place``."""

    variable: str
    place: str
    order: int


@record
class Callback:
    """What is called when what is in ``variable`` is done: a function, or a method that takes something out of ``place``."""

    variable: str
    function: str | cst.FunctionDef
    place: str
    order: int


@dataclass(slots=True)
class Flow:
    """One function; ``pauses`` are the places where an event loop would run others, ``ended`` what is cancelled or awaited.

    ``holder``: the class whose method it is, where what it does is said of an object in an attribute there.
    """

    name: str
    node: cst.FunctionDef
    accesses: list[Access] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    pauses: list[int] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    awaited: set[str] = field(default_factory=set)
    handed_on: set[str] = field(default_factory=set)
    """Methods that are mentioned and not called."""
    holder: str = ""
    left: list[tuple[int, int]] = field(default_factory=list)
    """From where to where branches go that leave the function, or the loop."""
    made: list[Made] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    came_from: dict[str, set[str]] = field(default_factory=dict)
    """Variable → the places that were read where it was set, and those it was put into."""

    def drains(self) -> list[tuple[Access, Access]]:
        """Where something is read and then set, without a pause between: what is changed meanwhile is lost."""
        found = []
        for write in self.accesses:
            if write.kind not in (Kind.SET, Kind.MAKE):
                continue
            if write.kind is Kind.MAKE:
                found.append((write, write))
                continue
            reads = [
                read
                for read in self.accesses
                if read.kind is Kind.READ and read.place == write.place and read.order < write.order
                if not any(read.order < pause < write.order for pause in self.pauses)
            ]
            found += [(read, write) for read in reads[-1:]]
        return found
