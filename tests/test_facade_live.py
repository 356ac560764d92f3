"""Bridge mode, at run time: what is put into a container of the other side is there."""

from __future__ import annotations

import copy
import gc
import heapq
import json
import pickle
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from facade_made import Made, importable, write

SOURCE = """
    from __future__ import annotations
    import asyncio
    import weakref
    from collections import ChainMap, OrderedDict, defaultdict, deque
    from typing import Any

    class Node:
        def __init__(self, name: str) -> None:
            self.name = name
            self.children: list[Node] = []
            self.groups: dict[str, list[Node]] = {}
            self.tags: list[str] = []
            self.anything = []
            self.seen: set[Node] = set()
            self.ordered: OrderedDict[str, Node] = OrderedDict()
            self.grouped: defaultdict[str, list[Node]] = defaultdict(list)
            self.last: deque[Node] = deque(maxlen=2)
            self.given: Any = None

        @property
        def kin(self) -> list[Node]:
            return self.children

        async def names(self) -> list[str]:
            await asyncio.sleep(0)
            return [await one.get() for one in self.children]

        async def get(self) -> str:
            return self.name

        async def given_names(self) -> list[str]:
            return [await one.get() for one in self.given]

        async def nodes(self) -> list[Node]:
            return self.children

        async def add_to(self, nodes: list[Node], name: str) -> None:
            nodes.append(Node(name))

        async def kinds(self) -> list[str]:
            held = [*self.children, *self.groups.values(), *self.seen, *self.ordered.values(), *self.last, *self.anything]
            held += [one for nodes in self.groups.values() for one in nodes]
            held += [one for nodes in self.grouped.values() for one in nodes]
            return sorted({type(one).__module__.rpartition(".")[2] for one in held if not isinstance(one, list)})

    async def filled(out: list[Node], by_name: dict[str, Any], *, more=None) -> None:
        out.append(Node("filled"))
        by_name["new"] = out[0]
        if more is not None:
            more += [out[0]]

    class Holder:
        alive: weakref.WeakSet[Node] = weakref.WeakSet()
        def __init__(self, nodes: list[Node]) -> None:
            self._nodes = nodes
            self.by_name: weakref.WeakValueDictionary[str, Node] = weakref.WeakValueDictionary()
        async def names(self) -> list[str]:
            return [await one.get() for one in [*self._nodes, *self.by_name.values(), *Holder.alive]]

    class Root(Node):
        registry: dict[str, Node] = {}
        async def registered(self) -> list[str]:
            return [await one.get() for one in self.registry.values()]

    KNOWN = {}

    async def known() -> list[str]:
        return [await one.get() for one in KNOWN.values()]
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    with importable(write(tmp_path, SOURCE)) as one:
        yield one


def test_what_is_put_into_an_attribute_s_container_is_there(made: Made) -> None:
    sync = made.sync()
    node, other, third = sync.Node("a"), sync.Node("b"), sync.Node("c")
    node.children.append(other)
    node.children += [third]
    node.children[0:0] = (one for one in (node,))
    assert node.children == [node, other, third] and node.names() == ["a", "b", "c"]
    node.children.remove(node)
    del node.children[-1]
    node.groups.setdefault("x", []).append(other)
    node.groups["y"] = [third]
    node.seen |= {other}
    node.seen.add(third)
    node.ordered["o"] = other
    node.grouped["g"].append(other)
    node.last.extend([node, other, third])
    node.anything.append(other)
    assert node.names() == ["b"] and node.groups == {"x": [other], "y": [third]} and node.grouped == {"g": [other]}
    assert node.seen == {other, third} and node.ordered == {"o": other} and list(node.last) == [other, third]
    assert node.kinds() == ["aio"], "the async side has its own objects only"
    assert node.kin is node.children is node.nodes()
    node.kin.clear()
    assert node.names() == [] and node.children == []


def test_containers_of_classes_and_modules_too(made: Made) -> None:
    sync = made.sync()
    root = sync.Root("r")
    sync.Root.registry["r"] = root
    assert root.registered() == ["r"] and root.registry["r"] is root
    sync.KNOWN["r"] = root
    assert sync.known() == ["r"] and {"r": root} == sync.KNOWN


def test_what_holds_nothing_of_the_package_is_the_very_same(made: Made) -> None:
    node = made.sync().Node("a")
    assert node.tags is node._async_.tags
    node.tags.append("x")
    assert node._async_.tags == ["x"]
    mine = ["x"]
    node.given = mine
    assert node.given is mine is node._async_.given


def test_what_a_caller_hands_in_stays_the_caller_s(made: Made) -> None:
    sync = made.sync()
    node, other = sync.Node("a"), sync.Node("b")
    mine = [other]
    node.given = mine
    assert node.given is mine and node.given_names() == ["b"]
    mine.append(node)
    assert node.given_names() == ["b", "a"]
    node.add_to(mine, "c")
    assert [one.name for one in mine] == ["b", "a", "c"] and type(mine[2]) is sync.Node


def test_what_is_empty_yet_is_filled_with_the_sync_side_s_objects(made: Made) -> None:
    sync = made.sync()
    out: list[Any] = []
    names: dict[str, Any] = {}
    more: list[Any] = []
    sync.filled(out, names, more=more)
    assert type(out[0]) is sync.Node and names == {"new": out[0]} and more == out
    kept: list[Any] = []
    holder = sync.Holder(kept)
    kept.append(out[0])
    assert holder.names() == ["filled"]


def test_what_is_held_weakly_is_found(made: Made) -> None:
    sync = made.sync()
    holder, node, other = sync.Holder([]), sync.Node("a"), sync.Node("b")
    holder.by_name["a"] = node
    sync.Holder.alive.add(other)
    assert holder.names() == ["a", "b"] and holder.by_name["a"] is node and other in sync.Holder.alive
    assert list(sync.Holder.alive) == [other] and sync.Holder.alive == {other}
    del node, other
    gc.collect()
    assert holder.names() == [] and len(holder.by_name) == len(sync.Holder.alive) == 0


def test_they_are_lists_and_dictionaries(made: Made) -> None:
    sync = made.sync()
    node, other = sync.Node("a"), sync.Node("b")
    node.children.extend([other, node])
    children = node.children
    assert isinstance(children, list) and repr(children) == repr([other, node])
    mine = [node]
    assert children + mine == [other, node, node] and mine + children == [node, other, node]
    assert children[::-1] == [node, other] and (other in children) and children.index(node) == 1
    assert sorted(children, key=lambda one: one.name)[0] is node
    children.sort(key=lambda one: str(one.name))
    assert node.names() == ["a", "b"]
    assert [*children] == list(reversed(children))[::-1] and (children, children * 2)[1][2] is node
    copied = copy.copy(children)
    assert type(copied) is list and copied == children and copied is not children
    assert [one.name for one in pickle.loads(pickle.dumps(children))] == ["a", "b"]
    assert json.dumps(node.groups) == "{}" and {**node.ordered} == {}
    node.groups["x"] = children
    assert [(name, nodes == children) for name, nodes in node.groups.items()] == [("x", True)]
    assert list(node.groups.values()) == [children] and node.groups.keys() & {"x"} == {"x"}
    assert dict(node.groups) == {"x": children} and node.groups.get("nope", 3) == 3
    first, second = children
    assert (first, second) == (node, other) and hash(type(children)) and not hasattr(children, "no")
    kinds = (node.children, node.groups, node.seen, node.ordered, node.grouped, node.last)
    for value, kind in zip(kinds, (list, dict, set, OrderedDict, defaultdict, deque), strict=True):
        assert isinstance(value, kind)


def test_code_that_reads_lists_past_their_methods_finds_what_there_was(made: Made) -> None:
    sync = made.sync()
    node = sync.Node("a")
    node.children.extend([sync.Node("c"), sync.Node("b")])
    assert [one.name for one in heapq.nsmallest(2, node.children, key=lambda one: one.name)] == ["b", "c"]
    assert [one.name for one in list.__getitem__(node.children, slice(None))] == ["c", "b"]


def test_a_namespace(made: Made) -> None:
    sync = made.sync()
    node = sync.Node("a")
    node._async_.given = SimpleNamespace(first=node._async_, copy=1)
    space = node.given
    assert space is node.given and isinstance(space, SimpleNamespace)
    assert space.first is node and space.copy == 1 and vars(space) == {"first": node, "copy": 1}
    space.second, space.copy = sync.Node("b"), 2
    del space.first
    there = node._async_.given
    assert type(there.second) is made.aio().Node and not hasattr(there, "first") and there.copy == 2
    assert space == SimpleNamespace(second=space.second, copy=2) != SimpleNamespace() and bool(space)
    with pytest.raises(AttributeError):
        space.first  # noqa: B018
    with pytest.raises(TypeError):
        vars(space)["second"] = node
    assert type(copy.copy(space)) is SimpleNamespace and copy.copy(space).second is space.second
    assert repr(space) == repr(SimpleNamespace(copy=2, second=space.second)) and "second" in dir(space)
    mine = SimpleNamespace(first=node)
    node.given = mine
    node._async_.given.second = node._async_
    assert mine.second is node and node.given is mine


READS: dict[str, Any] = {
    "len": lambda node: len(node.children),
    "bool": lambda node: bool(node.children and node.ordered),
    "first": lambda node: node.children[0].name,
    "last": lambda node: node.children[-1].name,
    "some": lambda node: [one.name for one in node.children[3:6]],
    "loop": lambda node: next(one.name for one in node.children),
    "deque": lambda node: node.last[0].name,
    "dict": lambda node: node.ordered["7"].name,
    "get": lambda node: node.ordered.get("7").name,
    "keys": lambda node: "7" in node.ordered and next(iter(node.ordered)),
    "values": lambda node: next(one.name for one in node.ordered.values()),
    "items": lambda node: next(one.name for _, one in node.ordered.items()),
    "changed": lambda node: (node.children.insert(0, node.children.pop(5)), node.ordered.pop("8").name)[1],
    "nested": lambda node: node.groups["x"][5].name,
    "given": lambda node: node.nodes()[1].name,
}


@pytest.mark.parametrize("what", list(READS))
def test_what_is_not_read_is_not_translated(made: Made, what: str) -> None:
    sync, kind = made.sync(), made.aio().Node
    node, there = sync.Node("a"), [kind(str(number)) for number in range(1000)]
    node._async_.children += there
    node._async_.ordered.update((one.name, one) for one in there)
    node._async_.last.extend(there)
    node._async_.groups.update({"x": there, "y": there})
    translated: list[object] = []
    package = sync._bridge._package
    assert package.translation.to_sync(there[0]).name == "0"
    wrapped = package.sync_kinds[kind]

    def noted(translation: Any, value: Any) -> Any:
        translated.append(value)
        return wrapped(translation, value)

    package.sync_kinds[kind] = noted
    assert READS[what](node)
    assert 0 < len(translated) < 15


def test_a_list_that_is_held_keeps_what_was_read(made: Made) -> None:
    node = made.sync().Node("a")
    node._async_.children += [made.aio().Node(str(number)) for number in range(3)]
    held = node.children
    first = [id(one) for one in held]
    gc.collect()
    assert [id(one) for one in held] == first == [id(one) for one in node.children]
    assert [one._async_ for one in held] == node._async_.children


def test_they_may_be_read_while_the_other_side_changes_them(made: Made) -> None:
    sync = made.sync()
    node = sync.Node("a")
    todo = node.children
    todo.append(sync.Node("0"))
    for one in todo:  # as of any list: what is added behind is found
        if len(todo) < 5:
            todo.append(sync.Node(one.name + "0"))
    assert node.names() == ["0", "00", "000", "0000", "00000"]
    for one in node.seen:
        node.seen.add(one)
    stop = threading.Event()
    there = node._async_

    def change() -> None:
        while not stop.is_set():
            there.seen.add(there)
            there.groups["x"] = [there]
            there.seen.clear()
            there.groups.clear()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(2000):
            assert all(one is node for one in node.seen)
            for nodes in node.groups.values():
                assert nodes == [node], (type(nodes), nodes, nodes._there_, list.__len__(nodes))
    finally:
        stop.set()
        thread.join()
