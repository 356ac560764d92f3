"""Make pytest's own fixtures of those of the asynchronous plugins, and leave out fixtures about the loop.

`@pytest_asyncio.fixture` and `@pytest_trio.trio_fixture` become `@pytest.fixture`; `loop_scope` has no meaning there.
Fixtures called `event_loop`, `event_loop_policy`, `anyio_backend…` only say how coroutines are run: they go, with the
parameters of tests and fixtures that ask for them, `parametrize("anyio_backend", …)` and their names in
`usefixtures`. What still uses such a parameter is refused, but for what event loops do in sync code too:
`event_loop.run_until_complete(f())` is `f()`. So are tests that use the clocks of pytest-trio. A fixture that `rename` or
`naming.keep` lets keep its name stays.

Source: https://pytest-asyncio.readthedocs.io/en/stable/reference/decorators/index.html
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import converted_call
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.foreign import imports
from unasync_plus.rewrite.make import REMOVE, with_parentheses_of, without_removed
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import replaced, walk

rule = Rule(
    __name__,
    code="UA402",
    examples=[
        Example(
            before=(
                'import pytest_asyncio\n\n\n@pytest_asyncio.fixture(loop_scope="session")\n'
                "async def server():\n    yield await start()\n"
            ),
            after="import pytest\n\n\n@pytest.fixture\ndef server():\n    yield start()\n",
        ),
        Example(
            before="async def test_f(f, anyio_backend):\n    assert await f() == 1\n",
            after="def test_f(f):\n    assert f() == 1\n",
        ),
        Example(
            before="def test_loop(event_loop):\n    event_loop.set_debug(True)\n    print(event_loop)\n", refused=True
        ),
    ],
)

_DECORATORS = ("pytest_asyncio.fixture", "pytest_trio.trio_fixture")
_FIXTURES = frozenset({"pytest.fixture", "pytest.yield_fixture", *_DECORATORS})
_GONE = frozenset("event_loop event_loop_policy anyio_backend anyio_backend_name anyio_backend_options".split())
_OF_TRIO = frozenset({"autojump_clock", "mock_clock"})
_WITH_RULES = frozenset(
    "call_at call_later call_soon call_soon_threadsafe create_future create_task run_in_executor run_until_complete time".split()
)
_PLUGINS = frozenset({"anyio", "pytest_anyio", "pytest_asyncio", "pytest_trio", "pytest_asyncio.plugin"})

_WAY_OUT = "leave the test out with `# unasync: skip`, or put other lines in its place with `# unasync: replace`"


@rule.on(cst.Call, named=_DECORATORS)
def plain_fixture(node: cst.Call, ctx: Context) -> Any:
    """pytest's decorator, without ``loop_scope``."""
    args = [arg for arg in node.args if arg.keyword is None or arg.keyword.value != "loop_scope"]
    func = ctx.visit(node.func)
    if node.args and not args:
        return func
    return replaced(node, func=func, args=without_removed(node.args, ctx.visit_all(args)))


@rule.on(cst.FunctionDef)
def no_loop_fixture(node: cst.FunctionDef, ctx: Context) -> Any:
    """Nothing, for a fixture that makes a loop or chooses a backend."""
    return REMOVE if node.name.value in _gone(ctx) and _is_fixture(node, ctx) else PASS


@rule.on(cst.Parameters)
def no_loop_parameters(node: cst.Parameters, ctx: Context) -> Any:
    """The parameters without those through which a test asks for such a fixture."""
    function = ctx.parent
    if not isinstance(function, cst.FunctionDef):
        return PASS
    if not (function.name.value.startswith("test") or (function.decorators and _is_fixture(function, ctx))):
        return PASS
    params = (*node.params, *node.kwonly_params)
    for param in params:
        if param.name.value in _OF_TRIO and imports(ctx, "trio") and not ctx.scope.lookup(param.name.value):
            text = f"the fixture {param.name.value} of pytest-trio is about how coroutines are run"
            ctx.refuse(param, "UA402", text, _WAY_OUT)
    gone = [param.name.value for param in params if param.name.value in _gone(ctx)]
    if not gone:
        return PASS
    for name in gone:
        for use in _uses(function.body, name)[:1]:
            ctx.refuse(
                use,
                "UA402",
                f"the fixture {name} is about how coroutines are run, and this use of it has no sync meaning",
                _WAY_OUT,
            )
    return ctx.descend(_without(node, gone))


