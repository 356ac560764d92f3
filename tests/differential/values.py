"""Awaitables as values: kept in variables and containers, passed, returned, wrapped."""

from __future__ import annotations

from collections.abc import Callable

from differential.expressions import coroutine, plain
from differential.writer import Scope, Writer


def statement(w: Writer, scope: Scope) -> None:
    options: list[Callable[[Writer, Scope, str], None]] = [
        awaited_later, awaited_next, kept_in_a_list, kept_in_a_dict, passed, chosen, callback, table, wrapped, in_an_object,
    ]  # fmt: skip
    name = w.fresh("v")
    w.choose(options)(w, scope, name)
    scope.variables.append(name)


def awaited_later(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"coro_{name} = {coroutine(w, scope)}")
    w.log(f"'{name} made'")
    w.line(f"{name} = await coro_{name}")


def awaited_next(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"{name} = {coroutine(w, scope)}")
    w.line(f"{name} = await {name}")


def kept_in_a_list(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"coros_{name} = [{', '.join(coroutine(w, scope) for _ in range(w.number(1, 3)))}]")
    if w.chance(50):
        w.line(f"coros_{name}.append({coroutine(w, scope)})")
    w.log(f"'{name} made'")
    w.line(f"{name} = 0")
    with w.block(f"for coro_{name} in coros_{name}:"):
        w.line(f"{name} += await coro_{name}")


def kept_in_a_dict(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"coros_{name} = {{key: double(key) for key in range({w.number(1, 3)})}}")
    w.log(f"'{name} made'")
    w.line(f"{name} = sum([await coros_{name}[key] for key in coros_{name}])")


def passed(w: Writer, scope: Scope, name: str) -> None:
    helper = w.one_of(["consume", "timed", "maybe", "relay"])
    w.line(f"{name} = await {helper}({coroutine(w, scope)})")


def chosen(w: Writer, scope: Scope, name: str) -> None:
    with w.block(f"if {plain(w, scope)} % 2:"):
        w.line(f"coro_{name} = {coroutine(w, scope)}")
    with w.block("else:"):
        w.line(f"coro_{name} = {coroutine(w, scope)}")
    if w.chance(50):
        w.log(f"'{name} chosen'")
    w.line(f"{name} = await coro_{name}")


def callback(w: Writer, scope: Scope, name: str) -> None:
    function = w.one_of(
        ["double", "triple", f"lambda x: double(x + {w.number(0, 3)})", "lambda x: x", "functools.partial(add, 1)"]
    )
    helper = w.one_of(["call_either", "call_walrus", "call_expression", "call_by_kind"])
    w.line(f"{name} = await {helper}({function}, {plain(w, scope)})")


def table(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"table_{name} = {{'double': double, 'partial': functools.partial(add, 2), 'lambda': lambda x: double(-x)}}")
    key = w.one_of(["'double'", "'partial'", "'lambda'"])
    w.line(f"{name} = await table_{name}[{key}]({plain(w, scope)})")


def wrapped(w: Writer, scope: Scope, name: str) -> None:
    w.line(
        f"{name} = await {w.one_of(['logged(double)', 'retry(2)(double)', 'logged(logged(double))'])}({plain(w, scope)})"
    )


def in_an_object(w: Writer, scope: Scope, name: str) -> None:
    w.line(f"job_{name} = Job({coroutine(w, scope)})")
    w.log(f"'{name} job'")
    w.line(f"{name} = await job_{name}.run()")
