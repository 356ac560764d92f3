"""From an async class to the class that stands for it: its head, and what its body is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced

from .attributes import attribute_lines
from .calls import WIDTH
from .facts import ClassFacts
from .functions import docstring
from .held import held_callbacks
from .index import Fate
from .known import SYNC_TYPES, short
from .layout import has_blank
from .members import assigned_class, is_own_docstring, line, method, overloads
from .mentions import is_dataclass
from .properties import aio_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .writer import Writer

_KEPT_BASES = frozenset(
    "ABC Generic Protocol Iterator Iterable Container Collection Sized Hashable Mapping MutableMapping Sequence "
    "MutableSequence Set MutableSet Callable Reversible".split()
)
_SYNC_BASES = frozenset(("AsyncIterator", "AsyncIterable", "AsyncContextManager", "AbstractAsyncContextManager"))
_EQUAL = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
_DECORATORS = frozenset("final runtime_checkable deprecated".split())


def wrapper_class(one: ClassFacts, writer: Writer) -> cst.ClassDef:
    """The class that stands for ``one``."""
    node = one.node
    wraps = cst.Arg(
        writer.marks.name(writer.async_text(one.qualified)),
        keyword=cst.Name("wraps"),
        equal=_EQUAL,
    )
    keywords = [arg for arg in node.keywords if _is_abc(one, arg)]
    bases = _bases(one, writer)
    held = held_callbacks(one, writer.callbacks)
    args = _spaced([*bases, *keywords, wraps, *(_adapted(*each, writer) for each in sorted(held.items()))])
    block = body_block(node.body, class_body(one, writer))
    if len(bases) <= len(node.bases) and _speaks_to_checkers(block.header.comment):
        block = replaced(block, header=cst.TrailingWhitespace())  # of a base that is not there
    head = replaced(
        node,
        decorators=_class_decorators(one, writer),
        bases=args[: len(bases)],
        keywords=args[len(bases) :],
        lpar=cst.LeftParen(),
        rpar=cst.RightParen(),
        body=block,
    )
    return head if not held or len(_first_line(head, writer)) <= WIDTH else _with_lines(head)


def _first_line(node: cst.ClassDef, writer: Writer) -> str:
    """``class …:`` as it will be read."""
    empty = replaced(node, body=cst.SimpleStatementSuite([cst.Pass()]), decorators=[], leading_lines=[])
    return writer.marks.resolved(cst.Module([]).code_for_node(empty)).removesuffix("pass\n").rstrip()


def _with_lines(node: cst.ClassDef) -> cst.ClassDef:
    """The same with a line for each of what stands between the parentheses."""
    inner, last = (
        cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace("    ")),
        cst.ParenthesizedWhitespace(indent=True),
    )
    args = [replaced(arg, comma=cst.Comma(whitespace_after=inner)) for arg in (*node.bases, *node.keywords)]
    args[-1] = replaced(args[-1], comma=cst.Comma(whitespace_after=last))
    count = len(node.bases)
    return replaced(node, bases=args[:count], keywords=args[count:], lpar=cst.LeftParen(whitespace_after=inner))


def _adapted(adapter: str, names: list[str], writer: Writer) -> cst.Arg:
    """``as_async=["on_close"]``: what is kept there is adapted."""
    elements = ", ".join(writer.marks.mark(f'"{name}"') for name in names)
    return cst.Arg(cst.parse_expression(f"[{elements}]"), keyword=cst.Name(adapter), equal=_EQUAL)


def _speaks_to_checkers(comment: cst.Comment | None) -> bool:
    return comment is not None and comment.value.startswith(("# type:", "# pyright:", "# pyre-"))


def _spaced(args: list[cst.Arg]) -> list[cst.Arg]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = cst.MaybeSentinel.DEFAULT
    space = cst.SimpleWhitespace("")
    return [
        replaced(arg, comma=comma if index < len(args) - 1 else last, whitespace_after_arg=space)
        for index, arg in enumerate(args)
    ]


def _is_abc(one: ClassFacts, arg: cst.Arg) -> bool:
    return (one.module.resolve(arg.value) or "") == "abc.ABCMeta"


def _bases(one: ClassFacts, writer: Writer) -> list[cst.Arg]:
    """Wrappers stand first: where ``ABC`` does so here and there, classes could not be derived from both."""
    bases: list[cst.Arg] = []
    wrappers: list[cst.Arg] = []
    for base, qualified in zip(one.node.bases, one.bases, strict=True):
        found = writer.index.class_named(qualified)
        if found is not None and found.name in found.module.values:
            continue  # one of two, and the other is a library's
        if found is not None:
            if writer.index.fate(found) is Fate.WRAPPED:
                wrappers.append(base)
            elif writer.index.is_protocol(found):
                bases.append(base)
        elif not qualified.startswith("asyncio.") and short(qualified) in _KEPT_BASES | _SYNC_BASES:
            bases.append(replaced(base, value=_sync_base(base.value, qualified, writer)))
    return [*(wrappers or [cst.Arg(writer.runtime("Wrapper"))]), *bases]


def _sync_base(node: cst.BaseExpression, qualified: str, writer: Writer) -> cst.BaseExpression:
    """``Iterator[T]`` for ``AsyncIterator[T]``."""
    name = short(qualified)
    sync = SYNC_TYPES.get(name or "")
    if sync is None:
        return node
    module = "contextlib" if "Context" in sync else "collections.abc"
    head = writer.needed(module, "AbstractContextManager" if "Context" in sync else sync)
    if not isinstance(node, cst.Subscript):
        return head
    return replaced(node, value=head, slice=_only(node.slice[:1]))


def _only(elements: Sequence[cst.SubscriptElement]) -> list[cst.SubscriptElement]:
    return [replaced(element, comma=cst.MaybeSentinel.DEFAULT) for element in elements]


def _class_decorators(one: ClassFacts, writer: Writer) -> list[cst.Decorator]:
    found = []
    for decorator, name in zip(one.node.decorators, one.decorators, strict=True):
        if name == "dataclasses.dataclass":
            node = decorator.decorator
            head = writer.runtime("wrapped_dataclass")
            found.append(
                replaced(decorator, decorator=replaced(node, func=head) if isinstance(node, cst.Call) else head)
            )
        elif name.rpartition(".")[2] in _DECORATORS:
            found.append(decorator)
    return found


def body_block(old: cst.BaseSuite, body: list[cst.BaseStatement]) -> cst.IndentedBlock:
    """``body`` as the block that stands for ``old``."""
    if not body:
        body = [cst.SimpleStatementLine([cst.Pass()])]
    first = body[0]
    if hasattr(first, "leading_lines") and all(line.comment is None for line in first.leading_lines):
        body[0] = replaced(first, leading_lines=())
    if isinstance(old, cst.IndentedBlock):
        return cst.IndentedBlock(body, header=old.header, indent=old.indent)
    return cst.IndentedBlock(body)


def class_body(one: ClassFacts, writer: Writer) -> list[cst.BaseStatement]:
    """The statements of the wrapper class."""
    body: list[cst.BaseStatement] = [*docstring(one.node.body)]
    attributes = attribute_lines(one, writer)
    last = [line for line in attributes if _hides_import(line, writer)]  # type checkers look for what stands above
    attributes = [line for line in attributes if line not in last]
    placed = False
    for node in one.node.body.body:
        if not placed and isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            body += _apart(attributes, body)
            placed = True
        body += [_below(member, body) for member in _member(one, node, writer)]
    if not placed:
        body += _apart(attributes, body)
    if _has_foreign_init(one, writer):
        body += [_below(_open_init(writer), body)]
    body += aio_view(one, writer)
    if last:
        last[0] = replaced(last[0], leading_lines=[cst.EmptyLine(indent=False)])
    return [*body, *last]


def _hides_import(line: cst.SimpleStatementLine, writer: Writer) -> bool:
    """``ssl: ssl.SSLContext``, of which the methods speak, too."""
    part = line.body[0]
    return isinstance(part, cst.AnnAssign) and dotted(part.target) in writer.facts.imports


def _member(one: ClassFacts, node: cst.CSTNode, writer: Writer) -> list[cst.BaseStatement]:
    """What stands for one statement of the source's class body."""
    if isinstance(node, cst.FunctionDef):
        group = one.functions[node.name.value]
        function = next(each for each in group if each.node is node)
        if writer.is_dropped(function):
            return []
        return (
            overloads(group, writer)
            if function is group[0] and function.has("overload")
            else method(function, group, writer)
        )
    if isinstance(node, cst.ClassDef):
        nested = one.classes[node.name.value]
        if writer.is_dropped(nested):
            return []
        if writer.index.fate(nested) is Fate.WRAPPED:
            return [wrapper_class(nested, writer)]
        return [assigned_class(nested, one, writer)]
    if isinstance(node, cst.SimpleStatementLine):
        return [] if is_own_docstring(one, node) else line(one, node, writer)
    if isinstance(node, cst.If):
        return _conditional(one, node, writer)
    return []


