"""What Synchronicity 2 promises: one loop that stays, `.aio`, translated types, objects that keep their identity.

Its own list of what fails is here too: bounds of type variables, callbacks with objects, attributes, quoted names in
methods, and time limits of async callers that end too early.
"""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from facade_made import importable, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from contextlib import asynccontextmanager
    from typing import Optional, ParamSpec, TypeVar, Union

    T = TypeVar("T", bound="Node")
    P = ParamSpec("P")
    loops: set[int] = set()


    def here() -> None:
        loops.add(id(asyncio.get_running_loop()))


    class Node:
        kind = "node"

        def __init__(self, n: int, parent: "Optional[Node]" = None) -> None:
            self.n = n
            self.parent = parent
            self.children: list[Node] = []

        async def child(self: "Node", n: int) -> "Node":
            here()
            await asyncio.sleep(0)
            self.children.append(Node(n, self))
            return self.children[-1]

        async def is_child_of(self, other: "Node") -> bool:
            here()
            return self.parent is other

        @property
        def eldest(self) -> "Node | None":
            return self.children[0] if self.children else None

        @eldest.setter
        def eldest(self, node: "Node") -> None:
            self.children.insert(0, node)

        @classmethod
        async def made(cls, n: int) -> "Node":
            here()
            return cls(n)


    class Leaf(Node):
        pass


    class Tree:
        def __init__(self) -> None:
            self.root = Node(0)
            self.by_name: dict[str, Node] = {"root": self.root}
            self.connection: asyncio.Queue[Node] | None = None

        async def connect(self) -> None:
            here()
            self.connection = asyncio.Queue()
            self.task = asyncio.create_task(self._fill())

        async def _fill(self) -> None:
            for n in range(1000):
                await self.connection.put(Node(n))

        async def receive(self) -> Node:
            here()
            return await self.connection.get()

        async def walk(self, up_to: int) -> AsyncIterator[Node]:
            here()
            for n in range(up_to):
                await asyncio.sleep(0)
                yield Node(n)

        async def talk(self) -> AsyncGenerator[list[Node], Node]:
            here()
            seen: list[Node] = []
            while len(seen) < 3:
                seen.append((yield seen))

        @asynccontextmanager
        async def locked(self, node: Node) -> AsyncIterator[Node]:
            here()
            yield node


    async def same(node: Node) -> Node:
        here()
        return node

    async def listed(items: tuple[T, ...]) -> list[T]:
        return list(items)

    async def first(items: "list[T]") -> "Optional[T]":
        return items[0] if items else None

    async def grouped(items: dict[str, list[Node]], also: Union[Node, int, None] = None) -> dict[str, tuple[Node, ...]]:
        return {name: (*nodes, also) if isinstance(also, Node) else tuple(nodes) for name, nodes in items.items()}

    async def mapped(f: Callable[[Node], Node], node: Node) -> Node:
        return f(node)

    async def measured(f: Callable[[Node], int], nodes: list[Node]) -> list[int]:
        return [f(node) for node in nodes]

    def repeated(f: Callable[P, T]) -> Callable[P, list[T]]:
        def call(*args: P.args, **kwargs: P.kwargs) -> list[T]:
            return [f(*args, **kwargs), f(*args, **kwargs)]
        return call

    async def leaf(n: int) -> Node:
        return Leaf(n)

    async def wait(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds
"""


@pytest.fixture(params=["caller", "thread"])
def dual(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    with importable(write(tmp_path, SOURCE, interface="dual", drive=request.param)) as made:
        yield made.sync()


def test_all_runs_on_one_loop_that_stays(dual: Any) -> None:
    tree = dual.Tree()
    tree.connect()

    def use() -> None:
        node = dual.same(dual.Node(1))
        node.child(2)
        dual.Node.made(3)
        tree.receive()
        assert [found.n for found in tree.walk(2)] == [0, 1]
        with tree.locked(node) as inside:
            assert inside is node

    async def use_aio() -> None:
        node = await dual.same.aio(dual.Node(1))
        await node.child.aio(2)
        await dual.Node.made.aio(3)
        await tree.receive.aio()
        assert [found.n async for found in tree.walk.aio(2)] == [0, 1]
        async with tree.locked.aio(node) as inside:
            assert inside is node

    use()
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(use), pool.submit(use), *(pool.submit(asyncio.run, use_aio()) for _ in range(3))]:
            done.result(60)
    asyncio.run(use_aio())
    assert len(dual.loops) == 1
    assert sorted(tree.receive().n for _ in range(5)) == [7, 8, 9, 10, 11], "the connection has lived through all of it"


def test_types_are_translated_at_every_depth(dual: Any) -> None:
    one, two = dual.Node(1), dual.Node(2)
    assert dual.listed((one, two)) == [one, two]
    assert dual.first([two, one]) is two
    assert dual.first([]) is None
    found = dual.grouped({"a": [one], "b": [two, one]}, also=two)
    assert found == {"a": (one, two), "b": (two, one, two)}
    assert all(type(node) is dual.Node for nodes in found.values() for node in nodes)
    assert dual.grouped({"a": [one]}, 5) == {"a": (one,)}
    assert type(dual.leaf(1)) is dual.Leaf
    assert isinstance(dual.leaf(1), dual.Node)

    async def main() -> None:
        assert await dual.listed.aio((one, two)) == [one, two]
        assert (await dual.grouped.aio({"a": [one]}, also=two))["a"] == (one, two)
        assert await dual.first.aio([two]) is two

    asyncio.run(main())


def test_callbacks_are_given_and_give_objects_of_the_sync_side(dual: Any) -> None:
    node = dual.Node(4)
    seen: list[Any] = []

    def callback(given: Any) -> Any:
        seen.append(given)
        return dual.Node(given.n + 1)

    found = dual.mapped(callback, node)
    assert (type(found), found.n) == (dual.Node, 5)
    assert dual.mapped(lambda given: given, node) is node
    assert dual.measured(lambda given: given.n * 2, [node, found]) == [8, 10]
    assert seen == [node]
    twice = dual.repeated(callback)
    assert [(type(one), one.n) for one in twice(node)] == [(dual.Node, 5)] * 2
    assert twice(given=node)[0].n == 5

    async def main() -> None:
        assert (await dual.mapped.aio(callback, node)).n == 5
        assert await dual.mapped.aio(lambda given: given, node) is node

    asyncio.run(main())


def test_attributes_properties_and_quoted_names(dual: Any) -> None:
    tree, node = dual.Tree(), dual.Node(1)
    assert type(tree.root) is dual.Node
    assert tree.root is tree.root
    assert tree.by_name["root"] is tree.root
    child = node.child(2)
    assert (child.parent is node, child.is_child_of(node), node.is_child_of(child)) == (True, True, False)
    assert node.children == [child]
    assert node.eldest is child
    other = dual.Node(9)
    node.eldest = other
    assert (node.eldest is other, node.children) == (True, [other, child])
    tree.root = other
    assert dual.same(tree.root) is other
    assert dual.Node.kind == node.kind == "node"


def test_identity_holds_as_long_as_anybody_looks(dual: Any) -> None:
    tree = dual.Tree()
    root = tree.root
    root.mark = "mine"
    assert dual.same(root) is root
    assert tree.by_name["root"].mark == "mine"

    async def main() -> Any:
        return await dual.same.aio(root)

    assert asyncio.run(main()) is root
    with ThreadPoolExecutor(8) as pool:
        assert all(found is root for found in pool.map(lambda _: dual.same(tree.root), range(200)))
    for number in range(200):  # an address that is free again belongs to nobody
        assert dual.same(dual.Node(number)).n == number
    gc.collect()
    assert tree.root is root


def test_generators_in_both_directions(dual: Any) -> None:
    tree, nodes = dual.Tree(), [dual.Node(n) for n in range(3)]
    talk = tree.talk()
    assert next(talk) == []
    assert talk.send(nodes[0]) == [nodes[0]]
    assert talk.send(nodes[1]) == nodes[:2]
    with pytest.raises(StopIteration):
        talk.send(nodes[2])

    async def main() -> None:
        talk = tree.talk.aio()
        assert await talk.__anext__() == []
        assert await talk.asend(nodes[0]) == [nodes[0]]
        await talk.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("callers", [1, 8])
def test_no_false_timeouts_of_async_callers(dual: Any, callers: int) -> None:
    """Each waits far shorter than its limit, in loops of several threads at once."""

    async def main() -> list[float]:
        brief = [asyncio.wait_for(dual.wait.aio(0.02), 60) for _ in range(10)]
        limited = [dual.wait.with_options(timeout=60).aio(0.02) for _ in range(10)]
        return list(await asyncio.gather(*brief, *limited))

    found: list[list[float]] = []
    threads = [threading.Thread(target=lambda: found.append(asyncio.run(main()))) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == [[0.02] * 20] * callers
