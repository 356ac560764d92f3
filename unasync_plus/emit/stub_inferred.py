"""What inference gives, and what it may look up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_text import annotation


@dataclass(slots=True)
class Inferred:
    """A type as text; ``vague`` where a part of it is ``Any`` only because nothing tells it."""

    text: str
    vague: bool = False


@dataclass(slots=True)
class Scope:
    """What an expression may refer to: local names with their types (None: unknown), and how to look up the rest."""

    names: Names
    locals: dict[str, Inferred | None] = field(default_factory=dict)
    attribute: Callable[[str, str], Inferred | None] = lambda owner, name: None
    """(local variable, attribute) → its type, for ``self``."""
    method: Callable[[str, str], Inferred | None] = lambda owner, name: None
    """(``self``, ``cls`` or a class of this module, method) → the type of what it returns."""


Infer = Callable[[cst.BaseExpression, Scope], Inferred | None]
"""`stub_infer.infer`, for those that it calls itself."""


def joined(types: list[Inferred | None]) -> Inferred | None:
    """The union; an empty display next to a full one of its kind adds nothing."""
    given = [one for one in types if one is not None]
    if len(given) != len(types) or not given:
        return None
    certain = {one.text.partition("[")[0] for one in given if not one.vague}
    kept = [one for one in given if not (one.vague and one.text.partition("[")[0] in certain)]
    return Inferred(union.join(one.text for one in kept), any(one.vague for one in kept))


def is_generic(node: cst.ClassDef, names: Names) -> bool:
    """Whether a class of this module has type parameters of its own."""
    if node.type_parameters is not None:
        return True
    for base in node.bases:
        text = annotation(base.value)
        if "[" in text and any(name in names.type_parameters for name in words(text.partition("[")[2])):
            return True
        if "[" in text and from_typing(names.qualified(text.partition("[")[0])) in ("Generic", "Protocol"):
            return True
    return False


def nested_class(name: str, names: Names) -> cst.ClassDef | None:
    """The class ``Outer.Inner`` of this module."""
    root, *rest = name.split(".")
    found = names.classes.get(root) if rest else None
    for part in rest:
        body = statements(found.body.body) if found is not None else ()
        found = next((one for one in body if isinstance(one, cst.ClassDef) and one.name.value == part), None)
    return found


def path_of_class(node: cst.ClassDef, names: Names) -> str:
    """``Outer.Inner``; "" for a class that stands in a function."""
    if names.classes.get(node.name.value) is node:
        return node.name.value
    todo = list(names.classes.items())
    while todo:
        path, found = todo.pop()
        if found is node:
            return path
        inside = (one for one in statements(found.body.body) if isinstance(one, cst.ClassDef))
        todo += [(f"{path}.{one.name.value}", one) for one in inside]
    return ""


def words(text: str) -> list[str]:
    return [word for part in union.split(text.rstrip("]"), ",") for word in part.replace("[", " ").split()]


def spelled(text: str, names: Names) -> str:
    """``text`` with its qualified names as the module can write them."""
    head, bracket, rest = text.partition("[")
    if " | " in head or "." not in head:
        return text
    return names.spell(head) + bracket + rest
