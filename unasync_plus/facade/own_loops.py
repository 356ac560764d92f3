"""Plain functions that run an event loop by themselves, or call one that does: sync code calls them as they are.

Where the bridge's loop runs, no other one can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .callees import callees
from .facts import FunctionFacts, own_nodes

if TYPE_CHECKING:
    from .index import Index

_RUNNERS = ("asyncio.run", "anyio.run", "trio.run")


class OwnLoops:
    """Answers for all functions of an index."""

    def __init__(self, index: Index) -> None:
        self._index = index
        plain = [one for module in index.modules.values() for one in module.all_functions() if not one.is_async]
        calls = {id(one): [node for node in own_nodes(one.node.body) if type(node) is cst.Call] for one in plain}
        found = [one for one in plain if any(_runs(one, call) for call in calls[id(one)])]
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
        """Whether ``function`` runs a loop."""
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


def _last_name(call: cst.Call) -> str:
    func = call.func
    return func.attr.value if isinstance(func, cst.Attribute) else func.value if isinstance(func, cst.Name) else ""
