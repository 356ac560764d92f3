"""Coroutines that are made and not awaited there: whether it makes a difference that their sync counterpart runs at once.

It makes none where they are awaited next, handed back to the caller as they are made, or given to a function that awaits them
before anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from unasync_plus.resolve.questions import ALWAYS_FALSE
from unasync_plus.resolve.scopes import Binding
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.values.flow_expressions import CASTS
from unasync_plus.rewrite.values.functions import Function
from unasync_plus.rewrite.values.order import awaits_first
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, is_super, last_name
from unasync_plus.tree import walk

_SAME = (cst.IfExp, cst.BooleanOperation)
"""What gives one of its operands."""
_KEEPING = (cst.Element, cst.DictElement, cst.StarredElement, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_KEEPING += (cst.Yield, cst.Param, cst.NamedExpr)  # type: ignore[assignment]  # more of them
"""What keeps its operand, or hands it to somebody unknown."""
_LEFT_LATER = (cst.Try, cst.TryStar, cst.With)
_PLAIN_DECORATORS = frozenset(
    {
        *("builtins.staticmethod", "builtins.classmethod", "abc.abstractmethod"),
        *(f"typing{more}.{name}" for more in ("", "_extensions") for name in ("override", "overload", "final")),
    }
)


def is_left(node: cst.Call, ctx: Context) -> bool:
    """Whether ``node`` surely makes a coroutine that something else is done with than that it is awaited at once."""
    if type(ctx.parent) is cst.Await or not makes_coroutine(node.func, ctx):
        return False
    return not _makes_no_difference(node, ctx) and not _is_for_sync_code(ctx)


def _is_for_sync_code(ctx: Context) -> bool:
    """Whether a constant of `set` or `define` decides about a branch around the node at hand: ``if _IS_SYNC:``."""
    constants = ctx.settings.set.keys() | ctx.settings.define.keys()
    tests = (parent.test for parent in ctx.parents if constants and isinstance(parent, (cst.If, cst.IfExp)))
    return any(isinstance(part, cst.Name) and part.value in constants for test in tests for part in walk(test))


def makes_coroutine(func: cst.BaseExpression, ctx: Context) -> bool:
    """Whether a call of ``func`` surely gives a coroutine, by what the module defines."""
    if last_name(func) not in ctx.names.coroutine_functions:
        return False
    bindings = ctx.bindings(func)
    if bindings:
        return all(_is_coroutine_function(binding, ctx) for binding in bindings)
    if is_super(func):
        owner = ctx.scope.owner_class()
        bases = owner.node.bases if owner is not None and isinstance(owner.node, cst.ClassDef) else ()
        homes = [one for base in bases for one in ctx.bindings(base.value) if isinstance(one.node, cst.ClassDef)]
        found = [one for home in homes for one in ctx.names.scopes[id(home.node)].bindings.get(last_name(func), ())]
        return bool(found) and all(_is_coroutine_function(binding, ctx) for binding in found)
    if not ctx.keeps_back or type(func) is not cst.Attribute or not ctx.values.is_of_own_class(func.value):
        return False
    return all(function.makes_coroutines for function in ctx.values.functions(func) or ())


def _is_coroutine_function(binding: Binding, ctx: Context) -> bool:
    node = binding.node
    if type(node) is not cst.FunctionDef or node.asynchronous is None or ctx.names.scopes[id(node)].yields:
        return False
    return all(ctx.names.resolve(one.decorator, ctx.scope) in _PLAIN_DECORATORS for one in node.decorators)


def _makes_no_difference(node: cst.Call, ctx: Context) -> bool:
    inner: cst.CSTNode = node
    for index in range(len(ctx.parents) - 2, -1, -1):
        parent = ctx.parents[index]
        around = ctx.parents[index - 1] if type(parent) is cst.Arg else parent
        if type(around) is cst.Call and ctx.resolve(around.func) in CASTS:
            inner = parent
            continue
        if type(parent) is cst.Call:  # a rule visits the values of its arguments
            given = next((arg for arg in parent.args if arg.value is inner), None)
            return given is None or _is_taken_at_once(parent, given, ctx.parents[index - 1], ctx)
        if type(parent) is cst.Return:
            return _is_handed_back(index, ctx)
        if isinstance(parent, (cst.Assign, cst.AnnAssign)):
            return _is_awaited_next(parent, index, ctx)
        if type(parent) is cst.Arg:
            return _is_taken_at_once(ctx.parents[index - 1], parent, ctx.parents[index - 2], ctx)
        if isinstance(parent, (*_KEEPING, cst.Expr)):
            return False
        if not isinstance(parent, _SAME):
            return True
        inner = parent
    return True


def _is_handed_back(index: int, ctx: Context) -> bool:
    """Whether nothing can happen before the caller has it: no ``finally``, no end of a ``with``."""
    for parent in reversed(ctx.parents[:index]):
        if isinstance(parent, cst.FunctionDef):
            if parent.asynchronous is not None and not _is_used(parent.name.value, ctx):
                return False  # what the caller awaits gives it another coroutine
            return not ctx.names.scopes[id(parent)].yields and not _is_of_an_operator(parent)
        if isinstance(parent, _LEFT_LATER):
            return False
    return False


def _is_used(name: str, ctx: Context) -> bool:
    """Whether something in the module may use the function of that name, so that it is known what becomes of what it gives."""
    return name in ctx.names.users


def _is_of_an_operator(function: cst.FunctionDef) -> bool:
    """Whether it is a special method that is called by other means than a call or ``await``: nothing tells where."""
    name = function.name.value
    return name.startswith("__") and name.endswith("__") and name not in _CALLED


_CALLED = frozenset("__call__ __await__ __aenter__ __aexit__ __aiter__ __anext__ __new__ __get__".split())


def _is_awaited_next(statement: cst.Assign | cst.AnnAssign, index: int, ctx: Context) -> bool:
    """Whether what follows ``statement`` awaits the variable, hands it back, or asks whether it is awaitable."""
    targets = [one.target for one in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
    if len(targets) != 1 or not isinstance(targets[0], cst.Name) or index < 2:
        return False
    name = targets[0].value
    following = _following(ctx.parents[:index])
    if awaits_first(following, name) or awaits_first(following, name, passed=True):
        return True
    if isinstance(following, cst.SimpleStatementLine) and isinstance(following.body[0], cst.Return):
        value = following.body[0].value
        return isinstance(value, cst.Name) and value.value == name
    if not isinstance(following, cst.If):
        return False
    return any(_asks(part, name, ctx) for part in walk(following.test))


def _following(parents: Sequence[cst.CSTNode]) -> Any:
    """The statement behind the last of ``parents``, or behind the ``if`` in whose branch it is the last one."""
    statement = parents[-1]
    for parent in reversed(parents[:-1]):
        if isinstance(parent, (cst.BaseSuite, cst.Module)):
            behind = iter(parent.body)
            found = next((one for one in behind if one is statement), None)
            following = next(behind, None) if found is not None else None
            if following is not None:
                return following
        elif not isinstance(parent, (cst.If, cst.Else)):
            return None
        statement = statement if isinstance(parent, (cst.BaseSuite, cst.Else)) else parent
    return None


def _asks(node: cst.CSTNode, name: str, ctx: Context) -> bool:
    if not isinstance(node, cst.Call) or not node.args or not _is_question(node, ctx):
        return False
    asked = node.args[0].value
    return isinstance(asked, cst.Name) and asked.value == name


def _is_question(call: cst.Call, ctx: Context) -> bool:
    question = ctx.names.question(call.func, ctx.scope)
    return question in ALWAYS_FALSE or question == "builtins.isinstance"


def _is_taken_at_once(around: cst.CSTNode, arg: cst.Arg, beyond: cst.CSTNode, ctx: Context) -> bool:
    """Whether an argument of ``around`` is awaited before anything else is done, or is for what has a rule of its own."""
    if not isinstance(around, cst.Call) or ctx.unwraps(around) or ctx.is_settled(around) or _is_question(around, ctx):
        return True
    if (ctx.resolve(around.func) or "").partition(".")[0] in {*ASYNC_ROOTS, "uvloop"}:
        return True
    functions = ctx.values.functions(around.func) if ctx.keeps_back else None
    if not functions:
        return False
    is_awaited = isinstance(beyond, (cst.Await, cst.For, cst.CompFor))
    slots = [_parameter(function, around, arg) for function in functions]
    return all(slot is not None and (slot.guarded or (is_awaited and not slot.late)) for slot in slots)


def _parameter(function: Function, call: cst.Call, given: cst.CSTNode) -> Any:
    """The slot of the parameter that the argument ``given`` is for."""
    place = 1 if function.is_method and not function.is_static and isinstance(call.func, cst.Attribute) else 0
    for arg in call.args:
        if arg is given:
            name = arg.keyword.value if arg.keyword is not None else ""
            names = function.positional[place : place + 1]
            return function.parameters.get(name or (names[0] if names else function.star))
        place += not arg.keyword
    return None
