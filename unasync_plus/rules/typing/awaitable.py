"""Replace `Awaitable[T]` and `Coroutine[Y, S, T]` by `T`.

Where a type said "wait and you will have a T", the sync code has the T; of a variable or function that surely has or gives a task or
future, it has `Future[T]`. Bare `Awaitable` says nothing about the result:
it becomes `Any`. As a base class `Awaitable[T]` goes; `Generic[T]` stays in its place where `T` is a type variable. A name for
`Awaitable[T]` of any `T`, as in `Coro[int]`, stays one: for `Annotated[T, ...]`, which is `T`.

Source: https://docs.python.org/3/library/collections.abc.html#collections.abc.Awaitable
"""

from __future__ import annotations

import re
from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import SPACED_COMMA, is_call_yet_to_be_made, is_of_a_task
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA202",
    examples=[
        Example(
            before="from typing import Awaitable, Callable\n\nHook = Callable[[str], Awaitable[None]]\n",
            after="from typing import Callable\n\nHook = Callable[[str], None]\n",
        )
    ],
)

_MODULES = ("typing", "collections.abc", "typing_extensions")
_NAMES = [f"{module}.{name}" for module in _MODULES for name in ("Awaitable", "Coroutine")] + ["types.CoroutineType"]
_CALLABLES = [f"{module}.Callable" for module in _MODULES[:2]]


@rule.on(cst.Subscript, named=_NAMES)
def unwrap(node: cst.Subscript, ctx: Context) -> Any:
    """The type of the result."""
    index = node.slice[-1].slice
    if not isinstance(index, cst.Index):
        return PASS
    if isinstance(ctx.parent, cst.Arg) and _is_base(ctx):
        return _base(index.value, ctx)
    new = ctx.visit(index.value)
    if isinstance(new, cst.BaseExpression) and is_of_a_task(ctx):
        return replaced(node, value=ctx.runtime("threads.Future"), slice=[cst.SubscriptElement(cst.Index(new))])
    if is_call_yet_to_be_made(ctx) and isinstance(new, cst.BaseExpression):
        return with_parentheses_of(_callable(new, ctx), node)
    return with_parentheses_of(_alias(new, ctx), node) if isinstance(new, cst.BaseExpression) else new


def _alias(new: cst.BaseExpression, ctx: Context) -> cst.BaseExpression:
    """``Coro = Annotated[T, ...]`` for ``Coro = T``, as ``Coro[int]`` must go on to be possible."""
    if not isinstance(ctx.parent, (cst.Assign, cst.AnnAssign)) or not _is_type_variable(new, ctx):
        return new
    parts = [cst.SubscriptElement(cst.Index(new), comma=SPACED_COMMA), cst.SubscriptElement(cst.Index(cst.Ellipsis()))]
    return cst.Subscript(ctx.reference("typing.Annotated", cst.Name("Annotated")), parts)


def _is_type_variable(node: cst.BaseExpression, ctx: Context) -> bool:
    values = [binding.value for binding in ctx.bindings(node)]
    if any(isinstance(v, cst.Call) and (ctx.resolve(v.func) or "").endswith("TypeVar") for v in values):
        return True
    qualified = ctx.resolve(node) or ""
    module, _, name = qualified.rpartition(".")
    if not module or module == "builtins" or module in _MODULES:
        return name == "AnyStr"
    if ctx.is_owned(qualified) and not qualified.startswith("."):
        return qualified in ctx.project.type_parameters
    return _NAMED_LIKE_ONE.fullmatch(name) is not None  # nobody knows: of another library, or a file alone


_NAMED_LIKE_ONE = re.compile(r"_*(?:[A-Z]{1,2}|T[A-Z]\w*|\w*[a-z]T|\w+_T)(?:_co|_contra)?")


