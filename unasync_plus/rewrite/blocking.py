"""Whether a call ends when a deadline or a cancellation reaches it: whether all it waits for are waits of the runtime."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.executors import is_none
from unasync_plus.rewrite.values.containers import CLOSED_AT_ONCE
from unasync_plus.rewrite.values.effects import SOCKET_METHODS
from unasync_plus.rewrite.values.functions import Function
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.tree import children, dotted

_WAITS = frozenset(
    f"{library}.{name}"
    for library, names in {
        "asyncio": "sleep gather wait wait_for shield as_completed timeout timeout_at TaskGroup open_connection "
        "open_unix_connection create_subprocess_exec create_subprocess_shell start_server start_unix_server",
        "async_timeout": "timeout timeout_at",
        "anyio": "sleep sleep_forever sleep_until create_task_group fail_after move_on_after CancelScope open_process",
        "trio": "sleep sleep_forever sleep_until open_nursery fail_after move_on_after fail_at move_on_at CancelScope",
    }.items()
    for name in names.split()
)
_PRIMITIVES = frozenset(
    f"{library}.{name}"
    for library in ("asyncio", "anyio", "trio")
    for name in "Lock Event Condition Semaphore BoundedSemaphore Barrier Queue LifoQueue PriorityQueue TaskGroup".split()
) | {
    *("anyio.abc.TaskGroup", "trio.Nursery", *CLOSED_AT_ONCE, "anyio.CapacityLimiter", "trio.CapacityLimiter"),
    *(
        "asyncio.Streams",
        "asyncio.StreamReader",
        "asyncio.StreamWriter",
        "asyncio.subprocess.Process",
        "asyncio.Server",
    ),
}


def report_blocking(node: cst.BaseExpression, ctx: Context) -> None:
    """Say that a limit of time does not stop ``node``, if it does not; refuse it where no thread could be left behind."""
    if ends_in_time(node, ctx):
        return
    if ctx.concurrency == "sequential":
        ctx.refuse(
            node,
            "UA334",
            "without threads nothing can stop waiting for this when the time is up",
            'use concurrency = "threads", here with `# unasync: threads`, or pass a timeout to what is called',
        )
    else:
        ctx.warn(
            node,
            "UA332",
            "when the time is up the caller goes on, and so does this, in a thread that nobody waits for",
            "pass a timeout to what is called, if it takes one",
        )


def ends_in_time(node: cst.BaseExpression, ctx: Context) -> bool:
    """Whether ``await node`` can be ended from outside in the sync code too."""
    return _ends(node, ctx, ctx.scope, set())


def function_ends_in_time(node: cst.BaseExpression, ctx: Context) -> bool:
    """The same of a call of ``node``, a function that a group starts."""
    if ctx.resolve(node) in _WAITS:
        return True
    functions = ctx.values.functions(node)
    return functions is not None and all(_function_ends(function, ctx, set()) for function in functions)


def _ends(node: cst.BaseExpression, ctx: Context, scope: Scope, seen: set[int]) -> bool:
    if not isinstance(node, cst.Call):
        slot = ctx.values.slot(node)
        if slot is None:
            return False
        sources = ctx.values.sources(node)
        if sources:
            return all(_ends(source, ctx, scope, seen) for source in sources)
        return bool({"task", *_PRIMITIVES} & slot.items)
    qualified = ctx.names.resolve(node.func, scope)
    if qualified is not None:
        inner = [arg.value for arg in node.args if isinstance(arg.value, cst.Call)]
        return qualified in _WAITS and all(_ends(call, ctx, scope, seen) for call in inner)
    if isinstance(node.func, cst.Attribute):
        kinds = ctx.values.kinds(node.func.value)
        method = node.func.attr.value
        if kinds & _PRIMITIVES or (LOOP in kinds and method in SOCKET_METHODS):
            return True
        if LOOP in kinds and method == "run_in_executor" and node.args:
            return not is_none(node.args[0].value, ctx, scope)
    slot = ctx.values.slot(node)
    if slot is not None and "task" in slot.items:
        return True
    if isinstance(node.func, cst.Attribute) and not _is_known(node.func.value, ctx, scope):
        return False  # functions of that name say nothing of it
    functions = ctx.values.functions(node.func)
    return functions is not None and all(_function_ends(function, ctx, seen) for function in functions)


def _is_known(receiver: cst.BaseExpression, ctx: Context, scope: Scope) -> bool:
    """Whether ``receiver`` is an object, or the class, of this module whose method is called."""
    if isinstance(receiver, cst.Call) and ctx.names.resolve(receiver.func, scope) == "builtins.super":
        return True
    if not isinstance(receiver, cst.Name):
        return ctx.values.is_of_own_class(receiver)
    home, bindings = scope.lookup(receiver.value) or (scope, [])
    if bindings and all(binding.kind == "class" for binding in bindings):
        return True
    if home.parent is not None and home.parent.kind == "class" and next(iter(home.bindings)) == receiver.value:
        return True  # it is called `self`, most likely
    said = [home.lookup(dotted(binding.annotation) or "") for binding in bindings if binding.annotation is not None]
    if said and all(found and all(one.kind == "class" for one in found[1]) for found in said):
        return True
    return ctx.values.is_of_own_class(receiver)


def _function_ends(function: Function, ctx: Context, seen: set[int]) -> bool:
    if id(function) in seen:
        return True
    seen.add(id(function))
    return all(_ends(node, ctx, function.scope, seen) for node in waits_in(function.node.body))


def waits_in(body: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What is awaited, entered and iterated over asynchronously in ``body``, not in functions inside it."""
    yield from iterated_in(body)
    for node in _within(body):
        if isinstance(node, cst.Await):
            yield node.expression
        elif isinstance(node, cst.With) and node.asynchronous is not None:
            yield from (item.item for item in node.items)


def iterated_in(body: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """What is iterated over asynchronously in ``body``."""
    for node in _within(body):
        if isinstance(node, (cst.For, cst.CompFor)) and node.asynchronous is not None:
            yield node.iter


def _within(body: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack = [body]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            stack.extend(children(node))
