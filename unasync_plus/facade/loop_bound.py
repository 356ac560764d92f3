"""Objects that belong to an event loop, in `mode = "auto"`: the loop itself, futures, tasks, locks, queues, streams.

Direct code has counterparts of them, which belong to threads; bridged code has those of asyncio. Neither can do anything
with the other's, so what makes one and hands it to bridged code, or takes one from there, has to be bridged, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.tree import all_parameters, walk

from .facts import ClassFacts, FunctionFacts
from .index import Index
from .mentions import type_names

_MADE = frozenset(
    "AbstractEventLoop Barrier BoundedSemaphore Condition Event EventLoop Future Lock LifoQueue PriorityQueue Queue Runner "
    "Semaphore Server StreamReader StreamWriter Task TaskGroup Timeout all_tasks create_task current_task ensure_future "
    "gather get_event_loop get_running_loop new_event_loop shield timeout timeout_at wrap_future".split()
)
_AWAITED = frozenset(
    "create_subprocess_exec create_subprocess_shell open_connection open_unix_connection start_server "
    "start_unix_server".split()
)
_OF_ANYIO = frozenset(
    "CapacityLimiter Condition Event Lock Semaphore create_memory_object_stream create_task_group open_process".split()
)
_METHODS = frozenset(("create_future", "create_task"))
_FILLING = frozenset("add append appendleft extend insert put put_nowait setdefault update".split())
"""Methods that put what they are given into what they are called on."""
_OF_VALUES = _FILLING.union(*(dir(kind) for kind in (bytes, dict, list, set, str, tuple))) - {"__init__"}
"""Methods that say nothing of whose they are."""


class Callee:
    """A function that a call may mean, and which of its parameters come first."""

    def __init__(self, function: FunctionFacts, is_bound: bool) -> None:
        self.function = function
        params = list(all_parameters(function.node.params))
        self.params = [param.name.value for param in params[1 if is_bound else 0 :]]


class LoopBound:
    """Follows them through the variables, parameters, attributes and results of a package."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._functions = [one for module in index.modules.values() for one in module.all_functions()]
        self._nodes = {
            id(one): [node for node in walk(one.node.body) if type(node) in _SAYING] for one in self._functions
        }
        self._methods: dict[str, list[FunctionFacts]] = {}
        for function in self._functions:
            if function.owner is not None:
                self._methods.setdefault(function.name, []).append(function)
        self._params = {(one.qualified, name) for one in self._functions for name in self._declared(one)}
        self._results: set[str] = set()
        self._attributes: dict[str, set[str]] = {}
        before = -1
        while before != (before := self._count()):
            for function in self._functions:
                self._local(function)

    def crossings(self, bridged: set[str]) -> Iterator[tuple[str, str]]:
        """Which definition, that is not in ``bridged``, deals in them with which one that is; by the names of those of modules."""
        for function in self._functions:
            own = top(function)
            if own not in bridged:
                found = next((name for name in self._dealings(function) if name in bridged), None)
                if found is not None:
                    yield own, found

    def _count(self) -> int:
        return len(self._params) + len(self._results) + sum(map(len, self._attributes.values()))

    def _declared(self, function: FunctionFacts) -> Iterator[str]:
        """The parameters whose annotations say that they take one."""
        for param in all_parameters(function.node.params):
            if param.annotation is not None:
                named = type_names(function.module, param.annotation.annotation, function.owner)
                if any(map(is_maker, named)):
                    yield param.name.value

    def _local(self, function: FunctionFacts) -> set[str]:
        """The variables of a function that hold one; what it tells of parameters, attributes and results is noted."""
        held = {name for owner, name in self._params if owner == function.qualified}
        for node in self._nodes[id(function)]:
            if isinstance(node, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
                targets = [each.target for each in node.targets] if isinstance(node, cst.Assign) else [node.target]
                if node.value is not None and self._is_one(function, node.value, held):
                    for target in targets:
                        self._holds(function, target, held)
            elif isinstance(node, (cst.For, cst.CompFor)) and self._is_one(function, node.iter, held):
                self._holds(function, node.target, held)
            elif isinstance(node, cst.WithItem) and node.asname is not None and self._is_one(function, node.item, held):
                self._holds(function, node.asname.name, held)
            elif isinstance(node, cst.Return) and node.value is not None and self._is_one(function, node.value, held):
                self._results.add(function.qualified)
            elif isinstance(node, cst.Call):
                self._given(function, node, held)
        return held

    def _holds(self, function: FunctionFacts, target: cst.BaseExpression, held: set[str]) -> None:
        if isinstance(target, cst.Name):
            held.add(target.value)
        elif isinstance(target, cst.Attribute) and function.owner is not None:
            self._attributes.setdefault(target.attr.value, set()).add(function.owner.qualified)
        elif isinstance(target, cst.Subscript):
            self._holds(function, target.value, held)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._holds(function, element.value, held)

    def _given(self, function: FunctionFacts, call: cst.Call, held: set[str]) -> None:
        """Note what a call hands on."""
        for callee, name in self._handed(function, call, held):
            self._params.add((callee.qualified, name))
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in _FILLING:
            if any(self._is_one(function, arg.value, held) for arg in call.args):
                self._holds(function, call.func.value, held)

    def _handed(self, function: FunctionFacts, call: cst.Call, held: set[str]) -> Iterator[tuple[FunctionFacts, str]]:
        """The parameters of functions of the package that a call gives one to."""
        given = [(number, arg) for number, arg in enumerate(call.args) if self._is_one(function, arg.value, held)]
        for callee in self._callees(function, call.func) if given else ():
            for number, arg in given:
                if arg.keyword is not None:
                    yield callee.function, arg.keyword.value
                else:
                    names = callee.params[number:] if arg.star else callee.params[number : number + 1]
                    yield from ((callee.function, name) for name in names)

    def _callees(self, function: FunctionFacts, func: cst.BaseExpression) -> list[Callee]:
        index = self._index
        qualified = function.module.resolve(func, function.owner)
        one = index.class_named(qualified)
        if one is not None:
            return [Callee(made, True) for each in index.lineage(one) for made in each.functions.get("__init__", ())]
        found = index.functions_named(qualified)
        if found or not isinstance(func, cst.Attribute):
            return [Callee(each, False) for each in found]
        name = func.attr.value
        if name in _OF_VALUES:
            return []
        if function.owner is not None and (name == "__init__" or _is_self(func.value)):
            above = index.ancestors(function.owner) if name == "__init__" else index.lineage(function.owner)
            methods = [each for one in above for each in one.functions.get(name, ())]
            if methods or name == "__init__":
                return [Callee(each, not each.has("staticmethod")) for each in methods]
        return [Callee(each, not each.has("staticmethod")) for each in self._methods.get(name, ())]

    def _is_one(self, function: FunctionFacts, node: cst.BaseExpression, held: set[str]) -> bool:
        """Whether an expression gives one, or holds some."""
        if isinstance(node, cst.Name):
            return node.value in held
        if isinstance(node, cst.Attribute):
            return node.attr.value in self._attributes
        if isinstance(node, cst.Await):
            call = node.expression
            return isinstance(call, cst.Call) and self._is_made(function, call, held, is_awaited=True)
        if isinstance(node, cst.Call):
            return self._is_made(function, node, held)
        if isinstance(node, (cst.Tuple, cst.List, cst.Set, cst.Dict)):
            return any(self._is_one(function, element.value, held) for element in node.elements)
        if isinstance(node, cst.IfExp):
            return self._is_one(function, node.body, held) or self._is_one(function, node.orelse, held)
        if isinstance(node, cst.BooleanOperation):
            return self._is_one(function, node.left, held) or self._is_one(function, node.right, held)
        if isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp)):
            return self._is_one(function, node.elt, held)
        return isinstance(node, (cst.NamedExpr, cst.Subscript)) and self._is_one(function, node.value, held)

    def _is_made(self, function: FunctionFacts, call: cst.Call, held: set[str], is_awaited: bool = False) -> bool:
        qualified = function.module.resolve(call.func, function.owner) or ""
        if any(callee.function.qualified in self._results for callee in self._callees(function, call.func)):
            return True
        if is_awaited:
            return qualified.startswith("asyncio.") and qualified.rpartition(".")[2] in _AWAITED
        if is_maker(qualified):
            return True
        if qualified == "functools.partial":
            return any(self._is_one(function, arg.value, held) for arg in call.args)
        return isinstance(call.func, cst.Attribute) and call.func.attr.value in _METHODS

    def _dealings(self, function: FunctionFacts) -> Iterator[str]:
        """The definitions that a function gives one, or takes one from."""
        held = self._local(function)
        for node in self._nodes[id(function)]:
            if isinstance(node, cst.Call):
                yield from (top(callee) for callee, _ in self._handed(function, node, held))
                found = [callee.function for callee in self._callees(function, node.func)]
                yield from (top(one) for one in found if one.qualified in self._results)
            elif isinstance(node, cst.Attribute):
                owners = self._attributes.get(node.attr.value, set())
                if not self._is_own(function, node, owners):
                    yield from (_top_of(self._index.classes[name]) for name in owners)

    def _is_own(self, function: FunctionFacts, node: cst.Attribute, owners: set[str]) -> bool:
        """``self.lock`` where the class has a lock of its own."""
        if function.owner is None or not _is_self(node.value):
            return False
        return any(one.qualified in owners for one in self._index.lineage(function.owner))


_SAYING = frozenset(
    (cst.AnnAssign, cst.Assign, cst.Attribute, cst.Call, cst.CompFor, cst.For, cst.NamedExpr, cst.Return, cst.WithItem)
)


def _is_self(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value in ("self", "cls")


def is_maker(qualified: str | None) -> bool:
    """Whether calling what is named so gives an object of an event loop."""
    library, _, name = (qualified or "").partition(".")
    if library == "asyncio":
        return name.rpartition(".")[2] in _MADE
    return library == "anyio" and name in _OF_ANYIO


def top(function: FunctionFacts) -> str:
    """The qualified name of the module's definition that a function is, or stands in."""
    return _shortened(function.module.module, function.qualified)


def _top_of(one: ClassFacts) -> str:
    return _shortened(one.module.module, one.qualified)


def _shortened(module: str, qualified: str) -> str:
    return f"{module}.{qualified[len(module) + 1 :].partition('.')[0]}"
