"""Keep a coroutine that is made now and awaited later back until then, where its sync counterpart would run too early.

In sync code a call runs when it is made. Where the coroutine is awaited next, that is the same. Where something else happens
first, and all that becomes of the coroutine is seen in the module, `coro = f(x)` becomes `coro = partial(f, x)` and
`await coro` becomes `coro()`. Where it is handed to code that is not seen, it runs at once, and a warning says so. So it does
where nothing tells what becomes of it, and where it is never awaited: no async code would have run it.

`coro.close()`, of what is not to be awaited after all, goes.

What a method gives that is called like those that start tasks (`start_background_task`, `spawn`, `submit`) is no coroutine: the
call is made at once, and `await task` becomes `result_of(task)`, which waits for futures and threads, too.

What a property, an operator, or the `__next__` of a class gives is no call that could be made later: where it is read before it
is awaited, it has run by then, and a warning says so; where it is given to what starts it, that is refused (`UA339`).

Where the code asks whether what something unknown gave is awaitable (`if isawaitable(r): r = await r`), that call is made where it
stands. If anything else is done before the question, or between it and the `await`, a warning says so.

A method of something unknown that gives a task in one class of the project, and is a coroutine function in another, is refused where
something starts what it gives (`UA352`): as a task it has begun, as a coroutine it is yet to be called. Where that is awaited only
when something else has happened, a warning says so. Of an object whose class is known, also one of another module, the class and what
derives from it tell which it is.

So is a method of the module that a class of another one overrides by a plain one that gives a task; and where the project passes plain
functions on that give tasks, a call of a parameter that is made later is warned of. What is awaited where it is called is asked
for its result in both cases.

A coroutine that is put off and kept in an attribute is refused where another module awaits that attribute (`UA353`): a call yet to be
made is all that stands there in sync code.

A call of a plain function that gives a coroutine is put off as a whole. If that does something else first, or need not give one,
a warning says so; if the code asks what it gave (`if coro is None`), it is refused. So it is for functions, methods and decorators of
other modules of the project, and for plain methods of theirs that override coroutine functions.

Nothing can be put off that an attribute or operator gives: a property that is a coroutine function or returns what one gives, an
`async def __or__`. What is read now and awaited later is warned of, what is read to be started (`gather(row.author)`) is refused;
so it is for classes of other modules of the project, as far as it is known, or the name tells, of which class an object is.

A call of something unknown that is put in one place with coroutines is put off with them only if whatever is taken from there
is awaited, or started. Where some of it is used otherwise, nothing tells which is which, and that call is refused. A call of a
function that is known to give no coroutine is never put off.

A function of this module that takes coroutines in order to start them itself (`gather(*coros)`) takes calls that are yet to be
made instead, and its annotations say `Callable[[], T]`; a note says so, as its callers elsewhere must know. Other modules of the
project hand calls over, too; where functions of that name differ in what they start, or one is behind the bridge, that is refused.

A function that only awaits what it is given takes calls yet to be made as well, if it does something else first. Where another
module of the project calls it, and where an async generator awaits it before anything else, it takes the result, and what
is evaluated earlier by that is warned of.

`pool.create_task(f(x))` of an object of which nothing is known is taken for that of a group, and `f(x)` for a call to be made later.
If `pool` is a foreign thing, or the method is another one that sounds like starting (`spawn`, `ensure_future`), and nothing is known
of `f` either, then `f(x)` runs at once, and a warning says so.

Source: https://docs.python.org/3/library/asyncio-task.html#coroutines
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.rewrite.at_once import is_left
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.left import report_left_starter
from unasync_plus.rewrite.make import REMOVE, with_parentheses_of
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.sites import ASYNC_ROOTS, is_like_a_class
from unasync_plus.tree import dotted, walk

rule = Rule(
    __name__,
    code="UA315",
    reports={
        "UA330": "a coroutine that is made now and awaited later runs at once in the sync code",
        "UA338": "a coroutine is given to a function of another module that starts it",
        "UA331": "a function that took coroutines takes calls yet to be made",
        "UA340": "a call is given to something unknown that is called like what starts coroutines, and runs at once",
        "UA347": "a call stands beside what is awaited later, and nothing tells which of both it is",
        "UA351": "a plain function is put off with the coroutine that it gives",
        "UA352": "nothing tells whether what is started is a task or a coroutine",
        "UA353": "a coroutine is kept in an attribute that another module awaits",
        "UA339": "a coroutine that is wanted before it runs has a counterpart that cannot be kept back",
    },
    examples=[
        Example(
            before='async def f(g):\n    coro = g(1)\n    print("first")\n    return await coro\n',
            after=(
                "from functools import partial\n\ndef f(g):\n    coro = partial(g, 1)\n"
                '    print("first")\n    return coro()\n'
            ),
        )
    ],
)


@rule.on(cst.Module)
def by_values(_node: cst.Module, ctx: Context) -> Any:
    """Findings, and nothing else."""
    for operand in ctx.values.read_too_early if ctx.keeps_back else ():
        ctx.warn(
            operand,
            "UA330",
            "the coroutine that is awaited here is what an attribute or operator gave before; in the sync code it ran there",
            "have it given where it is awaited",
        )
    for call in ctx.values.given_results if ctx.keeps_back else ():
        ctx.refuse(
            call,
            "UA339",
            "this starts what it is given, and an attribute, operator or iterator gives it something that has run by then",
            "await that in a function of its own, and pass a call of it",
        )
    for call in ctx.values.unsure if ctx.keeps_back else ():
        ctx.refuse(
            call,
            "UA352",
            "a method of that name gives a task in one class of the project, and is a coroutine function in another; nothing "
            "tells which this is, and something starts what it gives",
            "call it in a coroutine function of its own, and pass a call of that, or say in `rewrite` what becomes of it",
        )
    for call in ctx.values.unsure_early if ctx.keeps_back else ():
        ctx.warn(
            call,
            "UA352",
            "a method of that name gives a task in one class of the project, and is a coroutine function in another; nothing "
            "tells which this is: in the sync code it runs here, and not where it is awaited",
            "await it where it is made, or say by an annotation what it is a method of",
        )
    for call in ctx.values.kept_for_others if ctx.keeps_back else ():
        ctx.refuse(
            call,
            "UA353",
            "this is kept in an attribute that another module awaits; in the sync code of this one it is a call yet to be made, and "
            "nothing says so there",
            "await the attribute in a method of its class, and have the other module call that",
        )
    for call, is_overridden in ctx.values.of_others if ctx.keeps_back else ():
        tell = ctx.refuse if is_overridden else ctx.warn
        tell(
            call,
            "UA352",
            "a class of another module overrides this method by a plain one that gives a task: a task begins where it is called"
            if is_overridden
            else "the project passes plain functions on that give tasks, and this may call one; it is called later here, and what "
            "it gives is taken for a result",
            "await it where it is called, or in a coroutine function of its own, and pass a call of that",
        )
    return PASS


@rule.on(cst.Call)
def runs_early(node: cst.Call, ctx: Context) -> Any:
    """A warning, and nothing else."""
    report_left_starter(node, ctx)
    if ctx.keeps_back and not isinstance(ctx.parent, cst.Await) and ctx.values.is_doubtful(node):
        ctx.refuse(
            node,
            "UA347",
            "this call and coroutines are put in one place, from which some are awaited and some are not; nothing tells "
            "whether this one is to be put off",
            "give coroutines a place of their own (`key, coro = pair`, one name for each), or give what this calls a name, "
            "and await what is to be awaited before anything else is done with it",
        )
    if ctx.keeps_back and not isinstance(ctx.parent, cst.Await) and ctx.values.is_delayed(node):
        tell = ctx.refuse if ctx.values.is_none_told(node) else ctx.warn
        tell(
            node,
            "UA351",
            "this is called when the coroutine that it gives is awaited; whatever it does before it gives one, and whether it "
            "does at all, comes later, too",
            "make it a coroutine function, or await what it gives where it is called",
        )
    early = ctx.values.is_early(node) if ctx.keeps_back else _is_handed_out(node, ctx)
    if (early and not _is_awaited_first(node, ctx)) or _is_awaited_later(node, ctx):
        starter = _starter(ctx)
        if starter:
            ctx.refuse(
                node,
                "UA338",
                f"{starter} starts what it is given, and takes calls yet to be made in sync code",
                f"say in `rewrite` that {starter}($f) is $f, if it only waits for it, or put the sync side in place with "
                f"`# unasync: replace`: {starter}(partial(f, x)) for {starter}(f(x))",
            )
            return PASS
        ctx.warn(
            node,
            "UA330",
            "this coroutine is made here and awaited later; in the sync code it runs here",
            "await it where it is made, or pass the function and its arguments",
        )
    elif _may_be_started(node, ctx):
        ctx.warn(
            node,
            "UA340",
            "this is given to what seems to start coroutines, and nothing tells what either is; in the sync code it runs here",
            "put the sync side in place with `# unasync: replace`, or say in `rewrite` what becomes of what starts it",
        )
    elif (
        not early
        and is_left(node, ctx)
        and not (ctx.keeps_back and _is_put_off(node, ctx))
        and not _is_for_sync(node, ctx)
    ):
        never = type(ctx.parent) is cst.Expr
        ctx.warn(
            node,
            "UA330",
            f"this coroutine is made here, and {'never awaited' if never else 'nothing tells when it is awaited'}; in the sync "
            "code it runs here",
            "leave the statement out with `# unasync: skip`, or await it"
            if never
            else "await it where it is made, or pass the function and its arguments",
        )
    elif ctx.keeps_back and ctx.values.is_asked_late(node):
        ctx.warn(
            node,
            "UA330",
            "this may give a coroutine, which is asked about or awaited only when something else has happened; in the sync "
            "code it runs here",
            "ask whether it is awaitable, and await it, right behind the call",
        )
    return PASS


def _is_for_sync(node: cst.Call, ctx: Context) -> bool:
    """Whether only sync code comes here: a comment says so, or the branch is for what is no coroutine function."""
    if ctx.is_in_sync_branch:
        return True
    tests = (parent.test for parent in ctx.parents if isinstance(parent, cst.If))
    return any(_asks_about(node.func, one) for test in tests for one in walk(test))


def _asks_about(function: cst.BaseExpression, test: cst.CSTNode) -> bool:
    if type(test) is not cst.Call or len(test.args) != 1 or not test.args[0].value.deep_equals(function):
        return False
    return (dotted(test.func) or "").rpartition(".")[2] == "iscoroutinefunction"


def _is_put_off(node: cst.Call, ctx: Context) -> bool:
    return ctx.values.is_kept_back(node) or ctx.values.is_mapped(node)


@rule.on(cst.Call, attributes="close")
def closed(node: cst.Call, ctx: Context) -> Any:
    """Nothing: what has yet to be called need not be told that it will not be."""
    func = node.func
    assert isinstance(func, cst.Attribute)
    if not ctx.keeps_back or node.args:
        return PASS
    if not ctx.values.may_be_awaitable(func.value).startswith("call"):
        return PASS
    return REMOVE if ctx.is_statement else with_parentheses_of(cst.Name("None"), node)


def _is_handed_out(node: cst.Call, ctx: Context) -> bool:
    """Whether a coroutine of this module is made as an argument of something else."""
    around = ctx.parent
    is_argument = type(around) is cst.Arg
    if type(around) is cst.Call and not any(node is part for part in _callee(around)) and not ctx.unwraps(around):
        is_argument = (ctx.resolve(around.func) or "").partition(".")[0] not in {*ASYNC_ROOTS, "uvloop"}
    return is_argument and any(
        isinstance(binding.node, cst.FunctionDef) and binding.node.asynchronous is not None
        for binding in ctx.bindings(node.func)
        if binding.kind == "def" and not ctx.names.scopes[id(binding.node)].yields
    )


def _is_awaited_first(node: cst.Call, ctx: Context) -> bool:
    """Whether a call is given to a function of another module that is awaited here, and awaits it before anything else."""
    return (
        len(ctx.parents) > 3
        and isinstance(ctx.parents[-4], cst.Await)
        and any(found.startswith("=") for found in _awaited_as(ctx))
    )


def _is_awaited_later(node: cst.Call, ctx: Context) -> bool:
    """Whether a call is given to a function of another module that does something else before it awaits it."""
    if all(found.startswith("=") for found in _awaited_as(ctx)) or not _is_unknown(node, ctx):
        return False
    return not ctx.deals_in_awaitables or not ctx.values.may_be_task(node)


def _awaited_as(ctx: Context) -> list[str]:
    """The parameters of a function of another module, which awaits them, for which the call at hand is given."""
    around = ctx.parents[-3] if ctx.project.awaiters and isinstance(ctx.parent, cst.Arg) else None
    if type(around) is not cst.Call:
        return []
    qualified = ctx.resolve(around.func)
    if qualified is None or not ctx.is_owned(qualified):
        return []
    known = ctx.project.awaiters.get(qualified.rpartition(".")[2], ())
    return [parameter for parameter in known if _is_given(around, ctx.parent, parameter.removeprefix("="))]


def _is_given(around: cst.Call, given: cst.CSTNode | None, parameter: str) -> bool:
    """Whether the argument ``given`` is that for a parameter, which is said as ``place:name``."""
    place, _, name = parameter.partition(":")
    for index, arg in enumerate(around.args):
        if arg is given and not arg.star:
            if arg.keyword is not None:
                return arg.keyword.value == name
            return index >= int(place[1:]) if place.startswith("*") else str(index) == place
    return False


_LIKE_STARTERS = frozenset(
    "create_task ensure_future run_coroutine_threadsafe spawn spawn_nowait create_background_task create_eager_task "
    "async_create_task async_create_background_task".split()
)
"""What functions are called that start coroutines: those of asyncio, and of what wraps it."""


def _may_be_started(node: cst.Call, ctx: Context) -> bool:
    """Whether a call of something unknown is the argument of something unknown that is called like what starts it."""
    if _LIKE_STARTERS.isdisjoint(ctx.words):
        return False
    around = ctx.parents[-3] if isinstance(ctx.parent, cst.Arg) else ctx.parent
    if not isinstance(around, cst.Call) or around.func is node or ctx.is_settled(around):
        return False
    func = around.func.attr if isinstance(around.func, cst.Attribute) else around.func
    name = func.value if isinstance(func, cst.Name) else ""
    if name not in _LIKE_STARTERS or (isinstance(ctx.parents[-4], cst.Await) and "spawn" not in name):
        return False
    starter = ctx.resolve(around.func)
    if starter is not None and (starter.partition(".")[0] in ASYNC_ROOTS or ctx.is_left(starter)):
        return False
    return not (ctx.keeps_back and ctx.values.is_kept_back(node)) and _is_unknown(node, ctx)


def _is_unknown(node: cst.Call, ctx: Context) -> bool:
    """Whether nothing tells that a call gives no coroutine."""
    qualified = ctx.resolve(node.func)
    if is_like_a_class(node) or ctx.is_settled(node):
        return False
    if qualified is not None:
        return qualified.partition(".")[0] not in {*STDLIB, *ASYNC_ROOTS, "builtins"}
    return not ctx.bindings(node.func) or any(
        binding.kind not in ("def", "class") for binding in ctx.bindings(node.func)
    )


def _callee(around: cst.Call) -> tuple[cst.CSTNode, ...]:
    """What is called, and the object whose method that is."""
    return (around.func, around.func.value) if isinstance(around.func, cst.Attribute) else (around.func,)


def _starter(ctx: Context) -> str:
    """The name of the function of another module that is given the call at hand, and starts it; empty if none is."""
    around = ctx.parents[-3] if isinstance(ctx.parent, cst.Arg) else ctx.parent
    if not isinstance(around, cst.Call) or around.func is ctx.parents[-1]:
        return ""
    func = around.func.attr if isinstance(around.func, cst.Attribute) else around.func
    if not isinstance(func, cst.Name) or func.value not in ctx.project.starters:
        return ""
    qualified = ctx.resolve(around.func)
    if qualified is not None and not ctx.is_owned(qualified):
        return ""
    return "" if ctx.keeps_back and ctx.values.functions(around.func) else func.value


@rule.on(cst.Parameters)
def takes_calls(node: cst.Parameters, ctx: Context) -> Any:
    """A note on what callers have to pass."""
    names = ctx.values.wanted_calls(node) if ctx.keeps_back else []
    if names:
        ctx.note(
            ctx.parent or node,
            "UA331",
            f"{', '.join(names)}: where coroutines were passed, calls are now that are yet to be made",
            "pass `partial(f, x)` for `f(x)`",
        )
    return PASS
