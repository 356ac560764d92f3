"""The members of a wrapper class: methods, properties, fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced

from .attributes import inferred_type
from .calls import Owner, arguments, call
from .facts import ClassFacts, FunctionFacts
from .functions import crossing, decorators, definition, docstring, kind, needs_loop, overload_items
from .known import short
from .layout import assigned_names, each_alone
from .mentions import is_dataclass
from .properties import is_property, property_of
from .protocols import FACES, aio_of_call, face
from .values import is_literal, is_type, makes_class

if TYPE_CHECKING:
    from .index import Index
    from .writer import Writer

_NOT_EMITTED = frozenset(
    "__class_getitem__ __del__ __delattr__ __dir__ __getattribute__ __getnewargs__ __getnewargs_ex__ __getstate__ "
    "__init_subclass__ __post_init__ __reduce__ __reduce_ex__ __set_name__ __setattr__ __setstate__ __sizeof__ "
    "__subclasshook__ __copy__ __deepcopy__".split()
)
_ASYNC_TWINS = {"__enter__": "__aenter__", "__exit__": "__aexit__", "__next__": "__anext__", "result": "__await__"}
"""Of a class that has both, the async one is the one that works."""


def is_emitted(function: FunctionFacts, index: Index) -> bool:
    """Public methods, operators, and what subclasses have to define; the rest is found at run time."""
    name, owner = function.name, function.owner
    if name.startswith("__") and name.endswith("__"):
        return name not in _NOT_EMITTED
    if not name.startswith("_") or owner is None:
        return True
    if any(dotted(value) == name for value in owner.values.values()):
        return True  # it has a public name, too
    return any(each.has("abstractmethod") for one in index.lineage(owner) for each in one.functions.get(name, ()))


def overloads(group: list[FunctionFacts], writer: Writer) -> list[cst.BaseStatement]:
    """All overloads of a method, at the place of the first."""
    return list(overload_items(group, writer)) if is_emitted(group[0], writer.index) else []


def method(function: FunctionFacts, group: list[FunctionFacts], writer: Writer) -> list[cst.BaseStatement]:
    """What stands for a method: usually one, of a protocol that is called otherwise perhaps two, or none."""
    name = function.name
    owner = function.owner
    assert owner is not None
    if function.has("overload") or not is_emitted(function, writer.index):
        return []
    if name in FACES:
        return face(function, writer)
    if _ASYNC_TWINS.get(name) in owner.functions:
        return []
    if is_property(function):
        return [property_of(function, writer)]
    place = "_static" if function.has("staticmethod") else ""
    result = "hold" if writer.index.settled.later(function) else kind(function)
    more = writer.interface_decorators(result, place) if not name.startswith("__") or name == "__call__" else ()
    if any(each.has("overload") for each in group):
        more = writer.overload_decorators(more)
    if function.has("staticmethod"):
        head = Owner(writer.marks.mark(writer.async_text(owner.qualified)))
    else:
        params = (*function.node.params.posonly_params, *function.node.params.params)
        head = Owner(params[0].name.value if params else "self", bool(params))
    used_verb = ""
    if name.startswith("__") and name != "__call__" and not function.is_async:
        used_verb = "now" if needs_loop(function, writer) else "direct"
    kept = frozenset(("staticmethod", "classmethod"))
    if name == "__new__":
        statement = _statement_for_new(function, writer)
    elif name == "__getattr__":
        statement = _read(function, writer)
    else:
        statement = crossing(function, writer, head, used_verb)
    found = [definition(function, writer, [statement], decorators(function, *more, kept=kept))]
    return [*found, *(aio_of_call(function, writer) if name == "__call__" and function.is_async else [])]


def method_of_tuple(function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    """An async method of a named tuple, which the async side's tuple does: ``_bridge.run(_async.Pair, "total", self)``."""
    assert function.owner is not None
    owner = Owner(writer.marks.mark(writer.async_text(function.owner.qualified)), function.has("classmethod"))
    more = writer.interface_decorators(kind(function), "_static" if function.has("staticmethod") else "")
    kept = frozenset(("staticmethod", "classmethod"))
    return definition(function, writer, [crossing(function, writer, owner)], decorators(function, *more, kept=kept))


def _statement_for_new(function: FunctionFacts, writer: Writer) -> cst.SimpleStatementLine:
    params = (*function.node.params.posonly_params, *function.node.params.params)
    first = params[0].name.value if params else "cls"
    return call("new", [first, *arguments(function, Owner(first, True), writer)], writer, True)


def _read(function: FunctionFacts, writer: Writer) -> cst.SimpleStatementLine:
    params = (*function.node.params.posonly_params, *function.node.params.params)
    return call("read", [params[0].name.value, *arguments(function, Owner("", True), writer)], writer, True)


def is_own_docstring(one: ClassFacts, node: cst.SimpleStatementLine) -> bool:
    """Whether ``node`` is the docstring of the class."""
    return bool(docstring(one.node.body)) and node is one.node.body.body[0]


def assigned_class(one: ClassFacts, outer: ClassFacts, writer: Writer) -> cst.SimpleStatementLine:
    """``Inner = _async.Outer.Inner`` for a nested class that is shared."""
    end = _IN_A_DATACLASS if is_dataclass(outer) else cst.TrailingWhitespace()
    assignment = _alias(one.name, one.qualified, writer)
    return cst.SimpleStatementLine([assignment], leading_lines=one.node.leading_lines, trailing_whitespace=end)


