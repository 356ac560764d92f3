"""Bridge mode, at run time: objects, values, attributes and identity."""

from __future__ import annotations

import copy
import dataclasses
import gc
import inspect
import pickle
import weakref
from collections import OrderedDict, defaultdict, deque
from typing import Any

import pytest
from facade_made import Made, Make

NODES = """
    from __future__ import annotations
    import asyncio
    from collections import OrderedDict, defaultdict, deque
    from typing import Any


    class Node:
        label = "class level"

        def __init__(self, value: int, parent: Node | None = None) -> None:
            self.value = value
            self.parent = parent
            self.children = []

        async def child(self, value: int) -> Node:
            await asyncio.sleep(0)
            node = type(self)(value, self)
            self.children.append(node)
            return node

        def plain(self) -> int:
            return self.value

        def _private(self) -> int:
            return -self.value


    class Leaf(Node):
        async def wither(self) -> str:
            return "brown"


    class _Hidden(Leaf):
        extra = 1

        def __len__(self) -> int:
            return 5


    async def same(value: Any) -> Any:
        return value

    async def kind(value: Any) -> str:
        return type(value).__module__

    async def find(kind: str) -> Node:
        return {"node": Node, "leaf": Leaf, "hidden": _Hidden}[kind](1)

    async def containers(node: Node) -> Any:
        return {
            "list": [node], "tuple": (node, 1), "set": {1}, "deque": deque([node], 3),
            "ordered": OrderedDict(a=node), "default": defaultdict(list, a=[node]), "deep": [{"a": ({"b": [node]},)}],
            "values": {"a": node}.values(),
        }

    async def number() -> list[int]:
        return NUMBERS

    NUMBERS = [1, 2, 3]
    root = Node(0)
"""


@pytest.fixture
def nodes(make: Make) -> Made:
    return make(NODES)


def test_objects_come_back_as_their_wrappers(nodes: Made) -> None:
    sync, aio = nodes.sync(), nodes.aio()
    node = sync.Node(1)
    child = node.child(2)
    assert isinstance(child, sync.Node)
    assert not isinstance(child, aio.Node)
    assert child.value == 2
    assert child.parent is node
    assert node.children == [child]
    assert node.children[0] is child


def test_the_same_object_has_the_same_wrapper_everywhere(nodes: Made) -> None:
    sync = nodes.sync()
    node = sync.Node(1)
    for found in (sync.same(node), sync.same([node])[0], sync.same({"a": (node,)})["a"][0], node.child(1).parent):
        assert found is node
    assert sync.root is sync.same(sync.root)


def test_wrappers_are_held_weakly(nodes: Made) -> None:
    sync = nodes.sync()
    node = sync.Node(1)
    child = weakref.ref(node.child(2))
    gc.collect()
    assert child() is None
    assert node.children[0].value == 2


def test_two_objects_at_one_address_are_not_taken_for_each_other(nodes: Made) -> None:
    sync = nodes.sync()
    for value in range(200):
        assert sync.Node(value).value == value


def test_a_subclass_comes_back_as_its_most_derived_wrapper(nodes: Made) -> None:
    sync = nodes.sync()
    leaf = sync.find("leaf")
    assert type(leaf) is sync.Leaf
    assert leaf.wither() == "brown"
    hidden = sync.find("hidden")
    assert isinstance(hidden, sync.Leaf)
    assert type(hidden).__name__ == "_Hidden"
    assert (hidden.extra, len(hidden), hidden.wither()) == (1, 5, "brown")
    assert type(sync.find("node")) is sync.Node


def test_the_most_derived_wrapper_is_found_in_modules_that_nobody_imported(make: Make) -> None:
    made = make(
        {
            "base": """
                from __future__ import annotations

                class Foo:
                    async def name(self) -> str: return "foo"

                async def get() -> Foo:
                    from .sub import bar
                    return bar
            """,
            "sub": """
                from .base import Foo

                class Bar(Foo):
                    async def more(self) -> int: return 1

                bar = Bar()
            """,
        }
    )
    found = made.sync("base").get()
    assert (type(found).__name__, found.name(), found.more()) == ("Bar", "foo", 1)
    assert type(found) is made.sync("sub").Bar
    assert made.sync("sub").bar is found


