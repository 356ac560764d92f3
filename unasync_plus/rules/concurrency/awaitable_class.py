"""Give a class with `__await__` a method `result(timeout=None)`, and turn `await obj` into `obj.result()`.

`return x.__await__()` and `yield from x.__await__()` are what `await x` is in sync code. With a timeout the wait ends
with `TimeoutError`, as far as it can be ended (see `asyncio.wait_for`). A `yield` of nothing, by which others have
their turn once, goes; a `__await__` that yields anything else to the event loop, or in a loop, is refused, and so is
one that returns an iterator of its own (`return self`), or in a class that has a `result` already. What `x.__await__()`
gives is refused where it is not for `__await__` to return: code that drives it by hand (`next(it)`) would be given a
result. `x._is_coroutine = asyncio.coroutines._is_coroutine`, by which asyncio knew such objects, goes.
`_awaited_by_result` tells the runtime that `await` means `result()`, where it is given something of unknown type.

Source: https://docs.python.org/3/reference/datamodel.html#object.__await__
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import awaited
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, in_place_of, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import own_nodes, replaced

rule = Rule(
    __name__,
    code="UA316",
    reports={"UA336": "a `__await__` that has no sync counterpart"},
    examples=[
        Example(
            before=(
                "class Request:\n    async def _send(self):\n        return 1\n\n"
                "    def __await__(self):\n        return self._send().__await__()\n\n\n"
                "async def f():\n    return await Request()\n"
            ),
            after=(
                "from unasync_plus.runtime.timeouts import wait_for\n\n\n"
                "class Request:\n    def _send(self):\n        return 1\n\n    _awaited_by_result = True\n\n"
                "    def result(self, timeout=None):\n        if timeout is not None:\n"
                "            return wait_for(self.result, timeout)\n        return self._send()\n\n\n"
                "def f():\n    return Request().result()\n"
            ),
        )
    ],
)


@rule.on(cst.FunctionDef)
def await_to_result(node: cst.FunctionDef, ctx: Context) -> Any:
    """``result`` and the mark that it is awaited by."""
    name = node.name.value
    if name not in ("__await__", "__iter__"):
        return PASS
    owner = ctx.scope
    if owner.kind != "class" or not node.params.params:
        return PASS
    if name == "__iter__":
        return REMOVE if _iterates_as_awaited(node) else PASS
    if "result" in owner.bindings or "result" in owner.attributes:
        return _refused(node, ctx, "the class has a `result` already, which `__await__` would become")
    own = list(own_nodes(node.body))
    returns = () if any(isinstance(part, cst.Yield) for part in own) else own
    for part in returns:
        if isinstance(part, cst.Return) and _is_iterator(part.value, node.params.params[0].name.value):
            return _refused(part, ctx, "this `__await__` returns an iterator of its own")
    new = ctx.descend(node)
    if not isinstance(new, cst.FunctionDef):
        return new
    itself = new.params.params[0]
    comma, behind = _commas(new, itself)
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    timeout = cst.Param(cst.Name("timeout"), default=cst.Name("None"), equal=equal, comma=behind)
    timeout = replaced(timeout, whitespace_after_param=itself.whitespace_after_param)
    if new.returns is not None:
        equal = cst.AssignEqual()
        optional = cst.BinaryOperation(cst.Name("float"), cst.BitOr(), cst.Name("None"))
        if ctx.settings.target_version < (3, 10):
            index = cst.SubscriptElement(cst.Index(cst.Name("float")))
            optional = cst.Subscript(ctx.reference("typing.Optional", cst.Name("Optional")), [index])  # type: ignore[assignment]  # either is an expression
        timeout = replaced(timeout, annotation=cst.Annotation(optional), equal=equal)
    itself = replaced(itself, comma=comma, whitespace_after_param=cst.SimpleWhitespace(""))
    params = replaced(new.params, params=[itself, timeout])
    function = replaced(
        new,
        name=cst.Name("result"),
        params=params,
        returns=_result_type(new.returns),
        body=_with_timeout(new.body, itself.name.value, ctx),
    )
    mark = cst.parse_statement("_awaited_by_result = True\n")
    gap = cst.EmptyLine(indent=False)
    return cst.FlattenSentinel(
        [replaced(mark, leading_lines=node.leading_lines), replaced(function, leading_lines=[gap])]
    )


def _iterates_as_awaited(node: cst.FunctionDef) -> bool:
    """``def __iter__(self): return self.__await__()``, which has no use without an event loop."""
    line = node.body.body[-1] if isinstance(node.body, cst.IndentedBlock) else None
    last = line.body[-1] if isinstance(line, cst.SimpleStatementLine) else None
    value = last.value if isinstance(last, cst.Return) else None
    return (
        isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value == "__await__"
    )


def _is_iterator(value: cst.BaseExpression | None, itself: str) -> bool:
    """Whether it is the object itself, or an iterator that is made: not what an awaitable has for that."""
    if isinstance(value, cst.Call):
        return isinstance(value.func, cst.Name) and value.func.value == "iter"
    return isinstance(value, cst.GeneratorExp) or (isinstance(value, cst.Name) and value.value == itself)


def _commas(node: cst.FunctionDef, itself: cst.Param) -> tuple[cst.Comma, cst.Comma | cst.MaybeSentinel]:
    """What stands between the two parameters, and what behind them: each on its line if the one was on its own."""
    if isinstance(node.whitespace_before_params, cst.ParenthesizedWhitespace):
        return cst.Comma(whitespace_after=node.whitespace_before_params), itself.comma
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")), cst.MaybeSentinel.DEFAULT


def _with_timeout(body: cst.BaseSuite, itself: str, ctx: Context) -> cst.IndentedBlock:
    limit = cst.parse_statement(
        f"if timeout is not None:\n    return {ctx.concurrent('wait_for').value}({itself}.result, timeout)\n"
    )
    if not isinstance(body, cst.IndentedBlock):
        return cst.IndentedBlock([limit, cst.SimpleStatementLine(body.body)])  # type: ignore[arg-type]  # a one-line suite has small statements only
    statements = list(body.body)
    first = statements[0]
    line = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
    has_docstring = isinstance(line, cst.Expr) and isinstance(line.value, cst.SimpleString)
    statements.insert(1 if has_docstring else 0, limit)
    return replaced(body, body=statements)


def _result_type(returns: cst.Annotation | None) -> cst.Annotation | None:
    """``T`` of ``Generator[Any, None, T]``."""
    if returns is None or not isinstance(returns.annotation, cst.Subscript) or len(returns.annotation.slice) != 3:
        return None
    index = returns.annotation.slice[2].slice
    return replaced(returns, annotation=index.value) if isinstance(index, cst.Index) else None


@rule.on(cst.Call, attributes="__await__")
def await_by_hand(node: cst.Call, ctx: Context) -> Any:
    """``x.__await__()`` is what ``await x`` is."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if node.args:
        return PASS
    if not _is_handed_on(ctx):
        why = "what this gives is driven by hand, and in sync code it is the result"
        ctx.refuse(node, "UA336", why, "await it where its result is wanted, or leave this out with `# unasync: skip`")
        return node
    new = ctx.visit(func.value)
    return with_parentheses_of(awaited(func.value, new, ctx), node) if isinstance(new, cst.BaseExpression) else new


