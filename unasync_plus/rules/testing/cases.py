"""Turn `IsolatedAsyncioTestCase` into `TestCase`: `asyncSetUp` becomes `setUp`, `asyncTearDown` becomes `tearDown`.

A class that has both loses neither: what is set up synchronously comes first, what is torn down asynchronously comes
first, as the test case itself has it. If the first of two returns early, they cannot be joined, and that is refused. An
`asyncSetUp` that would hide the `setUp` of a base class in the same module calls it first.

Source: https://docs.python.org/3/library/unittest.html#unittest.IsolatedAsyncioTestCase
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, body_of, call, statement
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import children, dotted, replaced

rule = Rule(
    __name__,
    code="UA403",
    examples=[
        Example(
            before=(
                "import unittest\n\n\nclass Tests(unittest.IsolatedAsyncioTestCase):\n    def setUp(self):\n"
                "        self.url = URL\n\n    async def asyncSetUp(self):\n        self.page = await get(self.url)\n"
            ),
            after=(
                "import unittest\n\n\nclass Tests(unittest.TestCase):\n    def setUp(self):\n"
                "        self.url = URL\n        self.page = get(self.url)\n"
            ),
        )
    ],
)

_TWINS = {"asyncSetUp": "setUp", "asyncTearDown": "tearDown"}
_CASES = frozenset({"unittest.IsolatedAsyncioTestCase", "unittest.async_case.IsolatedAsyncioTestCase"})


@rule.on(cst.ClassDef)
def joined(node: cst.ClassDef, ctx: Context) -> Any:
    """The class with one method of two."""
    methods = _methods(node)
    found = [name for name in _TWINS if name in methods]
    if not found:
        return PASS
    new = ctx.descend(node)
    if not isinstance(new, cst.ClassDef) or not isinstance(new.body, cst.IndentedBlock):
        return new
    body = list(new.body.body)
    for name in found:
        twin = _TWINS[name]
        if twin in methods:
            body = _merged(body, methods, name, ctx)
        elif twin in _inherited(node, ctx) and not _calls_super(methods[name], name):
            body = [_with_super(item, twin) for item in body]
    return replaced(new, body=replaced(new.body, body=body))


@rule.on(cst.Assign, cst.AnnAssign)
def no_loop_factory(node: cst.Assign | cst.AnnAssign, ctx: Context) -> Any:
    """There is no loop to make."""
    target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
    if not isinstance(target, cst.Name) or target.value != "loop_factory" or ctx.scope.kind != "class":
        return PASS
    owner = ctx.scope.node
    is_case = isinstance(owner, cst.ClassDef) and any(ctx.resolve(base.value) in _CASES for base in owner.bases)
    return REMOVE if is_case else PASS


def _methods(node: cst.ClassDef) -> dict[str, cst.FunctionDef]:
    found = getattr(node.body, "body", ())
    return {item.name.value: item for item in found if isinstance(item, cst.FunctionDef)}


def _is_method(item: Any, name: str) -> bool:
    return isinstance(item, cst.FunctionDef) and item.name.value == name


def _merged(body: list[Any], methods: dict[str, cst.FunctionDef], name: str, ctx: Context) -> list[Any]:
    """``body``, in which two methods have the sync name, with one of them: the one that runs second joins the first."""
    twin = _TWINS[name]
    places = [place for place, item in enumerate(body) if _is_method(item, twin)]
    order = list(methods)
    if len(places) != 2:
        return body
    sync, other = places if order.index(twin) < order.index(name) else reversed(places)
    first, second = (body[sync], body[other]) if name == "asyncSetUp" else (body[other], body[sync])
    if _returns(first.body):
        ctx.refuse(
            methods[name],
            "UA403",
            f"this class has {twin} and {name}, and the one that runs first returns early: they cannot be joined",
            f"let {name} do the work of both, or join them by hand with `# unasync: replace`",
        )
        return body
    rest = _without_docstring(body_of(second.body))
    if any(_is_super_call(item, twin) for item in body_of(first.body)):
        rest = [item for item in rest if not _is_super_call(item, twin)]
    joined = cst.IndentedBlock([*body_of(first.body), *rest])
    if isinstance(first.body, cst.IndentedBlock):
        joined = replaced(first.body, body=joined.body)
    body[sync] = replaced(body[sync], body=joined)
    del body[other]
    if other == 0:
        body[0] = replaced(body[0], leading_lines=())
    return body


def _without_docstring(body: list[Any]) -> list[Any]:
    line = body[0]
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    is_docstring = isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))
    return body[1:] if is_docstring else body


def _returns(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Return):
        return True
    if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
        return False
    return any(map(_returns, children(node)))


def _is_super_call(item: cst.CSTNode, name: str) -> bool:
    """Whether a statement is ``super().setUp()``."""
    if not isinstance(item, cst.SimpleStatementLine) or len(item.body) != 1 or not isinstance(item.body[0], cst.Expr):
        return False
    value: cst.BaseExpression = item.body[0].value
    value = value.expression if isinstance(value, cst.Await) else value
    return (
        isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and value.func.attr.value == name
        and isinstance(value.func.value, cst.Call)
        and dotted(value.func.value.func) == "super"
    )


def _calls_super(method: cst.FunctionDef, name: str) -> bool:
    return any(_is_super_call(item, name) for item in body_of(method.body))


def _inherited(node: cst.ClassDef, ctx: Context) -> set[str]:
    """The methods of the base classes that this module defines, but for those that have an asynchronous twin."""
    found: set[str] = set()
    for base in node.bases:
        for binding in ctx.bindings(base.value):
            if isinstance(binding.node, cst.ClassDef):
                methods = _methods(binding.node)
                found |= {name for name in methods if not any(methods.get(a) for a, b in _TWINS.items() if b == name)}
    return found


def _with_super(method: Any, name: str) -> Any:
    if not _is_method(method, name):
        return method
    parent = call(cst.Attribute(call("super"), cst.Name(name)))
    line = statement(cst.Expr(parent))
    body = body_of(method.body)
    body = [line, *body] if name == "setUp" else [*body, line]
    block = method.body if isinstance(method.body, cst.IndentedBlock) else cst.IndentedBlock([])
    return replaced(method, body=replaced(block, body=body))
