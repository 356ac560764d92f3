"""What cannot be done without threads: a task that waits for what only another one, or its creator, does later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from unasync_plus.resolve.scopes import Scope
from unasync_plus.rewrite.blocking import iterated_in, waits_in
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.values.containers import CHANNELS
from unasync_plus.rewrite.values.functions import Function
from unasync_plus.rewrite.values.loop_methods import LOOP
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.tree import children

_WAITING = {
    **{f"asyncio.{name}": {"get", "put", "join"} for name in ("Queue", "LifoQueue", "PriorityQueue")},
    **{f"{library}.Event": {"wait"} for library in ("asyncio", "anyio", "trio")},
    **{f"{library}.Condition": {"wait", "wait_for"} for library in ("asyncio", "anyio", "trio")},
    "asyncio.Barrier": {"wait"},
    LOOP: {"sock_accept"},
    "anyio.MemoryStream": {"send", "receive"},
    "trio.MemoryChannel": {"send", "receive"},
}
_READERS = frozenset({"asyncio.Streams", "asyncio.StreamReader"})
_READS = frozenset({"read", "readline", "readexactly", "readuntil"})
_STEPS = frozenset({"__anext__", "asend"})
_FOREVER = frozenset({"anyio.sleep_forever", "trio.sleep_forever"})


def _elsewhere(func: cst.BaseExpression, ctx: Context, scope: Scope) -> str:
    """Whether ``func`` is of another module, and waits for others: ``all`` of its name do, ``some``, or ``none``."""
    name, known = last_name(func), ctx.project.starving
    if name not in known or ctx.values.functions(func):
        return "none"
    qualified = ctx.names.resolve(func, scope)
    if qualified is not None:
        return known[name] if ctx.is_owned(qualified) else "none"
    if not isinstance(func, cst.Attribute) or ctx.values.kinds(func.value):
        return "none"
    makers = [origin.rpartition(".")[2] for origin in ctx.provenance.names(func.value, scope)]
    return next((known[key] for maker in makers if (key := f"{maker}.{name}") in known), known[name])


def refuse_starving(started: Iterable[cst.BaseExpression], ctx: Context) -> None:
    """Refuse, without threads, each of ``started`` (calls, or what holds some) that would wait for ever."""
    if ctx.concurrency != "sequential":
        return
    for node in started:
        calls = [node] if isinstance(node, cst.Call) else ctx.values.sources(node) or ctx.values.elements(node)
        for call in calls:
            if _starves(call, ctx, ctx.scope, set()):
                _refuse(node, ctx)
                break
            _tell_of_some(call.func, ctx)


def refuse_starving_function(node: cst.BaseExpression, ctx: Context) -> None:
    """The same for a function that is handed over with its arguments."""
    if ctx.concurrency == "sequential":
        functions = ctx.values.functions(node) or []
        is_elsewhere = bool(ctx.project.starving) and _elsewhere(node, ctx, ctx.scope) == "all"
        if is_elsewhere or any(_function_starves(function, ctx, set()) for function in functions):
            _refuse(node, ctx)
        else:
            _tell_of_some(node, ctx)


def _tell_of_some(func: cst.BaseExpression, ctx: Context) -> None:
    if ctx.project.starving and _elsewhere(func, ctx, ctx.scope) == "some":
        ctx.warn(
            func,
            "UA334",
            "without threads this runs as soon as it is started, and some function of that name waits for what happens later",
            'say what it is by an annotation, or use concurrency = "threads", here with `# unasync: threads`',
        )


def _refuse(node: cst.BaseExpression, ctx: Context) -> None:
    ctx.refuse(
        node,
        "UA334",
        "without threads this runs as soon as it is started, and waits for what happens only later",
        'use concurrency = "threads", here with `# unasync: threads`',
    )


def _starves(node: cst.BaseExpression, ctx: Context, scope: Scope, seen: set[int]) -> bool:
    if isinstance(node, cst.Call):
        if ctx.names.resolve(node.func, scope) in _FOREVER or _waits(node, ctx) or _reads(node, ctx, scope):
            return True
        if any(isinstance(arg.value, cst.Call) and _starves(arg.value, ctx, scope, seen) for arg in node.args):
            return True
        stepped = _stepped(node, ctx, scope)
        if stepped is not None and _starves(stepped, ctx, scope, seen):
            return True
        functions = ctx.values.functions(node.func) or []
        if not functions and ctx.project.starving and _elsewhere(node.func, ctx, scope) == "all":
            return True
        return any(_function_starves(function, ctx, seen) for function in functions)
    if isinstance(node, cst.Name) and any(_starves(call, ctx, scope, seen) for call in _made_by(node, ctx, scope)):
        return True
    slot = ctx.values.slot(node)
    if slot is None:
        return False
    if "future" in slot.items or slot.items & {"asyncio.Barrier"}:
        return True
    return any(_starves(source, ctx, scope, seen) for source in ctx.values.sources(node))


def _stepped(call: cst.Call, ctx: Context, scope: Scope) -> cst.BaseExpression | None:
    """The generator whose next item is asked for."""
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _STEPS:
        return call.func.value
    is_next = ctx.names.resolve(call.func, scope) == "builtins.anext" and bool(call.args)
    return call.args[0].value if is_next else None


def _made_by(name: cst.Name, ctx: Context, scope: Scope) -> Iterator[cst.Call]:
    """The calls of generator functions that made what a variable holds."""
    found = scope.lookup(name.value)
    for binding in found[1] if found is not None else ():
        value = binding.value
        if binding.kind == "assign" and isinstance(value, cst.Call):
            if any(function.is_generator for function in ctx.values.functions(value.func) or ()):
                yield value


def _waits(call: cst.Call, ctx: Context) -> bool:
    func = call.func
    if not isinstance(func, cst.Attribute):
        return False
    return any(func.attr.value in _WAITING.get(kind, ()) for kind in ctx.values.kinds(func.value))


def _reads(call: cst.Call, ctx: Context, scope: Scope) -> bool:
    """Whether it reads a stream that is not the task's own, so that its creator may yet have to ask for the answer."""
    func = call.func
    if (
        not isinstance(func, cst.Attribute)
        or func.attr.value not in _READS
        or not ctx.values.kinds(func.value) & _READERS
    ):
        return False
    found = scope.lookup(func.value.value) if isinstance(func.value, cst.Name) else None
    own = found is not None and found[0] is scope and all(binding.kind != "param" for binding in found[1])
    return scope is ctx.scope or not own


