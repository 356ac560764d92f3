"""Keep handlers for `CancelledError` where something can raise it, and leave them out where nothing can.

In a module that starts tasks or sets deadlines, the runtime raises its own `CancelledError` in a wait that is cancelled, and
handlers stay, as they are in asyncio, and so do those around what asks a task for its result. In any other module nothing is
ever cancelled: `except CancelledError` goes, with a note, and in `except (CancelledError, X)` only `X` stays. A `try` with nothing
left to do becomes its body.

Source: https://docs.python.org/3/library/asyncio-exceptions.html#asyncio.CancelledError
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import body_of, with_parentheses_of, without_removed
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import dotted, replaced, walk

rule = Rule(
    __name__,
    code="UA312",
    reports={"UA333": "a handler for CancelledError that nothing raises in sync code is left out"},
    examples=[
        Example(
            before=(
                "import asyncio\n\n\nasync def f(g):\n    try:\n        await g()\n"
                "    except (asyncio.CancelledError, OSError):\n        return None\n"
            ),
            after="def f(g):\n    try:\n        g()\n    except OSError:\n        return None\n",
        )
    ],
)

_CANCELLED = ("asyncio.CancelledError", "asyncio.exceptions.CancelledError", "trio.Cancelled")
_ASK = ("anyio.get_cancelled_exc_class",)


@rule.on(cst.Name, cst.Attribute, named=_CANCELLED)
def from_the_runtime(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's class; outside of handlers it may be raised, compared and mentioned anywhere."""
    return with_parentheses_of(ctx.runtime("threads.CancelledError"), node)


@rule.on(cst.Call, named=_ASK)
def cancelled_class(node: cst.Call, ctx: Context) -> Any:
    """The same class, that anyio is asked for."""
    return with_parentheses_of(ctx.runtime("threads.CancelledError"), node)


@rule.on(cst.Try)
def dead_handlers(node: cst.Try, ctx: Context) -> Any:
    """The statement without the handlers that nothing reaches."""
    if ctx.interrupts or not any(_is_cancelled(handler.type, ctx) for handler in node.handlers):
        return PASS
    if _asks_a_task(node, ctx):
        return PASS
    left = []
    for handler in node.handlers:
        if _is_cancelled(handler.type, ctx):
            ctx.note(handler, "UA333", "nothing is cancelled in sync code: this handler is left out")
        else:
            left.append(handler)
    new = ctx.descend(replaced(node, handlers=left))
    if left or node.finalbody is not None or not isinstance(new, cst.Try):
        return new
    statements = body_of(new.body) + (body_of(new.orelse.body) if new.orelse is not None else [])
    if statements and hasattr(statements[0], "leading_lines"):
        lines = (*node.leading_lines, *(line for line in statements[0].leading_lines if line.comment is not None))
        statements[0] = replaced(statements[0], leading_lines=lines)
    return cst.FlattenSentinel(statements)


def _is_cancelled(kind: cst.BaseExpression | None, ctx: Context) -> bool:
    if isinstance(kind, cst.Call):
        return ctx.callee(kind) in _ASK
    qualified = ctx.resolve(kind)
    return qualified in _CANCELLED and not ctx.is_configured(qualified)


def _asks_a_task(node: cst.Try, ctx: Context) -> bool:
    """Whether a task, that others may have cancelled, is asked for its outcome in the body."""
    return ctx.deals_in_awaitables and any(
        isinstance(inner, cst.Attribute)
        and inner.attr.value in ("result", "exception")
        and ctx.values.may_be_task(inner.value)
        for inner in walk(node.body)
    )


@rule.on(cst.ExceptHandler)
def among_others(node: cst.ExceptHandler, ctx: Context) -> Any:
    """``except (CancelledError, X)``, and each class once: ``asyncio.TimeoutError`` is ``TimeoutError``."""
    if not isinstance(node.type, cst.Tuple):
        return PASS
    new = _without_cancelled(node, ctx)
    return _each_once(node.type, ctx.descend(node) if new is PASS else new)


def _each_once(kinds: cst.Tuple, new: Any) -> Any:
    """The handler ``new`` without classes that are the same as one before, as they were not in the ``kinds`` of the source."""
    if not isinstance(new, cst.ExceptHandler) or not isinstance(new.type, cst.Tuple):
        return new
    left: dict[object, cst.BaseElement] = {}
    for element in new.type.elements:
        left.setdefault(dotted(element.value) or element, element)
    written = [dotted(element.value) or element for element in kinds.elements]
    if len(left) == len(new.type.elements) or len(set(written)) < len(written) or _has_comments(new.type):
        return new
    return _of_kinds(new, new.type, list(left.values()))


def _has_comments(node: cst.CSTNode) -> bool:
    return "#" in cst.Module([]).code_for_node(node)


def _of_kinds(node: cst.ExceptHandler, kinds: cst.Tuple, elements: list[Any]) -> cst.ExceptHandler:
    """The handler of those of its ``kinds`` alone."""
    if len(elements) > 1:
        return replaced(node, type=replaced(kinds, elements=without_removed(kinds.elements, elements)))
    space = node.whitespace_after_except if not node.whitespace_after_except.empty else cst.SimpleWhitespace(" ")
    return replaced(node, type=elements[0].value, whitespace_after_except=space)


def _without_cancelled(node: cst.ExceptHandler, ctx: Context) -> Any:
    if ctx.interrupts or not isinstance(node.type, cst.Tuple):
        return PASS
    if isinstance(ctx.parent, cst.Try) and _asks_a_task(ctx.parent, ctx):
        return PASS
    elements = [element for element in node.type.elements if not _is_cancelled(element.value, ctx)]
    if len(elements) == len(node.type.elements) or not elements:
        return PASS
    return ctx.descend(_of_kinds(node, node.type, elements))
