"""Statements of a facade as a whole: which private ones stay, what stands between them, what is left of a block."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.emit.unused_imports import used_names
from unasync_plus.tree import dotted, replaced, walk

from .values import is_literal

if TYPE_CHECKING:
    from .writer import Writer

_IMPORTS = (cst.Import, cst.ImportFrom)
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def pruned(body: list[Statement], writer: Writer) -> list[Statement]:
    """Without private definitions that nothing refers to."""
    wanted = writer.handed_on | writer.made_here
    kept = {id(node) for node in body if not _private_names(node)}
    used = wanted.union(*(_names_read(node) for node in body if id(node) in kept))
    grown = True
    while grown:
        grown = False
        for node in body:
            if id(node) not in kept and used.intersection(_private_names(node)):
                kept.add(id(node))
                used |= _names_read(node)
                grown = True
    return [node for node in body if id(node) in kept]


def laid_out(body: list[Statement], source: Sequence[cst.CSTNode] = ()) -> list[Statement]:
    """With blank lines before the first of some lines that stand where definitions of ``source`` were."""
    new: list[Statement] = []
    unchanged = {id(node) for node in source}
    for node in body:
        is_line = isinstance(node, cst.SimpleStatementLine) and id(node) not in unchanged
        if new and is_line and not isinstance(new[-1], cst.SimpleStatementLine) and not has_blank(node):
            blank = cst.EmptyLine(indent=False)
            node = replaced(node, leading_lines=[blank, blank, *node.leading_lines])
        new.append(node)
    return new


def is_bare_declaration(node: Statement) -> bool:
    """``name: Type`` with no value, for what is read from the async module each time."""
    part = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    return isinstance(part, cst.AnnAssign) and part.value is None


def has_blank(node: Statement) -> bool:
    """Whether a blank line stands before it."""
    return any(line.comment is None for line in node.leading_lines)


def assigned_names(node: cst.Assign | cst.AnnAssign | cst.AugAssign) -> list[str]:
    """The names that an assignment sets."""
    targets = [target.target for target in node.targets] if isinstance(node, cst.Assign) else [node.target]
    found: list[str] = []
    for target in targets:
        if isinstance(target, cst.Name):
            found.append(target.value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            found += _unpacked_names(target)
    return found


def _unpacked_names(target: cst.Tuple | cst.List) -> list[str]:
    """``a``, ``b`` and ``c`` of ``a, (b, *c)``."""
    found: list[str] = []
    for one in target.elements:
        if isinstance(one.value, cst.Name):
            found.append(one.value.value)
        elif isinstance(one.value, (cst.Tuple, cst.List)):
            found += _unpacked_names(one.value)
    return found


def each_alone(node: cst.BaseSmallStatement, rebound: Collection[str]) -> list[cst.BaseSmallStatement]:
    """``a = value`` and ``b = value`` for ``a = b = value``; constants stay together, if functions do not set them anew."""
    if not isinstance(node, cst.Assign):
        return [node]
    names = assigned_names(node)
    is_constant = is_literal(node.value) and all(name.isupper() for name in names)
    if is_constant and not any(name in rebound for name in names):
        return [node]
    if len(node.targets) > 1:
        return [part for target in node.targets for part in each_alone(replaced(node, targets=[target]), rebound)]
    target, value = node.targets[0].target, node.value
    if not isinstance(target, cst.Tuple) or not isinstance(value, cst.Tuple) or not is_literal(value):
        return [node]
    is_flat = len(names) == len(target.elements) and all(type(one) is cst.Element for one in target.elements)
    if not is_flat or len(names) != len(value.elements):
        return [node]
    targets = [cst.AssignTarget(cst.Name(name)) for name in names]
    return [replaced(node, targets=[one], value=each.value) for one, each in zip(targets, value.elements, strict=True)]


def defined_names(node: cst.CSTNode) -> list[str]:
    """The names that a definition or a line of assignments gives a value."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        return [node.name.value]
    parts = node.body if isinstance(node, cst.SimpleStatementLine) else ()
    return [name for part in parts if isinstance(part, (cst.Assign, cst.AnnAssign)) for name in assigned_names(part)]


def certain_names(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """The names that have a value behind these statements, whichever of their branches are taken."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (cst.Try, cst.TryStar)):
            tried = [*node.body.body, *(node.orelse.body.body if node.orelse is not None else ())]
            left = [one.body.body for one in node.handlers if not _raises(one.body)]
            found |= certain_names(tried).intersection(*map(certain_names, left))
            found |= certain_names(node.finalbody.body.body) if node.finalbody is not None else set()
        elif isinstance(node, cst.If):
            other = node.orelse
            behind = certain_names([other] if isinstance(other, cst.If) else other.body.body if other else ())
            found |= certain_names(node.body.body) & behind
        elif isinstance(node, cst.With):
            found |= certain_names(node.body.body)
        else:
            found.update(defined_names(node))
            found |= imported_names(list(node.body)) if isinstance(node, cst.SimpleStatementLine) else set()
    return found


def _raises(block: cst.BaseSuite) -> bool:
    last = block.body[-1] if block.body else None
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Raise)


def imported_names(nodes: list[cst.CSTNode]) -> set[str]:
    """The names that imports among ``nodes`` bind."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar):
            found.update((dotted((alias.asname or alias).name) or "").partition(".")[0] for alias in node.names)
    return found


def _private_names(node: cst.CSTNode) -> list[str]:
    """The names that a statement defines, if all of them are private."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        names = [node.name.value]
    elif isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Assign, cst.AnnAssign)):
        names = assigned_names(node.body[0])
    else:
        return []
    return names if names and all(name.startswith("_") and not name.startswith("__") for name in names) else []


def _names_read(node: cst.CSTNode) -> set[str]:

    if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Assign, cst.AnnAssign)):
        part = node.body[0]
        parts = [part.value] if isinstance(part, cst.Assign) else [part.annotation, part.value]
        return {name for each in parts if each is not None for name in used_names(each)}
    return used_names(node)


def only_imports(node: Any, stand_in: Callable[[cst.CSTNode], Sequence[Statement]]) -> Any:
    """A compound statement with nothing in its blocks but their imports, and what stands in for one that failed."""
    if isinstance(node, (cst.IndentedBlock, cst.SimpleStatementSuite)):
        lines: list[Any] = []
        for line in node.body:
            if isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], _IMPORTS):
                lines.append(line)
            elif isinstance(line, (cst.If, cst.Try)) and any(isinstance(part, _IMPORTS) for part in walk(line)):
                lines.append(only_imports(line, stand_in))
            else:
                lines += stand_in(line)
        return cst.IndentedBlock(lines or [cst.SimpleStatementLine([cst.Pass()])])
    if not isinstance(node, cst.CSTNode):
        return node
    changes: dict[str, object] = {}
    for field in ("body", "orelse", "finalbody", "handlers"):
        value = getattr(node, field, None)
        if isinstance(value, (tuple, list)):
            changes[field] = [only_imports(one, stand_in) for one in value]
        elif value is not None:
            changes[field] = only_imports(value, stand_in)
    return replaced(node, **changes)
