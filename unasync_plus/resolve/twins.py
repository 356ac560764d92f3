"""Names that files outside of the async sources define, and that the naming convention changes: to what?

What is meant by a name can be seen where it is defined. A sync name that another file defines is another thing's; and so is
one that stands beside the asynchronous one as an attribute of one class, or as a parameter of one function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator

from unasync_plus.resolve.facts import may_define
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.syntax_tree import statements_of, syntax_tree

Twins = Callable[[str], Collection[str]]
"""The sync names that a name may get."""


def without_twins(
    names: Iterable[str], twins: Twins, texts: Collection[tuple[bytes, Collection[str]]]
) -> frozenset[str]:
    """Those of ``names`` for whose sync names none of ``texts``, each with its words, that defines the name has a definition."""
    found = set()
    for name in names:
        new = twins(name)
        homes = [data for data, words in texts if name in words and may_define(data, [name])] if new else []
        if homes and not any(may_define(data, new) for data in homes):
            found.add(name)
    return frozenset(found)


def with_strangers(
    names: Collection[str], twins: Twins, texts: Iterable[tuple[bytes, Collection[str]]], files: Files
) -> frozenset[str]:
    """Those of ``names`` whose sync names stand beside them in one of ``texts`` of ``files``, and are other things'.

    Each text has its words with it, those of them that could be among ``names``.
    """
    found: set[str] = set()
    candidates = {name: new for name in names if (new := twins(name))}
    for data, words in texts:
        here = [(name, candidates[name]) for name in words if name in candidates and name not in found]
        here = [(name, new) for name, new in here if may_define(data, [name]) and may_define(data, new)]
        together = files.told("together", data, _together) if here else []
        found.update(name for name, new in here for one in together if name in one and not set(one).isdisjoint(new))
    return frozenset(found)


def _together(data: bytes) -> list[list[str]]:
    """The attributes of each class that are values, and the parameters of each function."""
    tree = syntax_tree(data)
    found: list[list[str]] = []
    for node in statements_of(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef):
            found.append(sorted(set(_values(node))))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args
            found.append([arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)])
    return found


def _values(node: ast.ClassDef) -> Iterator[str]:
    """The attributes that the class, or a method of it through ``self``, assigns."""
    for part in statements_of(node):
        if isinstance(part, (ast.Assign, ast.AnnAssign)):
            for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
                if (
                    isinstance(target, ast.Attribute)
                    and isinstance(target.value, ast.Name)
                    and target.value.id == "self"
                ):
                    yield target.attr
                elif isinstance(target, ast.Name) and part in node.body:
                    yield target.id