def _conditional(one: ClassFacts, node: cst.If, writer: Writer) -> list[cst.BaseStatement]:
    """``if TYPE_CHECKING:`` and version checks; what is defined under other conditions is found at run time."""
    body = [member for inner in node.body.body for member in _member(one, inner, writer)]
    if not body or not writer.is_static(node.test):
        return body
    return [replaced(node, body=body_block(node.body, body), orelse=None)]


def _open_init(writer: Writer) -> cst.FunctionDef:
    """``__init__`` of which nothing is known: a base class has it that is not there."""
    text = f"def __init__(self, *args: Any, **kwargs: Any) -> None:\n    {writer.bridge}.now(self, {{0}}, *args, **kwargs)\n"
    writer.any_type()
    node = cst.parse_statement(text.format(writer.marks.mark('"__init__"')))
    assert isinstance(node, cst.FunctionDef)
    return node


def _has_foreign_init(one: ClassFacts, writer: Writer) -> bool:
    """Whether objects are made by a base class that is neither of the source nor of the typing modules."""
    lineage = list(writer.index.lineage(one))
    if any("__init__" in each.functions or is_dataclass(each) for each in lineage):
        return False
    bases = [base for each in lineage for base in each.bases if writer.index.class_named(base) is None]
    return any(short(base) is None and base != "builtins.object" for base in bases)


def _apart(lines: list[cst.SimpleStatementLine], body: list[cst.BaseStatement]) -> list[cst.SimpleStatementLine]:
    """``lines`` with a blank line before the first, unless they follow other fields."""
    if lines and len(body) == 1 and docstring(cst.IndentedBlock(body)):
        return [replaced(lines[0], leading_lines=[cst.EmptyLine(indent=False)]), *lines[1:]]
    return lines


def _below(node: cst.BaseStatement, body: list[cst.BaseStatement]) -> cst.BaseStatement:
    """``node`` with a blank line before it if it is a definition behind fields."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)) and body and isinstance(body[-1], cst.SimpleStatementLine):
        if not has_blank(node):
            return replaced(node, leading_lines=[cst.EmptyLine(indent=False), *node.leading_lines])
    return node
