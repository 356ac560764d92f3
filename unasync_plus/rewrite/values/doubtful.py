"""Calls that would be put off, though what is awaited may be something else that was put in the same place.

A call of something unknown gives a coroutine, or a plain value; that it is awaited tells which. Where it is not known what stands
where, a call may be taken for what is awaited that only stands beside it: `c, url = pair[::step]`. So one of several calls is
put off only if whatever it gives is awaited, or started, wherever it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from unasync_plus.rewrite.values.picked import sources_in
from unasync_plus.rewrite.values.slots import Slot, Source


def doubtful(
    made: Mapping[Source, Slot], wanting: Iterable[Slot], used: Collection[Slot], replaced: Collection[Slot]
) -> set[Source]:
    """Those of the calls that are kept back, but need not give coroutines, which may be meant to be made at once.

    ``made`` is what each of the calls gives, ``wanting`` are the slots that want calls, ``used`` those with which something is
    done that cannot be done with coroutines, ``replaced`` the variables that hold the result behind `x = await x`.
    """
    ends = {*wanting, *replaced}
    several = [found for slot in ends if len(found := sources_in(slot)) > 1 or "task" in slot.items] if made else []
    shared = made.keys() & set[Source]().union(*several)
    held = {
        source: closure([made[source]], source, lambda slot: () if slot in replaced else slot.targets)
        for source in shared
    }
    others = {*used}.difference(replaced)
    return {source for source in shared if held[source] & others or _goes_astray(source, held[source], ends)}


def _goes_astray(source: Source, held: set[Slot], ends: set[Slot]) -> bool:
    """Whether what ``source`` gave is ``held`` somewhere from where it comes to none of the ``ends``."""
    arriving = closure([end for end in ends if source in end.items], source, lambda slot: slot.origins)
    return any(slot not in arriving and not _sums_up(slot, source) for slot in held)


def closure(slots: Iterable[Slot], source: Source, following: Callable[[Slot], Iterable[Slot]]) -> set[Slot]:
    """``slots`` and what follows them, one after the other, as far as it holds what ``source`` gave."""
    found = set(slots)
    todo = list(found)
    while todo:
        new = {other for other in following(todo.pop()) if source in other.items} - found
        found |= new
        todo.extend(new)
    return found


def _sums_up(slot: Slot, source: Source) -> bool:
    """Whether ``slot`` is what all places of a tuple hold together, and nobody takes it from there."""
    all_of_it = closure([slot], source, lambda slot: slot.targets)
    return all(
        origin.is_place or origin in all_of_it for one in all_of_it for origin in one.origins if source in origin.items
    ) and not any(one.is_place for one in all_of_it)
