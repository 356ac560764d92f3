"""Names and types of the async side as the sync side says them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit.stub_text import dotted, one_line
from unasync_plus.emit.sync_types import SPECIAL, translated

SAME: Mapping[str, str] = {
    "AbstractContextManager": "ContextManager",
    "AbstractEventLoop": "Loop",
    "BaseEventLoop": "Loop",
    "DefaultDict": "defaultdict",
    "Deque": "deque",
    "Dict": "dict",
    "FrozenSet": "frozenset",
    "List": "list",
    "Set": "set",
    "Tuple": "tuple",
    "Type": "type",
}
"""Two names of one type."""

_WORD = re.compile(r"[^\W\d]\w*")
_CAMEL = re.compile(r"Async(?![a-z])")
_LETTER = re.compile(r"A[A-Z]")


@dataclass(slots=True)
class Translation:
    """How names change: what is written down first, then the convention, wherever the sync side knows the result.

    ``configured`` is what the project's configuration makes of a name (the name itself where it says nothing).
    """

    renames: Mapping[str, str] = field(default_factory=dict)
    configured: Callable[[str], str] = lambda name: name
    known: Collection[str] = ()
    """All names that the sync side defines."""
    own: Collection[str] = ()
    """All names that the async side defines: a foreign one may stay as it is."""

    def candidates(self, name: str) -> Iterator[str]:
        """The names that ``name`` may have on the sync side, the likeliest first."""
        if name in self.renames:
            yield self.renames[name]
            return
        if name in SPECIAL:
            yield SPECIAL[name]
            return
        if self.configured(name) != name:
            yield self.configured(name)
        yield name
        yield from _by_convention(name)

    def among(self, name: str, existing: Collection[str]) -> str | None:
        """The one of its candidates that exists."""
        return next((one for one in self.candidates(name) if one in existing), None)

    def word(self, name: str) -> str:
        """``name`` in a type or a default: changed only into something that the sync side knows, or by convention."""
        for one in self.candidates(name):
            if one != name and (one in self.known or name in self.renames):
                return one
        if name in self.known:
            return name
        if _LETTER.match(name) and name[1:] in self.known:  # ACT and CT, AQueue and Queue
            return name[1:]
        if not _CAMEL.search(name):
            return name
        return _CAMEL.sub("", name) or name

    def own_word(self, name: str) -> str:
        """The same, but foreign names are left."""
        return self.word(name) if name in self.own else name

    def text(self, text: str) -> str:
        return _WORD.sub(lambda found: self.word(found[0]), text)


def _by_convention(name: str) -> Iterator[str]:
    if _CAMEL.search(name):
        yield _CAMEL.sub("", name)
        yield _CAMEL.sub("Sync", name)
    plain = name.strip("_")
    lead, trail = name[: len(name) - len(name.lstrip("_"))], name[len(name.rstrip("_")) :]
    words = plain.split("_")
    for mark, other in (("async", "sync"), ("ASYNC", "SYNC"), ("aio", "sync")):
        if mark in words:
            rest = [word for word in words if word != mark]
            if rest:
                yield lead + "_".join(rest) + trail
            yield lead + "_".join(other if word == mark else word for word in words) + trail
    for prefix in ("a", "async"):
        if plain.startswith(prefix) and len(plain) > len(prefix) + 1:
            yield lead + plain[len(prefix) :].lstrip("_") + trail


def canonical(node: cst.BaseExpression | None, word: Callable[[str], str], *, from_async: bool) -> str:
    """A type in one spelling whatever module its names come from; ``from_async`` takes its coroutines off."""
    if node is None:
        return ""
    if isinstance(node, cst.SimpleString):
        return _quoted(node, word, from_async)
    if isinstance(node, cst.Name | cst.Attribute):
        return _named((dotted(node) or one_line(node)).rpartition(".")[2], [], word, from_async)
    if isinstance(node, cst.Subscript):
        return _subscript(node, word, from_async)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        parts = [canonical(side, word, from_async=from_async) for side in (node.left, node.right)]
        return _union(parts)
    if isinstance(node, cst.List | cst.Tuple):
        return f"[{', '.join(canonical(item.value, word, from_async=from_async) for item in node.elements)}]"
    return one_line(node)


def _quoted(node: cst.SimpleString, word: Callable[[str], str], from_async: bool) -> str:
    try:
        inside = cst.parse_expression(str(node.evaluated_value).strip())
    except (cst.ParserSyntaxError, ValueError):
        return node.value
    return canonical(inside, word, from_async=from_async)


def _subscript(node: cst.Subscript, word: Callable[[str], str], from_async: bool) -> str:
    name = (dotted(node.value) or one_line(node.value)).rpartition(".")[2]
    indexes = [element.slice for element in node.slice]
    values = [index.value for index in indexes if isinstance(index, cst.Index)]
    if name in ("Literal", "Annotated"):
        shown = [one_line(index).replace("'", '"') for index in indexes]
        if name == "Annotated":
            shown[0] = canonical(values[0], word, from_async=from_async)
            if shown[1:] == ["..."]:
                return shown[0]  # what a name for `Awaitable[T]` of any `T` becomes
        return f"{name}[{', '.join(shown)}]"
    parts = [canonical(value, word, from_async=from_async) for value in values]
    if name == "Optional":
        return _union([*parts, "None"])
    return _union(parts) if name == "Union" else _named(name, parts, word, from_async)


def _named(name: str, parameters: list[str], word: Callable[[str], str], from_async: bool) -> str:
    sync = translated(name, parameters) if from_async else None
    if sync is not None:
        head, bracket, rest = sync.partition("[")
        return SAME.get(head, head) + bracket + rest
    name = SAME.get(name, word(name) if from_async else name)
    if name == "Generator" and parameters:
        parameters = [*parameters, "None", "None"][:3]
    return f"{name}[{', '.join(parameters)}]" if parameters else name


def _union(parts: list[str]) -> str:
    members = {member for part in parts for member in _members(part)}
    if len(members) == 1:
        return members.pop()
    return " | ".join(sorted(members, key=lambda member: (member == "None", member)))


def _members(text: str) -> list[str]:
    """The members of a canonical union: it has spaces around its bars, and none of them in brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "|" and not depth:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()]
