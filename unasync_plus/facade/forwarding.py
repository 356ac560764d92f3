"""What becomes of ``**options``: handed on to functions of the project, whose parameters say what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .callbacks import PROTOCOL
from .callees import callees
from .facts import FunctionFacts, own_nodes

if TYPE_CHECKING:
    from .callbacks import Callbacks
    from .index import Index

_DEPTH = 4  # calls through which options are followed


def handed_on(function: FunctionFacts, index: Index, callbacks: Callbacks, depth: int = 0) -> dict[str, str]:
    """Name of an option → the method of the facade that it goes through, for the ``**options`` of ``function``.

    Where two callees disagree about a name, nothing is known of it.
    """
    star = function.node.params.star_kwarg
    if star is None or depth == _DEPTH:
        return {}
    key = (id(function.node), depth)
    if key not in callbacks.options:
        callbacks.options[key] = _found(function, star, index, callbacks, depth)
    return callbacks.options[key]


def _found(function: FunctionFacts, star: cst.Param, index: Index, callbacks: Callbacks, depth: int) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for call in own_nodes(function.node.body):
        if not isinstance(call, cst.Call) or not any(_is_star_of(arg, star.name.value) for arg in call.args):
            continue
        given = {arg.keyword.value for arg in call.args if arg.keyword is not None}
        for callee in callees(function, call.func, index):
            params = (*callee.node.params.params, *callee.node.params.kwonly_params)
            adapters = dict(handed_on(callee, index, callbacks, depth + 1))
            adapters.update({param.name.value: callbacks.adapter(callee, param) for param in params})
            for name, adapter in adapters.items():
                if name not in given:
                    found.setdefault(name, set()).add(adapter)
    certain = {name: next(iter(adapters)) for name, adapters in found.items() if len(adapters) == 1}
    return {name: adapter for name, adapter in certain.items() if adapter and not adapter.startswith(PROTOCOL)}


def _is_star_of(arg: cst.Arg, name: str) -> bool:
    return arg.star == "**" and isinstance(arg.value, cst.Name) and arg.value.value == name
