"""Plain functions that run an event loop by themselves, wait for other threads, or call one that does: sync code calls them
as they are.

Where the bridge's loop runs, no other one can, and what waits there stops it: also what would have it end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, own_nodes

from .callees import callees
from .facts import FunctionFacts

if TYPE_CHECKING:
    from .index import Index

_RUNNERS = ("asyncio.run", "anyio.run", "trio.run")


class OwnLoops:
    """Answers for all functions of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        plain = [one for module in index.modules.values() for one in module.all_functions() if not one.is_async]
        calls = {id(one): [node for node in own_nodes(one.node.body) if type(node) is cst.Call] for one in plain}
        waiting = _of_threads(index)
        found = [one for one in plain if any(_runs(one, call) or _waits(one, call, waiting) for call in calls[id(one)])]
        self._found = {id(one) for one in found}
        while found:
            names = {one.name for one in found}
            found = [
                one
                for one in plain
                if id(one) not in self._found
                and any(_last_name(call) in names and self._means_one(one, call) for call in calls[id(one)])
            ]
            self._found.update(map(id, found))

    def of(self, function: FunctionFacts) -> bool:
        """Whether ``function`` runs a loop, or waits for another thread."""
        return id(function) in self._found

    def _means_one(self, function: FunctionFacts, call: cst.Call) -> bool:
        """Whether all plain functions that a call may mean do, or override one that does."""
        meant = [one for one in callees(function, call.func, self._index) if not one.is_async]
        return bool(meant) and all(self.of(one) or self._overrides_one(one) for one in meant)

    def _overrides_one(self, function: FunctionFacts) -> bool:
        above = self._index.ancestors(function.owner) if function.owner is not None else ()
        return any(self.of(one) for each in above for one in each.functions.get(function.name, ()))


def _runs(function: FunctionFacts, call: cst.Call) -> bool:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "run_until_complete":
        return True
    return function.module.resolve(call.func, function.owner) in _RUNNERS


_METHODS_OF_THREADS = {
    "threading.Barrier": ("wait",),
    "threading.BoundedSemaphore": ("acquire",),
    "threading.Condition": ("wait", "wait_for"),
    "threading.Event": ("wait",),
    "threading.Semaphore": ("acquire",),
    "threading.Thread": ("join",),
    **dict.fromkeys(("queue.LifoQueue", "queue.PriorityQueue", "queue.Queue"), ("get", "join", "put")),
    "queue.SimpleQueue": ("get",),
}
_WAITED_FOR = "asyncio.run_coroutine_threadsafe"


def _of_threads(index: Index) -> dict[str, tuple[str, ...]]:
    """The attributes and variables of modules that only ever hold what threads wait by, and the methods that wait."""
    found: dict[str, tuple[str, ...]] = {}
    others: set[str] = set()
    for module in index.modules.values():
        given = list(module.values.items())
        for one in module.all_classes():
            given += [(name, attribute.value) for name, attribute in one.attributes.items()]
        for name, value in given:
            made = module.resolve(value.func) if isinstance(value, cst.Call) else None
            methods = _METHODS_OF_THREADS.get(made or "", ())
            if methods:
                found[name] = methods
            elif made is not None and made.rpartition(".")[2] in _NAMES:
                others.add(name)
    return {name: methods for name, methods in found.items() if name not in others}


_NAMES = frozenset(name.rpartition(".")[2] for name in _METHODS_OF_THREADS)


def _waits(function: FunctionFacts, call: cst.Call, waiting: dict[str, tuple[str, ...]]) -> bool:
    """Whether a call waits for another thread."""
    func = call.func
    if not isinstance(func, cst.Attribute):
        return False
    if func.attr.value == "result":
        made = func.value.func if isinstance(func.value, cst.Call) else None
        return made is not None and function.module.resolve(made, function.owner) == _WAITED_FOR
    name = (dotted(func.value) or "").rpartition(".")[2]
    if func.attr.value not in waiting.get(name, ()):
        return False
    return not any(arg.keyword is not None and arg.keyword.value == "block" for arg in call.args)


def _last_name(call: cst.Call) -> str:
    func = call.func
    return func.attr.value if isinstance(func, cst.Attribute) else func.value if isinstance(func, cst.Name) else ""
