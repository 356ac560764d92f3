"""Names in which nothing can change, whatever the rules and the configuration say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.catalogue import Dispatch
from unasync_plus.rewrite.names.uses import ASYNC_BUILTINS

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine


class Cold:
    """Tells names, and chains of attributes over one, that need no visit."""

    def __init__(self, engine: Engine, rules: Dispatch) -> None:
        words = engine.words
        self._has_patterns = bool(engine.patterns.types)
        self._hot = {
            *engine.names.imports,
            *engine.renames,
            *engine.left_out,
            *ASYNC_BUILTINS,
            *rules.builtins,
            *engine.twins.members,
        }
        attributes = engine.renames.keys() | (engine.targets.methods.keys() & words) | engine.lacking | engine.staying
        attributes |= rules.by_attribute[cst.Attribute].keys() & words
        self._hot_attributes = attributes | (rules.methods & words if engine.deals_in_awaitables else frozenset())
        self.loops: frozenset[int] = frozenset()
        """The ``id`` of each node that holds an event loop."""

    def covers(self, node: Any) -> bool:
        """Whether ``node`` is such a name."""
        if self._has_patterns:
            return False
        while node.__class__ is cst.Attribute:
            if node.attr.value in self._hot_attributes or id(node) in self.loops:
                return False
            node = node.value
        return node.__class__ is cst.Name and node.value not in self._hot and id(node) not in self.loops
