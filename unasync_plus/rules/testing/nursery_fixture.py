"""Open the `nursery` of pytest-trio in the test that asks for it, and cancel it at the end of the test, as the fixture does.

`async def test_f(nursery)` becomes `def test_f()` with its body in `with Nursery() as nursery`. Tests of modules that have a fixture
of that name themselves are left alone.

Source: https://pytest-trio.readthedocs.io/en/stable/reference.html#trio-fixtures
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import call
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import name_or_attribute, replaced, walk

rule = Rule(
    __name__,
    code="UA406",
    examples=[
        Example(
            before=(
                "import pytest\nimport trio\n\n\n@pytest.mark.trio\nasync def test_f(nursery):\n"
                "    nursery.start_soon(trio.sleep, 1)\n"
            ),
            after=(
                "from unasync_plus.runtime.nursery import Nursery\nfrom unasync_plus.runtime.threads import sleep\n\n\n"
                "def test_f():\n    with Nursery() as nursery:\n        nursery.start_soon(sleep, 1)\n"
                "        nursery.cancel_scope.cancel()\n"
            ),
        )
    ],
)

_NURSERY = "nursery"


@rule.on(cst.SimpleStatementSuite)
def on_one_line(node: cst.SimpleStatementSuite, ctx: Context) -> Any:
    """A test on one line has no room for it."""
    function = ctx.parent
    if isinstance(function, cst.FunctionDef) and _asks_for_one(replaced(function, body=cst.IndentedBlock([])), ctx):
        text = "the nursery of pytest-trio is opened in the test, and this one stands on one line"
        ctx.refuse(node, "UA406", text, "put the body of the test on lines of its own")
    return PASS


@rule.on(cst.Parameters)
def no_nursery(node: cst.Parameters, ctx: Context) -> Any:
    """The parameters without it."""
    if not _asks_for_one(ctx.parent, ctx):
        return PASS
    params = [param for param in node.params if param.name.value != _NURSERY]
    if params and not node.kwonly_params and node.star_kwarg is None and isinstance(node.star_arg, cst.MaybeSentinel):
        params[-1] = replaced(params[-1], comma=cst.MaybeSentinel.DEFAULT)
    return ctx.descend(replaced(node, params=params))


@rule.on(cst.IndentedBlock)
def in_a_nursery(node: cst.IndentedBlock, ctx: Context) -> Any:
    """The body of the test in a nursery, behind its docstring."""
    if not _asks_for_one(ctx.parent, ctx):
        return PASS
    new = ctx.descend(node)
    start = 1 if _is_docstring(new.body[0]) else 0
    cancel = cst.SimpleStatementLine([cst.Expr(call(name_or_attribute(f"{_NURSERY}.cancel_scope.cancel")))])
    item = cst.WithItem(call(ctx.concurrent("Nursery")), cst.AsName(cst.Name(_NURSERY)))
    inner = [*new.body[start:], cancel]
    if any(isinstance(part, cst.Return) for part in walk(node)):
        inner = [
            cst.Try(replaced(new, body=new.body[start:], footer=()), finalbody=cst.Finally(cst.IndentedBlock([cancel])))
        ]
    block = cst.With([item], replaced(new, body=inner))
    return replaced(new, body=[*new.body[:start], block], footer=())


def _asks_for_one(function: cst.CSTNode | None, ctx: Context) -> bool:
    if type(function) is not cst.FunctionDef or not function.name.value.startswith("test"):
        return False
    if not isinstance(function.body, cst.IndentedBlock):
        return False
    if not any(param.name.value == _NURSERY and param.default is None for param in function.params.params):
        return False
    return imports(ctx, "trio") and _NURSERY not in ctx.names.module.bindings


def _is_docstring(statement: cst.CSTNode) -> bool:
    line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    return isinstance(line, cst.Expr) and isinstance(line.value, (cst.SimpleString, cst.ConcatenatedString))
