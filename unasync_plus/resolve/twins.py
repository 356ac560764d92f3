"""Names that files outside of the async sources define, and that the naming convention changes: to what?

What is meant by a name can be seen where it is defined. A sync name that another file defines is another thing's; and so is
one that stands beside the asynchronous one as an attribute of one class, or as a parameter of one function.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator

from unasync_plus.resolve.facts import may_define
from unasync_plus.resolve.syntax_tree import syntax_tree

Twins = Callable[[str], Collection[str]]
"""The sync names that a name may get."""


def without_twins(names: Iterable[str], twins: Twins, texts: Collection[bytes]) -> frozenset[str]:
    """Those of ``names`` for whose sync names none of ``texts`` that defines the name has a definition."""
    found = set()
    for name in names:
        new = twins(name)
        homes = [data for data in texts if name.encode() in data and may_define(data, [name])] if new else []
        if homes and not any(may_define(data, new) for data in homes):
            found.add(name)
    return frozenset(found)


def with_strangers(names: Collection[str], twins: Twins, texts: Iterable[bytes]) -> frozenset[str]:
    """Those of ``names`` whose sync names stand beside them in one of ``texts``, and are other things'."""
    found: set[str] = set()
    for data in texts:
        here = [name for name in names if name.encode() in data and name not in found and twins(name)]
        here = [name for name in here if may_define(data, [name]) and may_define(data, twins(name))]
        tree = syntax_tree(data) if here else None
        found.update(name for name in here if tree is not None and _stand_beside(tree, name, twins(name)))
    return frozenset(found)


def _stand_beside(tree: ast.Module, name: str, twins: Collection[str]) -> bool:
    """Whether a class has both as attributes, and as values, or a function takes both."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            values = set(_values(node))
            if name in values and not values.isdisjoint(twins):
                return True
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args
            taken = {arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
            if name in taken and not taken.isdisjoint(twins):
                return True
    return False


def _values(node: ast.ClassDef) -> Iterator[str]:
    """The attributes that the class, or a method of it through ``self``, assigns."""
    for part in ast.walk(node):
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
