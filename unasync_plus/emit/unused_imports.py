"""Imports that nobody uses any more, and the blocks that held nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import libcst as cst

from unasync_plus.emit.import_nodes import IMPORTS, Key, local_name, new_import
from unasync_plus.tree import FIELDS, NO_NODES, dotted, is_same, replaced

_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
_WORD = re.compile(r"[A-Za-z_]\w*")
_BACKENDS = frozenset({"anyio", "asyncio", "curio", "trio"})
"""Libraries that strings name as such, in ``backend == "asyncio"``: no type is called so."""


def used_names(tree: cst.CSTNode) -> set[str]:
    """Every name read in ``tree``, the words of its short strings too (annotations, ``__all__``)."""
    used: set[str] = set()
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is cst.Name:
            used.add(node.value)
        elif kind is cst.SimpleString:
            if len(node.value) < 200 and '"""' not in node.value:
                words = _WORD.findall(node.value)
                if len(words) != 1 or words[0] not in _BACKENDS:
                    used.update(words)
        elif kind is cst.Attribute:
            stack.append(node.value)
        elif kind is not cst.Import and kind is not cst.ImportFrom:
            for name in FIELDS[kind]:
                value = getattr(node, name)
                if value.__class__ is tuple or value.__class__ is list:
                    stack.extend(value)
                elif value.__class__ not in NO_NODES:
                    stack.append(value)
    return used


def _alive(block: Any) -> bool:
    return not all(
        isinstance(line, cst.SimpleStatementLine) and all(isinstance(part, cst.Pass) for part in line.body)
        for line in block.body
    )


def _alternatives(node: Any) -> set[str]:
    """The names that imports of a ``try`` bind, if more depends on them: ``try: import fast; HAS_FAST = True``.

    Empty if the rest of it only stands in for them: it binds the same names, imports others, raises, or does nothing.
    """
    lines = [line for block in (node.body, *(each.body for each in node.handlers)) for line in block.body]
    parts = [part for line in lines for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])]
    names = {
        local_name(alias, part)
        for part in parts
        if isinstance(part, IMPORTS) and not isinstance(part.names, cst.ImportStar)
        for alias in part.names
    }
    stands_in = all(isinstance(part, _STAND_INS) or _targets(part) <= names for part in parts)
    return set() if stands_in and (node.orelse is None or not _alive(node.orelse.body)) else names


_STAND_INS = (*IMPORTS, cst.Pass, cst.Raise)
_TRIES = (cst.Try, cst.TryStar)


def _targets(part: cst.CSTNode) -> set[str | None]:
    """What an assignment binds; None stands for anything else."""
    return {dotted(each.target) for each in part.targets} if isinstance(part, cst.Assign) else {None}


def _has_other_branch(node: cst.If) -> bool:
    return node.orelse is not None and (isinstance(node.orelse, cst.If) or _alive(node.orelse.body))


