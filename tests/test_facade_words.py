"""Bridge mode, kind by kind: what Python packages are made of, and that it works on the sync side as on the async one."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from facade_made import Made, importable, write

GENERICS = """
    from __future__ import annotations
    import asyncio
    import functools
    from typing import Any, Awaitable, Callable, Generic, NewType, TypeVar
    from typing_extensions import ParamSpec, Self, TypeAlias

    T = TypeVar("T", bound="Named")
    V = TypeVar("V")
    P = ParamSpec("P")
    Key = NewType("Key", str)
    Handler: TypeAlias = "Callable[[Named], Awaitable[Named]]"
    Many = dict[str, "list[Named | None]"]
    LIMIT = 3
    NAMES = ("a", "b")

    class Named:
        kind = "named"

        def __init__(self, name: str) -> None:
            self.name = name

        async def again(self) -> Self:
            return type(self)(self.name * 2)

        def same(self) -> Self:
            return self

    class Special(Named):
        kind = "special"

    class Box(Generic[V]):
        def __init__(self, value: V) -> None:
            self.value = value

        async def get(self) -> V:
            return self.value

        async def map(self, change: Callable[[V], Awaitable[V]]) -> Box[V]:
            return Box(await change(self.value))

    async def first(values: list[T]) -> T:
        return values[0]

    async def call(function: Callable[P, Awaitable[V]], *args: P.args, **kwargs: P.kwargs) -> V:
        return await function(*args, **kwargs)

    def twice(function: Callable[P, Awaitable[V]]) -> Callable[P, Awaitable[list[V]]]:
        @functools.wraps(function)
        async def run(*args: P.args, **kwargs: P.kwargs) -> list[V]:
            return [await function(*args, **kwargs), await function(*args, **kwargs)]
        return run

    @twice
    async def doubled(n: int) -> Named:
        return Named(str(n))

    async def keyed(key: Key) -> Named:
        return Named(key)

    async def grouped() -> Many:
        return {"all": [Named("x"), None]}

    async def handle(handler: Handler, named: Named) -> Named:
        return await handler(named)
