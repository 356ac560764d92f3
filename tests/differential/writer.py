"""A writer of async programs: it draws what to write next, and keeps track of names and indentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
Kind = TypeVar("Kind", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Known:
    """A function of the program: ``name(x)`` with one number; ``raises`` if an exception may come out."""

    name: str
    raises: bool = False
    yields: bool = False


@dataclass(slots=True)
class Scope:
    """What a statement may use: variables that hold numbers, and whether it may raise, wait or start tasks."""

    variables: list[str]
    may_raise: bool = False
    is_async: bool = True
    in_generator: bool = False
    in_loop: bool = False
    depth: int = 0


@dataclass(slots=True)
class Writer:
    number: Callable[[int, int], int]
    """Draws a number; the least and the greatest are passed."""
    lines: list[str] = field(default_factory=list)
    functions: list[Known] = field(default_factory=list)
    generators: list[Known] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    iterators: list[str] = field(default_factory=list)
    awaitables: list[str] = field(default_factory=list)
    decorators: list[str] = field(default_factory=list)
    is_concurrent: bool = False
    newest: bool = True
    """Whether the programs may use what came with Python 3.10 and 3.11: `match`, exception groups."""
    threads: bool = True
    """Whether tasks run beside each other: what ends one that would wait for long needs that."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How often each kind of statement and definition was written."""
    _indent: int = 0
    _count: int = 0

    # drawing

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.number(0, len(options) - 1)]

    def choose(self, options: Sequence[Kind]) -> Kind:
        """A kind of statement or definition, which is counted."""
        kind = self.one_of(options)
        self.kinds[f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"] += 1
        return kind

    def chance(self, percent: int) -> bool:
        return self.number(1, 100) > 100 - percent

    # writing

    def line(self, text: str) -> None:
        self.lines.append("    " * self._indent + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.line(header)
        self._indent += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self._indent -= 1

    def fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def log(self, what: str) -> None:
        self.line(f"log.append({what})")

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"
