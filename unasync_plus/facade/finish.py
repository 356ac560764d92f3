"""What is done when the types are sync: overloads that have become equal are one, module names are relative."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.tree import dotted, replaced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unasync_plus.discover import Unit
    from unasync_plus.model import Diagnostic


COLLISION = "UA040"


def relative(module: str, unit: Unit) -> str:
    """How the target of ``unit`` imports from ``module``: with dots if both have the same top-level package."""
    here = unit.target_module.split(".")
    if not unit.is_package:
        here = here[:-1]
    there = module.split(".")
    if not here or here[0] != there[0]:
        return module
    common = 0
    while common < min(len(here), len(there)) and here[common] == there[common]:
        common += 1
    return "." * (len(here) - common + 1) + ".".join(there[common:])


def moved(diagnostic: Diagnostic, facade: cst.Module, source: cst.Module) -> Diagnostic:
    """A finding in the facade, at the source's definition of the same name."""
    here, there = _definitions(facade), _definitions(source)
    path = next((name for line, name in sorted(here, reverse=True) if line <= diagnostic.line), "")
    line = next((line for line, name in there if name == path), 1)
    return replace(diagnostic, line=line, column=1)


def at_names(found: Iterable[Diagnostic], text: str) -> tuple[Diagnostic, ...]:
    """Those of names that collide where the name stands in the source, each once; others as they are."""
    return tuple(dict.fromkeys(_at_name(one, text) if one.code == COLLISION else one for one in found))


def _at_name(found: Diagnostic, text: str) -> Diagnostic:
    name = found.message.split("'")[1]
    before = sum(map(len, text.splitlines(keepends=True)[: found.line - 1]))
    place = re.compile(rf"\b{re.escape(name)}\b").search(text, before)
    if place is None:
        return found
    above = text[: place.start()]
    return replace(found, line=above.count("\n") + 1, column=place.start() - above.rfind("\n"))


def _definitions(tree: cst.Module) -> list[tuple[int, str]]:
    """The line and dotted path of every function and class, but for those inside functions."""
    named: list[tuple[cst.CSTNode, str]] = []

    def look(body: Any, prefix: str) -> None:
        for node in body:
            if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
                named.append((node, prefix + node.name.value))
                if isinstance(node, cst.ClassDef):
                    look(node.body.body, f"{prefix}{node.name.value}.")

    look(tree.body, "")
    places = positions(tree, [node for node, _ in named])
    return [(places[id(node)][0], path) for node, path in named]


def merged_overloads(tree: cst.Module) -> cst.Module:
    """``tree`` with equal overloads merged, at module level and in classes."""
    return replaced(tree, body=_merged(tree.body, tree))


def _merged(body: Any, tree: cst.Module) -> list[Any]:
    groups: dict[str, list[cst.FunctionDef]] = {}
    for node in body:
        if isinstance(node, cst.FunctionDef) and is_overload(node):
            groups.setdefault(node.name.value, []).append(node)
    gone: set[int] = set()
    single: dict[str, cst.FunctionDef] = {}
    for name, group in groups.items():
        seen: set[str] = set()
        for node in group:
            text = _signature(node, tree)
            if text in seen:
                gone.add(id(node))
            seen.add(text)
        if len(seen) == 1:
            gone.add(id(group[0]))
            single[name] = group[0]
    new: list[Any] = []
    for node in body:
        if id(node) in gone:
            continue
        if isinstance(node, cst.ClassDef):
            node = replaced(node, body=replaced(node.body, body=_merged(node.body.body, tree)))
        elif isinstance(node, cst.FunctionDef) and node.name.value in single:
            node = _settled(node, single[node.name.value])
        new.append(node)
    return new


def is_overload(node: cst.FunctionDef) -> bool:
    return any((dotted(item.decorator) or "").rpartition(".")[2] == "overload" for item in node.decorators)


def _signature(node: cst.FunctionDef, tree: cst.Module) -> str:
    """The signature without its layout."""
    plain = tree.code_for_node(replaced(node, body=cst.SimpleStatementSuite([cst.Pass()]), leading_lines=()))
    return "".join(plain.split()).replace(",)", ")")


def _settled(node: cst.FunctionDef, only: cst.FunctionDef) -> cst.FunctionDef:
    """The implementation with the one signature that is left, if it has the same parameters."""
    if [p.name.value for p in node.params.params] != [p.name.value for p in only.params.params]:
        return node
    decorators = [_of_one_signature(item) for item in node.decorators]
    return replaced(only, body=node.body, decorators=decorators, lines_after_decorators=node.lines_after_decorators)


def _of_one_signature(item: cst.Decorator) -> cst.Decorator:
    """``@_bridge.dual_iterator`` for ``@_bridge.dual_overloaded_iterator``."""
    found = item.decorator
    if not isinstance(found, cst.Attribute) or not found.attr.value.startswith("dual"):
        return item
    name = found.attr.value.replace("_overloaded", "")
    return replaced(item, decorator=replaced(found, attr=cst.Name(name)))