def _function_starves(function: Function, ctx: Context, seen: set[int]) -> bool:
    if id(function) in seen:
        return False
    seen.add(id(function))
    body = function.node.body
    if _is_endless(body) or any(ctx.values.kinds(node) & CHANNELS for node in iterated_in(body)):
        return True
    return any(_starves(node, ctx, function.scope, seen) for node in waits_in(body))


def _is_endless(body: cst.CSTNode) -> bool:
    """Whether a loop in ``body`` ends only by an exception from outside, or when something outside changes."""
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.While) and _is_forever(node.test) and not _leaves(node.body):
            return True
        if not isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            stack.extend(children(node))
    return False


def _is_forever(test: cst.BaseExpression) -> bool:
    if isinstance(test, cst.UnaryOperation):
        return isinstance(test.operator, cst.Not) and _is_forever(test.expression)
    return isinstance(test, cst.Attribute) or (
        isinstance(test, (cst.Name, cst.Integer)) and test.value in ("True", "1")
    )


def _leaves(body: cst.CSTNode, in_loop: bool = False) -> bool:
    for node in children(body):
        if isinstance(node, (cst.Return, cst.Raise)) or (isinstance(node, cst.Break) and not in_loop):
            return True
        if isinstance(node, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            continue
        if _leaves(node, in_loop or isinstance(node, (cst.While, cst.For))):
            return True
    return False
