"""Tasks that are made where there is none, and kept for all who come: what becomes of that in threads, and without.

In threads two may find none, and make two. Without threads a task has ended before it is kept: whatever takes it out at its end
has nothing to take out, and who comes later is given the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from unasync_plus.rewrite.shared_state.flow import Flow, Kind, Made
from unasync_plus.rewrite.shared_state.groups import Group, Groups
from unasync_plus.rewrite.shared_state.walking import RETURNED

_TAKES = frozenset({Kind.SET, Kind.REMOVE, Kind.MAKE})


@dataclass(frozen=True, slots=True)
class Flight:
    """A task that ``flow`` makes, and that is kept in ``where``; ``is_asked``: only where that holds none."""

    flow: Flow
    made: Made
    where: str
    is_asked: bool


def shared_flights(groups: Groups) -> Iterator[Flight]:
    """Those in threads, in items of what several may ask at the same time, without a lock; and those that a cache keeps."""
    for flow in groups.flows:
        is_cached = bool(flow.made) and groups.is_cached(flow)
        for made in flow.made:
            if made.runs_threads and not made.locks:
                if is_cached and (made.variable == RETURNED or made.variable in flow.awaited):
                    yield Flight(flow, made, "the cache", True)
                for place in sorted(made.asked):
                    if _is_put(flow, made, place) and _is_waited_for(flow, place):
                        yield Flight(flow, made, f"`{_name(place)}`", True)


def _is_put(flow: Flow, made: Made, place: str) -> bool:
    """Whether what is made is put there, and nothing else can run, in asyncio, since that was asked about."""
    elsewhere = [(first, last) for first, last in flow.left if not first < made.order <= last]
    found = [one for one in flow.accesses if one.place == place and not _is_within(one.order, elsewhere)]
    asked = [one.order for one in found if one.kind is Kind.READ and one.order < made.order]
    puts = [one.order for one in found if one.kind is Kind.CHANGE and one.order > made.order]
    is_kept = any(one.place == place and one.order > made.order for one in flow.kept)
    pauses = [pause for pause in flow.pauses if not _is_within(pause, elsewhere)]
    return bool(asked and puts) and is_kept and not any(asked[-1] < pause < puts[0] for pause in pauses)


def _is_within(order: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first < order <= last for first, last in spans)


def _is_waited_for(flow: Flow, place: str) -> bool:
    return any(place in flow.came_from.get(name, ()) or _name(place) == _name(name) for name in flow.awaited)


def stale_flights(groups: Groups) -> Iterator[Flight]:
    """Those without threads that stay where they are kept, as they took themselves out before."""
    seen = set[int]()
    for group in groups.all:
        for flow in group.flows() if group.held is None else ():
            if id(flow) not in seen:
                seen.add(id(flow))
                yield from _stale(flow, group)
    for flow in groups.flows:
        if id(flow) not in seen:
            yield from _stale(flow, groups.all[0])


def _stale(flow: Flow, group: Group) -> Iterator[Flight]:
    for made in flow.made if flow.kept else ():
        if made.runs_threads:
            continue
        for kept in flow.kept:
            if kept.variable == made.variable and kept.order > made.order:
                early = [made.function]
                early += [
                    one.function for one in flow.callbacks if one.variable == made.variable and one.order < kept.order
                ]
                is_out = any(one.place == kept.place and one.order < kept.order for one in flow.callbacks)
                if is_out or any(_takes_out(group, function, kept.place) for function in early if function):
                    yield Flight(flow, made, f"`{_name(kept.place)}`", kept.place in made.asked)
                    break


def _takes_out(group: Group, function: object, place: str) -> bool:
    """Whether a function, or one that it calls, empties ``place``, or takes something out of it."""
    todo, seen = [function], set[int]()
    while todo:
        flow = group.flow(todo.pop())  # type: ignore[arg-type]  # a name or a definition
        if flow is not None and id(flow) not in seen:
            seen.add(id(flow))
            if any(access.place == place and access.kind in _TAKES for access in flow.accesses):
                return True
            todo += [call.function for call in flow.calls]
    return False


def _name(place: str) -> str:
    return place.partition("@")[0].removeprefix("self.")
