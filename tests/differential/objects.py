"""Classes: methods of all kinds, inheritance, callbacks; exceptions and groups of them."""

from __future__ import annotations

from differential.expressions import awaited, plain
from differential.writer import Scope, Writer


def statement(w: Writer, scope: Scope) -> None:
    name = w.fresh("v")
    w.choose([*STATEMENTS, *(GROUPS if w.newest and w.threads else ())])(w, scope, name)
    scope.variables.append(name)


def node(w: Writer, scope: Scope, name: str) -> None:
    made = w.one_of(["{c}({x})", "await {c}.create({x})"]).format(c=w.one_of(["Node", "Leaf"]), x=plain(w, scope))
    w.line(f"node_{name} = {made}")
    use = w.one_of(
        [
            "await node_{n}.value()",
            "await node_{n}({x})",
            "await node_{n}.plus({x}, 1)",
            "await node_{n}.later",
            "(await type(node_{n}).create({x})).x",
            "await Node.value(node_{n})",
            "await getattr(node_{n}, 'value')()",
        ]
    )
    w.line(f"{name} = {use.format(n=name, x=plain(w, scope))}")


def point(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = await Point({plain(w, scope)}, y={awaited(w, scope)}).norm()")


def emitter(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"emitter_{name} = Emitter()")
    for _ in range(w.number(0, 3)):
        handler = w.one_of(
            ["double", "triple", "emitter_{n}.own", "lambda x: x", "lambda x: double(x)", "functools.partial(add, 1)"]
        )
        w.line(f"emitter_{name}.on({handler.format(n=name)})")
    if w.chance(30):
        w.line(f"@emitter_{name}.on")
        with w.block(f"async def handler_{name}(x):"):
            w.line(f"return {awaited(w, Scope(['x']))}")
    w.line(f"{name} = sum(await emitter_{name}.emit({plain(w, scope)}))")


def dispatch(w: Writer, scope: Scope, name: str) -> None:
    key = w.one_of(["double", "triple", "own"])
    w.line(f"{name} = await Emitter().dispatch('{key}', {plain(w, scope)})")


def variable(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"token_{name} = current.set({plain(w, scope)})")
    w.line(f"{name} = await with_variable({plain(w, scope)})")
    w.line(f"current.reset(token_{name})")


def cause(w: Writer, scope: Scope, name: str) -> None:
    with w.block("try:"):
        with w.block("try:"):
            w.line(f"{name} = await fail({plain(w, scope)})")
        with w.block("except ValueError as error:"):
            w.line(f"raise KeyError({plain(w, scope)}) {w.one_of(['', 'from error', 'from None'])}")
    with w.block("except KeyError as error:"):
        w.log("(repr(error), repr(error.__cause__), repr(error.__context__))")
        w.line(f"{name} = 1")


def left_early(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"async def early_{name}(x):"):
        with w.block("for i in range(3):"):
            with w.block("try:"):
                with w.block("if i == x % 4:"):
                    w.line(w.one_of(["return await double(i)", "continue", "break"]))
                w.line("await double(i)")
            with w.block("finally:"):
                w.log("('left', i)")
        with w.block("else:"):
            w.log("'all'")
        w.line("return -1")
    w.line(f"{name} = await early_{name}({plain(w, scope)})")


def counted(w: Writer, scope: Scope, name: str) -> None:
    """A closure with a variable of its own."""
    w.line(f"{name} = {plain(w, scope)}")
    with w.block(f"async def count_{name}():"):
        w.line(f"nonlocal {name}")
        w.line(f"{name} += await double(1)")
        w.line(f"return {name}")
    w.log(f"[await count_{name}() for _ in range(2)]")


def group_caught(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = 0")
    with w.block("try:"):
        w.line(
            f"await exceptions(ValueError({plain(w, scope)}), KeyError(1), ExceptionGroup('inner', [ValueError(2)]))"
        )
    with w.block("except* ValueError as errors:"):
        w.log("[repr(error) for error in errors.exceptions]")
        w.line(f"{name} = len(errors.exceptions) + {awaited(w, scope)}")
    with w.block("except* KeyError:"):
        w.line(f"{name} += await double(1)")


def tasks_caught(w: Writer, scope: Scope, name: str) -> None:
    w.is_concurrent = True
    w.line(f"{name} = 0")
    with w.block("try:"), w.block(f"async with asyncio.TaskGroup() as group_{name}:"):
        w.line(f"group_{name}.create_task(fail({plain(w, scope)}))")
        w.line(f"group_{name}.create_task({w.one_of(['cancellable(1)', 'asyncio.sleep(30)'])})")
    with w.block("except* ValueError as errors:"):
        w.line(f"{name} = len(errors.exceptions)")


STATEMENTS = [node, node, node, point, emitter, emitter, dispatch, variable, cause, left_early, counted]
GROUPS = [group_caught, tasks_caught]
