"""Answer `isinstance(x, Awaitable)` with `False`, and leave `Awaitable` out of a tuple of classes.

In sync code nothing is awaitable, but for tasks and futures of the runtime, which are asked about instead where there
may be some. Where such a check decides what is done, the branch that is never taken is left out; elsewhere its value
is `False`, if nothing has to be evaluated to ask. Functions that are marked as coroutine functions are themselves:
`markcoroutinefunction(f)` is `f`.

Source: https://docs.python.org/3/library/inspect.html#inspect.markcoroutinefunction
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, call, in_place_of, with_parentheses_of, without_removed
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.truth import is_pure
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA203",
    examples=[
        Example(
            before=(
                "from collections.abc import Awaitable\n\n\ndef plain(x) -> bool:\n"
                "    return not isinstance(x, (int, Awaitable))\n"
            ),
            after="def plain(x) -> bool:\n    return not isinstance(x, int)\n",
        )
    ],
)

_TYPES = frozenset(
    f"{module}.{name}"
    for module in ("typing", "collections.abc", "typing_extensions")
    for name in ("Awaitable", "Coroutine")
) | {"types.CoroutineType"}
_MARKERS = ("inspect.markcoroutinefunction", "asgiref.sync.markcoroutinefunction")


@rule.on(cst.Call, named=["builtins.isinstance", "builtins.issubclass"])
def check(node: cst.Call, ctx: Context) -> Any:
    """The check without what nothing is any more."""
    if len(node.args) != 2 or any(arg.keyword is not None or arg.star for arg in node.args):
        return PASS
    classes = node.args[1].value
    old = classes.elements if isinstance(classes, cst.Tuple) else [cst.Element(classes)]
    kept = [element for element in old if ctx.resolve(element.value) not in _TYPES]
    if len(kept) == len(old):
        return PASS
    how = ctx.values.may_be_awaitable(node.args[0].value) if ctx.deals_in_awaitables else ""
    gone = {ctx.resolve(element.value) or "" for element in old} & _TYPES
    if not any(kind.endswith(".Awaitable") for kind in gone):  # neither a task nor what has `__await__` is a coroutine
        how = "call" if how.startswith("call") else ""
    if how == "awaitable":
        ctx.refuse(
            node,
            "UA203",
            "what is asked about here may be of a class whose `__await__` becomes `result`",
            "ask for that class, or put another check in its place with `# unasync: replace`",
        )
        return node
    is_call = how.startswith("call") and ctx.resolve(node.func) == "builtins.isinstance"
    future = [cst.Element(ctx.runtime("threads.Future"))] if how.endswith("task") else []
    if is_call and not kept and not future:
        return with_parentheses_of(call("callable", ctx.visit(node.args[0].value)), node)
    if not kept and not future and is_pure(node.args[0].value):
        return with_parentheses_of(cst.Name("False"), node)
    new = [*(ctx.visit(element) for element in kept), *future]
    args = [ctx.visit(node.args[0]), replaced(node.args[1], value=_one_or_all(new, old))]
    if not is_call:
        return replaced(node, args=args)
    check = replaced(node, args=args, lpar=[], rpar=[])
    either = cst.BooleanOperation(call("callable", ctx.visit(node.args[0].value)), cst.Or(), check)
    return in_place_of(node, either, ctx.parent)


def _one_or_all(new: list[Any], old: Sequence[cst.BaseElement]) -> cst.BaseExpression:
    if len(new) == 1 and isinstance(new[0], cst.Element):
        return new[0].value
    return cst.Tuple(without_removed(old, new))


@rule.on(cst.Call, named=_MARKERS)
def the_function_itself(node: cst.Call, ctx: Context) -> Any:
    """What was marked."""
    if len(node.args) != 1 or node.args[0].star:
        return PASS
    new = ctx.visit(node.args[0].value)
    return with_parentheses_of(new, node) if isinstance(new, cst.BaseExpression) else new


@rule.on(cst.Decorator, named=_MARKERS)
def no_marker(_node: cst.Decorator, _ctx: Context) -> Any:
    """Nothing."""
    return REMOVE
