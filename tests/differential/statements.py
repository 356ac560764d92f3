"""Statements of the language."""

from __future__ import annotations

from collections.abc import Callable

from differential import concurrency, managers, objects, values
from differential.expressions import awaited, plain
from differential.writer import Scope, Writer

MOST_DEPTH = 3


def body(w: Writer, scope: Scope, least: int = 1, most: int = 4) -> None:
    """Some statements."""
    if scope.depth >= MOST_DEPTH:
        most = 2
    for _ in range(w.number(least, most)):
        statement(w, scope)


def inner(scope: Scope, **changes: bool) -> Scope:
    new = Scope(
        list(scope.variables), scope.may_raise, scope.is_async, scope.in_generator, scope.in_loop, scope.depth + 1
    )
    for name, value in changes.items():
        setattr(new, name, value)
    return new


def statement(w: Writer, scope: Scope) -> None:
    options: list[Callable[[Writer, Scope], None]] = [assign] * 4 + [write_log] * 2
    if scope.depth < MOST_DEPTH:
        options += [branch, loop, repeat, attempt, attempt, nested_function]
        if scope.is_async:
            options += [manage, iterate, drive_generator, *([match] if w.newest else [])]
    if scope.may_raise:
        options.append(throw)
    if scope.in_loop:
        options.append(leave_loop)
    if scope.is_async:
        options += [values.statement, values.statement, managers.statement, objects.statement]
        if scope.depth < MOST_DEPTH:
            options += [concurrency.statement] * 2
    w.choose(options)(w, scope)


def new_variable(w: Writer, scope: Scope, value: str) -> None:
    name = w.fresh("v")
    w.line(f"{name} = {value}")
    scope.variables.append(name)


def assign(w: Writer, scope: Scope) -> None:
    kind = w.number(0, 5)
    value = awaited(w, scope)
    free = [name for name in scope.variables if name.startswith("v")]  # the others count loops
    if kind == 0 and free:
        w.line(f"{w.one_of(free)} = {value}")
    elif kind == 1:
        first, second = w.fresh("v"), w.fresh("v")
        w.line(f"{first}, {second} = {value}, {awaited(w, scope)}")
        scope.variables += [first, second]
    elif kind == 2:
        name = w.fresh("v")
        with w.block(f"if ({name} := {value}) is not None:"):
            w.log(f"({name}, 'walrus')")
        scope.variables.append(name)
    else:
        new_variable(w, scope, value)


def write_log(w: Writer, scope: Scope) -> None:
    w.log(f"('{w.fresh('log')}', {plain(w, scope)})")


def branch(w: Writer, scope: Scope) -> None:
    with w.block(f"if {plain(w, scope)} % 2 == {w.number(0, 1)}:"):
        body(w, inner(scope))
    if w.chance(50):
        with w.block("else:"):
            body(w, inner(scope))


def loop(w: Writer, scope: Scope) -> None:
    name = w.fresh("i")
    new = inner(scope, in_loop=True)
    new.variables.append(name)
    with w.block(f"for {name} in range({w.number(1, 3)}):"):
        body(w, new)
    if w.chance(20):
        with w.block("else:"):
            write_log(w, scope)


def repeat(w: Writer, scope: Scope) -> None:
    name = w.fresh("n")
    w.line(f"{name} = {w.number(1, 3)}")
    new = inner(scope, in_loop=True)
    new.variables.append(name)
    with w.block(f"while {name} > 0:"):
        w.line(f"{name} -= 1")
        body(w, new)


def leave_loop(w: Writer, scope: Scope) -> None:
    with w.block(f"if ({plain(w, scope)}) % 3 == 0:"):
        w.line(w.one_of(["break", "continue"]))


def attempt(w: Writer, scope: Scope) -> None:
    with w.block("try:"):
        body(w, inner(scope, may_raise=True))
    name = w.fresh("error")
    kind = w.number(0, 2)
    if kind != 2 or not scope.may_raise:
        with w.block(
            f"except {w.one_of(['ValueError', '(KeyError, ValueError)', 'Exception']) if scope.may_raise else 'Exception'} as {name}:"
        ):
            w.log(f"('{name}', repr({name}))")
            if kind == 1:
                body(w, inner(scope), most=2)
    if kind:
        with w.block("finally:"):
            w.log(f"'finally {name}'")
            if not scope.in_generator:
                new = inner(scope)
                new.depth = MOST_DEPTH
                body(w, new, most=1)


def throw(w: Writer, scope: Scope) -> None:
    with w.block(f"if ({plain(w, scope)}) % {w.number(2, 5)} == 0:"):
        w.line(f"raise {w.one_of(['ValueError', 'KeyError'])}({plain(w, scope)})")


def manage(w: Writer, scope: Scope) -> None:
    if not w.managers:
        return
    name = w.fresh("m")
    items = [f"{w.one_of(w.managers)}({plain(w, scope)}) as {name}"]
    if w.chance(30):
        items.append(f"{w.one_of(w.managers)}({name})")
    with w.block(f"async with {', '.join(items)}:"):
        new = inner(scope)
        new.variables.append(name)
        body(w, new)


def iterate(w: Writer, scope: Scope) -> None:
    sources = [f"{known.name}({plain(w, scope)})" for known in w.generators if scope.may_raise or not known.raises]
    sources += [f"{name}({w.number(0, 3)})" for name in w.iterators] + ["numbers(2)"]
    name = w.fresh("i")
    new = inner(scope, in_loop=True)
    new.variables.append(name)
    with w.block(f"async for {name} in {w.one_of(sources)}:"):
        w.log(f"('{name}', {name})")
        body(w, new)


def drive_generator(w: Writer, scope: Scope) -> None:
    """``asend``, ``athrow`` and ``aclose`` on a generator that answers."""
    name = w.fresh("g")
    w.line(f"{name} = echo({plain(w, scope)})")
    w.log(f"('{name}', await {name}.asend(None))")
    for _ in range(w.number(0, 2)):
        w.log(f"('{name}', await {name}.asend({plain(w, scope)}))")
    if w.chance(30):
        w.log(f"('{name}', await {name}.athrow(ValueError({plain(w, scope)})))")
    if w.chance(50):
        w.log(f"('{name}', await {w.one_of(['anext', 'anext'])}({name}, None))")
    w.line(f"await {name}.aclose()")


def match(w: Writer, scope: Scope) -> None:
    with w.block(f"match {awaited(w, scope)}:"):
        with w.block(f"case {w.number(0, 3)}:"):
            body(w, inner(scope), most=2)
        with w.block(f"case n if {plain(w, scope)}:"):
            w.log("('case', n)")
        with w.block("case _:"):
            body(w, inner(scope), most=2)


def nested_function(w: Writer, scope: Scope) -> None:
    """A closure, called at once or later."""
    name, argument = w.fresh("inner"), w.fresh("a")
    is_async = scope.is_async and w.chance(70)
    new = Scope([*scope.variables, argument], False, is_async, False, False, scope.depth + 1)
    with w.block(f"{'async ' if is_async else ''}def {name}({argument}):"):
        body(w, new, most=2)
        w.line(f"return {plain(w, new)}")
    value = f"{'await ' if is_async else ''}{name}({plain(w, scope)})"
    new_variable(w, scope, value)
