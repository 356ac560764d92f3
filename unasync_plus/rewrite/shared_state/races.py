"""Where a task and other code, which asyncio runs one after the other, would lose in threads what the other wrote.

Between two `await`s asyncio runs nothing else, so that `n += 1`, or `send(self.pending); self.pending = []`, is one step. In a
thread it is several, and another thread may come between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.shared_state.flights import Flight, shared_flights, stale_flights
from unasync_plus.rewrite.shared_state.flow import Access, Flow, Kind, Locks, Start
from unasync_plus.rewrite.shared_state.groups import Group, Groups, starts_any

_MAKING_NEW = (Kind.COUNT, Kind.MAKE)


def races_between(ctx: Context, words: Iterable[str]) -> tuple[list[Race], list[Flight]]:
    """Of what is started by functions that are called one of ``words``; and what threads are missed for."""
    if not starts_any(ctx, words):
        return [], []
    groups = Groups(ctx)
    races: dict[int, Race] = {}
    told = set[frozenset[int]]()
    for group in groups.all:
        for race in _Group(group, groups.started_elsewhere(group)).races():
            both = frozenset({id(race.first), id(race.second)})
            if group.held is None or both not in told:
                races.setdefault(id(race.told_at), race)
            told.add(both)
    for flight in shared_flights(groups):
        node = flight.made.node
        races.setdefault(id(node), _race_of_flight(flight.flow, node, f"a task in {flight.where}"))
    return list(races.values()), list(stale_flights(groups))


@record
class Race:
    """Two places of which one must not come between the steps of the other.

    ``who`` says whose they are, and ``other`` whose the ``second`` is; empty if both are the same place. It is told at
    ``told_at``, which is in the task, or in the class that holds the object.
    """

    first: cst.CSTNode
    second: cst.CSTNode
    told_at: cst.CSTNode
    who: str
    other: str = ""
    is_direct: bool = True
    """The first place is in the very function that is the task."""


@record
class _Seen:
    """An access on the way of one thread, with all locks that it holds there."""

    access: Access
    flow: Flow
    locks: Locks
    via: cst.CSTNode | None = None
    """The call by which the class that holds the object has come there."""

    @property
    def node(self) -> cst.CSTNode:
        """Where it is, for the class that is told of it."""
        return self.via or self.access.node

    @property
    def is_of_holder(self) -> bool:
        return bool(self.via or self.flow.holder)


@dataclass(slots=True)
class _Thread:
    """What one thread may do, by the place where it does that."""

    writes: dict[str, list[_Seen]]
    drains: dict[str, list[_Seen]]
    functions: set[int]
    """The ``id`` of each flow that it comes through."""


class _Group:
    def __init__(self, group: Group, elsewhere: Iterable[Start]) -> None:
        self._group = group
        self._flows = group.flows()
        self._starts = [(flow, start) for flow in self._flows for start in flow.starts]
        self._beside: dict[int, list[tuple[Flow | None, Start]]] = {}
        for flow, start in self._starts:
            self._begun(flow, start)
        for start in elsewhere:
            self._begun(None, start)

    def _begun(self, flow: Flow | None, start: Start) -> None:
        target = self._group.flow(start.function)
        if target is not None and not start.is_joined:
            self._beside.setdefault(id(target), []).append((flow, start))

    def races(self) -> Iterator[Race]:
        """One for each place."""
        found: dict[str, Race] = {}
        flights = self._of_single_flights() if self._group.held is None else ()
        for place, race in (*self._of_tasks(), *self._of_siblings(), *flights):
            if place not in found or (race.is_direct and not found[place].is_direct):
                found[place] = race
        return iter(found.values())

    def _of_tasks(self) -> Iterator[tuple[str, Race]]:
        roots = {id(flow): flow for flow in self._flows if id(flow) in self._beside}
        tasks = {key: self._thread([flow]) for key, flow in roots.items()}
        for key, flow in roots.items():
            begun = self._beside[key]
            others = self._thread(self._others(flow, tasks[key]), begun)
            yield from self._told(flow, tasks[key], others)
            if any(start.is_many for _, start in begun):
                yield from self._told(flow, tasks[key], tasks[key])
            for second in roots:
                if second != key:
                    yield from self._told(flow, tasks[key], tasks[second])

    def _others(self, task: Flow, thread: _Thread) -> list[Flow]:
        """What may run beside a task of an object that holds the group's: the methods of both, but those of an object that
        nobody else has, or that are there for the task."""
        entries = self._group.entries()
        if self._group.held is None or not task.holder:
            return entries
        is_shared = self._group.held.is_given
        return [one for one in entries if one.holder or (is_shared and id(one) not in thread.functions)]

    def _told(self, task: Flow, thread: _Thread, other: _Thread) -> Iterator[tuple[str, Race]]:
        """Where the two conflict, if it takes both classes to see that."""
        for place, one, beside in _conflicts(thread, other):
            if self._group.held is None:
                yield place, _race(place, task, one, beside)
            elif task.holder or beside.is_of_holder:
                yield place, _race_of_held(place, task, one, beside, self._group)

    def _of_siblings(self) -> Iterator[tuple[str, Race]]:
        """Of tasks that one function starts and waits for."""
        for flow in self._flows:
            found = [(start, self._group.flow(start.function)) for start in flow.starts if start.is_joined]
            joined = [(start, one) for start, one in found if one is not None and one.node.asynchronous is not None]
            for (start, one), (second, other) in combinations_with_replacement(joined, 2):
                if start is second and not start.is_many:
                    continue
                if self._group.held is None or flow.holder:
                    yield from self._told(one, self._thread([one]), self._thread([other]))

    def _of_single_flights(self) -> Iterator[tuple[str, Race]]:
        """Of tasks that are made where there is none, for all who come to wait for."""
        for flow, start in self._starts:
            kept = start.kept_in
            if kept and kept in start.asked and kept in flow.awaited and not start.locks:
                name = kept.partition(".")[2]
                yield f"self.{name}", _race_of_flight(flow, start.node, f"the task `{name}`")

    def _thread(self, entries: Sequence[Flow], begun: Sequence[tuple[Flow | None, Start]] = ()) -> _Thread:
        """What a thread does that calls ``entries``, as far as a task that ``begun`` has runs beside it."""
        windows = self._windows(begun)
        thread = _Thread({}, {}, set())
        seen: set[tuple[int, Locks]] = set()
        todo: list[tuple[Flow, Locks, cst.CSTNode | None]] = [(flow, frozenset(), None) for flow in entries]
        while todo:
            flow, locks, via = todo.pop()
            if (id(flow), locks) in seen:
                continue
            seen.add((id(flow), locks))
            thread.functions.add(id(flow))
            first, last = windows.get(id(flow), (0, None))
            for access in flow.accesses:
                if first <= access.order and (last is None or access.order <= last) and access.kind is not Kind.READ:
                    found = _Seen(access, flow, access.locks | locks, via)
                    thread.writes.setdefault(access.place, []).append(found)
            for read, write in flow.drains():
                if first <= write.order and (last is None or write.order <= last):
                    found = _Seen(write, flow, (read.locks & write.locks) | locks, via)
                    thread.drains.setdefault(write.place, []).append(found)
            for call in flow.calls:
                callee = self._group.flow(call.function)
                if callee is not None and first <= call.order and (last is None or call.order <= last):
                    crosses = flow.holder and not callee.holder
                    todo.append((callee, locks | call.locks, call.node if crosses else via))
        return thread

    def _windows(self, begun: Sequence[tuple[Flow | None, Start]]) -> dict[int, tuple[int, int | None]]:
        """The part of each function that may run while the task does: behind its start, before its end."""
        first = {
            id(flow): start.order
            for flow, start in begun
            if flow is not None and not start.is_conditional and not start.is_many
        }
        kept = {start.kept_in for _, start in begun if start.kept_in}
        last: dict[int, int] = {}
        for flow in self._flows:
            ends = [order for name, order in flow.ended.items() if name in kept]
            if ends:
                last[id(flow)] = min(ends)
        for _ in self._flows:
            changed = False
            for flow in self._flows:
                for call in flow.calls:
                    callee = self._group.flow(call.function)
                    if callee is None or callee is flow:
                        continue
                    if id(callee) in first and not call.is_conditional and id(flow) not in first:
                        first[id(flow)], changed = call.order, True
                    if id(callee) in last and id(flow) not in last:
                        last[id(flow)], changed = call.order, True
            if not changed:
                break
        keys = first.keys() | last.keys()
        return {key: (first.get(key, 0), last.get(key)) for key in keys}


def _race_of_flight(flow: Flow, node: cst.CSTNode, what: str) -> Race:
    return Race(node, node, node, f"`{flow.name}` makes {what} where there is none, for all that come")


def _conflicts(one: _Thread, other: _Thread) -> Iterator[tuple[str, _Seen, _Seen]]:
    """Places where one of two threads loses what the other writes, with what each does there."""
    for place in sorted(one.writes.keys() & other.writes.keys()):
        is_any_item = place.partition("@")[0].endswith("[]")
        found = _first(
            (mine, theirs)
            for mine in one.writes[place]
            for theirs in other.writes[place]
            if not mine.locks & theirs.locks and _loses(mine.access.kind, theirs.access.kind, is_any_item)
        )
        if found is None and not is_any_item:
            found = _first(_emptied(one, other, place)) or _first(
                (mine, theirs) for theirs, mine in _emptied(other, one, place)
            )
        if found is not None:
            yield (place, *found)


def _loses(mine: Kind, theirs: Kind, is_any_item: bool) -> bool:
    kinds = {mine, theirs}
    if not kinds & set(_MAKING_NEW):
        return False
    return kinds <= ({*_MAKING_NEW} if is_any_item else {*_MAKING_NEW, Kind.SET})


def _emptied(one: _Thread, other: _Thread, place: str) -> Iterator[tuple[_Seen, _Seen]]:
    """``one`` reads what it then sets anew, and ``other`` changes it, or does the same."""
    for mine in one.drains.get(place, ()):
        for theirs in other.writes[place]:
            is_lost = theirs.access.kind is Kind.CHANGE or (
                theirs.access.kind is Kind.REMOVE and mine.access.kind is Kind.MAKE
            )
            if is_lost and not mine.locks & theirs.locks:
                yield mine, theirs
        for theirs in other.drains.get(place, ()):
            if not mine.access.is_constant and not theirs.access.is_constant and not mine.locks & theirs.locks:
                yield mine, theirs


def _first(found: Iterable[tuple[_Seen, _Seen]]) -> tuple[_Seen, _Seen] | None:
    return next(iter(found), None)


def _race(place: str, task: Flow, one: _Seen, other: _Seen) -> Race:
    name = place.partition("@")[0].removeprefix("self.")
    is_direct = one.flow is task
    if one.access is not other.access:
        who = f"the task `{task.name}` shares `{name}` with"
        return Race(one.access.node, other.access.node, one.access.node, who, f"`{other.flow.name}`", is_direct)
    who = f"tasks of `{task.name}` share `{name}`"
    if not is_direct:
        who = f"the task `{task.name}` shares `{name}` with others that call `{one.flow.name}`"
    return Race(one.access.node, one.access.node, one.access.node, who, "", is_direct)


def _race_of_held(place: str, task: Flow, one: _Seen, other: _Seen, group: Group) -> Race:
    """A race for an object that another class holds: told where that class has to do with it."""
    assert group.held is not None
    name = f"{group.held.attribute}.{place.removeprefix('self.')}"
    mine, theirs = one.access.node, other.access.node
    if not task.holder:
        who = f"`{_own_name(other.flow)}` shares `{name}` with"
        return Race(theirs, mine, other.node, who, f"the task `{group.name}.{task.name}`")
    who = f"the task `{_own_name(task)}` shares `{name}` with"
    if one.access is other.access:
        return Race(mine, mine, one.node, who, f"others that call `{group.name}.{one.flow.name}`")
    behind = other.flow.name if other.flow.holder else f"{group.name}.{other.flow.name}"
    return Race(mine, theirs, one.node, who, f"`{behind}`")


def _own_name(flow: Flow) -> str:
    return flow.name.removeprefix(f"{flow.holder}.")
