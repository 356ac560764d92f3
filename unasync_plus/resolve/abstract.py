"""Classes that leave abstract methods of their bases in other modules to their own subclasses.

A stub has to say of such a class that it is abstract, and a stub is made of one module. Found with `ast` in the source
modules, and only in those that speak of abstract methods, or of classes that have some.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.taken import imported_names

Sources = Mapping[tuple[str, bool], bytes]
"""(module, whether it is a package) → what its file holds."""


@dataclass(frozen=True, slots=True)
class _Class:
    bases: tuple[str, ...]
    own: frozenset[str]
    """Its abstract methods."""
    members: frozenset[str]
    """All that it defines, abstract methods included."""
    says: bool
    """It names its metaclass."""


def inherited_abstract(sources: Sources) -> dict[str, frozenset[str]]:
    """Module → its classes that have abstract methods, none of them their own, and do not say so."""
    classes: dict[str, _Class] = {}
    imports: dict[str, str] = {}
    words = {b"abstractmethod"}
    unread, seen = dict(sources), set[tuple[str, bool]]()
    while words:
        derives = re.compile(rb"^class\b[^:]*\b(?:%b)\b" % b"|".join(sorted(words)), re.MULTILINE)
        found = [place for place, data in unread.items() if any(word in data for word in words)]
        grown = False
        for place in found:
            if place not in seen:
                imports.update(_imports(unread[place], *place))
                grown = True  # what it hands on may lead further
            if b"abstractmethod" in unread[place] or derives.search(unread[place]):
                classes.update(_classes(unread.pop(place), place[0]))
                grown = True
        seen.update(found)
        named = (*classes, *imports) if grown else ()
        words = {name.rpartition(".")[2].encode() for name in named if _open(name, classes, imports)}
    verdict: dict[str, set[str]] = {}
    for name, one in classes.items():
        if not one.says and not one.own and _open(name, classes, imports):
            verdict.setdefault(name.rpartition(".")[0], set()).add(name.rpartition(".")[2])
    return {module: frozenset(names) for module, names in sorted(verdict.items())}


def _imports(data: bytes, module: str, is_package: bool) -> dict[str, str]:
    found = imported_names(data.decode("utf-8", "replace"), module, is_package)
    return {f"{module}.{local}": f"{source}.{name}" for source, name, local in found}


def _classes(data: bytes, module: str) -> Iterator[tuple[str, _Class]]:
    tree = syntax_tree(data)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef):
            bases = (_dotted(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases)
            own = frozenset(one.name for one in node.body if isinstance(one, _FUNCTIONS) and _is_abstract(one))
            yield (
                f"{module}.{node.name}",
                _Class(
                    tuple(f"{module}.{base}" for base in bases if base),
                    own,
                    frozenset(name for one in node.body for name in _bound(one)),
                    any(keyword.arg == "metaclass" for keyword in node.keywords),
                ),
            )


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _is_abstract(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(_dotted(one).rpartition(".")[2].startswith("abstract") for one in node.decorator_list)


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (one.id for one in targets if isinstance(one, ast.Name))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""


def _open(name: str, classes: Mapping[str, _Class], imports: Mapping[str, str]) -> frozenset[str]:
    """The abstract methods that the class has and inherits, but for those that are defined on the way."""
    line = list(_ancestors(name, classes, imports, ()))
    defined = frozenset[str]().union(*(one.members - one.own for one in line))
    return frozenset[str]().union(*(one.own for one in line)) - defined


def _ancestors(
    name: str, classes: Mapping[str, _Class], imports: Mapping[str, str], seen: Collection[str]
) -> Iterator[_Class]:
    """The class and what it derives from, as far as that was read."""
    head, _, rest = name.rpartition(".")
    while name not in classes and (name in imports or head in imports):
        name = imports[name] if name in imports else f"{imports[head]}.{rest}"
        head, _, rest = name.rpartition(".")
        if name in seen:
            return
        seen = (*seen, name)
    if name in classes:
        yield classes[name]
        for base in classes[name].bases:
            if base not in seen:
                yield from _ancestors(base, classes, imports, (*seen, base))
