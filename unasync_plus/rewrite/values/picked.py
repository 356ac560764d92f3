"""What is picked out because it is awaitable, of things that need not be: `[r for r in results if isawaitable(r)]`.

The results of callbacks of both kinds, for instance. In sync code all of these calls have been made, nothing is picked, and what
is done with the picked ones does nothing. Only a call of what is known to be a coroutine function can be kept back in such a place:
that of a plain function would be put off, too, and could not be told from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from unasync_plus.rewrite.values.functions import Function
from unasync_plus.rewrite.values.slots import Slot, Source


def plain_sources(slots: Iterable[Slot], expressions: Mapping[int, Slot]) -> set[Source]:
    """The calls of unknown functions among those of whose results some are picked: they are made where they stand."""
    return {
        source
        for slot in slots
        if slot.picked
        for source in sources_in(slot)
        if not source.maps and not _makes_coroutines(source, expressions)
    }


def _makes_coroutines(source: Source, expressions: Mapping[int, Slot]) -> bool:
    """Whether what is called is surely a coroutine function."""
    made, called = (expressions.get(id(node)) for node in (source.node, source.node.func))
    if made is None or "coroutine" not in made.items:
        return False
    items = called.items if called is not None else set()
    return "param" not in items and all(item.makes_coroutines for item in items if isinstance(item, Function))


def picked_as(slot: Slot, plain: Collection[Source]) -> str:
    """How ``slot`` has in async code what was picked out, and nothing of it in sync code.

    ``branched`` if what is not awaitable has a branch of its own, else ``filtered``; empty if nothing was picked out.
    """
    found = ""
    seen, todo = {slot}, [slot]
    while todo:
        part = todo.pop()
        if part.picked and not sources_in(part).isdisjoint(plain):
            return "filtered"
        origins = part.origins.keys()
        if part.settled and not part.is_hint and any(sources_in(origin) for origin in origins):
            if part.picked:
                return "filtered"
            found = "branched"
        todo += origins - seen
        seen |= origins
    return found


def sources_in(slot: Slot) -> set[Source]:
    """The calls that may have made what ``slot`` holds."""
    return {item for item in slot.items if isinstance(item, Source)}