"""
KINDS = """
    from __future__ import annotations
    import abc
    import asyncio
    import enum
    from collections.abc import AsyncIterator, Iterator
    from dataclasses import dataclass, field
    from functools import cached_property
    from typing import Any, ClassVar, Iterable, NamedTuple, Optional, Protocol, Union, overload
    from collections import UserDict

    class Color(enum.Enum):
        RED = 1
        GREEN = 2

    class Mode(enum.IntFlag):
        READ = 1
        WRITE = 2

    class Node:
        count: ClassVar[int] = 0

        def __init__(self, n: int) -> None:
            self.n = n

        async def touch(self) -> int:
            return self.n

    class Leaf(Node):
        pass

    class _Hidden(Leaf):
        async def secret(self) -> str:
            return "hidden"

    class Outer:
        class Inner:
            def __init__(self, n: int) -> None:
                self.n = n

            async def get(self) -> int:
                return self.n

        class Failed(Exception):
            pass

        async def inner(self, n: int) -> Outer.Inner:
            if n < 0:
                raise Outer.Failed(n)
            return Outer.Inner(n)

    class Mapping(UserDict):
        \"\"\"Inherits from a class that is not wrapped.\"\"\"
        async def load(self) -> int:
            self["loaded"] = Node(1)
            return len(self)

    class Sized:
        __slots__ = ("items", "__weakref__")

        def __init__(self, *items: int) -> None:
            self.items = [Node(n) for n in items]

        def __len__(self) -> int:
            return len(self.items)

        def __getitem__(self, place: int) -> Node:
            return self.items[place]

        def __iter__(self) -> Iterator[Node]:
            return iter(self.items)

        def __contains__(self, node: object) -> bool:
            return node in self.items

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Sized) and [n.n for n in self.items] == [n.n for n in other.items]

        def __hash__(self) -> int:
            return len(self.items)

        def __repr__(self) -> str:
            return f"Sized({len(self)})"

        def __bool__(self) -> bool:
            return True

        async def total(self) -> int:
            return sum([await node.touch() for node in self.items])

    class Described:
        \"\"\"A descriptor.\"\"\"
        def __get__(self, instance: Any, owner: Any = None) -> Any:
            return self if instance is None else Node(instance.n)

        async def unused(self) -> None: ...

    class Host:
        described = Described()
        untyped = None

        def __init__(self, n: int) -> None:
            self.n = n
            self.untyped = Node(n)
            self.later = [Node(n), {"x": (Node(n + 1),)}]
            self._title = "t"

        @property
        def title(self) -> str:
            return self._title

        @title.setter
        def title(self, value: str) -> None:
            self._title = value

        @title.deleter
        def title(self) -> None:
            self._title = "deleted"

        @cached_property
        def node(self) -> Node:
            return Node(self.n)

        @classmethod
        async def make(cls, n: int) -> Host:
            return cls(n)

        @staticmethod
        async def add(a: int, b: int) -> int:
            return a + b

        def task(self) -> bool:
            \"\"\"Needs the loop though it is not async.\"\"\"
            future = asyncio.get_running_loop().create_future()
            self.pending = asyncio.create_task(asyncio.sleep(0, "slept"))
            return not future.done()

        async def wait(self) -> str:
            return await self.pending

    class Shape(abc.ABC):
        @abc.abstractmethod
        async def area(self) -> float: ...

        async def twice(self) -> float:
            return 2 * await self.area()

    class Source(Protocol):
        async def read(self, n: int) -> Node: ...

    class Pair(NamedTuple):
        left: Node
        right: Optional[Node] = None

    @dataclass(frozen=True)
    class Frozen:
        node: Node
        numbers: list[int] = field(default_factory=list)

    @dataclass
    class Open:
        node: Node
        async def move(self) -> Open:
            return Open(Node(self.node.n + 1))

    async def pair(n: int) -> Pair:
        return Pair(Node(n))

    async def frozen(n: int) -> Frozen:
        return Frozen(Node(n), [n])

    async def read(source: Source) -> Node:
        return await source.read(2)

    async def several(n: int) -> Union[list[Node], dict[str, Optional[Node]]]:
        return {"a": Node(n), "b": None} if n else [Node(0)]

    async def nodes(n: int) -> AsyncIterator[tuple[int, Node]]:
        for i in range(n):
            yield i, Node(i)

    def lazily(n: int) -> Iterator[Node]:
        for i in range(n):
            yield Node(i)

    def anything(n: int):
        return [Node(0), Leaf(1), _Hidden(2)][n]

    async def is_known(values: Iterable[Any]) -> bool:
        return all(type(value).__module__.endswith(".aio") for value in values)

    @overload
    async def find(key: int) -> Node: ...
    @overload
    async def find(key: str) -> Leaf: ...
    async def find(key):
        return Node(key) if isinstance(key, int) else Leaf(len(key))

    kept: list[Any] = []

    async def keep(value: Any) -> None:
        kept.append(value)
