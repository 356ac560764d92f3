"""Slots: what a variable, an attribute, an element or a result may hold, and how it flows from one to the other.

What is held flows forward only, from the assigned to the target. What is *inside* (elements of a container, the result of
something awaitable) is shared by both ends, as a container that is changed under one name is changed under the other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from types import MappingProxyType

import libcst as cst

from unasync_plus.records import record


@record
class Source:
    """A call that makes a coroutine, or may make one: in sync code it is done at once, or kept back until it is wanted.

    ``maps`` says that it is a ``map(f, xs)``, which makes one coroutine an element.
    """

    node: cst.Call
    maps: bool = False


class _Inside:
    """The inside of all slots that are connected with each other."""

    __slots__ = ("element", "is_mixed", "is_read", "key", "merged", "places", "result", "sizes")

    def __init__(self) -> None:
        self.merged: _Inside | None = None
        self.element: Slot | None = None
        self.key: Slot | None = None
        self.result: Slot | None = None
        self.places: dict[Hashable, Slot] = {}
        self.sizes: set[int] = set()
        """How long the tuples are."""
        self.is_read = False
        """What is in it is asked for, wherever it stands: until then it makes no difference to what is in that in turn."""
        self.is_mixed = False
        """What stands where has been changed."""

    def root(self) -> _Inside:
        found = self
        while found.merged is not None:
            found.merged = found.merged.merged or found.merged  # the way is half as long the next time
            found = found.merged
        return found


class Slot:
    """One place that holds values; ``items`` are its possible contents: kinds (strings), functions, classes, sources."""

    __slots__ = (
        *(
            "awaited",
            "escapes",
            "guarded",
            "inside",
            "is_hint",
            "is_place",
            "items",
            "late",
            "origins",
            "picked",
            "settled",
        ),
        *("started", "targets", "wants"),
    )

    def __init__(self, *items: Hashable) -> None:
        self.items: set[Hashable] = set(items)
        self.targets: dict[Slot, None] = {}
        self.origins: dict[Slot, None] = {}
        self.inside = _Inside()
        self.is_hint = False
        """It passes on what classes there may be, and functions, until it is known what stands where."""
        self.is_place = False
        """It is what stands at one place of a tuple."""
        self.wants = False
        """Calls that are yet to be made are wanted here, not their results."""
        self.started = False
        """It is given to something that starts calls."""
        self.awaited = False
        self.late = False
        """It is awaited when something else has happened since it was made."""
        self.guarded = False
        """The code asks whether it is awaitable."""
        self.picked = False
        """It is what goes through a filter that picks what is awaitable, or what is not."""
        self.settled = False
        """It is what a branch that no coroutine takes in sync code would see: calls that make some do not count."""
        self.escapes = False
        """It is handed to code that is not seen here."""

    def is_empty(self) -> bool:
        """Whether nothing has been put into it yet."""
        inside = self.inside.root()
        element = inside.element
        if element is None:
            return True
        return not element.items and all(origin.is_hint or origin.is_place for origin in element.origins)


class Slots:
    """All slots of a module; ``changes`` counts what was learned, so that a loop can tell when there is nothing more.

    ``given`` is what leads to awaitable objects in other modules (see `values.leads`).
    """

    def __init__(self, given: Mapping[str, Collection[str]] = MappingProxyType({})) -> None:
        self.given = given
        self.changes = 0
        self.all: list[Slot] = []

    def new(self, *items: Hashable) -> Slot:
        slot = Slot(*items)
        self.all.append(slot)
        return slot

    def add(self, slot: Slot, *items: Hashable) -> None:
        """Note that ``slot`` may hold ``items``, and so may all that it flows to."""
        stack = [(slot, set(items))]
        while stack:
            slot, new = stack.pop()
            new = new - slot.items
            if new and slot.settled:
                is_left_out = _is_no_class if slot.is_hint else makes_one
                new = {item for item in new if not is_left_out(item)}
            if new:
                self.changes += 1
                slot.items |= new
                stack.extend((target, new) for target in slot.targets)

    def flow(self, origin: Slot | None, target: Slot | None, *, inside: bool = True) -> None:
        """What ``origin`` holds, ``target`` may hold too; without ``inside`` what is in it is not followed further."""
        if origin is None or target is None or origin is target or target in origin.targets:
            return
        self.changes += 1
        origin.targets[target] = None
        target.origins[origin] = None
        if origin.items:
            self.add(target, *origin.items)
        if inside:
            self._connect(origin, target)

    def hint(self, owner: Slot, target: Slot, *, inside: bool = False) -> None:
        """``target``, or what is ``inside`` of it, may be an object of the classes that those in ``owner`` have."""
        hint = self.new()
        hint.settled = hint.is_hint = True
        self.flow(self._element(owner.inside.root()), hint, inside=False)
        self.flow(hint, self._element(target.inside.root()) if inside else target, inside=False)

    def share(self, one: Slot, other: Slot) -> None:
        """What is in both is the same, and at the same places."""
        self._connect(one, other)

    def merge(self, one: Slot, other: Slot) -> None:
        """Both hold the same."""
        self.flow(one, other)
        self.flow(other, one)

    def element(self, slot: Slot) -> Slot:
        """What iterating over ``slot``, or looking something up in it, gives."""
        inside = slot.inside.root()
        element = self._element(inside)
        if not inside.is_read:
            inside.is_read = True
            for place in list(inside.places.values()):
                self._connect(place, element)
        return element

    def _element(self, inside: _Inside) -> Slot:
        if inside.element is None:
            inside.element = self.new()
        return inside.element

    def key(self, slot: Slot) -> Slot:
        """What the keys of ``slot`` are, a dictionary."""
        inside = slot.inside.root()
        if inside.key is None:
            inside.key = self.new()
        return inside.key

    def place(self, slot: Slot, index: Hashable) -> Slot:
        """What stands at that place of ``slot``, a tuple: it is one of the elements."""
        inside = slot.inside.root()
        if index not in inside.places:
            inside.places[index] = place = self.new()
            place.is_place = True
            self.flow(place, self._element(inside), inside=inside.is_read)
        return slot.inside.root().places[index]

    def of_size(self, slot: Slot, size: int) -> None:
        """Note that ``slot`` is a tuple of that many elements."""
        sizes = slot.inside.root().sizes
        if size not in sizes:
            sizes.add(size)
            self.changes += 1

    def size(self, slot: Slot) -> int | None:
        """How many elements ``slot`` has, if it always has as many."""
        sizes = slot.inside.root().sizes
        return next(iter(sizes)) if len(sizes) == 1 else None

    def mix(self, slot: Slot) -> None:
        """Note that what is in ``slot`` comes to stand elsewhere in it."""
        inside = slot.inside.root()
        if not inside.is_mixed:
            inside.is_mixed = True
            self.changes += 1

    def elements(self, slot: Slot) -> set[Slot]:
        """The slots of the elements of ``slot``, which hold the same."""
        top = slot.inside.root().element
        return _same({top}) if top is not None else set()

    def of_several_places(self) -> set[Slot]:
        """The slots of elements that are known to be what stands at one place of a tuple or another."""
        roots = {slot.inside.root(): slot for slot in self.all if slot.inside.root().places}
        return set[Slot]().union(*map(self.elements, roots.values()))

    def has_places_only(self, slot: Slot) -> bool:
        """Whether all that is in ``slot`` was put there as a tuple, so that it is known what stands where."""
        inside = slot.inside.root()
        if inside.is_mixed:
            return False
        if not inside.places:
            return bool(inside.sizes) and slot.is_empty()
        element = inside.element
        if element is None or not any(place.origins for place in inside.places.values()):
            return False
        if not all(one.is_place or one.is_hint or one in element.targets for one in element.origins):
            return False
        places = _same(set(inside.places.values()))
        if all(place.origins.keys() <= places for place in places):
            return False
        elements = self.elements(slot)
        origins = {origin for one in elements for origin in one.origins} - elements
        hints = {origin for origin in origins if origin.is_hint}
        known = set[Hashable]().union(*(place.items for place in places | hints))
        return origins - hints <= places and all(known.issuperset(one.items) for one in elements)

    def result(self, slot: Slot) -> Slot:
        """What awaiting ``slot`` gives."""
        inside = slot.inside.root()
        if inside.result is None:
            inside.result = self.new()
        return inside.result

    def _connect(self, one: Slot, other: Slot) -> None:
        todo = [(one, other)]
        while todo:
            a, b = (slot.inside.root() for slot in todo.pop())
            if a is b:
                continue
            b.merged = a
            a.is_mixed = a.is_mixed or b.is_mixed
            is_read = a.is_read or b.is_read
            a.sizes |= b.sizes
            for name in ("element", "key", "result"):
                mine, theirs = getattr(a, name), getattr(b, name)
                if mine is None:
                    setattr(a, name, theirs)
                elif theirs is not None and mine is not theirs:
                    self._link(mine, theirs)
                    todo.append((mine, theirs))
            for index, place in b.places.items():
                known = a.places.setdefault(index, place)
                if known is not place:
                    self._link(known, place)
                    todo.append((known, place))
            if is_read and a.is_read is not b.is_read and a.element is not None:
                todo += [(place, a.element) for place in a.places.values()]
            a.is_read = is_read

    def _link(self, one: Slot, other: Slot) -> None:
        for origin, target in ((one, other), (other, one)):
            if target not in origin.targets:
                self.changes += 1
                origin.targets[target] = None
                target.origins[origin] = None
                self.add(target, *origin.items)


def _same(slots: set[Slot]) -> set[Slot]:
    """``slots``, and those of their kind that hold the same, as each flows to the other."""
    found, todo = set(slots), list(slots)
    while todo:
        one = todo.pop()
        same = {other for other in one.origins if other in one.targets and other.is_place == one.is_place} - found
        found |= same
        todo += same
    return found


def comes_to(slot: Slot, is_it: Callable[[Slot], bool]) -> bool:
    """Whether ``slot``, or one of those that what it holds goes to, is one of these."""
    seen, todo = {slot}, [slot]
    while todo:
        slot = todo.pop()
        if is_it(slot):
            return True
        new = slot.targets.keys() - seen
        seen |= new
        todo += new
    return False


def _is_no_class(item: Hashable) -> bool:
    return isinstance(item, Source) or (isinstance(item, str) and "." not in item)


def makes_one(item: Hashable) -> bool:
    """Whether what a slot holds is a coroutine."""
    return item == "coroutine" or isinstance(item, Source)
