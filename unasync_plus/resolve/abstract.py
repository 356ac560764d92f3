"""Classes that leave abstract methods of their bases in other modules to their own subclasses.

A stub has to say of such a class that it is abstract, and a stub is made of one module. Found with `ast` in the source
modules, and only for classes that derive from what a module defines which speaks of abstract methods.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from unasync_plus.records import record
from unasync_plus.resolve.hierarchy import Hierarchy
from unasync_plus.resolve.syntax_tree import last_part


@record
class _Class:
    own: frozenset[str]
    """Its abstract methods."""
    members: frozenset[str]
    """All that it defines, abstract methods included."""
    says: bool
    """It names its metaclass."""


def inherited_abstract(modules: Iterable[str], sources: Hierarchy) -> dict[str, frozenset[str]]:
    """Module → its classes that have abstract methods, none of them their own, and do not say so."""
    classes = cache(lambda module: _classes(module, sources))
    speaks = cache(lambda module: "abstractmethod" in (sources.text(module) or ("",))[0])
    found: dict[str, frozenset[str]] = {}
    for module in sorted(modules):
        verdict = set[str]()
        for name, header in sources.classes(module).items():
            line = [one.rpartition(".") for one in sources.line(f"{module}.{name}")] if header.is_top else []
            if any(speaks(home) for home, _, _ in line):
                made = [classes(home)[one] for home, _, one in line if one in classes(home)]
                if made and not made[0].says and not made[0].own and _open(made):
                    verdict.add(name)
        if verdict:
            found[module] = frozenset(verdict)
    return found


def _open(line: Iterable[_Class]) -> frozenset[str]:
    """The abstract methods that a class has and inherits, but for those that are defined on the way."""
    line = list(line)
    defined = frozenset[str]().union(*(one.members - one.own for one in line))
    return frozenset[str]().union(*(one.own for one in line)) - defined


def _classes(module: str, sources: Hierarchy) -> Mapping[str, _Class]:
    tree = sources.tree(module)
    return {
        node.name: _Class(
            frozenset(one.name for one in node.body if isinstance(one, _FUNCTIONS) and _is_abstract(one)),
            frozenset(name for one in node.body for name in _bound(one)),
            any(keyword.arg == "metaclass" for keyword in node.keywords),
        )
        for node in (tree.body if tree is not None else ())
        if isinstance(node, ast.ClassDef)
    }


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _is_abstract(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(last_part(one).startswith("abstract") for one in node.decorator_list)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (one.id for one in targets if isinstance(one, ast.Name))
