"""Attributes that a metaclass of the module sets on the classes it makes: the class body does not tell their types."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from unasync_plus.emit.stub_functions import simple_statements
from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_text import dotted


def rewritten(node: cst.ClassDef, names: Names) -> frozenset[str]:
    """Names in the body of ``node`` that its metaclass gives another value."""
    return frozenset(name for metaclass in _metaclasses(node, names, ()) for name in _assigned(metaclass))


def _metaclasses(node: cst.ClassDef, names: Names, seen: tuple[cst.ClassDef, ...]) -> Iterator[cst.ClassDef]:
    for keyword in node.keywords:
        if keyword.keyword is not None and keyword.keyword.value == "metaclass":
            metaclass = names.classes.get(dotted(keyword.value) or "")
            if metaclass is not None:
                yield metaclass
    for base in node.bases:
        local = names.classes.get(dotted(base.value) or "")
        if local is not None and local is not node and local not in seen:
            yield from _metaclasses(local, names, (*seen, node))


def _assigned(metaclass: cst.ClassDef) -> Iterator[str]:
    """``X`` for each ``new_class.X = …`` where ``new_class`` is what ``super().__new__()`` gave, or what it got."""
    for function in statements(metaclass.body.body):
        if not isinstance(function, cst.FunctionDef) or function.name.value not in ("__new__", "__init__"):
            continue
        made = {function.params.params[0].name.value} if function.name.value == "__init__" else set()
        for statement in simple_statements(function):
            if isinstance(statement, cst.Assign):
                targets = [one.target for one in statement.targets]
            elif isinstance(statement, cst.AnnAssign) and statement.value is not None:
                targets = [statement.target]
            else:
                continue
            for target in targets:
                if isinstance(target, cst.Name) and _makes_class(statement.value):
                    made.add(target.value)
                elif isinstance(target, cst.Attribute) and dotted(target.value) in made:
                    yield target.attr.value


def _makes_class(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "__new__"
