"""Classes that are derived from wrappers and from classes of the language, in any order; and what their signatures are."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from facade_made import Make

SOURCE = """
    from __future__ import annotations
    import dataclasses
    from abc import ABC, abstractmethod
    from collections.abc import Sized
    from typing import Generic, TypeVar

    T = TypeVar("T")

    class Producer(Generic[T]):
        def __init__(self, calls: int = 3) -> None:
            self.calls = calls

        async def produce(self, value: T) -> T:
            return value

    class Listener(ABC):
        @abstractmethod
        async def hear(self, text: str) -> str: ...

    class Power(ABC, Producer[str]):
        @abstractmethod
        async def turn_on(self) -> bool: ...

    class Counted(Sized, Producer[int]):
        def __len__(self) -> int:
            return self.calls

    class Everything(Counted, Power, Listener):
        async def turn_on(self) -> bool:
            return True

        async def hear(self, text: str) -> str:
            return await self.produce(text)

    @dataclasses.dataclass
    class Options:
        name: str
        size: int = 4

        async def double(self) -> int:
            return 2 * self.size
"""


@pytest.mark.parametrize("interface", ["sync", "dual", "auto"])
def test_bases_in_any_order(make: Make, interface: str) -> None:
    made = make(SOURCE, interface=interface)
    sync, aio = made.sync(), made.aio()
    one = sync.Everything(5)
    assert (one.turn_on(), one.hear("x"), len(one), one.produce(1)) == (True, "x", 5, 1)
    assert isinstance(one, (sync.Power, sync.Listener, sync.Counted))
    with pytest.raises(TypeError):
        sync.Power()
    assert "class Power(Producer[str], ABC, wraps=_async.Power)" in made.text()

    assert inspect.signature(sync.Options) == inspect.signature(aio.Options)
    assert sync.Options("x").double() == 8

    class Own(sync.Options):  # type: ignore[name-defined,misc]  # made at run time
        def __init__(self, n: int) -> None:
            super().__init__("own", n)

    class Same(sync.Options):  # type: ignore[name-defined,misc]  # made at run time
        pass

    def names(cls: Any) -> list[str]:
        return list(inspect.signature(cls).parameters)

    assert (names(Own), names(Same), names(sync.Producer)) == (["n"], ["name", "size"], ["calls"])
    assert Own(3).double() == 6


def test_a_class_that_a_call_makes_is_a_type(make: Make) -> None:
    made = make(
        """
        import enum
        import os

        class Server:
            State = enum.Enum("State", "UP DOWN")
            limit = int(os.environ.get("LIMIT", "3"))

            async def state(self) -> "Server.State":
                return Server.State.UP
        """
    )
    assert "    State: TypeAlias = _async.Server.State\n    limit: int\n" in made.text()
    assert made.sync().Server().state() is made.sync().Server.State.UP is made.aio().Server.State.UP
