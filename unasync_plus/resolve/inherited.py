"""What classes of the async sources inherit from classes of other modules: names of methods and attributes.

A stub does not say again what a base says: a subclass that only sets ``self.name`` may set it to something narrower.
From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from unasync_plus.resolve.hierarchy import Hierarchy

_SET = re.compile(r"\bself\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
_DECLARED = re.compile(r"^[ \t]+(?:(?:async[ \t]+)?def[ \t]+)?(\w+)[ \t]*[:=(]", re.MULTILINE)


def inherited_names(modules: Iterable[str], hierarchy: Hierarchy) -> dict[str, frozenset[str]]:
    """Class of one of ``modules`` (qualified) → what its bases in other modules of the project have."""
    members = cache(lambda qualified: frozenset(_members(qualified, hierarchy)))
    found: dict[str, frozenset[str]] = {}
    for module in modules:
        for name, header in hierarchy.classes(module).items():
            bases = [base for base in header.bases if header.is_top and base.rpartition(".")[0] != module]
            names = frozenset[str]().union(*(members(one) for base in bases for one in hierarchy.line(base)))
            if names:
                found[f"{module}.{name}"] = names
    return found


def _members(qualified: str, hierarchy: Hierarchy) -> Iterator[str]:
    """What the class itself has."""
    block = hierarchy.block(qualified)
    yield from _SET.findall(block)
    indent = re.search(r"^[ \t]+(?=\S)", block, re.MULTILINE)
    for found in _DECLARED.finditer(block):
        if indent is not None and found[0].startswith(indent[0]) and not found[0][len(indent[0])].isspace():
            yield found[1]
