"""Warn where code that is not async asks whether an event loop is running.

`asyncio.get_running_loop()` raises `RuntimeError` where no loop runs. The sync code takes the way of a caller who awaits: one seems
to run, always, and what handles that error never does. A function that is not async may be called from elsewhere, though,
and go another way there; which one the sync side wants, nobody can tell. `# unasync: replace raise RuntimeError` behind the
call chooses the handler's. There is no warning of handlers that raise, or make a loop, nor in async functions, where a loop runs for
sure.

Source: https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_running_loop
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.loops import GETTERS
from unasync_plus.tree import children, last_statement

rule = Rule(
    __name__,
    code="UA324",
    reports={"UA346": "code that is not async asks whether a loop is running: in sync code one always seems to"},
    examples=[
        Example(
            before=(
                "import asyncio\n\n\ndef is_async():\n    try:\n        asyncio.get_running_loop()\n"
                "    except RuntimeError:\n        return False\n    return True\n"
            ),
            after=(
                "def is_async():\n    try:\n        pass\n    except RuntimeError:\n        return False\n    return True\n"
            ),
        )
    ],
)

_ASKED = ("asyncio.get_running_loop", "asyncio.events.get_running_loop")
_CAUGHT = frozenset({"builtins.RuntimeError", "builtins.Exception", "builtins.BaseException"})
_MAKERS = GETTERS | {"asyncio.set_event_loop"}


@rule.on(cst.Try)
def asks_for_a_loop(node: cst.Try, ctx: Context) -> Any:
    """A warning, where both answers are possible, and lead to different ways."""
    handler = next((one for one in node.handlers if _catches(one.type, ctx)), None)
    if handler is None or _is_harmless(handler, ctx) or ctx.coroutine_function is not None:
        return PASS
    call = next((one for one in _here(node.body, ctx) if isinstance(one, cst.Call) and ctx.callee(one) in _ASKED), None)
    if call is not None and not ctx.is_configured(ctx.callee(call) or ""):
        ctx.warn(
            call,
            "UA346",
            "this asks whether a loop is running: in sync code one seems to, and the handler for the error never runs",
            "say `# unasync: replace raise RuntimeError` there if the sync side has to go the handler's way",
        )
    return PASS


def _catches(kind: cst.BaseExpression | None, ctx: Context) -> bool:
    if isinstance(kind, cst.Tuple):
        return any(ctx.resolve(element.value) in _CAUGHT for element in kind.elements)
    return kind is None or ctx.resolve(kind) in _CAUGHT


def _is_harmless(handler: cst.ExceptHandler, ctx: Context) -> bool:
    """Whether the handler raises, or gets a loop where there is none."""
    if isinstance(last_statement(handler.body), cst.Raise):
        return True
    return any(isinstance(node, cst.Call) and ctx.callee(node) in _MAKERS for node in _here(handler.body, ctx))


def _here(node: cst.CSTNode, ctx: Context) -> Iterator[cst.CSTNode]:
    """All nodes below ``node`` that run with it, and that no comment replaces."""
    for child in children(node):
        is_other = type(child) is cst.SimpleStatementLine and ctx.asked_for(child, "replace", "skip", "keep")
        if not is_other and not isinstance(child, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            yield child
            yield from _here(child, ctx)
