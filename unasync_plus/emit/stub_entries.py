"""The things that a stub is made of, before they are text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.stub_values import Value

if TYPE_CHECKING:
    from unasync_plus.emit.stub_blocks import Block


@dataclass(slots=True)
class Entry:
    """One thing in the stub; exactly one of ``lines``, ``value``, ``statement`` and ``block`` tells what."""

    names: tuple[str, ...]
    kind: str
    """"import", "class", "function", "overload", "value" or "branch"."""
    lines: list[str] = field(default_factory=list)
    value: Value | None = None
    statement: cst.Import | cst.ImportFrom | None = None
    comment: str = ""
    block: Block | None = None
    for_checkers: bool = False
    """Imported under ``if TYPE_CHECKING:``."""
    public: frozenset[str] = frozenset()
    """Imported for checkers, and defined by the module at run time: other modules may import it from here."""
    deleted: set[str] = field(default_factory=set)
    """Imported names that a ``del`` takes away again."""
    optional: set[str] = field(default_factory=set)
    """Imported names that are ``None`` where the import fails."""
