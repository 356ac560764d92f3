"""What is registered with a function of ``functools.singledispatch``: ``@wrap.register(TextIOBase)``.

The function and all that is registered with it belong to one side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from .facts import ClassFacts, FunctionFacts

if TYPE_CHECKING:
    from .index import Index

Definition = ClassFacts | list[FunctionFacts]
"""A class, or a function with its overloads."""


class Registered:
    """Answers for the definitions of modules, by qualified name."""

    def __init__(self, index: Index, definitions: Mapping[str, Definition]) -> None:
        self._index = index
        self._definitions = definitions

    def about(self, name: str, found: Definition) -> Iterator[tuple[str, str]]:
        """What has to be where ``name`` is, and why."""
        for owner in self._owners(found):
            yield owner, "which it has registered"
        for other in self._of.get(name, ()):
            yield other, "with which it is registered"

    @cached_property
    def _of(self) -> dict[str, list[str]]:
        """Function → what is registered with it."""
        found: dict[str, list[str]] = {}
        for name, one in self._definitions.items():
            for owner in self._owners(one):
                found.setdefault(owner, []).append(name)
        return found

    def _owners(self, found: Definition) -> Iterator[str]:
        """``pkg.wrap`` for a decorator ``pkg.wrap.register``."""
        for name in _decorators(found):
            owner, _, last = name.rpartition(".")
            if last == "register":
                yield self._index.canonical(owner) or ""


def _decorators(found: Definition) -> Iterable[str]:
    return found.decorators if isinstance(found, ClassFacts) else [name for one in found for name in one.decorators]
