"""Bridge mode, at run time: classes of the async package, and of the user's, that derive from containers."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from facade_made import Made, importable, write


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with importable(write(tmp_path, CLIENTS)) as one:
        yield one


CLIENTS = """
    from __future__ import annotations
    from collections import OrderedDict, UserDict, defaultdict, deque
    from typing import Any


    class Client:
        def __init__(self, number: int = 0) -> None:
            self.number = number
        async def get(self) -> int:
            return self.number

    class Clients(list[Client]):
        __slots__ = ("note",)
        def total(self) -> int:
            return sum(one.number for one in self)
        def __iter__(self):
            raise AssertionError("the container's own is meant")

    class ByName(dict[str, Client]):
        label = "class level"

    class Pair(tuple[Client, Client]):
        pass

    class Team(set[Client]):
        pass

    class Last(deque[Client]):
        pass

    class Sorted(OrderedDict[str, Client]):
        pass

    class Made(defaultdict[str, Client]):
        pass

    class Kept(UserDict[str, Client]):
        pass

    class Closing(list[Client]):
        async def close(self) -> int:
            return len(self)
        def numbers(self) -> list[int]:
            return [one.number for one in list.__iter__(self)]

    async def made(kind: str) -> Any:
        client = Client(7)
        if kind == "clients":
            clients = Clients([client])
            clients.note = client
            return clients
        if kind == "by_name":
            names = ByName(a=client)
            names.label = "its own"
            return names
        return {
            "pair": lambda: Pair((client, client)), "team": lambda: Team([client]), "last": lambda: Last([client], 3),
            "sorted": lambda: Sorted(a=client), "made": lambda: Made(Client, a=client), "kept": lambda: Kept(a=client),
            "closing": lambda: Closing([client]), "plain": lambda: PLAIN,
        }[kind]()

    PLAIN = Clients()

    async def kinds(values: Any) -> list[str]:
        items = values.values() if isinstance(values, dict) else values
        return [type(values).__name__, *sorted({type(one).__module__.rpartition(".")[2] for one in list(items)})]
"""


def test_what_derives_from_a_container_comes_as_its_class_with_wrapped_items(made: Made) -> None:
    sync, aio = made.sync(), made.aio()
    clients = sync.made("clients")
    assert type(clients) is sync.Clients is aio.Clients
    assert type(clients[0]) is sync.Client and clients[0].get() == 7 and clients.note is clients[0]
    names = sync.made("by_name")
    assert type(names) is aio.ByName and names["a"].get() == 7 and names.label == "its own"
    for kind, cls in (
        ("pair", aio.Pair),
        ("team", aio.Team),
        ("last", aio.Last),
        ("sorted", aio.Sorted),
        ("made", aio.Made),
    ):
        found = sync.made(kind)
        assert type(found) is cls
        assert [one.get() for one in (found.values() if isinstance(found, dict) else found)] in ([7], [7, 7])
    assert sync.made("last").maxlen == 3
    assert sync.made("made").default_factory is sync.Client


def test_what_derives_from_a_container_and_holds_nothing_of_the_package_stays_the_same_object(made: Made) -> None:
    assert made.sync().made("plain") is made.aio().PLAIN
    own = Counter("abc")
    assert made.sync().Client(own).number is own


def test_what_derives_from_a_container_goes_in_with_async_items(made: Made) -> None:
    sync = made.sync()

    class Mine(list):  # type: ignore[type-arg]  # a user's own
        pass

    class Two(NamedTuple):
        left: Any
        right: Any

    client = sync.Client(1)
    clients = sync.ByName(a=client)
    assert sync.kinds(clients) == ["ByName", "aio"]
    assert clients["a"] is client
    assert sync.kinds(Mine([client])) == ["Mine", "aio"]
    assert sync.kinds(Two(client, client)) == ["Two", "aio"]
    assert sync.kinds(OrderedDict(a=client)) == ["LiveOrderedDict", "aio"]


def test_a_class_that_derives_from_another_container_is_wrapped(made: Made) -> None:
    kept = made.sync().made("kept")
    assert type(kept) is made.sync().Kept and kept["a"].get() == 7
    assert list(kept.items()) == [("a", kept["a"])]


def test_a_container_with_something_async_is_wrapped(made: Made) -> None:
    sync = made.sync()
    closing = sync.made("closing")
    closing.append(sync.Client(8))
    assert closing.close() == len(closing) == 2 and closing.numbers() == [7, 8]
    assert [one.get() for one in closing] == [7, 8] and closing[1] is closing[-1]


def test_iterators_and_views_of_every_kind_give_wrapped_items(tmp_path: Path) -> None:
    source = """
        import itertools
        from collections import OrderedDict, UserDict, deque
        from typing import Any

        class Client:
            async def get(self) -> int:
                return 7

        CLIENTS = [Client(), Client()]

        async def gives(kind: str) -> Any:
            return {
                "reversed": lambda: reversed(CLIENTS), "deque": lambda: iter(deque(CLIENTS)),
                "back": lambda: reversed(deque(CLIENTS)), "keys": lambda: iter(OrderedDict.fromkeys(CLIENTS)),
                "ordered": lambda: OrderedDict.fromkeys(CLIENTS).keys(), "take": lambda: itertools.takewhile(bool, CLIENTS),
                "user": lambda: UserDict(a=CLIENTS[0], b=CLIENTS[1]).values(),
            }[kind]()
    """
    with importable(write(tmp_path, source)) as made:
        sync = made.sync()
        for kind in "reversed deque back keys ordered take user".split():
            assert [one.get() for one in sync.gives(kind)] == [7, 7], kind
