"""Callbacks of every shape, handed in and kept in attributes: each does what it does on the async side."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from facade_made import generated, importable, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    import inspect
    from collections import defaultdict
    from collections.abc import Awaitable, Callable
    from dataclasses import dataclass, field
    from typing import Any, Optional, Protocol, Union

    Handler = Callable[["Event"], Awaitable[int]]

    class Handles(Protocol):
        async def __call__(self, event: Event) -> int: ...

    class Event:
        def __init__(self, n: int) -> None:
            self.n = n

        async def size(self) -> int:
            await asyncio.sleep(0)
            return self.n * 10

    @dataclass
    class Options:
        on_open: Handler | None = None
        handlers: list[Handler] = field(default_factory=list)

        async def fire(self) -> list[int]:
            return [await h(Event(1)) for h in ([self.on_open] if self.on_open else []) + self.handlers]

    async def emit(handlers, event):
        return [await h(event) for h in handlers]

    class Hub:
        fallback: Optional[Handles] = None
        registry = {}

        def __init__(self) -> None:
            self.typed: list[Handler] = []
            self.protocol: list[Handles] = []
            self.either: dict[str, Union[Handler, Callable[[Event], int]]] = {}
            self.by_name: dict[str, list[Handler]] = {}
            self.on_open: "Optional[Handler]" = None
            self.gathered = []
            self.grouped = defaultdict(list)
            self.loose = {}
            self.bare: set = set()
            self.passed_on: list[Any] = []
            self.pairs = []
            self.options = Options()
            self.closed: list[Callable[[Event], None]] = []

        def add(self, handler):
            self.typed.append(handler)
            return handler

        async def call(self, handler: Handler) -> int:
            return await handler(Event(1))

        async def fire_typed(self):
            return [await h(Event(1)) for h in self.typed]

        async def fire_protocol(self):
            return [await h(Event(1)) for h in self.protocol]

        async def fire_either(self):
            result = self.either["x"](Event(1))
            return await result if inspect.isawaitable(result) else result

        async def fire_by_name(self):
            return [await h(Event(1)) for hs in self.by_name.values() for h in hs]

        async def fire_on_open(self):
            return await self.on_open(Event(1))

        async def fire_gathered(self):
            return await asyncio.gather(*[h(Event(1)) for h in self.gathered])

        async def fire_grouped(self):
            found = []
            for h in list(self.grouped.get("x", [])):
                found.append(await h(Event(1)))
            return found

        async def fire_loose(self):
            h = self.loose.get("x")
            return 0 if h is None else await h(Event(1))

        async def fire_bare(self):
            return [await h(Event(1)) for h in self.bare]

        async def fire_passed_on(self):
            return await emit(self.passed_on, Event(1))

        async def fire_pairs(self):
            for name, h in self.pairs:
                return await h(Event(1))

        async def fire_fallback(self):
            return await self.fallback(Event(1))

        async def fire_registry(self):
            return await self.registry["x"](Event(1))

        async def fire_options(self):
            return await self.options.on_open(Event(1))

        async def fire_closed(self):
            for h in self.closed:
                h(Event(1))

    class Made:
        def __init__(self, on_made: Handler) -> None:
            self.on_made = on_made

        async def fire(self) -> int:
            return await self.on_made(Event(1))
"""


