"""What a body does with an iterable that it is given and of which no annotation tells."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, walk

from .uses import is_value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .facts import ClassFacts, FunctionFacts
    from .uses import Bodies

ITERATED = "as_items"
ITERATOR = "as_iterator"

_ASYNC = frozenset("AsyncGenerator AsyncGeneratorType AsyncIterable AsyncIterator __aiter__ __anext__".split())
_SYNC = frozenset(
    "Generator GeneratorType Iterable Iterator __iter__ __next__ enumerate iter list next set sorted tuple zip".split()
)


def iterated(
    function: FunctionFacts, name: str, kept: Iterable[str], lineage: Sequence[ClassFacts], bodies: Bodies
) -> str:
    """The adapter for a parameter; ``kept`` are the attributes in which it is kept, of a class with this lineage."""
    found = _in(bodies.nodes(function.node.body), partial(is_value_of, name=name, attribute=False))
    for attribute in () if found else sorted(kept):
        nodes = (node for one in lineage for node in bodies.nodes(one.node.body))
        found = found or _in(nodes, partial(is_value_of, name=attribute, attribute=True))
    return found


def _in(nodes: Iterable[cst.CSTNode], is_it: Callable[[cst.CSTNode], bool]) -> str:
    """`ITERATED` if all that ``nodes`` do with what ``is_it`` is true of is to iterate over it asynchronously.

    `ITERATOR` if they ask whether one can: then lists, texts and files may be meant to come as they are.
    """
    is_iterated = is_asked = is_set = False
    for node in nodes:
        if isinstance(node, (cst.For, cst.CompFor)) and is_it(node.iter):
            if node.asynchronous is None:
                return ""  # it serves sync ones, too
            is_iterated = True
        elif isinstance(node, cst.Assign) and not isinstance(node.value, cst.Name):
            is_set = is_set or any(is_it(target.target) for target in node.targets)
        elif isinstance(node, cst.Call) and node.args and is_it(node.args[0].value):
            name = (dotted(node.func) or "").rpartition(".")[2]
            names = _asked_for(node) if name in ("isinstance", "hasattr") else {name}
            if not names.isdisjoint(_SYNC):
                return ""
            is_iterated = is_iterated or name == "aiter"
            is_asked = is_asked or not names.isdisjoint(_ASYNC)
    if is_asked:
        return ITERATOR
    return ITERATED if is_iterated and not is_set else ""


def _asked_for(call: cst.Call) -> set[str]:
    """The last names of the classes, or the attribute, that ``isinstance`` and ``hasattr`` ask for."""
    found = set()
    for node in (part for arg in call.args[1:] for part in walk(arg.value)):
        if isinstance(node, cst.Name):
            found.add(node.value)
        elif isinstance(node, cst.SimpleString):
            found.add(str(node.evaluated_value))
    return found
