"""What types and special names of async code are called in sync code: the translation as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import libcst as cst

from unasync_plus.emit.stub_text import dotted, one_line

TYPES: Mapping[str, str] = {
    "AbstractAsyncContextManager": "AbstractContextManager[$0]",
    "AsyncContextManager": "ContextManager[$0]",
    "AsyncExitStack": "ExitStack",
    "AsyncGenerator": "Generator[$0, $1, None]",
    "AsyncIterable": "Iterable[$0]",
    "AsyncIterator": "Iterator[$0]",
    "Awaitable": "$0",
    "Coroutine": "$2",
}
"""Async types → their sync meaning; ``$n`` is the n-th parameter, ``None`` where it is not given."""

SPECIAL: Mapping[str, str] = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "__await__": "result",
    "asyncSetUp": "setUp",
    "asyncTearDown": "tearDown",
}
"""Names with a counterpart that no convention gives."""


def translated(name: str, parameters: list[str]) -> str | None:
    """``name[parameters]`` in sync code; None for a type that has nothing asynchronous about it."""
    template = TYPES.get(name)
    if template is None:
        return None
    if not parameters:
        return "Any" if template.startswith("$") else template.partition("[")[0]

    def fill(found: re.Match[str]) -> str:
        position = int(found[1])
        return parameters[position] if position < len(parameters) else "None"

    return re.sub(r"\$(\d)", fill, template)


def sync_type(node: cst.BaseExpression, word: Callable[[str], str]) -> str:
    """The annotation ``node`` with its coroutines taken off, each name through ``word``; unions without doubles."""
    if isinstance(node, cst.SimpleString):
        return _quoted(node, word)
    if isinstance(node, cst.Name | cst.Attribute):
        name = dotted(node) or one_line(node)
        return translated(name.rpartition(".")[2], []) or ".".join(word(part) for part in name.split("."))
    if isinstance(node, cst.Subscript):
        return _subscript(node, word)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
        return _union([sync_type(node.left, word), sync_type(node.right, word)])
    if isinstance(node, cst.List):
        return f"[{', '.join(sync_type(item.value, word) for item in node.elements)}]"
    return one_line(node)


def _quoted(node: cst.SimpleString, word: Callable[[str], str]) -> str:
    try:
        return sync_type(cst.parse_expression(str(node.evaluated_value).strip()), word)
    except cst.ParserSyntaxError:
        return node.value


def _subscript(node: cst.Subscript, word: Callable[[str], str]) -> str:
    head = dotted(node.value) or one_line(node.value)
    last = head.rpartition(".")[2]
    parts = []
    for position, element in enumerate(node.slice):
        index = element.slice
        if last == "Literal" or (last == "Annotated" and position) or not isinstance(index, cst.Index):
            parts.append(one_line(index))
        else:
            parts.append(("*" if index.star else "") + sync_type(index.value, word))
    if last == "Optional":
        return _union([*parts, "None"])
    if last == "Union":
        return _union(parts)
    return translated(last, parts) or f"{sync_type(node.value, word)}[{', '.join(parts)}]"


def _union(parts: list[str]) -> str:
    members = list(dict.fromkeys(parts))
    return members[0] if len(members) == 1 else f"Union[{', '.join(members)}]"
