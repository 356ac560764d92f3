"""Expressions whose value is a number."""

from __future__ import annotations

from differential.writer import Known, Scope, Writer


def plain(w: Writer, scope: Scope) -> str:
    """Without a wait."""
    if not scope.variables or w.chance(30):
        return str(w.number(0, 9))
    name = w.one_of(scope.variables)
    return w.one_of([name, f"{name} + {w.number(1, 3)}", f"({name} * 2) % 97", f"-{name}"])


def callable_functions(w: Writer, scope: Scope) -> list[Known]:
    return [known for known in w.functions if scope.may_raise or not known.raises]


def call(w: Writer, scope: Scope) -> str:
    """A call that gives a coroutine of a number."""
    known = callable_functions(w, scope)
    options = [f"{function.name}({plain(w, scope)})" for function in known[-3:]]
    options += [f"asyncio.sleep(0, {plain(w, scope)})", f"double({plain(w, scope)})"]
    options += [f"{name}({plain(w, scope)})" for name in w.awaitables[-1:]]
    return w.one_of(options)


def coroutine(w: Writer, scope: Scope) -> str:
    """A call of a coroutine function of the program."""
    known = list(callable_functions(w, scope))
    names = [function.name for function in known] + ["double"]
    name = w.one_of(names)
    argument = plain(w, scope)
    return w.one_of([f"{name}({argument})"] * 4 + [f"{name}(x={argument})", f"functools.partial({name}, {argument})()"])


def awaited(w: Writer, scope: Scope, depth: int = 0) -> str:
    """An expression with waits in it."""
    if not scope.is_async:
        return plain(w, scope)
    inner = call(w, scope)
    simple = f"await {inner}"
    if depth > 1:
        return simple
    other = plain(w, scope)
    kind = w.number(0, 15)
    deeper = awaited(w, scope, depth + 1)
    return {
        0: f"(await {inner}) + {other}",
        1: f"-await {inner} + {deeper}",
        2: f"(await {inner} if {other} else {deeper})",
        3: f"max(await {inner}, {deeper})",
        4: f"sum([{deeper} for _ in range({w.number(0, 2)})])",
        5: f"len(f'{{await {inner}}} {{{other}}}')",
        6: f"[{deeper}, {other}][await double(0)]",
        7: f"{{'k': {deeper}}}['k']",
        8: f"(await {inner} or {deeper})",
        9: f"int(not await {inner})",
        10: f"sum([i async for i in numbers(({other}) % 3)])",
        11: "sum({k: v async for k, v in pairs(2)}.values())",
        12: f"(await ({inner})) ** 2 % 91",
        13: f"int({other} < await {inner} <= {deeper})",
    }.get(kind, simple)