def test_containers(nodes: Made) -> None:
    sync = nodes.sync()
    node = sync.Node(1)
    found = sync.containers(node)
    assert found["list"] == [node]
    assert found["tuple"] == (node, 1)
    assert found["set"] == {1}
    assert isinstance(found["deque"], deque)
    assert (list(found["deque"]), found["deque"].maxlen) == ([node], 3)
    assert found["ordered"] == OrderedDict(a=node)
    assert isinstance(found["ordered"], OrderedDict)
    assert isinstance(found["default"], defaultdict)
    assert found["default"]["a"] == [node]
    assert found["default"]["new"] == []
    assert found["deep"][0]["a"][0]["b"][0] is node
    assert list(found["values"]) == [node]


def test_containers_in_which_nothing_changes_stay_the_same_object(nodes: Made) -> None:
    sync, aio = nodes.sync(), nodes.aio()
    assert sync.number() is aio.NUMBERS
    mine = {"a": [1, 2]}
    assert sync.same(mine) is mine


def test_a_container_that_holds_itself_is_no_endless_loop(nodes: Made) -> None:
    sync = nodes.sync()
    endless: list[Any] = [sync.Node(1)]
    endless.append(endless)
    assert sync.same(endless)[0] is endless[0]


def test_arguments_are_unwrapped_wherever_they_are(nodes: Made) -> None:
    sync = nodes.sync()
    node = sync.Node(1)
    assert sync.kind(node).endswith(".aio")
    assert sync.kind(value=node).endswith(".aio")
    assert node.child(1).parent is node


def test_classes_cross_as_classes(nodes: Made) -> None:
    sync = nodes.sync()
    assert sync.same(sync.Leaf) is sync.Leaf
    assert sync.same([int, sync.Node]) == [int, sync.Node]


def test_attributes(nodes: Made) -> None:
    sync, aio = nodes.sync(), nodes.aio()
    node, other = sync.Node(1), sync.Node(2)
    node.value = 7
    assert node.plain() == 7
    node.parent = other
    assert node._async_.parent is other._async_
    assert node.parent is other
    node.invented = [other]
    assert node._async_.invented == [other._async_]
    del node.invented
    assert not hasattr(node, "invented")
    with pytest.raises(AttributeError, match="nothing"):
        _ = node.nothing
    assert node._private() == -7
    assert {"value", "child", "invented"} & set(dir(node)) == {"value", "child"}
    assert sync.Node.label == "class level"
    sync.Node.label = "changed"
    assert (aio.Node.label, node.label) == ("changed", "changed")


def test_plain_methods_operators_and_functions_of_the_source_keep_their_metadata(nodes: Made) -> None:
    sync = nodes.sync()
    assert str(inspect.signature(sync.Node.child)) == "(self, value: 'int') -> 'Node'"
    assert str(inspect.signature(sync.find)) == "(kind: 'str') -> 'Node'"
    assert sync.find.__name__ == "find"
    assert repr(sync.Node(3)).startswith("<")


def test_copies_and_pickles(nodes: Made) -> None:
    sync = nodes.sync()
    node = sync.Node(3)
    twin = copy.copy(node)
    assert twin is not node
    assert twin.value == 3
    deep = copy.deepcopy(node)
    deep.children.append(1)
    assert node.children == []
    assert pickle.loads(pickle.dumps(node)).value == 3