def callbacks(lib: Any) -> dict[str, Any]:
    """Each gives 11, for an event of 1."""

    def plain(event: Any) -> int:
        return event.size() + event.n  # type: ignore[no-any-return]  # it calls back

    async def coroutine(event: Any) -> int:
        await asyncio.sleep(0)
        return 10 + event.n  # type: ignore[no-any-return]

    def two(n: int, event: Any) -> int:
        return plain(event)

    async def async_two(n: int, event: Any) -> int:
        return await coroutine(event)

    class Called:
        def __call__(self, event: Any) -> int:
            return plain(event)

        def method(self, event: Any) -> int:
            return plain(event)

    class Awaited:
        async def __call__(self, event: Any) -> int:
            return await coroutine(event)

        async def method(self, event: Any) -> int:
            return await coroutine(event)

    class Later:
        def __init__(self, event: Any) -> None:
            self.event = event

        def __await__(self) -> Any:
            return coroutine(self.event).__await__()

    def unmarked(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args: function(*args)

    def marked(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any) -> Any:
            return function(*args)

        return call

    return {
        "a function": plain,
        "an async function": coroutine,
        "a partial": functools.partial(two, 1),
        "an async partial": functools.partial(async_two, 1),
        "a partial of a partial": functools.partial(functools.partial(async_two), 1),
        "an object": Called(),
        "an async object": Awaited(),
        "a partial of an object": functools.partial(Awaited()),
        "a method": Called().method,
        "an async method": Awaited().method,
        "a lambda": lambda event: 11,
        "a lambda that gives a coroutine": lambda event: coroutine(event),
        "a class that is awaitable": lambda event: Later(event),
        "a decorated function": marked(coroutine),
        "a decorated function without a mark": unmarked(coroutine),
        "a method of a wrapper": functools.partial(lambda size, event: size() + 1, lib.Event(1).size),
    }


def put(owner: Any, name: str, value: Any) -> object:
    """`setattr`, for expressions."""
    setattr(owner, name, value)
    return None


def added_again(hub: Any, handler: Any) -> Any:
    hub.typed.append(handler)
    assert handler in hub.typed and hub.typed.index(handler) == 0
    hub.typed.remove(handler)
    assert hub.typed == []
    return (hub.typed.insert(0, handler), hub.typed.sort(key=id), hub.fire_typed())[-1]


def own_list(hub: Any, handler: Any) -> Any:
    """What a caller hands in stays the caller's own."""
    own: list[Any] = []
    hub.typed = own
    own.append(handler)
    return hub.fire_typed()


WAYS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "argument": lambda lib, hub, cb: hub.call(cb),
    "added": lambda lib, hub, cb: (hub.add(cb), hub.fire_typed())[-1],
    "append": lambda lib, hub, cb: (hub.typed.append(cb), hub.fire_typed())[-1],
    "+=": lambda lib, hub, cb: (hub.typed.__iadd__([cb]), hub.fire_typed())[-1],
    "slice": lambda lib, hub, cb: (hub.typed.__setitem__(slice(None), [cb]), hub.fire_typed())[-1],
    "set": lambda lib, hub, cb: (put(hub, "typed", [cb]), hub.fire_typed())[-1],
    "own list": lambda lib, hub, cb: own_list(hub, cb),
    "again": lambda lib, hub, cb: added_again(hub, cb),
    "protocol": lambda lib, hub, cb: (hub.protocol.append(cb), hub.fire_protocol())[-1],
    "either": lambda lib, hub, cb: (hub.either.__setitem__("x", cb), hub.fire_either())[-1],
    "by name": lambda lib, hub, cb: (hub.by_name.setdefault("x", []).append(cb), hub.fire_by_name())[-1],
    "attribute": lambda lib, hub, cb: (put(hub, "on_open", cb), hub.fire_on_open())[-1],
    "gathered": lambda lib, hub, cb: (hub.gathered.append(cb), hub.fire_gathered())[-1],
    "grouped": lambda lib, hub, cb: (hub.grouped["x"].append(cb), hub.fire_grouped())[-1],
    "loose": lambda lib, hub, cb: (hub.loose.update(x=cb), hub.fire_loose())[-1],
    "bare": lambda lib, hub, cb: (hub.bare.add(cb), hub.fire_bare())[-1],
    "passed on": lambda lib, hub, cb: (hub.passed_on.append(cb), hub.fire_passed_on())[-1],
    "pairs": lambda lib, hub, cb: (hub.pairs.append(("x", cb)), hub.fire_pairs())[-1],
    "protocol attribute": lambda lib, hub, cb: (put(hub, "fallback", cb), hub.fire_fallback())[-1],
    "class attribute": lambda lib, hub, cb: (put(lib.Hub, "fallback", staticmethod(cb)), hub.fire_fallback())[-1],
    "table of the class": lambda lib, hub, cb: (lib.Hub.registry.__setitem__("x", cb), hub.fire_registry())[-1],
    "object in it": lambda lib, hub, cb: (put(hub.options, "on_open", cb), hub.fire_options())[-1],
    "field": lambda lib, hub, cb: lib.Options(on_open=cb).fire(),
    "first field": lambda lib, hub, cb: lib.Options(cb).fire(),
    "field of many": lambda lib, hub, cb: lib.Options(handlers=[cb]).fire(),
    "made with it": lambda lib, hub, cb: lib.Made(cb).fire(),
    "made, then set": lambda lib, hub, cb: (made := lib.Made(cb), put(made, "on_made", cb), made.fire())[-1],
}


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with importable(write(tmp_path_factory.mktemp("held"), SOURCE)) as made:
        yield made.sync()


@pytest.mark.parametrize("way", list(WAYS))
def test_every_shape(lib: Any, way: str) -> None:
    found = {name: WAYS[way](lib, lib.Hub(), callback) for name, callback in callbacks(lib).items()}
    assert {name: value for name, value in found.items() if value not in (11, [11])} == {}


def test_what_is_kept_is_read_as_it_was_put_in(lib: Any) -> None:
    hub = lib.Hub()
    for callback in callbacks(lib).values():
        hub.on_open = callback
        assert hub.on_open == callback
        hub.typed.append(callback)
    assert list(hub.typed) == hub.typed[:] and len(hub.typed) == 16
    hub.on_open = None
    assert hub.on_open is None