class Prune:
    """Takes imports out of blocks: those of the names ``gone``, and those at ``places``, which others replace."""

    def __init__(
        self, gone: Collection[str], places: Mapping[int, Collection[Key]], taken: Collection[str] = frozenset()
    ) -> None:
        """``taken`` are those of ``gone`` that something else has now; others stay where more depends on an import."""
        self.gone, self.places, self.taken = frozenset(gone), places, frozenset(taken)
        self.dropped_block = False

    def statements(self, body: Sequence[Any], *, is_module: bool = False) -> list[Any]:
        """``body`` (and the blocks in it) without them; blank lines before what goes stay before what comes next.

        No block begins with blank lines for that; a module has its head above them.
        """
        new: list[Any] = []
        blank: list[Any] = []
        is_behind = False
        for statement in body:
            item = self._statement(statement)
            if item.__class__ is cst.Else:
                new += self._in_place_of(item, statement, blank)
                blank, is_behind = [], False
                continue
            if item is None:
                is_behind = True
                lines = [line for line in getattr(statement, "leading_lines", ()) if line.comment is None]
                blank = blank or lines[:1]
                continue
            if is_behind and hasattr(item, "leading_lines") and (blank or not (new or is_module)):
                own = [line for line in item.leading_lines if line.comment is None]
                if not new:
                    comments = [line for line in item.leading_lines if line.comment is not None]
                    item = replaced(item, leading_lines=comments)
                elif not own:
                    item = replaced(item, leading_lines=(*blank, *item.leading_lines))
            blank, is_behind = [], False
            new.append(item)
        return new

    def _statement(self, statement: Any) -> Any:
        if type(statement) in (cst.SimpleStatementLine, cst.SimpleStatementSuite):
            if not any(part.__class__ in IMPORTS for part in statement.body):
                return statement
            parts = [part for old in statement.body for part in self._simple(old)]
            if is_same(parts, statement.body):
                return statement
            if not parts:
                return None
            parts = [replaced(part, semicolon=cst.MaybeSentinel.DEFAULT) for part in parts]
            return replaced(statement, body=parts)
        is_try = statement.__class__ in _TRIES
        kept = _alternatives(statement).intersection(self.gone) - self.taken if is_try else ()
        if kept:
            inside = Prune(self.gone - kept, self.places, self.taken)
            new = inside._blocks(statement)
            self.dropped_block = self.dropped_block or inside.dropped_block
        else:
            new = self._blocks(statement)
        if new is statement:
            return statement
        if isinstance(new, cst.If):
            empty = not _alive(new.body) and not _has_other_branch(new) and _alive(statement.body)
        else:
            empty = is_try and not new.finalbody and not _alive(new.body)
        self.dropped_block = self.dropped_block or empty
        if empty and is_try and new.orelse is not None and _alive(new.orelse.body):
            return new.orelse  # nothing is left that could fail
        return None if empty else new

    def _in_place_of(self, block: cst.Else, statement: Any, blank: Sequence[Any]) -> list[Any]:
        """The statements of ``block``, where ``statement`` stood, of which nothing else is left."""
        body: Any = block.body
        is_line = isinstance(body, cst.SimpleStatementSuite)  # `else: quick = False`
        lines: list[Any] = [cst.SimpleStatementLine(body.body)] if is_line else [*body.body]
        first, *rest = lines
        own = [*blank, *statement.leading_lines]
        return [replaced(first, leading_lines=[*own, *first.leading_lines]), *rest]

    def _blocks(self, node: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in FIELDS[node.__class__]:
            if field not in _BLOCKS:
                continue
            value = getattr(node, field)
            kind = value.__class__
            if kind is cst.IndentedBlock:
                body = self.statements(value.body)
                if not is_same(body, value.body):
                    changes[field] = replaced(value, body=body or [cst.SimpleStatementLine([cst.Pass()])])
            elif kind is cst.SimpleStatementSuite:
                suite = self._statement(value)
                if suite is not value:
                    changes[field] = suite or replaced(value, body=[cst.Pass()])
            elif kind is tuple or kind is list:
                items = [self._blocks(item) for item in value]
                if not is_same(items, value):
                    changes[field] = items
            elif kind is cst.Else or kind is cst.Finally or kind is cst.If:
                item = self._blocks(value)
                if item is not value:
                    changes[field] = item
        return replaced(node, **changes) if changes else node

    def _simple(self, node: Any) -> list[Any]:
        if node.__class__ not in IMPORTS or isinstance(node.names, cst.ImportStar):
            return [node]
        if isinstance(node, cst.ImportFrom) and dotted(node.module) == "__future__":
            return [node]
        instead = sorted({key for alias in node.names for key in self.places.get(id(alias), ())})
        leaving = {
            id(alias) for alias in node.names if local_name(alias, node) in self.gone or id(alias) in self.places
        }
        names = [alias for alias in node.names if id(alias) not in leaving]
        if len(names) == len(node.names):
            return [node]
        new = [new_import(*key) for key in instead]
        if names:
            names[-1] = replaced(names[-1], comma=node.names[-1].comma)
            new.append(replaced(node, names=names))
        return new
