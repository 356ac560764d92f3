"""Context managers beyond `async with`, and what generators can do besides being iterated over."""

from __future__ import annotations

from differential.expressions import awaited, plain
from differential.writer import Scope, Writer


def statement(w: Writer, scope: Scope) -> None:
    name = w.fresh("v")
    w.choose(STATEMENTS)(w, scope, name)
    scope.variables.append(name)


def manager(w: Writer, scope: Scope) -> str:
    return w.one_of([*(f"{known}({plain(w, scope)})" for known in w.managers), f"held({plain(w, scope)})"])


def stack(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = 0")
    with w.block(f"async with contextlib.AsyncExitStack() as stack_{name}:"):
        for _ in range(w.number(1, 3)):
            what = w.number(0, 4)
            if what == 0:
                w.line(f"{name} += await stack_{name}.enter_async_context({manager(w, scope)})")
            elif what == 1:
                w.line(f"stack_{name}.push_async_callback(note, {plain(w, scope)}, key=1)")
            elif what == 2:
                w.line(f"stack_{name}.callback(log.append, {plain(w, scope)})")
            elif what == 3:
                w.line(f"{name} += stack_{name}.enter_context(contextlib.nullcontext({plain(w, scope)}))")
            else:
                w.line(f"@stack_{name}.push_async_exit")
                with w.block(f"async def leave_{w.fresh('x')}(kind, error, trace):"):
                    w.log("('pushed', repr(error))")
                    w.line(f"return {w.one_of(['None', 'kind is KeyError'])}")
        if scope.may_raise:
            with w.block(f"if {plain(w, scope)} % 2:"):
                w.line(f"raise {w.one_of(['ValueError', 'KeyError'])}({plain(w, scope)})")
        w.line(f"{name} += {awaited(w, scope)}")


def stack_moved(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"stack_{name} = contextlib.AsyncExitStack()")
    with w.block(f"async with stack_{name}:"):
        w.line(f"{name} = await stack_{name}.enter_async_context({manager(w, scope)})")
        w.line(f"moved_{name} = stack_{name}.pop_all()")
    w.log(f"'{name} moved'")
    w.line(f"await moved_{name}.aclose()")


def stack_in_an_object(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"async with Holder({plain(w, scope)}) as holder_{name}:"):
        w.line(f"{name} = holder_{name}.got + {awaited(w, scope)}")


def closing(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = 0")
    with w.block(f"async with contextlib.aclosing(numbers({w.number(1, 4)})) as gen_{name}:"):
        with w.block(f"async for i in gen_{name}:"):
            w.line(f"{name} += i")
            with w.block(f"if i == {w.number(0, 4)}:"):
                w.line("break")
        with w.block("else:"):
            w.log(f"'{name} all'")


def decorator(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"@held({plain(w, scope)})")
    with w.block(f"async def decorated_{name}(x):"):
        w.line(f"return {awaited(w, Scope(['x']))}")
    w.line(f"{name} = await decorated_{name}({plain(w, scope)}) + await decorated_{name}(1)")


def nothing(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"async with contextlib.nullcontext({awaited(w, scope)}) as {name}:"):
        w.log(name)


def suppressed(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = 2")
    with w.block("with contextlib.suppress(ValueError):"):
        w.line(f"{name} = await fail({plain(w, scope)})")


def thrown(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"gen_{name} = {w.one_of(['numbers(3)', 'running()'])}")
    w.log(f"await anext(gen_{name})")
    with w.block("try:"):
        w.log(f"await gen_{name}.athrow(KeyError({plain(w, scope)}))")
    with w.block("except (KeyError, StopAsyncIteration) as error:"):
        w.log("repr(error)")
    w.line(f"{name} = await anext(gen_{name}, {plain(w, scope)})")


def exhausted(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"gen_{name} = {w.one_of(['numbers', 'chained'])}()".replace("numbers()", "numbers(1)"))
    w.line(f"{name} = 0")
    with w.block("try:"), w.block("while True:"):
        w.line(f"{name} += 1 + await {w.one_of([f'gen_{name}.__anext__()', f'anext(gen_{name})'])}")
    with w.block("except StopAsyncIteration:"):
        w.log(f"'{name} exhausted'")


def sends(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"gen_{name} = running({plain(w, scope)})")
    w.line(f"send_{name} = gen_{name}.asend")
    w.line(f"await send_{name}(None)")
    w.line(f"{name} = [await send_{name}(i) for i in range({w.number(1, 3)})][-1]")
    with w.block("try:"):
        w.line(f"await send_{name}(None)")
    with w.block("except StopAsyncIteration:"):
        w.log(f"'{name} over'")


def chain(w: Writer, scope: Scope, name: str) -> None:
    inner = w.one_of(["numbers(2)", "running_twice()", "(i async for i in numbers(3))"])
    inner = inner.replace("running_twice()", "(await double(i) for i in range(2))")
    w.line(f"{name} = sum([i async for i in chained(numbers(2), {inner}) if i != {w.number(0, 2)}])")


def expressions(w: Writer, scope: Scope, name: str) -> None:
    form = w.one_of(
        [
            "sum([i * j async for i in numbers(3) for j in range(i) if await double(j) < 5])",
            "sum({i async for i in numbers(3)} | {await double(i) for i in range(2)})",
            "sum({i: await double(i) async for i in numbers(3) if i}.values())",
            "len([row async for row in pairs(2) if (last := row[1]) >= 0]) + last",
            "sum([x for x in [await double(i) for i in range(3)] if x])",
            "await (lambda value: double(value))({x})",
            "int(f'{{await double({x}):d}}{{(await double(1)):>{{await double(2)}}}}'.replace(' ', '').replace('-', ''))",
            "await add(*[await double(i) for i in range(2)])",
            "await add(**{{'x': await double({x}), 'y': 1}})",
            "[10, 20, 30][await double(0) : await double(1)][-1]",
            "max([await double(1), {x}], key=lambda value: -value)",
            "(await factorial({n})) % 97",
            "await functools.partial(functools.partial(add, 1), y=2)()",
            "await in_order(double, double, {f})({x})",
            "await Cached(double)({x})",
            "-(await double({x})) if not await double(0) else ~await double(1)",
        ]
    )
    form = (
        form.replace("{x}", plain(w, scope))
        .replace("{n}", str(w.number(0, 4)))
        .replace("{f}", "functools.partial(add, 1)")
    )
    w.line(f"{name} = {form.replace('{{', '{').replace('}}', '}')}")


STATEMENTS = [
    stack, stack, stack_moved, stack_in_an_object, closing, decorator, nothing, suppressed, thrown, exhausted, sends, chain,
    *[expressions] * 4,
]  # fmt: skip
