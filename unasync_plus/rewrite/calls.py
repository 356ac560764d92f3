"""A coroutine that is wanted as such, by `gather` and its like, is in sync code a call that is yet to be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.foreign import refuse_foreign
from unasync_plus.rewrite.make import atom, call, parenthesized, with_parentheses_of, without_removed
from unasync_plus.rewrite.rule import PASS
from unasync_plus.tree import replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.context import Context

_LINE = cst.ParenthesizedWhitespace
SPACED_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def converted_call(node: cst.Call, ctx: Context) -> Any:
    """``node`` converted as a call, whoever wants it kept back: that awaits it, so it must have a sync meaning."""
    refuse_foreign(node, node, ctx)
    ctx.made_now.add(id(node))
    new = ctx.visit(node)
    ctx.made_now.discard(id(node))
    return new


def kept_back(node: cst.Call, ctx: Context) -> Any:
    """``partial(f, x)`` for ``f(x)``, and ``f`` for ``f()``: the function and its arguments are evaluated, not called."""
    new = converted_call(node, ctx)
    if not isinstance(new, cst.Call):
        return _refused(node, ctx)
    if not new.args:
        return with_parentheses_of(new.func, new)
    args = [_argument(arg) for arg in new.args]
    partial = ctx.reference("functools.partial", cst.Name("partial"))
    on_lines = any(isinstance(getattr(arg.comma, "whitespace_after", None), _LINE) for arg in new.args)
    comma = cst.Comma(whitespace_after=new.whitespace_before_args) if on_lines else SPACED_COMMA
    return replaced(new, func=partial, args=[cst.Arg(new.func, comma=comma), *args])


def _refused(node: cst.Call, ctx: Context) -> cst.Call:
    ctx.refuse(
        node,
        "UA339",
        "this coroutine is wanted before it runs, and its sync counterpart is no call that could be made later",
        "await it in a function of its own, and pass a call of that",
    )
    return node


def _argument(arg: cst.Arg) -> cst.Arg:
    if isinstance(arg.value, cst.GeneratorExp) and not arg.value.lpar:
        return replaced(arg, value=parenthesized(arg.value))
    return arg


def mapped(node: cst.Call, ctx: Context) -> Any:
    """``map(partial(partial, f), xs)`` for ``map(f, xs)``: each item is a call that is yet to be made."""
    new = converted_call(node, ctx)
    if not isinstance(new, cst.Call) or not new.args:
        return _refused(node, ctx)
    partial = ctx.reference("functools.partial", cst.Name("partial"))
    first = replaced(new.args[0], value=call(partial, partial, new.args[0].value))
    return replaced(new, args=[first, *new.args[1:]])


def without_loop(node: cst.Call) -> list[cst.Arg]:
    """The arguments but for the loop that old code passes."""
    return [arg for arg in node.args if arg.keyword is None or arg.keyword.value != "loop"]


def call_without_loop(node: cst.Call, ctx: Context) -> Any:
    """The call converted without that, if it has it."""
    args = without_loop(node)
    if len(args) == len(node.args):
        return PASS
    return replaced(node, func=ctx.visit(node.func), args=without_removed(node.args, ctx.visit_all(args)))


def of_the_runtime(node: cst.Name | cst.Attribute, ctx: Context, table: Mapping[str, str]) -> Any:
    """What ``table`` calls a name in the runtime."""
    qualified = ctx.resolve(node) or ""
    return PASS if ctx.is_left(qualified) else ctx.runtime(table[qualified])


def function_and_arguments(node: cst.BaseExpression, ctx: Context) -> list[cst.Arg]:
    """What ``create_task`` and its like take for ``node``: ``f, x`` for ``f(x)``, if that says it all, else one callable.

    Keyword arguments would be taken for those of ``create_task`` itself.
    """
    if isinstance(node, cst.Call) and ctx.values.is_kept_back(node):
        new = converted_call(node, ctx)
        if isinstance(new, cst.Call) and all(arg.keyword is None and arg.star != "**" for arg in new.args):
            args = [_argument(arg) for arg in new.args]
            if args and not _is_commented(args[-1]):
                args[-1] = _last(args[-1])
            on_lines = any(isinstance(getattr(arg.comma, "whitespace_after", None), _LINE) for arg in args)
            comma = cst.Comma(whitespace_after=new.whitespace_before_args) if on_lines else SPACED_COMMA
            return [cst.Arg(new.func, comma=comma if args else cst.MaybeSentinel.DEFAULT), *args]
    return [cst.Arg(ctx.visit(node))]


def _last(arg: cst.Arg) -> cst.Arg:
    """``arg`` without what is behind it in its line."""
    return replaced(arg, comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))


def _is_commented(arg: cst.Arg) -> bool:
    """Whether a comment stands behind ``arg``."""
    ends = (
        arg.whitespace_after_arg,
        getattr(arg.comma, "whitespace_before", None),
        getattr(arg.comma, "whitespace_after", None),
    )
    return any(end.first_line.comment is not None for end in ends if isinstance(end, _LINE))


def closed_like(args: list[cst.Arg], node: cst.Call) -> list[cst.Arg]:
    """``args`` with the comma, line break and comment that the last argument of ``node`` ends in."""
    if args and node.args and not _is_commented(args[-1]):
        end = node.args[-1]
        args[-1] = replaced(args[-1], comma=end.comma, whitespace_after_arg=end.whitespace_after_arg)
    return args


def is_of_a_task(ctx: Context) -> bool:
    """Whether the type at hand is that of a task or future, in sync code too: of a variable, or of what a function returns."""
    if not ctx.deals_in_awaitables:
        return False
    for index, node in enumerate(reversed(ctx.parents[:-1])):
        if isinstance(node, (cst.AnnAssign, cst.FunctionDef)):
            return index > 0 and ctx.values.holds_tasks(node)
        if isinstance(node, cst.Subscript) and (ctx.resolve(node.value) or "").rpartition(".")[2] not in (
            "Optional",
            "Union",
        ):
            return False
        if isinstance(node, (cst.BaseStatement, cst.Param)):
            return False
    return False


def awaited(operand: cst.BaseExpression, new: cst.BaseExpression, ctx: Context) -> cst.BaseExpression:
    """What ``await operand`` is in sync code; ``new`` is the operand converted."""
    how = ctx.values.awaited(operand)
    if how == "task":
        return call(cst.Attribute(atom(new), cst.Name("result")))
    if how == "call":
        return call(atom(new))
    if how == "value" and (_has_come_back(operand, ctx) or _may_be_unfinished(operand, ctx)):
        how = "unknown"
    if how == "unknown":
        return call(ctx.runtime("threads.result_of"), new)
    if how == "either":
        future = call(ctx.concurrent("ensure_future"), new)
        return call(cst.Attribute(future, cst.Name("result")))
    return new


def _has_come_back(operand: cst.BaseExpression, ctx: Context) -> bool:
    """Whether it is what a coroutine gave, of which nothing is known but that it is awaited, too: a future, most likely."""
    if not isinstance(operand, cst.Name) or (slot := ctx.values.slot(operand)) is None or slot.items:
        return False
    given = [one.value.expression for one in ctx.bindings(operand) if isinstance(one.value, cst.Await)]
    return any(isinstance(one, cst.Call) for one in given)


def _may_be_unfinished(operand: cst.BaseExpression, ctx: Context) -> bool:
    """Whether ``operand`` is an attribute of which nothing tells that it gives a coroutine: it may hold a task or future."""
    if not isinstance(operand, cst.Attribute) or ctx.values.slot(operand) is None:
        return False
    owner = operand.value.attr.value if isinstance(operand.value, cst.Attribute) else ""
    return owner != "awaitable_attrs" and not ctx.values.holds_coroutines(operand)


_CASTS = frozenset({"typing.cast", "typing_extensions.cast"})


def is_call_yet_to_be_made(ctx: Context) -> bool:
    """Whether the type at hand is that of a coroutine which the sync code has as a call it makes later."""
    if not ctx.keeps_back:
        return False
    for node in reversed(ctx.parents[:-1]):
        if isinstance(node, (cst.Param, cst.AnnAssign)):
            return ctx.values.takes_calls(node)
        if isinstance(node, cst.Call) and ctx.resolve(node.func) in _CASTS:
            return ctx.values.takes_calls(node)
        if isinstance(node, cst.Subscript) and (ctx.resolve(node.value) or "").endswith(".Callable"):
            return False
        if isinstance(node, cst.BaseStatement):
            return False
    return False
