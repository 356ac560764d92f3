"""Import statements of the finished module: those nobody uses any more go, needed ones come, doubles are merged.

What was sorted stays sorted; what was not is left in its order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import libcst as cst

from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.tree import FIELDS, dotted, is_same, name_or_attribute, replaced

Key = tuple[str, str, str]
"""Module, name ("" for ``import module``), alias ("" for none)."""

_IMPORTS = (cst.Import, cst.ImportFrom)
_WORD = re.compile(r"[A-Za-z_]\w*")


def finish(
    tree: cst.Module,
    needed: Collection[Key],
    used_before: Collection[str],
    imported_before: Collection[str],
    exported: Collection[Key] = (),
    needed_at: Mapping[int, Collection[Key]] | None = None,
) -> cst.Module:
    """``tree`` with its imports in order.

    ``used_before`` are the names that the source read anywhere: an import nobody used there either stays.
    ``needed`` imports are added if they are used, ``exported`` ones in any case. ``needed_at`` goes by the ``id`` of an
    import inside a function and says what takes its place.
    """
    used = used_names(tree)
    missing = [key for key in sorted({*needed, *exported}) if key in exported or _bound(key) in used]
    gone = {name for name in imported_before if name in used_before and name not in used}
    gone |= {_bound(key) for key in missing if key[1]}.intersection(imported_before)
    body: list[Any] = list(tree.body)
    prune = _Prune(gone, needed_at or {})
    while prune.gone or prune.places:
        body = prune.statements(body)
        if not prune.dropped_block:
            break
        left = used_names(replaced(tree, body=body))  # `if TYPE_CHECKING:` itself may have been the last to read a name
        prune = _Prune({name for name in imported_before if name in used and name not in left}, {})
        used = left
    if missing:
        body = _with_added(body, missing)
    body = _merged(body)
    return replaced(tree, body=body)


def _bound(key: Key) -> str:
    """The name that an import binds."""
    module, name, asname = key
    return asname or name or module.partition(".")[0]


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
                used.update(_WORD.findall(node.value))
        elif kind is cst.Attribute:
            stack.append(node.value)
        elif kind is not cst.Import and kind is not cst.ImportFrom:
            for name in FIELDS[kind]:
                value = getattr(node, name)
                if value.__class__ is tuple or value.__class__ is list:
                    stack.extend(value)
                elif isinstance(value, cst.CSTNode):
                    stack.append(value)
    return used


def _local(alias: cst.ImportAlias, statement: Any) -> str:
    if alias.asname is not None:
        return dotted(alias.asname.name) or ""
    name = dotted(alias.name) or ""
    return name if isinstance(statement, cst.ImportFrom) else name.partition(".")[0]


def _alive(block: Any) -> bool:
    return not all(
        isinstance(line, cst.SimpleStatementLine) and all(isinstance(part, cst.Pass) for part in line.body)
        for line in block.body
    )


class _Prune:
    """Takes imports out of blocks: those of the names ``gone``, and those at ``places``, which others replace."""

    def __init__(self, gone: Collection[str], places: Mapping[int, Collection[Key]]) -> None:
        self.gone, self.places = gone, places
        self.dropped_block = False

    def statements(self, body: Sequence[Any]) -> list[Any]:
        """``body`` (and the blocks in it) without them; blank lines before what goes stay before what comes next."""
        new: list[Any] = []
        blank: list[Any] = []
        for statement in body:
            item = self._statement(statement)
            if item is None:
                lines = [line for line in getattr(statement, "leading_lines", ()) if line.comment is None]
                blank = blank or lines[:1]
                continue
            if blank and hasattr(item, "leading_lines"):
                own = [line for line in item.leading_lines if line.comment is None]
                if not new:
                    comments = [line for line in item.leading_lines if line.comment is not None]
                    item = replaced(item, leading_lines=comments)
                elif not own:
                    item = replaced(item, leading_lines=(*blank, *item.leading_lines))
            blank = []
            new.append(item)
        return new

    def _statement(self, statement: Any) -> Any:
        if isinstance(statement, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            parts = [part for old in statement.body for part in self._simple(old)]
            if is_same(parts, statement.body):
                return statement
            if not parts:
                return None
            parts = [replaced(part, semicolon=cst.MaybeSentinel.DEFAULT) for part in parts]
            return replaced(statement, body=parts)
        new = self._blocks(statement)
        if new is statement:
            return statement
        if isinstance(new, cst.If):
            empty = new.orelse is None and not _alive(new.body) and _alive(statement.body)
        else:
            empty = isinstance(new, (cst.Try, cst.TryStar)) and not new.finalbody and not _alive(new.body)
        self.dropped_block = self.dropped_block or empty
        return None if empty else new

    def _blocks(self, node: Any) -> Any:
        changes: dict[str, Any] = {}
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            value = getattr(node, field, None)
            if isinstance(value, cst.IndentedBlock):
                body = self.statements(value.body)
                if not is_same(body, value.body):
                    changes[field] = replaced(value, body=body or [cst.SimpleStatementLine([cst.Pass()])])
            elif isinstance(value, cst.SimpleStatementSuite):
                suite = self._statement(value)
                if suite is not value:
                    changes[field] = suite or replaced(value, body=[cst.Pass()])
            elif isinstance(value, (tuple, list)):
                items = [self._blocks(item) for item in value]
                if not is_same(items, value):
                    changes[field] = items
            elif isinstance(value, (cst.Else, cst.Finally, cst.If)):
                item = self._blocks(value)
                if item is not value:
                    changes[field] = item
        return replaced(node, **changes) if changes else node

    def _simple(self, node: Any) -> list[Any]:
        if not isinstance(node, _IMPORTS) or isinstance(node.names, cst.ImportStar):
            return [node]
        if isinstance(node, cst.ImportFrom) and dotted(node.module) == "__future__":
            return [node]
        instead = sorted({key for alias in node.names for key in self.places.get(id(alias), ())})
        leaving = {id(alias) for alias in node.names if _local(alias, node) in self.gone or id(alias) in self.places}
        names = [alias for alias in node.names if id(alias) not in leaving]
        if len(names) == len(node.names):
            return [node]
        new = [_new(*key) for key in instead]
        if names:
            names[-1] = replaced(names[-1], comma=node.names[-1].comma)
            new.append(replaced(node, names=names))
        return new


# adding


def _with_added(body: list[Any], missing: Iterable[Key]) -> list[Any]:
    for module, name, asname in missing:
        body = _add(body, module, name, asname)
    return body


def _single(statement: Any) -> Any:
    """The import that is the whole of ``statement``, if it is one."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        part = statement.body[0]
        if isinstance(part, _IMPORTS):
            return part
    return None