@rule.on(cst.Name, cst.Attribute, named=_NAMES)
def bare(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """``Any``, or nothing in a list of base classes."""
    if isinstance(ctx.parent, cst.Arg) and _is_base(ctx):
        return REMOVE
    if isinstance(ctx.parent, (cst.Attribute, cst.ImportAlias)):
        return PASS
    any_type = ctx.reference("typing.Any", cst.Name("Any"))
    return _callable(any_type, ctx) if is_call_yet_to_be_made(ctx) else any_type


def _callable(result: cst.BaseExpression, ctx: Context) -> cst.Subscript:
    parts = [cst.SubscriptElement(cst.Index(cst.List([])), comma=SPACED_COMMA), cst.SubscriptElement(cst.Index(result))]
    return cst.Subscript(ctx.reference("collections.abc.Callable", cst.Name("Callable")), parts)


def _is_base(ctx: Context) -> bool:
    parents = ctx.parents
    return len(parents) > 2 and isinstance(parents[-3], cst.ClassDef)


def _is_generic(ctx: Context) -> bool:
    """Whether the class says of another base, too, that it is generic."""
    class_ = ctx.parents[-3]
    assert isinstance(class_, cst.ClassDef)
    bases = [base.value.value for base in class_.bases if isinstance(base.value, cst.Subscript)]
    return any((ctx.resolve(base) or "").rpartition(".")[2] in ("Generic", "Protocol") for base in bases)


def _base(value: cst.BaseExpression, ctx: Context) -> Any:
    if not _is_type_variable(value, ctx) or _is_generic(ctx):
        return REMOVE
    generic = ctx.reference("typing.Generic", cst.Name("Generic"))
    return cst.Subscript(generic, [cst.SubscriptElement(cst.Index(ctx.visit(value)))])


@rule.on(cst.Subscript, named=[f"{module}.Union" for module in ("typing", "typing_extensions")])
def merged_union(node: cst.Subscript, ctx: Context) -> Any:
    """``Union[T, Awaitable[T]]`` is ``T``: members that became equal are merged."""
    if not any(_is_awaitable(element.slice, ctx) for element in node.slice):
        return PASS
    new = ctx.descend(node)
    if not isinstance(new, cst.Subscript):
        return new
    members: dict[str, cst.SubscriptElement] = {}
    for element in new.slice:
        members.setdefault(cst.Module([]).code_for_node(element.slice), element)
    if len(members) == len(new.slice):
        return new
    elements = list(members.values())
    if len(elements) == 1 and isinstance(elements[0].slice, cst.Index):
        return with_parentheses_of(_alias(elements[0].slice.value, ctx), node)
    elements[-1] = replaced(elements[-1], comma=new.slice[-1].comma)
    return replaced(new, slice=elements)


def _is_awaitable(node: cst.CSTNode, ctx: Context) -> bool:
    if type(node) is cst.Index:
        node = node.value
    if type(node) is cst.BinaryOperation:
        return _is_awaitable(node.left, ctx) or _is_awaitable(node.right, ctx)
    if type(node) is not cst.Subscript:
        return False
    qualified = ctx.resolve(node.value) or ""
    return qualified in _NAMES or (qualified in _CALLABLES and _is_awaitable(node.slice[-1].slice, ctx))


@rule.on(cst.BinaryOperation)
def merged_alternatives(node: cst.BinaryOperation, ctx: Context) -> Any:
    """``T | Awaitable[T]`` is ``T`` likewise."""
    if not isinstance(node.operator, cst.BitOr) or not (
        _is_awaitable(node.left, ctx) or _is_awaitable(node.right, ctx)
    ):
        return PASS
    new = ctx.descend(node)
    if not isinstance(new, cst.BinaryOperation):
        return new
    code = cst.Module([]).code_for_node
    right = code(new.right)
    left = new.left
    while True:
        last = left.right if isinstance(left, cst.BinaryOperation) and isinstance(left.operator, cst.BitOr) else left
        if code(last) == right:
            return with_parentheses_of(_alias(new.left, ctx), node)
        if last is left:
            return new
        left = left.left  # type: ignore[attr-defined]  # a BinaryOperation, or the loop had ended
