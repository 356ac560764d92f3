"""Plain functions that give coroutines, and do something else first: a call of one that is put off puts that off, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from unasync_plus.resolve.acting import GIVES_NONE
from unasync_plus.rewrite.values.callees import called
from unasync_plus.rewrite.values.flow import Flow
from unasync_plus.rewrite.values.functions import Function, Part
from unasync_plus.rewrite.values.handed_back import handed_back_by
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.rewrite.values.slots import Source, comes_to
from unasync_plus.tree import children, last_statement, walk

_OTHERS = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


def done_later(kept: Iterable[Source], flow: Flow) -> set[int]:
    """Those of the calls that are ``kept`` back, by their ``id``, which do more than to give a coroutine."""
    functions = {id(function.node): function for function in flow.functions}
    return {
        id(source.node)
        for source in kept
        if not source.maps
        and (
            any(_does_more(one, functions, flow) for one in _called(source.node, flow, set()))
            or _acts_elsewhere(source.node, flow)
        )
    }


def _acts_elsewhere(call: cst.Call, flow: Flow) -> str:
    """What ``call`` does beside giving a coroutine, if it is one of a function of another module, see `resolve.acting`."""
    site = flow.calls.made_by.get(call)
    if site is None:
        return ""
    own = [item for item in called(site) if isinstance(item, (Function, Part))]
    if own:
        is_method = any(isinstance(item, Function) and item.is_method for item in own)
        return flow.calls.acts("", f"^{flow.names.path}.{site.method}", None) if is_method else ""
    return flow.calls.acts(last_name(call.func), site.qualified, site)


def none_told(delayed: Iterable[int], flow: Flow) -> set[int]:
    """Those of the ``delayed`` calls that need not give a coroutine, where the code asks whether they did: `if coro is None`."""
    calls = (site.node for site in flow.calls.sites if flow.tested and id(site.node) in delayed)
    return {
        id(call)
        for call in calls
        if comes_to(flow.expressions[id(call)], flow.tested.__contains__)
        and (
            _acts_elsewhere(call, flow) == GIVES_NONE
            or any(
                not one.is_async and isinstance(one.node, cst.FunctionDef) and _may_give_none(one.node)
                for one in _called(call, flow, set())
            )
        )
    }


def _called(call: cst.Call, flow: Flow, seen: set[Function]) -> set[Function]:
    """The functions that ``call`` may call, and those whose calls these return."""
    site = flow.calls.made_by.get(call)
    items = [item.function if isinstance(item, Part) else item for item in called(site)] if site is not None else []
    new = {item for item in items if isinstance(item, Function)} - seen
    seen |= new
    for function in new:
        for returned in handed_back_by(function) if not function.is_async else ():
            _called(returned, flow, seen)
    return seen


def _does_more(function: Function, functions: dict[int, Function], flow: Flow) -> bool:
    node = function.node
    if not isinstance(node, cst.FunctionDef):
        return False
    if not function.is_replaced and any(_is_acting(one, function, flow) for one in node.decorators):
        return True
    if not function.is_replaced and any(_has_effect(wrapper, functions) for wrapper in _wrappers(node, function)):
        return True
    return not function.is_async and (_has_effect(node, functions) or _may_give_none(node))


def _is_acting(decorator: cst.Decorator, function: Function, flow: Flow) -> bool:
    """Whether what a decorator of another module puts in the place of the function does something before it calls that."""
    name = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
    qualified = flow.names.resolve(name, function.scope.parent or flow.names.module)
    return qualified is not None and bool(flow.calls.acts("", f"@{qualified}", None))


def _wrappers(node: cst.FunctionDef, function: Function) -> Iterator[cst.FunctionDef]:
    """The plain functions that decorators of this module put in the place of ``node``."""
    outer = function.scope.parent
    for decorator in node.decorators:
        name = decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
        found = outer.lookup(name.value) if outer is not None and isinstance(name, cst.Name) else None
        for binding in found[1] if found is not None else ():
            if isinstance(binding.node, cst.FunctionDef):
                inner = (part for part in walk(binding.node.body) if isinstance(part, cst.FunctionDef))
                yield from (part for part in inner if part.asynchronous is None)


def _has_effect(node: cst.FunctionDef, functions: dict[int, Function]) -> bool:
    """Whether a body does something that can be seen before it returns."""
    function = functions.get(id(node))
    outer = function.scope.outer if function is not None else {}
    return any(_is_effect(part, outer) for part in _own(node.body))


def _is_effect(node: cst.CSTNode, outer: dict[str, str]) -> bool:
    if isinstance(node, cst.Expr):
        return isinstance(node.value, (cst.Call, cst.Yield))
    if isinstance(node, (cst.Raise, cst.Del, cst.With)):
        return True
    targets: list[cst.BaseExpression] = []
    if isinstance(node, cst.Assign):
        targets = [one.target for one in node.targets]
    elif isinstance(node, (cst.AugAssign, cst.AnnAssign)):
        targets = [node.target]
    return any(not isinstance(one, cst.Name) or one.value in outer for one in targets)


def _own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """``node`` and what is below it, but for other functions and classes."""
    yield node
    if not isinstance(node, _OTHERS):
        for child in children(node):
            yield from _own(child)


def _may_give_none(node: cst.FunctionDef) -> bool:
    returned = [part.value for part in _own(node.body) if isinstance(part, cst.Return)]
    return _goes_on(node.body) or any(one is None or isinstance(one, _CONSTANTS) or _is_none(one) for one in returned)


_CONSTANTS = (cst.Integer, cst.SimpleString, cst.Float)


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value in ("None", "True", "False")


def _goes_on(node: cst.CSTNode) -> bool:
    """Whether the end of a body may be reached, as far as branches tell."""
    last = last_statement(node)
    if isinstance(last, cst.If):
        return last.orelse is None or _goes_on(last.body) or _goes_on(last.orelse)
    if isinstance(last, cst.Else):
        return _goes_on(last.body)
    if isinstance(last, (cst.With, cst.Try, cst.TryStar)):
        return _goes_on(last.body)
    return not isinstance(last, (cst.Return, cst.Raise, cst.While, cst.Match))
