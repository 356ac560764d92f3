"""A class that both sides share and that is generic over wrapped classes, like ``class Name(str, Generic[T])``.

At run time it is the async one. Type checkers are told of it with sync types, in a block that only they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import replaced

from .attributes import attribute_lines
from .facts import ClassFacts, unsubscripted
from .functions import docstring
from .index import Fate
from .mentions import type_limits, type_names

if TYPE_CHECKING:
    from .index import Index
    from .writer import Writer


def is_retyped(one: ClassFacts, index: Index) -> bool:
    """Whether the parameters of its bases, or its own, have to do with classes that are wrapped."""
    if index.fate(one) is not Fate.SHARED:
        return False
    if any(each is not one and is_retyped(each, index) for each in index.ancestors(one)):
        return True
    given = [base.value for base in one.node.bases if unsubscripted(base.value) is not base.value]
    parameters = one.node.type_parameters.params if one.node.type_parameters is not None else ()
    given += [part.param.bound for part in parameters if isinstance(part.param, cst.TypeVar) and part.param.bound]
    return any(_means_wrapped(name, index) for node in given for name in type_names(one.module, node, one))


def _means_wrapped(name: str | None, index: Index, depth: int = 0) -> bool:
    if index.is_wrapped(name):
        return True
    value = index.value_named(name)
    if value is None or depth == 8:
        return False
    facts, node = value
    return any(
        _means_wrapped(inner, index, depth + 1) for part in type_limits(node) for inner in type_names(facts, part, None)
    )


def for_checkers(one: ClassFacts, taken: cst.SimpleStatementLine, writer: Writer) -> cst.If:
    """``if TYPE_CHECKING:`` the class with sync types, ``else:`` the one that is ``taken`` from the async side."""
    test = writer.needed("typing", "TYPE_CHECKING")
    told = replaced(_told(one, writer), leading_lines=())
    lines = [line for line in one.node.leading_lines if line.comment is not None]
    blank = cst.EmptyLine(indent=False)
    return cst.If(
        test,
        cst.IndentedBlock([told]),
        cst.Else(cst.IndentedBlock([taken])),
        leading_lines=[blank, blank, *lines],
    )


def _told(one: ClassFacts, writer: Writer) -> cst.ClassDef:
    body: list[cst.BaseStatement] = [*docstring(one.node.body), *attribute_lines(one, writer)]
    for node in one.node.body.body:
        if isinstance(node, cst.FunctionDef):
            body.append(_signature(node, one, writer))
        elif isinstance(node, cst.ClassDef):
            body.append(_told(one.classes[node.name.value], writer))
        elif isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Assign, cst.AnnAssign)):
            body.append(_field(node, one, writer))
    return replaced(one.node, body=cst.IndentedBlock(body or [cst.SimpleStatementLine([cst.Pass()])]))


def _field(node: cst.SimpleStatementLine, one: ClassFacts, writer: Writer) -> cst.SimpleStatementLine:
    parts = [
        replaced(part, annotation=writer.types.annotation(part.annotation, one))
        if isinstance(part, cst.AnnAssign)
        else part
        for part in node.body
    ]
    return replaced(node, body=parts)


def _signature(node: cst.FunctionDef, one: ClassFacts, writer: Writer) -> cst.FunctionDef:
    raised = cst.SimpleStatementLine([cst.Raise(cst.Name("NotImplementedError"))])
    return replaced(
        node,
        params=writer.types.parameters(node.params, one),
        returns=writer.types.annotation(node.returns, one),
        body=cst.IndentedBlock([*docstring(node.body), raised]),
    )
