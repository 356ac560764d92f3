"""What the methods of one class do to an object of another one that they hold in an attribute: as if they were its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from unasync_plus.records import record
from unasync_plus.rewrite.shared_state.flow import Access, Flow, Start


@record
class Held:
    """An object in ``attribute`` of a class called ``holder``.

    ``is_given``: what made the holder gave it the object, and so knows that, too.
    """

    holder: str
    attribute: str
    is_given: bool

    def method(self, name: str) -> str:
        """What a method of the holder is called among those of the object."""
        return f"{self.holder}.{name}"

    def flow(self, flow: Flow) -> Flow:
        """What a method of the holder does, said of the object: its state alone, its methods, and its tasks."""
        return Flow(
            self.method(flow.name),
            flow.node,
            list(self._accesses(flow)),
            [
                replace(call, function=self._function(call.function), locks=self._names(call.locks))
                for call in flow.calls
            ],
            [self._start(start) for start in flow.starts],
            flow.pauses,
            {self._name(name): order for name, order in flow.ended.items()},
            set(map(self._name, flow.awaited)),
            set(map(self.method, flow.handed_on)),
            self.holder,
        )

    def _accesses(self, flow: Flow) -> Iterator[Access]:
        of_object = f"self.{self.attribute}."
        for access in flow.accesses:
            if access.place.startswith(of_object):
                place = f"self.{access.place.removeprefix(of_object)}"
                yield replace(access, place=place, locks=self._names(access.locks))

    def _start(self, start: Start) -> Start:
        return replace(
            start,
            function=self._function(start.function),
            kept_in=self._name(start.kept_in),
            asked=self._names(start.asked),
            locks=self._names(start.locks),
        )

    def _function(self, function: str | cst.FunctionDef) -> str | cst.FunctionDef:
        if not isinstance(function, str):
            return function
        path, _, name = function.rpartition(".")
        return name if path == self.attribute else self.method(function)

    def _names(self, names: frozenset[str]) -> frozenset[str]:
        return frozenset(map(self._name, names))

    def _name(self, name: str) -> str:
        """A variable or attribute; those of the holder get its name."""
        path = name.removeprefix("self.")
        if path == name:
            return name
        rest = path.removeprefix(f"{self.attribute}.")
        return f"self.{rest}" if rest != path else self.method(path)