def _is_handed_on(ctx: Context) -> bool:
    """Whether it is for `__await__` to return, in which it may be a variable first, or for a function that does so for it."""
    for parent in reversed(ctx.parents[:-1]):
        if isinstance(parent, cst.Return):
            return True
        if isinstance(parent, (cst.Yield, cst.Assign, cst.AnnAssign)):
            return _in_await(ctx)
        if not isinstance(parent, (cst.From, cst.IfExp, cst.NamedExpr)):
            return False
    return False


@rule.on(cst.Yield)
def yield_from_await(node: cst.Yield, ctx: Context) -> Any:
    """``yield from x.__await__()`` in ``__await__``."""
    if not _in_await(ctx):
        return PASS
    source = node.value
    if ctx.is_statement and _gives_nothing(node) and not _in_loop(ctx):
        return REMOVE
    if not isinstance(source, cst.From):
        return _refused(node, ctx, "this `__await__` yields to the event loop itself")
    item = source.item
    if isinstance(item, cst.Call) and isinstance(item.func, cst.Attribute) and item.func.attr.value == "__await__":
        new = ctx.visit(item)
    elif ctx.values.awaited(item) in ("task", "either", "unknown"):
        new = awaited(item, ctx.visit(item), ctx)
    else:
        return _refused(node, ctx, "this `__await__` delegates to a generator")
    return in_place_of(node, new, ctx.parent) if isinstance(new, cst.BaseExpression) else new


def _gives_nothing(node: cst.Yield) -> bool:
    """``yield`` or ``yield None``: others have their turn, as in `asyncio.sleep(0)`."""
    return node.value is None or (isinstance(node.value, cst.Name) and node.value.value == "None")


def _in_loop(ctx: Context) -> bool:
    """Within a loop of its function: it waits for what others do."""
    for parent in reversed(ctx.parents):
        if isinstance(parent, (cst.While, cst.For)):
            return True
        if isinstance(parent, cst.FunctionDef):
            return False
    return False


def _in_await(ctx: Context) -> bool:
    for parent in reversed(ctx.parents):
        if isinstance(parent, cst.FunctionDef):
            return parent.name.value == "__await__"
        if isinstance(parent, cst.Lambda):
            return False
    return False


@rule.on(cst.Assign)
def alias(node: cst.Assign, ctx: Context) -> Any:
    """``__iter__ = __await__`` has no use without an event loop, and nothing asks for the mark of a coroutine function."""
    value = node.value
    if type(value) is cst.Name:
        word = value.value
    elif type(value) is cst.Attribute:
        word = value.attr.value
    else:
        return PASS
    if word == "_is_coroutine":
        return REMOVE if ctx.resolve(value) == "asyncio.coroutines._is_coroutine" else PASS
    if word == "__await__" and ctx.scope.kind == "class":
        names = [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
        if names == ["__iter__"]:
            return REMOVE
    return PASS


def _refused(node: cst.CSTNode, ctx: Context, why: str) -> Any:
    ctx.refuse(
        node, "UA336", why, "leave the method out with `# unasync: skip` and give the class a sync one of its own"
    )
    return node
