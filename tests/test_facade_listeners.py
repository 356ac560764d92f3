"""Bridge mode, at run time: listeners that the async side holds weakly, compares, and looks at."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from facade_made import Made, importable, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    import inspect
    import weakref
    from collections.abc import Awaitable, Callable
    from typing import Any

    class Event:
        def __init__(self, name: str) -> None:
            self.name = name
        async def confirm(self) -> str:
            return self.name

    class Hub:
        def __init__(self) -> None:
            self._functions: weakref.WeakSet[Callable[[Event], Any]] = weakref.WeakSet()
            self._methods: list[Any] = []
            self._strong: list[Callable[[Event], Awaitable[None]]] = []

        def on(self, listener: Callable[[Event], Any]) -> None:
            self._functions.add(listener)

        def off(self, listener: Callable[[Event], Any]) -> None:
            self._functions.discard(listener)

        def on_method(self, listener: Callable[[Event], Any]) -> None:
            self._methods.append(weakref.WeakMethod(listener))

        def on_any(self, listener: Callable[[Event], Any]) -> None:
            self._methods.append(weakref.WeakMethod(listener) if inspect.ismethod(listener) else weakref.ref(listener))

        def on_awaited(self, listener: Callable[[Event], Awaitable[None]]) -> None:
            self._strong.append(listener)

        def off_awaited(self, listener: Callable[[Event], Awaitable[None]]) -> None:
            self._strong.remove(listener)

        def shape(self, listener: Callable[..., Any]) -> tuple[list[str], str, bool]:
            return list(inspect.signature(listener).parameters), listener.__name__, inspect.iscoroutinefunction(listener)

        async def emit(self, name: str) -> int:
            event, count = Event(name), 0
            for listener in [*self._functions, *(one() for one in self._methods)]:
                if listener is not None:
                    result = listener(event)
                    if inspect.isawaitable(result):
                        await result
                    count += 1
            for one in self._strong:
                await one(event)
                count += 1
            return count
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with importable(write(tmp_path, SOURCE)) as one:
        yield one


class Owner:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def hear(self, event: Any) -> None:
        self.got.append(event.name)

    @classmethod
    def of_class(cls, event: Any) -> None:
        HEARD.append(event.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Owner) and self.__dict__ == other.__dict__

    __hash__ = object.__hash__


HEARD: list[str] = []


def test_a_listener_that_is_held_weakly_lives_as_long_as_the_user_s(made: Made) -> None:
    hub, owner, heard = made.sync().Hub(), Owner(), []

    def hear(event: Any) -> None:
        heard.append(event.name)

    hub.on(hear)
    hub.on_any(hear)
    hub.on_method(owner.hear)
    hub.on_any(owner.hear)
    hub.on_method(Owner.of_class)
    gc.collect()
    assert hub.emit("a") == 5
    assert (heard, owner.got, HEARD) == (["a", "a"], ["a", "a"], ["a"])
    hub.off(hear)
    assert hub.emit("b") == 4
    gone = weakref.ref(owner)
    del owner
    assert gone() is None and hub.emit("c") == 2, "as soon as the user lets it go"
    del hear
    gc.collect()
    assert hub.emit("d") == 1


def test_a_method_is_removed_as_it_was_added_and_looks_like_one(made: Made) -> None:
    hub, owner, other = made.sync().Hub(), Owner(), Owner()
    hub.on_awaited(owner.hear)
    hub.on_awaited(other.hear)
    hub.off_awaited(owner.hear)
    assert hub.emit("a") == 1 and (owner.got, other.got) == ([], ["a"])
    assert hub.shape(owner.hear) == (["event"], "hear", True)
    assert hub.shape(Owner.of_class)[0] == ["event"]


def test_what_a_listener_keeps_is_no_part_of_it(made: Made) -> None:
    hub, owner = made.sync().Hub(), Owner()
    hub.on_awaited(owner.hear)
    assert owner == Owner()
    others = [copy.copy(owner), copy.deepcopy(owner), pickle.loads(pickle.dumps(owner))]
    assert others == [owner] * 3
    for other in others:
        other.got = []
        hub.on_awaited(other.hear)
        hub.emit("x")
        hub.off_awaited(other.hear)
        assert other.got == ["x"]
    assert owner.got == ["x"] * 3


def test_a_function_may_be_given_to_two_packages(made: Made, tmp_path: Path) -> None:
    seen: list[Any] = []

    def hear(event: Any) -> None:
        seen.append(type(event))

    with importable(write(tmp_path / "more", SOURCE)) as other:
        for one in (made, other):
            hub = one.sync().Hub()
            hub.on(hear)
            hub.emit("a")
        assert seen == [made.sync().Event, other.sync().Event]
