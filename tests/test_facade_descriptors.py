"""Descriptors of a package's own that give something to await: one called ``async_property``, and one that a class is given."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from facade_made import Make

PEOPLE = """
    from __future__ import annotations
    import asyncio
    from collections.abc import Awaitable, Callable
    from typing import Any, Generic, TypeVar

    T = TypeVar("T")

    class async_property(Generic[T]):
        def __init__(self, function: Callable[[Any], Awaitable[T]]) -> None:
            self._function = function

        def __get__(self, instance: Any, owner: Any) -> Awaitable[T]:
            return self._function(instance)

    class Lazy(Generic[T]):
        def __init__(self, load: Callable[[Any], Awaitable[T]]) -> None:
            self._load = load

        async def _get(self, instance: Any) -> T:
            return await self._load(instance)

        def __get__(self, instance: Any, owner: Any) -> Awaitable[T]:
            return self._get(instance)

    async def _oldest(person: Person) -> Person:
        await asyncio.sleep(0)
        return Person("old " + person.name)

    class Person:
        oldest = Lazy(_oldest)

        def __init__(self, name: str) -> None:
            self.name = name

        @async_property
        async def friend(self) -> Person:
            await asyncio.sleep(0)
            return Person("friend of " + self.name)

        @property
        def loud(self) -> str:
            return self.name.upper()

    class Loader:
        async def _load(self, instance: Any) -> Person:
            return await _oldest(instance)

        def __get__(self, instance, owner=None):
            return self if instance is None else self._load(instance)

    class Friend(Person):
        youngest = Loader()
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_a_property_of_the_package_beside_the_builtin(make: Make, interface: str) -> None:
    made = make({"people": PEOPLE, "__init__": "from .people import Person, async_property"}, interface=interface)
    text, sync = made.text("people"), made.sync()
    assert "@builtins.property" in text and "class property(Wrapper" in text and sync.property is not property
    person = sync.Person("Ann")
    assert (person.friend.name, person.loud, type(person.friend)) == ("friend of Ann", "ANN", sync.Person)
    assert person.oldest.name == "old Ann"


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_async_callers(make: Make, interface: str) -> None:
    sync = make(PEOPLE, interface=interface).sync()
    person, Friend = sync.Person("Ann"), sync.Friend

    async def main() -> Any:
        if interface == "dual":
            assert (await person.aio.oldest).name == (await Friend("Ann").aio.oldest).name == "old Ann"
            with pytest.raises(RuntimeError, match=r"Await Person\.aio\.oldest"):
                person.oldest  # noqa: B018  # read
            return await person.aio.friend
        if interface == "auto":
            assert (await person.oldest).name == "old Ann"
            return await person.friend
        for name in ("friend", "oldest"):
            with pytest.raises(RuntimeError, match="this thread runs an event loop"):
                getattr(person, name)
        return await asyncio.to_thread(lambda: person.friend)

    assert asyncio.run(main()).name == "friend of Ann"
