"""The statements that run when a module is imported, and the names that imports bind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from unasync_plus.emit.stub_text import dotted
from unasync_plus.tree import children


def import_source(statement: cst.ImportFrom) -> str:
    """``..a.b`` for ``from ..a.b import c``."""
    return "." * len(statement.relative) + ((dotted(statement.module) or "") if statement.module else "")


def bindings(statement: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, str]]:
    """(name bound, what it means) for each name that ``statement`` imports; a star binds nothing here."""
    if isinstance(statement.names, cst.ImportStar):
        return
    source = import_source(statement) if isinstance(statement, cst.ImportFrom) else ""
    for alias in statement.names:
        path = dotted(alias.name) or ""
        bound = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else None
        if isinstance(statement, cst.ImportFrom):
            yield bound or path, f"{source}{'' if source.endswith('.') else '.'}{path}"
        else:
            yield (bound, path) if bound else (path.partition(".")[0],) * 2


def statements(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The statements that run when a module is imported: through ``if``, ``try``, ``with`` and loops, not functions."""
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        elif isinstance(statement, cst.FunctionDef | cst.ClassDef):
            yield statement
        else:
            yield statement
            for block in blocks(statement):
                yield from statements(block)


def blocks(statement: cst.CSTNode) -> Iterator[Sequence[cst.BaseStatement | cst.BaseSmallStatement]]:
    """The statement lists directly inside a compound statement, in source order."""
    if isinstance(statement, cst.Match):
        for case in statement.cases:
            yield case.body.body
        return
    body = getattr(statement, "body", None)
    if isinstance(body, cst.BaseSuite):
        yield body.body
    for handler in getattr(statement, "handlers", ()):
        yield handler.body.body
    following = getattr(statement, "orelse", None)
    if isinstance(following, cst.If):
        yield (following,)
    elif isinstance(following, cst.Else):
        yield following.body.body
    final = getattr(statement, "finalbody", None)
    if isinstance(final, cst.Finally):
        yield final.body.body


def walruses(statement: cst.CSTNode) -> Iterator[tuple[str, cst.BaseExpression]]:
    """``name := value`` in a statement, or in the head of a compound one: it binds a name of the scope around it."""
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.NamedExpr) and isinstance(node.target, cst.Name):
            yield node.target.value, node.value
        if not isinstance(
            node, (cst.BaseSuite, cst.Lambda, cst.Else, cst.Finally, cst.ExceptHandler, cst.ExceptStarHandler)
        ):
            stack.extend(reversed([part for part in children(node) if not isinstance(part, cst.BaseStatement)]))