def test_dataclasses(make: Make) -> None:
    sync = make(
        """
        from __future__ import annotations
        from dataclasses import dataclass, field

        @dataclass(order=True)
        class Item:
            n: int
            name: str = "x"
            owner: Item | None = field(default=None, compare=False)
            tags: list[str] = field(default_factory=list)

            async def rename(self, name: str) -> Item:
                self.name = name
                return self

        @dataclass(frozen=True)
        class Fixed:
            item: Item

            async def get(self) -> Item:
                return self.item
        """
    ).sync()
    item = sync.Item(1, tags=["a"])
    assert item == sync.Item(1, "x", None, ["a"])
    assert item < sync.Item(2)
    assert repr(item).endswith("Item(n=1, name='x', owner=None, tags=['a'])")
    assert item.rename("y") is item
    assert item.name == "y"
    with pytest.raises(TypeError):
        hash(item)
    assert [field.name for field in dataclasses.fields(item)] == ["n", "name", "owner", "tags"]
    assert dataclasses.replace(item, n=5).n == 5
    assert dataclasses.asdict(item) == {"n": 1, "name": "y", "owner": None, "tags": ["a"]}
    match item:
        case sync.Item(n, name):
            assert (n, name) == (1, "y")
    owned = sync.Item(2, owner=item)
    assert owned.owner is item
    fixed = sync.Fixed(item)
    assert fixed.get() is item
    assert hash(fixed.item is item)
    with pytest.raises(dataclasses.FrozenInstanceError):
        fixed.item = owned


def test_shared_values_that_hold_objects_are_looked_into(make: Make) -> None:
    sync = make(
        """
        from dataclasses import dataclass
        from typing import Any, NamedTuple

        class Client:
            async def message(self) -> "Message":
                return Message("hello", self)

            async def read(self, message: "Message") -> bool:
                return message.body is self

            async def pair(self) -> "Pair":
                return Pair(self, 2)

        @dataclass(frozen=True)
        class Message:
            title: str
            body: Any

        class Pair(NamedTuple):
            client: Client
            n: int

            def double(self) -> int:
                return self.n * 2

        async def first(pair: Pair) -> Client:
            assert type(pair) is Pair
            return pair[0]
        """
    ).sync()
    client = sync.Client()
    message = client.message()
    assert type(message) is sync.Message
    assert message.body is client
    assert client.read(sync.Message("x", client))
    pair = client.pair()
    assert type(pair) is sync.Pair
    assert pair.client is client
    assert pair.double() == 4
    assert sync.first(pair) is client


def test_slots_new_and_singletons(make: Make) -> None:
    sync = make(
        """
        class Slotted:
            __slots__ = ("x",)

            def __init__(self, x: int) -> None:
                self.x = x

            async def get(self) -> int:
                return self.x

        class Single:
            one = None
            made = 0

            def __new__(cls, name: str):
                if cls.one is None:
                    cls.one = super().__new__(cls)
                return cls.one

            def __init__(self, name: str) -> None:
                self.name = name
                Single.made += 1

            async def ask(self) -> str:
                return self.name
        """
    ).sync()
    slotted = sync.Slotted(4)
    assert slotted.get() == 4
    slotted.x = 5
    assert slotted.get() == 5
    with pytest.raises(AttributeError):
        slotted.y = 1
    assert not hasattr(slotted, "__dict__")
    one = sync.Single("a")
    assert sync.Single("b") is one
    assert one.ask() == "b"
    assert sync.Single.made == 2