def _add(body: list[Any], module: str, name: str, asname: str) -> list[Any]:
    places = [index for index, statement in enumerate(body) if _single(statement) is not None]
    places = _leading_run(body, places)
    if name:
        for index in places:
            node = _single(body[index])
            if (
                isinstance(node, cst.ImportFrom)
                and _module(node) == module
                and not isinstance(node.names, cst.ImportStar)
            ):
                body[index] = replaced(body[index], body=[_with_name(node, name, asname)])
                return body
    elif any(_imports(_single(body[index]), module, asname) for index in places):
        return body
    statement = cst.SimpleStatementLine([_new(module, name, asname)])
    return _insert(body, places, statement, module, bool(name))


def _leading_run(body: list[Any], places: list[int]) -> list[int]:
    """Those imports that stand before the first other statement (docstring and blocks of imports aside)."""
    run: list[int] = []
    for index, statement in enumerate(body):
        if index in places:
            run.append(index)
        elif run and not isinstance(statement, (cst.If, cst.Try)):
            break
    return run


def _module(node: cst.ImportFrom) -> str:
    return "." * len(node.relative) + (dotted(node.module) or "")


def _imports(node: Any, module: str, asname: str) -> bool:
    return isinstance(node, cst.Import) and any(
        dotted(alias.name) == module and (dotted(alias.asname.name) if alias.asname else "") == asname
        for alias in node.names
    )


def _alias(name: str, asname: str) -> cst.ImportAlias:
    as_name = cst.AsName(cst.Name(asname)) if asname else None
    return cst.ImportAlias(name_or_attribute(name), as_name)


def _new(module: str, name: str, asname: str) -> cst.BaseSmallStatement:
    if not name:
        return cst.Import([_alias(module, asname)])
    dots = len(module) - len(module.lstrip("."))
    rest = module[dots:]
    path = name_or_attribute(rest) if rest else None
    return cst.ImportFrom(path, [_alias(name, asname)], relative=[cst.Dot()] * dots)


def _with_name(node: Any, name: str, asname: str) -> Any:
    aliases = list(node.names)
    if any(dotted(a.name) == name and (dotted(a.asname.name) if a.asname else "") == asname for a in aliases):
        return node
    names = [dotted(alias.name) or "" for alias in aliases]
    index = len(aliases)
    if names == sorted(names, key=_name_order):
        index = sum(_name_order(other) < _name_order(name) for other in names)
    added = _alias(name, asname)
    if index < len(aliases):
        between = next((a.comma for a in aliases if isinstance(a.comma, cst.Comma)), None)
        space = between.whitespace_after if between is not None else cst.SimpleWhitespace(" ")
        if isinstance(space, cst.SimpleWhitespace):
            space = cst.SimpleWhitespace(" ")
        aliases.insert(index, replaced(added, comma=cst.Comma(whitespace_after=space)))
    else:
        last = aliases[-1]
        inner = aliases[0].comma if len(aliases) > 1 else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        if not isinstance(inner, cst.Comma):
            inner = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        aliases[-1] = replaced(last, comma=inner)
        aliases.append(replaced(added, comma=last.comma))
    return replaced(node, names=aliases)


