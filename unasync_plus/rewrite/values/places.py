"""What stands where: in tuples, short lists, and dictionaries whose keys are written down.

What is taken from a place of something is known as soon as that place is. Whether all of its places are known, is only when
nothing more is put into it; until then it is left open. What stands where may depend on what is made of other things, so
first all is done that is known, and where nothing more comes of that, whatever is in the rest may be at each of its places.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import field
from typing import Protocol

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.values.slots import Slot, Slots

MANY = 8
"""How many elements a list, and a dictionary, may have for their places to be told apart."""

_ENDLESS = 50
"""No tuple is that long, if it is not put together again and again."""


class Arrangement(Protocol):
    """What is made of the places of other things."""

    def exact(self, slots: Slots) -> bool:
        """Note what is where, if that is known."""

    def roughly(self, slots: Slots) -> None:
        """Whatever is there may be everywhere."""

    def is_open(self) -> bool:
        """Whether nothing is there yet."""


@record
class Taken:
    """``out`` is what stands at one place of ``owner``, counted from its end if that is a negative number."""

    owner: Slot
    place: Hashable
    out: Slot

    def exact(self, slots: Slots) -> bool:
        if not slots.has_places_only(self.owner):
            return False
        place = self.place
        if isinstance(place, int) and place < 0:
            size = slots.size(self.owner)
            if size is None:
                return False
            place += size
        slots.flow(slots.place(self.owner, place), self.out)
        return True

    def roughly(self, slots: Slots) -> None:
        slots.flow(slots.element(self.owner), self.out)

    def is_open(self) -> bool:
        return self.owner.is_empty()


@record
class Sliced:
    """``out`` is ``owner[start:stop:step]``."""

    owner: Slot
    bounds: slice
    out: Slot

    def exact(self, slots: Slots) -> bool:
        places = _indices(self.owner, self.bounds, slots)
        if places is None:
            return False
        for place, index in enumerate(places):
            slots.flow(slots.place(self.owner, index), slots.place(self.out, place))
        if slots.size(self.owner) is not None:
            slots.of_size(self.out, len(places))
        return True

    def roughly(self, slots: Slots) -> None:
        slots.merge(slots.element(self.owner), slots.element(self.out))

    def is_open(self) -> bool:
        return self.owner.is_empty()


def _indices(owner: Slot, bounds: slice, slots: Slots) -> Sequence[int] | None:
    if not slots.has_places_only(owner):
        return None
    size = slots.size(owner)
    if size is not None:
        return range(size)[bounds]
    if bounds.step not in (None, 1) or any(bound is not None and bound < 0 for bound in (bounds.start, bounds.stop)):
        return None
    places = [place for place in owner.inside.root().places if isinstance(place, int) and place >= 0]
    return range(max(places, default=-1) + 1)[bounds]


@record
class Joined:
    """``out`` holds the ``pieces`` one after the other: what is in them, if they are starred, or else themselves."""

    pieces: tuple[tuple[Slot | None, bool], ...]
    out: Slot

    def exact(self, slots: Slots) -> bool:
        last = len(self.pieces) - 1
        for index, (piece, starred) in enumerate(self.pieces):
            if starred and (piece is None or not slots.has_places_only(piece)):
                return False
            if starred and piece is not None and index < last and slots.size(piece) is None:
                return False
        place: int | None = 0
        for piece, starred in self.pieces:
            assert place is not None
            if not starred:
                if piece is not None:
                    slots.flow(piece, slots.place(self.out, place))
                place += 1
            elif piece is not None:
                for at, held in list(piece.inside.root().places.items()):
                    if isinstance(at, int) and at >= 0:
                        if place + at > _ENDLESS:  # ``path = (name, *path)``
                            slots.mix(self.out)
                            return False
                        slots.flow(held, slots.place(self.out, place + at))
                size = slots.size(piece)
                place = None if size is None else place + size
        if place is not None:
            slots.of_size(self.out, place)
        return True

    def roughly(self, slots: Slots) -> None:
        for piece, starred in self.pieces:
            if piece is not None:
                slots.flow(slots.element(piece) if starred else piece, slots.element(self.out))

    def is_open(self) -> bool:
        return all(starred and (piece is None or piece.is_empty()) for piece, starred in self.pieces)


@record
class Transposed:
    """``out`` is ``zip(*rows)``."""

    rows: Slot
    out: Slot
    columns: dict[Hashable, Slot] = field(default_factory=dict)

    def exact(self, slots: Slots) -> bool:
        row = slots.element(self.rows)
        if not slots.has_places_only(row):
            return False
        for index, held in list(row.inside.root().places.items()):
            if index not in self.columns:
                self.columns[index] = slots.new("container")
                slots.flow(self.columns[index], slots.place(self.out, index))
            slots.flow(held, slots.element(self.columns[index]))
        return True

    def roughly(self, slots: Slots) -> None:
        inner = slots.element(slots.element(self.rows))
        slots.flow(inner, slots.element(slots.element(self.out)))

    def is_open(self) -> bool:
        return self.rows.is_empty()


def arrange(slots: Slots, arrangements: Sequence[Arrangement], *, finally_: bool = False) -> None:
    """Note what is where, and if nothing comes of that, what may be; ``finally_`` of things as well that seem to be empty."""
    before = slots.changes
    unknown = [one for one in arrangements if not one.exact(slots)]
    if slots.changes == before:
        for one in sorted(unknown, key=lambda one: isinstance(one, Taken)):  # which ask what the others make
            if (finally_ or not one.is_open()) and not one.exact(slots):
                one.roughly(slots)


def written_down(node: cst.BaseExpression) -> int | str | bytes | None:
    """The number or text that ``node`` is."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        return -node.expression.evaluated_value if isinstance(node.expression, cst.Integer) else None
    return node.evaluated_value if isinstance(node, (cst.Integer, cst.SimpleString)) else None
