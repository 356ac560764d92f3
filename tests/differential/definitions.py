"""Definitions of the program, and the program as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from differential.expressions import awaited, plain
from differential.library import prelude
from differential.statements import body, statement
from differential.writer import Known, Scope, Writer


@dataclass(frozen=True, slots=True)
class Program:
    source: str
    own: str
    """The part of the source that is not the library."""
    is_concurrent: bool
    kinds: Counter[str]
    """How often each kind of statement and definition stands in it."""


def function(w: Writer) -> None:
    name = w.fresh("f")
    raises = w.chance(30)
    scope = Scope(["x"], raises)
    if w.chance(15):
        w.line(f"@{w.one_of(['logged', 'retry(2)'])}" if not raises else "@logged")
    with w.block(f"async def {name}(x):"):
        body(w, scope)
        w.line(f"return {awaited(w, scope)}")
    w.functions.append(Known(name, raises))


def generator(w: Writer) -> None:
    name = w.fresh("gen")
    raises = w.chance(20)
    scope = Scope(["x"], raises, in_generator=True)
    with w.block(f"async def {name}(x):"):
        with w.block("try:"):
            for _ in range(w.number(1, 3)):
                statement(w, scope)
                w.line(f"yield {awaited(w, scope)}")
        with w.block("finally:"):
            w.log(f"'{name} end'")
    w.generators.append(Known(name, raises, yields=True))


def manager_class(w: Writer) -> None:
    name = w.fresh("Manager")
    with w.block(f"class {name}:"):
        with w.block("def __init__(self, x):"):
            w.line("self.x = x")
        with w.block("async def __aenter__(self):"):
            w.log(f"('{name} enter', self.x)")
            w.line(f"return {awaited(w, Scope(['self.x']))}")
        with w.block("async def __aexit__(self, kind, error, trace):"):
            w.log(f"('{name} exit', repr(error))")
            w.line(f"return {w.one_of(['None', 'False', 'kind is KeyError'])}")
    w.managers.append(name)


def manager_function(w: Writer) -> None:
    name = w.fresh("manage")
    w.line("@contextlib.asynccontextmanager")
    with w.block(f"async def {name}(x):"):
        body(w, Scope(["x"], in_generator=True), most=2)
        with w.block("try:"):
            w.line(f"yield {plain(w, Scope(['x']))}")
        with w.block("finally:"):
            w.log(f"'{name} end'")
    w.managers.append(name)


def iterator_class(w: Writer) -> None:
    name = w.fresh("Iterator")
    with w.block(f"class {name}:"):
        with w.block("def __init__(self, n):"):
            w.line("self.n = n")
        with w.block("def __aiter__(self):"):
            w.line("return self")
        with w.block("async def __anext__(self):"):
            w.line("self.n -= 1")
            with w.block("if self.n < 0:"):
                w.line("raise StopAsyncIteration")
            w.line(f"return {awaited(w, Scope(['self.n']))}")
    w.iterators.append(name)


def awaitable_class(w: Writer) -> None:
    name = w.fresh("Request")
    with w.block(f"class {name}:"):
        with w.block("def __init__(self, x):"):
            w.line("self.x = x")
        with w.block("async def send(self):"):
            scope = Scope(["self.x"])
            body(w, scope, most=2)
            w.line(f"return {awaited(w, scope)}")
        with w.block("def __await__(self):"):
            w.line("return self.send().__await__()")
    w.awaitables.append(name)


DEFINITIONS = [
    function,
    function,
    function,
    generator,
    manager_class,
    manager_function,
    iterator_class,
    awaitable_class,
]


def program_of(number: Callable[[int, int], int], newest: bool = True, threads: bool = True) -> Program:
    """The program that these numbers (the least and the greatest that may come are passed) decide on.

    It is a module with ``async def main()`` and a ``log``; with ``newest`` it may need Python 3.11, with
    ``threads`` tasks that run beside each other.
    """
    w = Writer(number, newest=newest, threads=threads)
    for _ in range(w.number(1, 4)):
        w.choose(DEFINITIONS)(w)
        w.line("")
    with w.block("async def main():"):
        scope = Scope([], may_raise=w.chance(30))
        body(w, scope, 1, 5)
        w.line(f"return [{', '.join(scope.variables)}]")
    own = w.text()
    return Program(f"{prelude(own)}\n\n\n{own}", own, w.is_concurrent, w.kinds)


@st.composite
def programs(draw: st.DrawFn, newest: bool = True, threads: bool = True) -> Program:
    """The same, by Hypothesis."""
    return program_of(lambda low, high: draw(st.integers(low, high)), newest, threads)