def _without(node: cst.Parameters, gone: Collection[str]) -> cst.Parameters:
    params = [param for param in node.params if param.name.value not in gone]
    named = [param for param in node.kwonly_params if param.name.value not in gone]
    star = node.star_arg
    if isinstance(star, cst.ParamStar) and not named:
        star = cst.MaybeSentinel.DEFAULT
    is_last = not named and star is cst.MaybeSentinel.DEFAULT and node.star_kwarg is None
    kept = named or (params if is_last else [])
    if kept:
        kept[-1] = replaced(kept[-1], comma=cst.MaybeSentinel.DEFAULT)
    return replaced(node, params=params, kwonly_params=named, star_arg=star)


@rule.on(cst.Call, attributes="run_until_complete")
def run_until_complete(node: cst.Call, ctx: Context) -> Any:
    """The coroutine's call itself, where a fixture gave the loop."""
    if not _is_run(node) or len(node.args) != 1 or not isinstance(node.args[0].value, cst.Call):
        return PASS
    found = ctx.scope.lookup("event_loop")
    if found is None or any(binding.kind != "param" for binding in found[1]):
        return PASS
    new = converted_call(node.args[0].value, ctx)
    return with_parentheses_of(new, node) if isinstance(new, cst.BaseExpression) else new


@rule.on(cst.Call, named=["pytest.mark.parametrize", "pytest.mark.usefixtures"])
def no_backend_mark(node: cst.Call, ctx: Context) -> Any:
    """The mark without what it says about such fixtures; nothing if that was all."""
    gone = _gone(ctx)
    is_used = (ctx.resolve(node.func) or "").endswith("usefixtures")
    names = [_text(arg.value) for arg in (node.args if is_used else node.args[:1])]
    if not is_used and names and names[0] in gone:
        return REMOVE
    if not is_used and not gone.isdisjoint(part.strip() for part in (names or [""])[0].split(",")):
        ctx.refuse(
            node,
            "UA402",
            "tests are parametrised with the backend that runs coroutines, and with something else in the same mark",
            "give the backend a mark of its own",
        )
        return PASS
    if not is_used or gone.isdisjoint(names):
        return PASS
    args = [arg for arg, name in zip(node.args, names, strict=True) if name not in gone]
    return replaced(node, args=without_removed(node.args, ctx.visit_all(args))) if args else REMOVE


@rule.on(cst.Assign)
def no_plugin(node: cst.Assign, ctx: Context) -> Any:
    """``pytest_plugins`` without the plugins that run coroutines."""
    target = node.targets[0].target
    if not isinstance(target, cst.Name) or target.value != "pytest_plugins" or ctx.scope.kind != "module":
        return PASS
    if _text(node.value) in _PLUGINS:
        return REMOVE
    if not isinstance(node.value, (cst.List, cst.Tuple)):
        return PASS
    old = node.value.elements
    kept = [element for element in old if _text(element.value) not in _PLUGINS]
    if len(kept) == len(old):
        return PASS
    if not kept:
        return REMOVE
    if isinstance(node.value, cst.Tuple) and len(kept) == 1:
        kept = [replaced(kept[0], comma=cst.Comma())]
    return replaced(node, value=replaced(node.value, elements=without_removed(old, ctx.visit_all(kept))))


def _gone(ctx: Context) -> frozenset[str]:
    """The names of fixtures that go, without those that the configuration keeps."""
    return frozenset(name for name in _GONE if not ctx.namer.speaks_of(name) or ctx.namer.module(name) != name)


def _is_fixture(node: cst.FunctionDef, ctx: Context) -> bool:
    for item in node.decorators:
        decorator = item.decorator
        if ctx.resolve(decorator.func if isinstance(decorator, cst.Call) else decorator) in _FIXTURES:
            return True
    return False


def _is_run(node: cst.CSTNode) -> bool:
    func = node.func if isinstance(node, cst.Call) else None
    return (
        isinstance(func, cst.Attribute)
        and func.attr.value == "run_until_complete"
        and isinstance(func.value, cst.Name)
        and func.value.value == "event_loop"
    )


def _uses(body: cst.CSTNode, name: str) -> list[cst.Name]:
    """Where ``body`` reads ``name``, but for methods of loops that other rules deal with."""
    methods = {
        id(part.value)
        for part in walk(body)
        if isinstance(part, cst.Attribute) and name == "event_loop" and part.attr.value in _WITH_RULES
    }
    return [
        part for part in walk(body) if isinstance(part, cst.Name) and part.value == name and id(part) not in methods
    ]


def _text(node: cst.CSTNode) -> str:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else ""
    return value if isinstance(value, str) else ""