"""


@pytest.fixture(scope="module")
def generics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with importable(write(tmp_path_factory.mktemp("generics"), GENERICS)) as made:
        yield made.sync()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with importable(write(tmp_path_factory.mktemp("kinds"), KINDS)) as found:
        yield found


@pytest.fixture
def kinds(made: Made) -> Any:
    return made.sync()


def test_type_variables_and_self(generics: Any) -> None:
    special = generics.Special("x")
    again = special.again()
    assert type(again) is generics.Special and again.name == "xx" and again.kind == "special"
    assert special.same() is special
    assert generics.first([special, again]) is special
    assert generics.Box[int](3).get() == 3 and generics.Box(special).get() is special
    assert generics.LIMIT == 3 and generics.NAMES == ("a", "b")


def test_parameter_specifications(generics: Any) -> None:
    assert generics.call(lambda a, *, b: a + b, 1, b=2) == 3
    assert [one.name for one in generics.doubled(4)] == ["4", "4"]
    assert [type(one) for one in generics.doubled(4)] == [generics.Named, generics.Named]


def test_aliases(generics: Any) -> None:
    assert generics.keyed(generics.Key("k")).name == "k"
    grouped = generics.grouped()
    assert type(grouped["all"][0]) is generics.Named and grouped["all"][1] is None
    assert generics.handle(lambda named: named.again(), generics.Named("a")).name == "aa"
    assert generics.Box(2).map(lambda n: n * 2).value == 4


def test_enums_constants_and_exceptions_are_the_async_packages_own(made: Made, kinds: Any) -> None:
    assert kinds.Color is made.aio().Color and kinds.Mode is made.aio().Mode
    assert kinds.Outer.Failed is made.aio().Outer.Failed
    with pytest.raises(made.aio().Outer.Failed):
        kinds.Outer().inner(-1)
    assert kinds.Node.count == 0


def test_nested_classes(kinds: Any) -> None:
    inner = kinds.Outer().inner(3)
    assert type(inner) is kinds.Outer.Inner and inner.get() == 3
    assert kinds.Outer.Inner(4).get() == 4


def test_inheritance_from_a_class_that_is_not_wrapped(kinds: Any) -> None:
    mapping = kinds.Mapping({"a": 1})
    assert mapping.load() == 2
    assert mapping["a"] == 1 and type(mapping["loaded"]) is kinds.Node
    assert len(mapping) == 2 and "a" in mapping and sorted(mapping) == ["a", "loaded"]
    mapping["b"] = 2
    assert mapping.pop("b") == 2


def test_slots_and_operators(kinds: Any) -> None:
    sized = kinds.Sized(1, 2)
    assert not hasattr(sized, "__dict__")
    assert len(sized) == 2 and sized == kinds.Sized(1, 2) and sized != kinds.Sized(1, 3)
    assert hash(sized) == 2 and repr(sized) == "Sized(2)" and sized
    assert type(sized[0]) is kinds.Node and sized[1] in sized and list(sized) == [sized[0], sized[1]]
    assert sized.total() == 3


def test_descriptors(kinds: Any) -> None:
    host = kinds.Host(5)
    assert type(host.described) is kinds.Node and host.described.n == 5


def test_properties_with_setters_and_deleters_and_cached_ones(kinds: Any) -> None:
    host = kinds.Host(5)
    host.title = "new"
    assert host.title == "new"
    del host.title
    assert host.title == "deleted"
    assert type(host.node) is kinds.Node and host.node is host.node


def test_class_methods_and_static_methods(kinds: Any) -> None:
    class Mine(kinds.Host):  # type: ignore[misc]  # made at run time
        pass

    assert type(kinds.Host.make(1)) is kinds.Host and kinds.Host(1).make(2).n == 2
    assert type(Mine.make(3)) is Mine
    assert kinds.Host.add(1, 2) == 3 and kinds.Host(1).add(3, 4) == 7


def test_attributes_without_annotations(kinds: Any) -> None:
    host = kinds.Host(1)
    assert type(host.untyped) is kinds.Node
    assert type(host.later[0]) is kinds.Node and type(host.later[1]["x"][0]) is kinds.Node
    host.added = kinds.Node(7)
    assert host.added.n == 7


def test_a_plain_function_that_needs_the_loop_runs_on_it(kinds: Any) -> None:
    host = kinds.Host(1)
    assert host.task() is True
    assert host.wait() == "slept"
    assert host.pending.done() and host.pending.result() == "slept"


def test_abstract_classes_and_protocols(kinds: Any) -> None:
    class Square(kinds.Shape):  # type: ignore[misc]  # made at run time
        def area(self) -> float:
            return 4.0

    with pytest.raises(TypeError):
        kinds.Shape()
    assert Square().twice() == 8.0

    class Reader:
        def read(self, n: int) -> Any:
            return kinds.Leaf(n)

    found = kinds.read(Reader())
    assert type(found) is kinds.Leaf and found.n == 2


def test_named_tuples_and_dataclasses(made: Made, kinds: Any) -> None:
    pair = kinds.pair(1)
    assert type(pair) is kinds.Pair and type(pair.left) is kinds.Node and pair.right is None
    assert kinds.Pair(kinds.Node(1)).right is None
    frozen = kinds.frozen(2)
    assert type(frozen.node) is kinds.Node and frozen.numbers == [2]
    opened = kinds.Open(kinds.Node(1)).move()
    assert type(opened) is kinds.Open and opened.node.n == 2
    opened.node = kinds.Node(9)
    assert opened.move().node.n == 10


def test_containers_unions_iterators_and_generators(kinds: Any) -> None:
    assert type(kinds.several(0)[0]) is kinds.Node
    found = kinds.several(1)
    assert type(found["a"]) is kinds.Node and found["b"] is None
    assert [(i, type(node)) for i, node in kinds.nodes(2)] == [(0, kinds.Node), (1, kinds.Node)]
    assert [type(node) for node in kinds.lazily(2)] == [kinds.Node, kinds.Node]
    assert kinds.is_known([kinds.Node(1), kinds.Leaf(2)])
    assert kinds.is_known(node for node in (kinds.Node(1),))


def test_what_is_unknown_is_translated_by_what_it_is(kinds: Any) -> None:
    assert [type(kinds.anything(n)) for n in (0, 1)] == [kinds.Node, kinds.Leaf]
    hidden = kinds.anything(2)
    assert isinstance(hidden, kinds.Leaf) and type(hidden).__name__ == "_Hidden"
    assert hidden.secret() == "hidden"
    assert isinstance(hidden, kinds.Node) and issubclass(kinds.Leaf, kinds.Node)


def test_overloads(kinds: Any) -> None:
    assert type(kinds.find(1)) is kinds.Node and type(kinds.find("abc")) is kinds.Leaf


def test_the_same_object_has_the_same_wrapper_as_long_as_somebody_holds_it(made: Made, kinds: Any) -> None:
    node = kinds.Node(1)
    kinds.keep(node)
    assert made.aio().kept[-1] is node._async_ and kinds.kept[-1] is node
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None and kinds.kept[-1].n == 1


def test_callbacks_run_in_a_thread_and_may_call_back(generics: Any) -> None:
    threads = []

    def change(n: int) -> int:
        threads.append(threading.current_thread())
        return int(generics.Box(n + 1).get())

    assert generics.Box(1).map(change).value == 2
    assert threads and threads[0] is not threading.main_thread()


@pytest.mark.parametrize("first", ["one", "two"])
def test_cycles_of_modules_and_lazy_imports(tmp_path: Path, first: str) -> None:
    sources = {
        "__init__": """
            import importlib
            from typing import Any

            def __getattr__(name: str) -> Any:
                if name == "Late":
                    return importlib.import_module(".late", __name__).Late
                raise AttributeError(name)
        """,
        "one": """
            from __future__ import annotations
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from .two import Two

            class One:
                async def two(self) -> Two:
                    from .two import Two
                    return Two(self)
        """,
        "two": """
            from .one import One

            class Two:
                def __init__(self, one: One) -> None:
                    self.one = one
                async def back(self) -> One:
                    return self.one
        """,
        "late": """
            class Late:
                async def get(self) -> str:
                    return "late"
        """,
    }
    with importable(write(tmp_path, sources)) as found:
        found.sync(first)
        one = found.sync("one").One()
        two = one.two()
        assert type(two) is found.sync("two").Two and two.back() is one
        late = found.sync().Late()
        assert type(late) is found.sync("late").Late and late.get() == "late"
        with pytest.raises(AttributeError):
            _ = found.sync().Missing