def _name_order(name: str) -> tuple[int, str]:
    """isort's order of names: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def _section(module: str) -> int:
    if module == "__future__":
        return 0
    if module.startswith("."):
        return 3
    return 1 if module.partition(".")[0] in STDLIB else 2


def _order(statement: Any) -> tuple[int, int, str]:
    node = _single(statement)
    if isinstance(node, cst.Import):
        module = dotted(node.names[0].name) or ""
        return _section(module), 0, module.lower()
    module = _module(node)
    return _section(module), 1, module.lower()


def _insert(body: list[Any], places: list[int], statement: Any, module: str, is_from: bool) -> list[Any]:
    """Put a new import where isort would: its section, plain imports before from-imports, by name."""
    order = (_section(module), 1 if is_from else 0, module.lower())
    mixed = _is_mixed([body[index] for index in places])
    if mixed:
        order = (order[0], 0, order[2])
    position = None
    for index in places:
        other = _order(body[index])
        if mixed:
            other = (other[0], 0, other[2])
        if other > order:
            position = index
            break
    if position is not None:
        successor = body[position]
        if _order(successor)[0] == order[0]:
            first_of_section = index == places[0] or _order(body[places[places.index(position) - 1]])[0] != order[0]
            if first_of_section and not any(line.comment for line in successor.leading_lines):
                statement = replaced(statement, leading_lines=successor.leading_lines)
                body[position] = replaced(successor, leading_lines=())
            return [*body[:position], statement, *body[position:]]
        before = [index for index in places if index < position]
        if before and _order(body[before[-1]])[0] == order[0]:
            return [*body[: before[-1] + 1], statement, *body[before[-1] + 1 :]]
        statement = replaced(statement, leading_lines=successor.leading_lines)
        if not any(line.comment is None for line in successor.leading_lines):
            body[position] = replaced(successor, leading_lines=(cst.EmptyLine(indent=False), *successor.leading_lines))
        else:
            statement = replaced(statement, leading_lines=[cst.EmptyLine(indent=False)])
        return [*body[:position], statement, *body[position:]]
    if places:
        last = places[-1]
        if _order(body[last])[0] != order[0]:
            statement = replaced(statement, leading_lines=[cst.EmptyLine(indent=False)])
        return [*body[: last + 1], statement, *body[last + 1 :]]
    return _insert_first(body, statement)


def _is_mixed(statements: list[Any]) -> bool:
    """Whether the imports are sorted by module alone (``force_sort_within_sections``)."""
    keys = [_order(statement) for statement in statements]
    by_module = [(section, module) for section, _, module in keys]
    return keys != sorted(keys) and by_module == sorted(by_module)


def _insert_first(body: list[Any], statement: Any) -> list[Any]:
    """The first import of a module: below its docstring, a blank line around it."""
    index = 0
    if body and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr):
        if isinstance(body[0].body[0].value, (cst.SimpleString, cst.ConcatenatedString)):
            index = 1
    if index:
        statement = replaced(statement, leading_lines=[cst.EmptyLine(indent=False)])
    if index < len(body) and hasattr(body[index], "leading_lines"):
        successor = body[index]
        if not any(line.comment is None for line in successor.leading_lines):
            body[index] = replaced(successor, leading_lines=(cst.EmptyLine(indent=False), *successor.leading_lines))
    return [*body[:index], statement, *body[index:]]


# merging


def _merged(body: list[Any]) -> list[Any]:
    """Of two equal imports in the leading run the second goes; two imports from one module there become one."""
    seen: set[tuple[str, str, str]] = set()
    new: list[Any] = []
    for statement in body:
        node = _single(statement)
        if node is None or isinstance(node.names, cst.ImportStar):
            new.append(statement)
            continue
        module = _module(node) if isinstance(node, cst.ImportFrom) else ""
        keys = [(module, dotted(a.name) or "", dotted(a.asname.name) or "" if a.asname else "") for a in node.names]
        fresh = [alias for alias, key in zip(node.names, keys, strict=True) if key not in seen]
        if isinstance(node, cst.ImportFrom) or len(keys) == 1:
            seen.update(keys)
        if len(fresh) == len(node.names) or (not module and len(keys) > 1):
            new.append(statement)
        elif fresh:
            fresh[-1] = replaced(fresh[-1], comma=node.names[-1].comma)
            new.append(replaced(statement, body=[replaced(node, names=fresh)]))
    return new
