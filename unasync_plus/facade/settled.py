"""Plain functions whose futures a later call of the same caller settles: to wait for one at once would be to wait for ever.

The answers to requests that go out together, when `flush` is called, are such. Who settles a future (``set_result``) stands in
the source, and so does what runs by itself: tasks, callbacks, methods of protocols. Where none of that settles it, and the
function itself does not either, its caller has to: then what the function gives is to hold.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.resolve.closures import closure
from unasync_plus.tree import children, own_nodes, walk

from .callees import callees
from .facts import FunctionFacts
from .known import PROMISES, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .index import Index

_DEPTH = 3  # calls through which a future comes
_SETTLING = frozenset(("set_result", "set_exception"))
_BY_A_LOOP = frozenset(
    "data_received buffer_updated datagram_received connection_made connection_lost eof_received error_received "
    "pause_writing resume_writing pipe_data_received pipe_connection_lost process_exited".split()
)
_INERT = frozenset("ABC Generic Protocol".split())


class Settled:
    """Answers for all functions of an index; what it needs to know it finds out when it is asked the first time."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[int, bool] = {}

    def later(self, function: FunctionFacts) -> bool:
        """Whether ``function`` gives a future that nothing but a later call settles."""
        key = id(function.node)
        if key not in self._known:
            self._known[key] = self._is_later(function)
        return self._known[key]

    def gives_future(self, function: FunctionFacts) -> bool:
        """Whether all that an async function gives are futures, which are to hold, whatever its annotation calls them."""
        return function.is_async and not function.is_generator and any(self._makers(function, 0))

    def _is_later(self, function: FunctionFacts) -> bool:
        if function.is_async or function.is_generator:
            return False
        makers = list(self._makers(function, 0))
        return bool(makers) and all(self._is_settled_later(maker, function) for maker in makers)

    def _makers(self, function: FunctionFacts, depth: int) -> Iterator[FunctionFacts]:
        """The functions in which the futures are made that ``function`` returns; none if it may return something else."""
        made: dict[str, FunctionFacts] = {}
        found: list[FunctionFacts] = []
        for node in own_nodes(function.node.body):
            if isinstance(node, (cst.Assign, cst.AnnAssign)) and isinstance(node.value, cst.Call):
                targets = [node.target] if isinstance(node, cst.AnnAssign) else [one.target for one in node.targets]
                for maker in self._made_by(function, node.value, depth):
                    made.update({target.value: maker for target in targets if isinstance(target, cst.Name)})
            elif isinstance(node, cst.Return) and node.value is not None:
                value = node.value
                if isinstance(value, cst.Name) and value.value in made:
                    found.append(made[value.value])
                elif isinstance(value, cst.Call) and (makers := list(self._made_by(function, value, depth))):
                    found += makers
                elif not (isinstance(value, cst.Name) and value.value == "None"):
                    return
        yield from found

    def _made_by(self, function: FunctionFacts, call: cst.Call, depth: int) -> Iterator[FunctionFacts]:
        """Where the future is made that a call gives."""
        is_method = isinstance(call.func, cst.Attribute) and call.func.attr.value == "create_future"
        if is_method or function.module.resolve(call.func, function.owner) in PROMISES:
            yield function
        elif depth < _DEPTH:
            for callee in callees(function, call.func, self._index, by_name=False):
                if not callee.is_async:
                    yield from self._makers(callee, depth + 1)

    def _is_settled_later(self, maker: FunctionFacts, asked: FunctionFacts) -> bool:
        settling = [one for one in self._settling if one.module is maker.module] or self._settling
        handing_on = [one for one in self._handing_on if one.module is maker.module]
        if not settling or any(one is maker or "create_future" not in self._calls[id(one)] for one in handing_on):
            return False  # one that makes a future hands that on, and no other
        by_itself = self._by_itself | closure((maker.name, asked.name), self._called_by_name)
        return not any(one.name in by_itself for one in settling)

    @cached_property
    def _functions(self) -> list[FunctionFacts]:
        return [one for module in self._index.modules.values() for one in module.all_functions()]

    @cached_property
    def _settling(self) -> list[FunctionFacts]:
        """The functions that settle futures."""
        return [one for one in self._functions if not _SETTLING.isdisjoint(self._calls[id(one)])]

    @cached_property
    def _handing_on(self) -> list[FunctionFacts]:
        """Those that have something else settle one: ``call_later(1, future.set_result, None)``."""
        return [one for one in self._functions if not _SETTLING.isdisjoint(_mentioned(one))]

    @cached_property
    def _calls(self) -> dict[int, set[str]]:
        """The last names of what each function calls, those in functions inside of it included."""
        return {
            id(one): {_last(node.func) for node in walk(one.node.body) if isinstance(node, cst.Call)}
            for one in self._functions
        }

    @cached_property
    def _by_itself(self) -> set[str]:
        """The names of functions that run without a call of the user's: what is started, handed on, or a library calls."""
        names = set(_BY_A_LOOP)
        for one in self._functions:
            names |= _mentioned(one) | _started(one)
            if one.owner is not None and any(self._is_foreign(base) for base in one.owner.bases):
                names.add(one.name)
        return closure(names, self._called_by_name)

    def _is_foreign(self, base: str) -> bool:
        return self._index.class_named(base) is None and short(base) not in _INERT and base != "builtins.object"

    @cached_property
    def _called_by_name(self) -> dict[str, set[str]]:
        """Name of functions → the last names of what those call."""
        found: dict[str, set[str]] = {}
        for one in self._functions:
            found.setdefault(one.name, set()).update(self._calls[id(one)])
        return found


def _mentioned(function: FunctionFacts) -> set[str]:
    """The names of what a function hands on or keeps without calling it."""
    found: set[str] = set()
    stack: list[cst.CSTNode] = [function.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Call):
            stack += [*node.args, *([node.func.value] if isinstance(node.func, cst.Attribute) else [])]
        elif isinstance(node, cst.Attribute):
            found.add(node.attr.value)
            stack.append(node.value)
        elif isinstance(node, cst.Name):
            found.add(node.value)
        else:
            stack.extend(children(node))
    return found


def _started(function: FunctionFacts) -> set[str]:
    """The names of coroutine functions called for something else than to await them there: for a task, for `gather`."""
    calls = [node for node in walk(function.node.body) if isinstance(node, cst.Call)]
    return {_last(arg.value.func) for call in calls for arg in call.args if isinstance(arg.value, cst.Call)}


def _last(node: cst.CSTNode) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value if isinstance(node, cst.Name) else ""