def test_what_nobody_looks_at_may_block(lib: Any) -> None:
    hub, seen = lib.Hub(), []
    hub.closed.append(lambda event: seen.append(event.size()))
    hub.fire_closed()
    hub.fire_closed()
    while len(seen) < 2:
        lib.Event(1).size()
    assert seen == [10, 10]


@pytest.mark.parametrize("interface", ["dual", "auto"])
def test_async_callbacks_may_await_the_package(tmp_path: Path, interface: str) -> None:
    with importable(write(tmp_path, SOURCE, interface=interface)) as made:
        lib = made.sync()

        async def callback(event: Any) -> int:
            size: int = await (event.size.aio() if interface == "dual" else event.size())
            return size + 1

        hub = lib.Hub()
        hub.typed.append(callback)
        assert hub.fire_typed() == [11] == [hub.call(callback)]

        async def main() -> Any:
            return await (hub.fire_typed.aio() if interface == "dual" else hub.fire_typed())

        assert list(asyncio.run(main())) == [11]


OWN = """
    from __future__ import annotations
    import asyncio
    from collections.abc import Awaitable, Callable

    seen: list[str] = []

    class Link:
        async def follow(self) -> str:
            return "followed"

    class Site:
        def __init__(self) -> None:
            self.link = Link()

        def links(self) -> list[Link]:
            asyncio.get_running_loop()
            return [self.link]

        async def count(self, n: int) -> int:
            await asyncio.sleep(0)
            return n + 1

        def note(self) -> None:
            seen.append("noted")

    class Page:
        def __init__(self, generator, count: Callable[[int], Awaitable[int]] | None = None) -> None:
            self.generator = generator
            self.count = count

        async def render(self) -> list[str]:
            return [await link.follow() for link in self.generator()]

        async def counted(self) -> int:
            return await self.count(1)

        async def either(self, function: Callable[[int], Awaitable[int]]) -> tuple[bool, int]:
            return asyncio.iscoroutinefunction(function), await function(1)

    async def count(n: int) -> int:
        await asyncio.sleep(0)
        return n + 10

    def links() -> list[Link]:
        asyncio.get_running_loop()
        return [Link()]
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_methods_and_functions_of_the_package_itself(tmp_path: Path, interface: str) -> None:
    """The async side calls its own, and gets what it would get from it."""
    with importable(write(tmp_path, OWN, interface=interface)) as made:
        lib = made.sync()
        site = lib.Site()
        page = lib.Page(site.links, site.count)
        assert page.render() == ["followed"] and page.counted() == 2
        assert page.count == site.count and page._async_.count == site._async_.count
        assert page.either(site.count) == (True, 2) and page.either(lib.count) == (True, 11)
        assert lib.Page(lib.links).render() == ["followed"]
        page.generator = site.links
        assert page.render() == ["followed"]
        assert page.either(site.with_options(timeout=5).count)[1] == 2

        class Mine(lib.Site):  # type: ignore[misc, name-defined]  # made at run time
            def links(self) -> Any:
                return [lib.Link(), *super().links()]

            def count(self, n: int) -> Any:
                return n + 100

        mine = lib.Page(Mine().links, Mine().count)
        assert mine.render() == ["followed"] * 2 and mine.counted() == 101


def test_what_is_generated() -> None:
    code = generated(
        """
        import logging
        from collections.abc import Awaitable, Callable

        class Hub:
            def __init__(self) -> None:
                self.handlers: list[Callable[[int], Awaitable[int]]] = []
                self.on_close: Callable[[int], None] | None = None
                self.names: list[str] = []
                self.log = logging.getLogger("hub")
                self._private: list[Callable[[int], Awaitable[int]]] = []

            async def fire(self) -> None:
                self.log.log(10, "fire")
                for handler in self.handlers:
                    await handler(1)
        """
    )
    assert 'class Hub(Wrapper, wraps=_async.Hub, as_async=["handlers"], as_event=["on_close"]):\n' in code


def test_a_long_head_has_lines() -> None:
    names = [f"a_long_name_of_a_handler_{number}" for number in range(4)]
    lines = "".join(f"                self.{name}: Callable[[int], Awaitable[int]] | None = None\n" for name in names)
    code = generated(
        f"""
        from collections.abc import Awaitable, Callable

        class Hub:
            def __init__(self) -> None:
{lines}
            async def fire(self) -> None: ...
        """
    )
    listed = ", ".join(f'"{name}"' for name in names)
    assert f"class Hub(\n    Wrapper,\n    wraps=_async.Hub,\n    as_async=[{listed}],\n):\n" in code