def _alias(name: str, qualified: str, writer: Writer) -> cst.Assign | cst.AnnAssign:
    """A name for a class of the async side. mypy takes it for a variable, where the class itself has a field of that type."""
    value = writer.marks.name(writer.async_text(qualified))
    if writer.target_version < (3, 10):
        return cst.Assign([cst.AssignTarget(cst.Name(name))], value)
    writer.imports.add(("typing", "TypeAlias", ""))
    return cst.AnnAssign(cst.Name(name), cst.Annotation(cst.Name("TypeAlias")), value)


_IN_A_DATACLASS = cst.TrailingWhitespace(
    cst.SimpleWhitespace("  "),
    cst.Comment("# type: ignore[misc, unused-ignore]"),  # mypy allows no alias there
)


def line(one: ClassFacts, node: cst.SimpleStatementLine, writer: Writer) -> list[cst.BaseStatement]:
    """What stands for a line of the class body: fields and class variables."""
    parts = (_value(one, each, writer) for part in node.body for each in _each_alone(part))
    lines = [
        replaced(node, body=[replaced(part, semicolon=cst.MaybeSentinel.DEFAULT)]) for part in parts if part is not None
    ]
    return [*lines[:1], *(replaced(each, leading_lines=()) for each in lines[1:])]


def _each_alone(node: cst.BaseSmallStatement) -> list[cst.BaseSmallStatement]:
    """An assignment for each name that ``node`` sets; those that are unpacked have no value that the source tells."""
    if not isinstance(node, cst.Assign) or (len(node.targets) == 1 and isinstance(node.targets[0].target, cst.Name)):
        return [node]
    found: list[cst.BaseSmallStatement] = []
    for part in each_alone(node, assigned_names(node)):
        assert isinstance(part, cst.Assign)
        is_name = isinstance(part.targets[0].target, cst.Name)
        value = part.value if is_name else cst.Call(cst.Name("next"))
        found += [
            replaced(part, targets=[cst.AssignTarget(cst.Name(name))], value=value) for name in assigned_names(part)
        ]
    return found


def _value(one: ClassFacts, node: cst.BaseSmallStatement, writer: Writer) -> cst.BaseSmallStatement | None:
    """A field or a class variable; for type checkers, and for defaults of methods further down."""
    if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
        name = node.target.value
        if name.startswith("_") and name not in writer.used_in_defaults(one) and not is_dataclass(one):
            return None
        annotation = writer.types.annotation(node.annotation, one)
        value = node.value
        if short(writer.facts.resolve(node.annotation.annotation, one)) == "TypeAlias":
            return replaced(node, annotation=annotation)
        if value is not None and not is_literal(value) and not is_dataclass(one):
            text = writer.async_text(f"{one.qualified}.{name}")
            value = writer.marks.name(text) if name in writer.used_in_defaults(one) else None
        equal = node.equal if value is not None else cst.MaybeSentinel.DEFAULT
        if value is None and annotation is not None and not is_dataclass(one):
            annotation = _not_final(annotation, node, one, writer)
        return replaced(node, annotation=annotation, value=value, equal=equal)
    if isinstance(node, cst.Assign) and len(node.targets) == 1 and isinstance(node.targets[0].target, cst.Name):
        return _assigned(one, node, node.targets[0].target.value, writer)
    return None


def _not_final(annotation: cst.Annotation, node: cst.AnnAssign, one: ClassFacts, writer: Writer) -> cst.Annotation:
    """``Final[T]`` wants a value in the class that says so; what a wrapper passes on is only a ``T`` there."""
    written, given = node.annotation.annotation, annotation.annotation
    head = written.value if isinstance(written, cst.Subscript) else written
    if short(writer.facts.resolve(head, one)) != "Final":
        return annotation
    inside = given.slice[0].slice if isinstance(given, cst.Subscript) else None
    inner = inside.value if isinstance(inside, cst.Index) else writer.any_type()
    return replaced(annotation, annotation=inner)


def _assigned(one: ClassFacts, node: cst.Assign, name: str, writer: Writer) -> cst.BaseSmallStatement | None:
    if name == "__slots__":
        return replaced(node, value=cst.Tuple([]))
    if name.startswith("__") and name.endswith("__"):
        return node if is_literal(node.value) or dotted(node.value) in one.functions else None
    if dotted(node.value) in one.functions and not name.startswith("_"):
        return node
    wanted = name in writer.used_in_defaults(one)
    if name.startswith("_") and not wanted:
        return None
    if is_literal(node.value) or is_type(writer.index, writer.facts, node.value):
        return node
    if makes_class(writer.facts, node.value) and not is_dataclass(one):
        return _alias(name, f"{one.qualified}.{name}", writer)
    if wanted:
        return replaced(node, value=writer.marks.name(writer.async_text(f"{one.qualified}.{name}")))
    annotation = inferred_type(name, one, writer)
    if is_dataclass(one) or _is_class_variable(name, one, writer):  # in a dataclass, all others are fields
        held = cst.SubscriptElement(cst.Index(annotation))
        annotation = cst.Subscript(writer.needed("typing", "ClassVar"), [held])
    return cst.AnnAssign(cst.Name(name), cst.Annotation(annotation))


def _is_class_variable(name: str, one: ClassFacts, writer: Writer) -> bool:
    """Whether the class from which ``one`` has ``name`` declares it as one: no class below may say otherwise."""
    declared = next((base.fields[name] for base in writer.index.ancestors(one) if name in base.fields), None)
    node = declared.annotation.annotation if declared is not None else None
    head = node.value if isinstance(node, cst.Subscript) else node
    return head is not None and (dotted(head) or "").rpartition(".")[2] == "ClassVar"