def test_operators(make: Make) -> None:
    sync = make(
        """
        class Bag(dict):
            async def go(self) -> int:
                return len(self)

        class Vector:
            def __init__(self, *parts: int) -> None:
                self.parts = parts
            async def norm(self) -> int:
                return sum(self.parts)
            def __add__(self, other: "Vector") -> "Vector":
                return Vector(*(a + b for a, b in zip(self.parts, other.parts)))
            def __iadd__(self, other: "Vector") -> "Vector":
                self.parts = (self + other).parts
                return self
            def __eq__(self, other: object) -> bool:
                return isinstance(other, Vector) and self.parts == other.parts
            def __bool__(self) -> bool:
                return any(self.parts)
            def __getitem__(self, n: int) -> int:
                return self.parts[n]
            def __contains__(self, n: int) -> bool:
                return n in self.parts
            def __call__(self, n: int) -> "Vector":
                return Vector(*(n * part for part in self.parts))
            def __iter__(self):
                return iter(self.parts)
            __radd__ = __add__

        class Descriptor:
            def __init__(self, value: Vector) -> None:
                self.value = value
            def __get__(self, obj, owner=None):
                return self if obj is None else self.value
            async def go(self) -> None: ...
        """
    ).sync()
    a, b = sync.Vector(1, 2), sync.Vector(3, 4)
    assert a + b == sync.Vector(4, 6)
    before = a
    a += b
    assert a is before
    assert (a[0], 6 in a, bool(sync.Vector(0)), list(a)) == (4, True, False, [4, 6])
    assert a(2) == sync.Vector(8, 12)
    with pytest.raises(TypeError):
        hash(a)
    bag = sync.Bag(x=1)
    bag["y"] = 2
    assert (bag.go(), bag["y"], len(bag), "x" in bag, sorted(bag)) == (2, 2, 2, True, ["x", "y"])

    class Holder:
        attribute = sync.Descriptor(a)

    assert Holder().attribute is a
    assert isinstance(Holder.attribute, sync.Descriptor)


def test_exceptions_are_the_async_packages_own(make: Make) -> None:
    made = make(
        """
        class LibError(Exception):
            def __init__(self, code: int) -> None:
                super().__init__(code)
                self.code = code

        async def fail(code: int) -> None:
            raise LibError(code)
        """
    )
    assert made.sync().LibError is made.aio().LibError
    with pytest.raises(made.aio().LibError) as caught:
        made.sync().fail(7)
    assert caught.value.code == 7
    names = [frame.name for frame in caught.traceback]
    assert names[0] == "test_exceptions_are_the_async_packages_own"
    assert names[-1] == "fail"
    assert len(names) - 2 <= 5, names


def test_unknown_async_objects_are_wrapped_by_what_they_are(make: Make) -> None:
    sync = make(
        """
        import asyncio
        from typing import Any

        async def task() -> Any:
            async def work() -> int:
                await asyncio.sleep(0.01)
                return 5
            return asyncio.ensure_future(work())

        async def local() -> Any:
            class Local:
                def __aiter__(self):
                    return self
                def __init__(self) -> None:
                    self.n = 0
                async def __anext__(self) -> int:
                    self.n += 1
                    if self.n > 2:
                        raise StopAsyncIteration
                    return self.n
                async def __aenter__(self):
                    return "in"
                async def __aexit__(self, *exc):
                    return False
                async def go(self) -> str:
                    return "gone"
            return Local()

        async def lock() -> asyncio.Lock:
            return asyncio.Lock()

        def closure() -> Any:
            async def call(a: int) -> int:
                return a + 1
            return call
        """
    ).sync()
    task = sync.task()
    assert task.result(timeout=5) == 5
    assert task.done()
    local = sync.local()
    assert list(local) == [1, 2]
    assert local.go() == "gone"
    with sync.local() as inside:
        assert inside == "in"
    lock = sync.lock()
    assert not lock.locked()
    assert lock.acquire() is True
    assert lock.locked()
    call = sync.closure()
    assert call(2) == 3
    assert call.__name__ == "call"


