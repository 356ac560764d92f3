"""What kind of class a class is: that decides what its body means to a type checker."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_known import FINAL_CLASSES, TRANSFORMING_METACLASSES
from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, Names, from_typing, is_standard
from unasync_plus.emit.stub_text import dotted
from unasync_plus.records import record

_ENUMS = frozenset(f"enum.{name}" for name in "Enum IntEnum StrEnum Flag IntFlag ReprEnum".split())
_DATA = frozenset(
    "dataclasses.dataclass attr.s attr.attrs attr.dataclass attr.define attr.frozen attr.mutable attrs.define "
    "attrs.frozen attrs.mutable pydantic.dataclasses.dataclass".split()
)
_PLAIN_DECORATORS = ("typing.", "typing_extensions.", "functools.", "enum.", "abc.", "contextlib.", "warnings.")


@record
class Shape:
    """The facts about a class; ``open`` where a base or a decorator from elsewhere may make it any of them."""

    enum: bool = False
    typed_dict: bool = False
    named_tuple: bool = False
    data: bool = False
    open: bool = False
    final: bool = False
    """Its base is final, and so is it."""
    no_fields: bool = False
    """A type checker would take what it annotates for the fields of a dataclass, which it is not."""

    @property
    def shows_values(self) -> bool:
        """Whether a value beside an annotation is part of the class's interface (a default of its ``__init__``)."""
        return self.data or self.named_tuple or self.open


def shape_of(node: cst.ClassDef, names: Names, seen: tuple[cst.ClassDef, ...] = ()) -> Shape:
    facts = dict.fromkeys(("enum", "typed_dict", "named_tuple", "data", "open", "final", "no_fields"), False)
    for item in node.decorators:
        expression = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
        qualified = names.qualified(dotted(expression)) or ""
        if qualified in _DATA:
            facts["data"] = True
        elif not qualified.startswith(_PLAIN_DECORATORS) or from_typing(qualified) == "dataclass_transform":
            facts["open"] = True
    for base in (*node.bases, *(one for one in node.keywords if one.keyword and one.keyword.value == "metaclass")):
        for fact in _facts_of_base(base.value, names, (*seen, node)):
            facts[fact] = facts[fact] or fact != "no_fields" or base.keyword is None
    return Shape(**facts)


def _facts_of_base(base: cst.BaseExpression, names: Names, seen: tuple[cst.ClassDef, ...]) -> set[str]:
    name = dotted(base.value if isinstance(base, cst.Subscript) else base)
    qualified = names.qualified(name) or ""
    if qualified in _ENUMS:
        return {"enum"}
    if qualified in FINAL_CLASSES:
        return {"open", "final"}
    if qualified in TRANSFORMING_METACLASSES:
        return {"open", "no_fields"}
    if from_typing(qualified) == "TypedDict":
        return {"typed_dict"}
    if from_typing(qualified) == "NamedTuple":
        return {"named_tuple"}
    if qualified.startswith("builtins.") and name not in BUILTIN_TYPES:
        return {"open"}  # from an `import *`
    if qualified.startswith(LOCAL):
        local = names.classes.get(name or "")
        if local is None:
            return {"open"}
        if local in seen:
            return set()
        shape = shape_of(local, names, seen)
        # a plain subclass of a dataclass is no dataclass, but what a transforming base does is inherited
        return {fact for fact in ("enum", "typed_dict", "open", "no_fields") if getattr(shape, fact)}
    if isinstance(base, cst.Call) or not (is_standard(qualified) or from_typing(qualified)):
        plain = qualified.rpartition(".")[2]
        return {"enum"} if plain.endswith(("Enum", "Flag")) else {"open"}
    return set()
