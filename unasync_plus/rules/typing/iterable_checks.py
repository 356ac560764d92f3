"""Warn where `isinstance(x, AsyncIterable)` becomes `isinstance(x, Iterable)`, which text, bytes, lists and mappings are, too.

In async code such a check tells a stream of chunks from the chunk itself: `bytes` cannot be iterated over asynchronously. In
sync code they can be iterated over like anything else, and the branch for streams would send one number after another. So
it is told, unless what is asked about is told apart from them before: by an earlier branch, a statement that leaves, another part
of the condition, or its annotation. An `assert` only loses strictness. The same goes for `hasattr(x, "__aiter__")`.

Source: https://docs.python.org/3/library/collections.abc.html#collections.abc.AsyncIterable
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.rewrite.values.asking import asks_for
from unasync_plus.rewrite.values.sites import last_name
from unasync_plus.tree import dotted, leaves, walk

rule = Rule(
    __name__,
    code="UA204",
    examples=[
        Example(
            before=(
                "from collections.abc import AsyncIterable\n\n\nasync def send(data):\n    if isinstance(data, bytes):\n"
                "        await write(data)\n    elif isinstance(data, AsyncIterable):\n"
                "        async for chunk in data:\n            await write(chunk)\n"
            ),
            after=(
                "from collections.abc import Iterable\n\n\ndef send(data):\n    if isinstance(data, bytes):\n"
                "        write(data)\n    elif isinstance(data, Iterable):\n        for chunk in data:\n            write(chunk)\n"
            ),
        )
    ],
)

_MODULES = ("typing", "collections.abc", "typing_extensions")
_STREAMS = frozenset(f"{module}.AsyncIterable" for module in _MODULES)
_PLAIN = frozenset(
    "str bytes bytearray memoryview list tuple dict set frozenset Iterable Iterator Sequence Collection Mapping Set MutableSequence "
    "MutableMapping List Tuple Dict Text ByteString".split()
)
_ANYTHING = _PLAIN | {"Any", "object"}


@rule.on(cst.Call, named="builtins.isinstance")
def stream(node: cst.Call, ctx: Context) -> Any:
    """Of one that is asked for alone, or among what is no plain iterable."""
    if (
        len(node.args) == 2
        and any(ctx.resolve(one) in _STREAMS for one in _classes(node))
        and not _asks_for_plain(node)
    ):
        _tell(node, ctx)
    return PASS


@rule.on(cst.Call, named="builtins.hasattr")
def method(node: cst.Call, ctx: Context) -> Any:
    """The same, by the method."""
    if asks_for(node, "__aiter__"):
        _tell(node, ctx)
    return PASS


def _tell(node: cst.Call, ctx: Context) -> None:
    if not _is_told_apart(node.args[0].value, ctx):
        ctx.warn(
            node,
            "UA204",
            "text, bytes, lists and mappings can be iterated over in sync code, and are taken for what is asked for here",
            "ask for those before, `if isinstance(x, (str, bytes)): …`, which is as right in async code, or annotate what is asked "
            "about, or put the question of sync code in its place with `# unasync: replace`",
        )


def _is_told_apart(subject: cst.BaseExpression, ctx: Context) -> bool:
    """Whether ``subject`` can be none of the plain ones here, as far as the function says."""
    for place in range(len(ctx.parents) - 2, 0, -1):
        node, below, above = ctx.parents[place], ctx.parents[place + 1], ctx.parents[place - 1]
        if isinstance(node, cst.Assert):
            return True
        if isinstance(node, cst.BooleanOperation) and _mentions(node, subject):
            return True
        if (
            isinstance(node, cst.If)
            and isinstance(above, cst.If)
            and above.orelse is node
            and _mentions(above.test, subject)
        ):
            return True
        if isinstance(node, (cst.IndentedBlock, cst.Module)):
            before = list(node.body)[: next(i for i, one in enumerate(node.body) if one is below)]
            if any(isinstance(one, cst.If) and leaves(one.body) and _mentions(one.test, subject) for one in before):
                return True
        if isinstance(node, cst.FunctionDef):
            return _is_annotated_as_none(node, subject, ctx)
    return False


def _mentions(test: cst.CSTNode, subject: cst.BaseExpression) -> bool:
    """Whether ``test`` asks whether ``subject`` is one of the plain ones."""
    calls = (
        one for one in walk(test) if isinstance(one, cst.Call) and one.args and subject.deep_equals(one.args[0].value)
    )
    return any(_asks_for_plain(one) or (dotted(one.func) == "hasattr" and asks_for(one, "__iter__")) for one in calls)


def _asks_for_plain(node: cst.Call) -> bool:
    return dotted(node.func) == "isinstance" and any(last_name(one) in _PLAIN for one in _classes(node))


def _classes(node: cst.Call) -> list[cst.BaseExpression]:
    classes = node.args[1].value if len(node.args) == 2 else None
    if isinstance(classes, cst.Tuple):
        return [one.value for one in classes.elements]
    return [] if classes is None else [classes]


def _is_annotated_as_none(function: cst.FunctionDef, subject: cst.BaseExpression, ctx: Context) -> bool:
    """Whether a parameter's annotation says that it is none of the plain ones."""
    params = function.params
    for one in (*params.posonly_params, *params.params, *params.kwonly_params):
        if isinstance(subject, cst.Name) and one.name.value == subject.value and one.annotation is not None:
            members = list(_members(one.annotation.annotation))
            return not any(last_name(member) in _ANYTHING or _is_alias(member, ctx) for member in members)
    return False


def _members(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """Those of a union, without their parameters."""
    if isinstance(node, cst.BinaryOperation):
        yield from _members(node.left)
        yield from _members(node.right)
    elif isinstance(node, cst.Subscript):
        if last_name(node.value) not in ("Union", "Optional", "Annotated"):
            yield node.value
            return
        for element in node.slice:
            if isinstance(element.slice, cst.Index):
                yield from _members(element.slice.value)
    else:
        yield node


def _is_alias(node: cst.BaseExpression, ctx: Context) -> bool:
    """Whether ``node`` is a variable of the module, which may stand for any type; so may a string."""
    return isinstance(node, cst.SimpleString) or any(one.kind not in ("import", "class") for one in ctx.bindings(node))
