"""Remove the pytest marks that only say how to run a coroutine.

`pytest.mark.asyncio`, `pytest.mark.anyio` and `pytest.mark.trio` mean nothing on a plain function: as decorators, in
`pytestmark`, in lists of marks, in `pytest.param(…, marks=…)`, in `item.add_marker(…)` and `pytestmark.append(…)` they go, also
under a name that the module, or another one of the project, gave them. So does `trio.testing.trio_test`. To give one to another
function is refused.

Source: https://anyio.readthedocs.io/en/stable/testing.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE
from unasync_plus.rewrite.rule import PASS, Example, Rule

rule = Rule(
    __name__,
    code="UA401",
    examples=[
        Example(
            before="import pytest\n\n@pytest.mark.asyncio\nasync def test_f(f):\n    assert await f() == 1\n",
            after="def test_f(f):\n    assert f() == 1\n",
        )
    ],
)


_MARKS = frozenset(
    f"pytest.mark.{name}" for name in ("asyncio", "anyio", "trio", "tornado", "gen_test", "asyncio_cooperative")
)
_DECORATORS = frozenset({*_MARKS, "trio.testing.trio_test", "tornado.testing.gen_test"})

_ADDING = frozenset({"add_marker", "append"})


@rule.on(cst.Name, cst.Attribute, named=_DECORATORS)
def no_mark(_node: cst.CSTNode, ctx: Context) -> Any:
    """Nothing."""
    return PASS if _is_given_away(ctx) else REMOVE


def _is_given_away(ctx: Context) -> bool:
    """Whether the mark, or what calling it gives, is an argument of a function that may be anything."""
    for place in range(len(ctx.parents) - 2, 0, -1):
        node = ctx.parents[place]
        if isinstance(node, cst.Arg):
            call = ctx.parents[place - 1]
            is_marks = node.keyword is not None and node.keyword.value == "marks"
            return isinstance(call, cst.Call) and not is_marks and not (ctx.callee(call) or "").startswith("pytest.")
        if not isinstance(node, (cst.Call, cst.Attribute)):
            return False
    return False


@rule.on(cst.Decorator)
def no_alias(node: cst.Decorator, ctx: Context) -> Any:
    """Nothing, for a variable that holds such a mark."""
    return REMOVE if _is_alias(node.decorator, ctx) else PASS


@rule.on(cst.Element)
def no_alias_in_list(node: cst.Element, ctx: Context) -> Any:
    """Nothing in a list of marks either."""
    return REMOVE if isinstance(node.value, cst.Name) and _is_alias(node.value, ctx) else PASS


@rule.on(cst.Expr)
def no_marker(node: cst.Expr, ctx: Context) -> Any:
    """Nothing for ``item.add_marker(pytest.mark.asyncio)``, or ``pytestmark.append(…)``."""
    call = node.value
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or not call.args:
        return PASS
    return REMOVE if call.func.attr.value in _ADDING and _is_mark(call.args[0].value, ctx) else PASS


def _is_mark(node: cst.CSTNode, ctx: Context) -> bool:
    return ctx.resolve(node.func if isinstance(node, cst.Call) else node) in _MARKS or _is_alias(node, ctx)


def _is_alias(node: cst.CSTNode, ctx: Context) -> bool:
    if not isinstance(node, cst.Name):
        return False
    bindings = ctx.bindings(node)
    return bool(bindings) and all(
        binding.kind == "assign"
        and binding.value is not None
        and ctx.resolve(binding.value.func if isinstance(binding.value, cst.Call) else binding.value) in _MARKS
        for binding in bindings
    )
