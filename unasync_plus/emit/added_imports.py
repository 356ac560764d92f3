"""New imports, put where isort would accept them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import libcst as cst

from unasync_plus.emit.import_nodes import Key, bound_name, module_of, new_alias, new_import, single_import
from unasync_plus.emit.stdlib import STDLIB
from unasync_plus.emit.unused_imports import used_names
from unasync_plus.tree import dotted, replaced


def with_added(body: list[Any], missing: Collection[Key]) -> list[Any]:
    """``body`` with the ``missing`` imports, all of them above what reads one when the module is imported."""
    reader = _reader_between(body, {bound_name(key) for key in missing})
    above, below = body[:reader], body[len(body) if reader is None else reader :]
    had_imports = any(map(single_import, above))
    for module, name, asname in missing:
        above = _add(above, module, name, asname)
    return [*above, *(below if had_imports else spaced(below))]


def _reader_between(body: list[Any], names: Collection[str]) -> int | None:
    """The first statement that reads one of ``names`` and has imports below it to which new ones would be added."""
    places = _leading_run(body)
    for index in range(places[-1] if places else 0):
        if index not in places and not used_names(body[index]).isdisjoint(names):
            return index
    return None


def _add(body: list[Any], module: str, name: str, asname: str) -> list[Any]:
    places = _leading_run(body)
    if name:
        for index in places:
            node = single_import(body[index])
            if (
                isinstance(node, cst.ImportFrom)
                and module_of(node) == module
                and not isinstance(node.names, cst.ImportStar)
            ):
                body[index] = replaced(body[index], body=[_with_name(node, name, asname)])
                return body
    elif any(_imports(single_import(body[index]), module, asname) for index in places):
        return body
    statement = cst.SimpleStatementLine([new_import(module, name, asname)])
    return _insert(body, places, statement, module, bool(name))


def _leading_run(body: list[Any]) -> list[int]:
    """The places of those imports that stand before the first other statement (docstring and blocks of imports aside)."""
    run: list[int] = []
    for index, statement in enumerate(body):
        if single_import(statement) is not None:
            run.append(index)
        elif run and not isinstance(statement, (cst.If, cst.Try)):
            break
    return run


def _imports(node: Any, module: str, asname: str) -> bool:
    return isinstance(node, cst.Import) and any(
        dotted(alias.name) == module and (dotted(alias.asname.name) if alias.asname else "") == asname
        for alias in node.names
    )


def _with_name(node: Any, name: str, asname: str) -> Any:
    aliases = list(node.names)
    if any(dotted(a.name) == name and (dotted(a.asname.name) if a.asname else "") == asname for a in aliases):
        return node
    names = [dotted(alias.name) or "" for alias in aliases]
    index = len(aliases)
    if names == sorted(names, key=_name_order):
        index = sum(_name_order(other) < _name_order(name) for other in names)
    added = new_alias(name, asname)
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
    node = single_import(statement)
    if isinstance(node, cst.Import):
        module = dotted(node.names[0].name) or ""
        return _section(module), 0, module.lower()
    module = module_of(node)
    return _section(module), 1, module.lower()


def _insert(body: list[Any], places: list[int], statement: Any, module: str, is_from: bool) -> list[Any]:
    """Put a new import where isort would: its section, plain imports before from-imports, by name."""
    if module == "__future__" and _behind_docstring(body) not in places:  # `try` may stand above all imports
        return _insert_first(body, statement)
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
    index = _behind_docstring(body)
    if index:
        statement = replaced(statement, leading_lines=[cst.EmptyLine(indent=False)])
    return [*body[:index], statement, *spaced(body[index:])]


def _behind_docstring(body: list[Any]) -> int:
    """Where the first statement of a module stands that does something."""
    if body and isinstance(body[0], cst.SimpleStatementLine) and isinstance(body[0].body[0], cst.Expr):
        if isinstance(body[0].body[0].value, (cst.SimpleString, cst.ConcatenatedString)):
            return 1
    return 0


def spaced(body: list[Any]) -> list[Any]:
    """``body``, what follows imports, with blank lines above the first statement."""
    if body and hasattr(body[0], "leading_lines") and not any(line.comment is None for line in body[0].leading_lines):
        gap = [cst.EmptyLine(indent=False)] * (2 if isinstance(body[0], (cst.FunctionDef, cst.ClassDef)) else 1)
        return [replaced(body[0], leading_lines=(*gap, *body[0].leading_lines)), *body[1:]]
    return body