def test_a_block_that_ctrl_c_keeps_from_its_user_is_left(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = make(
        """
        class Door:
            def __init__(self) -> None:
                self.log: list[str] = []

            async def __aenter__(self) -> None:
                self.log.append("entered")

            async def __aexit__(self, kind: object, *rest: object) -> None:
                self.log.append(f"left {kind}")
        """
    ).sync()
    door = sync.Door()

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(door._translation_), "to_sync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        door.__enter__()
    monkeypatch.undo()
    assert list(door.log) == ["entered", "left <class 'KeyboardInterrupt'>"]
    with door:
        pass
    assert list(door.log) == ["entered", "left <class 'KeyboardInterrupt'>", "entered", "left None"]


def test_an_object_of_the_users_own_comes_back_untouched(nodes: Made) -> None:
    class Mine:
        async def anything(self) -> None: ...

        async def __aenter__(self) -> None: ...

    mine = Mine()
    sync = nodes.sync()
    assert sync.same(mine) is mine
    node = sync.Node(1)
    node.mine = mine
    assert node.mine is mine


def test_modules_attributes_are_those_of_the_async_module(make: Make) -> None:
    made = make(
        {
            "__init__": """
                import importlib

                counter = 0

                async def count() -> None:
                    global counter
                    counter += 1

                def __getattr__(name: str):
                    if name == "lazy":
                        return importlib.import_module(".lazy", __name__)
                    if name == "Thing":
                        return importlib.import_module(".lazy", __name__).Thing
                    raise AttributeError(name)
            """,
            "lazy": """
                class Thing:
                    async def go(self) -> int:
                        return 1
            """,
        }
    )
    sync = made.sync()
    assert sync.counter == 0
    sync.count()
    assert sync.counter == 1
    assert sync.lazy is made.sync("lazy")
    assert sync.Thing().go() == 1
    with pytest.raises(AttributeError, match="nothing"):
        _ = sync.nothing


def test_modules_may_import_each_other(make: Make) -> None:
    made = make(
        {
            "a": """
                from __future__ import annotations
                from typing import TYPE_CHECKING
                from . import b as b_module
                if TYPE_CHECKING:
                    from .b import B

                class A:
                    async def b(self) -> B:
                        return b_module.B(self)
            """,
            "b": """
                from __future__ import annotations
                from . import a

                class B:
                    def __init__(self, owner: a.A) -> None:
                        self.owner = owner
                    async def again(self) -> B:
                        return await self.owner.b()
            """,
        }
    )
    a = made.sync("a").A()
    assert a.b().again().owner is a


def test_a_class_whose_nested_class_alone_is_async(make: Make) -> None:
    made = make(
        """
        class Outer:
            limit = 3
            class Inner:
                async def get(self) -> int:
                    return Outer.limit
        """
    )
    outer = made.sync().Outer
    assert outer.Inner().get() == outer.limit == 3


FOREIGN = """
    from collections import UserList


    class Rows(UserList):
        async def aclose(self) -> str:
            return "closed"

        def _private(self) -> int:
            return len(self)
"""


@pytest.mark.parametrize("interface", ["sync", "dual"])
def test_what_the_text_does_not_tell_stands_in_a_base_class(make: Make, interface: str) -> None:
    """So the class itself holds what its stub tells of and no more, which is what stubtest looks at."""
    rows_class = make(FOREIGN, interface=interface).sync().Rows
    assert not {"aclose", "append", "_private", "__len__", "__mul__"} & set(vars(rows_class))
    rows = rows_class([1])
    rows.append(2)
    assert (len(rows), list(rows * 2), rows._private(), rows.aclose()) == (2, [1, 2, 1, 2], 2, "closed")

    class Own(rows_class):  # type: ignore[misc, valid-type]
        def append(self, item: Any) -> None:
            super().append(item * 10)

        def _private(self) -> Any:
            return super()._private() + 1

    own = Own([])
    own.append(1)
    own.extend([2])
    assert (list(own), own._private()) == ([10, 2], 3)


def test_what_is_passed_on_can_be_patched(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = make(FOREIGN).sync()
    with monkeypatch.context() as patches:
        patches.setattr(sync.Rows, "append", lambda self, item: "patched")
        assert sync.Rows([]).append(1) == "patched"
    rows = sync.Rows([])
    rows.append(1)
    assert list(rows) == [1]
