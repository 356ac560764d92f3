"""What a rule is: a page, a code, examples, and handlers filed under the node they want."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import libcst as cst

from unasync_plus.records import record

if TYPE_CHECKING:
    from unasync_plus.rewrite.context import Context

PASS = object()
"""What a handler returns to leave a node to the next handler, or to the ordinary walk."""

Replacement = Any
"""A node, ``cst.RemovalSentinel.REMOVE``, a ``cst.FlattenSentinel`` of statements, or `PASS`."""

Handler = Callable[[Any, "Context"], Replacement]
H = TypeVar("H", bound=Callable[..., Replacement])


@record
class Example:
    """One case that teaches: ``before`` becomes ``after``, or is ``refused``. ``config`` is a fragment of TOML."""

    before: str
    after: str = ""
    refused: bool = False
    config: str = ""


@record
class Wanted:
    """What a handler is for: nodes of a type; only those that resolve to ``name``, or with one of ``attributes``."""

    type: type[cst.CSTNode]
    name: str | None = None
    attributes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rule:
    """One construct and its sync meaning; the docstring of ``module`` is its page.

    ``families`` are further codes that the rule reports under, each with a line on what it says.
    """

    module: str
    code: str
    examples: list[Example] = field(default_factory=list)
    reports: dict[str, str] = field(default_factory=dict)
    handlers: list[tuple[Wanted, Handler]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The rule's name, as its file is called: ``sleep-to-time-sleep``."""
        return self.module.rpartition(".")[2].strip("_").replace("_", "-")

    @property
    def page(self) -> str:
        """The whole docstring of the rule's module."""
        return inspect.cleandoc(sys.modules[self.module].__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the page."""
        return self.page.partition("\n")[0]

    def on(
        self,
        *types: type[cst.CSTNode],
        named: str | Iterable[str] | None = None,
        attributes: str | Iterable[str] = (),
    ) -> Callable[[H], H]:
        """Call the decorated function with ``(node, context)`` for each node of ``types``, before its children.

        With ``named`` only where the function called, the thing subscripted, awaited, entered, iterated over, used as
        decorator or referred to resolves to one of these qualified names; with ``attributes`` only for attributes that
        are called so, and for calls of them. The handler visits the children it keeps with ``context.visit``.
        """

        def register(handler: H) -> H:
            names = [None] if named is None else [named] if isinstance(named, str) else list(named)
            wanted = frozenset([attributes] if isinstance(attributes, str) else attributes)
            self.handlers += [(Wanted(node_type, name, wanted), handler) for node_type in types for name in names]
            return handler

        return register
