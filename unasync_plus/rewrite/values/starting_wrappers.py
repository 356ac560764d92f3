"""Decorators of the module that start what a coroutine function gives: calls of what they put in its place give tasks.

    def shared(function):
        def wrapper(key):
            if key not in tasks:
                tasks[key] = asyncio.ensure_future(function(key))
            return tasks[key]

        return wrapper

So do those that make objects of it which can be awaited.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.values.functions import Class, Function
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.tree import walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.values.flow import Flow

_STARTING = frozenset("create_task ensure_future Task run_coroutine_threadsafe create_future run_in_executor".split())


def in_its_place(flow: Flow, function: Function) -> list[Hashable]:
    """What decorators put in the place of ``function`` that makes tasks, functions and instances; empty if none of the module does."""
    node = function.node
    found: list[Hashable] = []
    for decorator in node.decorators if isinstance(node, cst.FunctionDef) and function.makes_coroutines else ():
        name = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
        _, bindings = (flow.scope.lookup(name.value) if isinstance(name, cst.Name) else None) or (None, [])
        for binding in bindings:
            if isinstance(binding.node, cst.FunctionDef):
                found += _wrappers(flow, binding.node, function)
            elif id(binding.node) in flow.classes:
                found += _instances(flow, flow.classes[id(binding.node)], function)
        qualified = flow.names.resolve(name, flow.scope)
        if flow.calls.may_give_tasks(f"@{last_name(name)}", qualified, None):
            function.is_replaced = True
            flow.calls.give_tasks.add(node.name.value)  # type: ignore[union-attr]  # it has decorators
    function.is_replaced |= bool(found)
    return found


def _wrappers(flow: Flow, decorator: cst.FunctionDef, function: Function) -> list[Function]:
    known = {id(one.node): one for one in flow.functions}
    found = []
    for part in walk(decorator.body):
        wrapper = known.get(id(part)) if isinstance(part, cst.FunctionDef) else None
        outer = wrapper.scope.parent if wrapper is not None else None
        around = known.get(id(outer.node)) if outer is not None else None
        if wrapper is not None and around is not None and around.positional and _starts(flow, wrapper):
            flow.slots.add(around.parameters[around.positional[0]], function)
            wrapper.is_method = wrapper.is_method or function.is_method
            found.append(wrapper)
    return found


def _instances(flow: Flow, made: Class, function: Function) -> list[Class]:
    called, init = made.methods.get("__call__"), made.methods.get("__init__")
    if called is None or init is None or len(init.positional) < 2 or not _starts(flow, called):
        return []
    flow.slots.add(init.parameters[init.positional[1]], function)
    return [made]


def _starts(flow: Flow, function: Function) -> bool:
    """Whether it is a plain function that makes something awaitable other than a coroutine."""
    if function.is_async or function.is_generator:
        return False
    classes = {made.node.name.value for made in flow.classes.values() if made.awaitable}
    return any(last_name(part) in _STARTING | classes for part in walk(function.node.body))
