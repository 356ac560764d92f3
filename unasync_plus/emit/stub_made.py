"""What Python puts into a class when it is made, and its text does not say: a stub has to.

An enum gets a ``__new__`` of its own, which takes a value; ``@deprecated`` leaves an attribute and an
``__init_subclass__`` behind; a class whose ``__init_subclass__`` refuses all subclasses is final.

Source: ``EnumType.__new__`` in enum.py, ``deprecated.__call__`` in warnings.py.
"""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, Names, from_typing
from unasync_plus.emit.stub_shapes import Shape
from unasync_plus.emit.stub_text import dotted
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_views import ClassView
from unasync_plus.emit.stub_writer import INDENT, Writer

_PLAIN = frozenset(("object", "Generic", "Protocol"))


def made_entries(view: ClassView, shape: Shape, depth: int, writer: Writer) -> list[Entry]:
    """The members of the class ``view`` that its text does not tell of; its body is ``depth`` steps in."""
    if shape.enum:
        return _of_enum(view, INDENT * depth, writer)
    if _is_deprecated(view.node, writer.names):
        return _of_deprecated(view, INDENT * depth, writer)
    return []


def _of_enum(view: ClassView, indent: str, writer: Writer) -> list[Entry]:
    """With a type mixed in, checkers would take the ``__new__`` of that type for the enum's.

    One in the text makes members, and then is not there any more. ``value`` keeps its type, which mypy would
    not look for behind a ``__new__``.
    """
    mixed = _mixed_in(view.node, writer.names)
    has_new = isinstance(view.members.get("__new__"), cst.FunctionDef)
    if not (mixed or has_new):
        return []
    given = mixed if mixed and not has_new else writer.names.use(writer.names.spell("typing.Any"))
    own = writer.names.use(writer.self_type())
    made = [Entry(("__new__",), "function", [f"{indent}def __new__(cls, value: {given}) -> {own}: ..."])]
    if mixed and not has_new and not {"value", "_value_"} & set(view.members):
        lines = [f"{indent}@property", f"{indent}def value(self) -> {mixed}: ..."]
        made.append(Entry(("value",), "function", lines))
    return made


def _mixed_in(node: cst.ClassDef, names: Names, seen: tuple[cst.ClassDef, ...] = ()) -> str:
    """The builtin type that an enum's members are of besides, "" if none or an unknown one."""
    for base in node.bases:
        name = dotted(base.value) or ""
        qualified = names.qualified(name) or ""
        if qualified == f"builtins.{name}" and name in BUILTIN_TYPES and name != "object":
            return name
        local = names.classes.get(name) if qualified.startswith(LOCAL) else None
        if local is not None and local not in seen and not _is_enum(local):
            found = _mixed_in(local, names, (*seen, node))
            if found:
                return found
    return ""


def _is_enum(node: cst.ClassDef) -> bool:
    return any((dotted(base.value) or "").endswith(("Enum", "Flag")) for base in node.bases)


def _of_deprecated(view: ClassView, indent: str, writer: Writer) -> list[Entry]:
    names = writer.names
    mark = Value("__deprecated__", f"{names.spell('typing.ClassVar')}[str]")
    mark.annotation = names.use(mark.annotation)
    made = [Entry(("__deprecated__",), "value", value=mark)]
    plain = all(_root(base.value, names) in _PLAIN for base in view.node.bases)
    if plain and "__init_subclass__" not in view.members:
        anything = names.use(names.spell("typing.Any"))
        line = f"{indent}def __init_subclass__(cls, *args: {anything}, **kwargs: {anything}) -> None: ..."
        made.append(Entry(("__init_subclass__",), "function", [line]))
    return made


def _root(base: cst.BaseExpression, names: Names) -> str:
    qualified = names.qualified(dotted(base.value if isinstance(base, cst.Subscript) else base))
    return from_typing(qualified) or (qualified or "").removeprefix("builtins.")


def _is_deprecated(node: cst.ClassDef, names: Names) -> bool:
    called = (one.decorator.func for one in node.decorators if isinstance(one.decorator, cst.Call))
    found = [names.qualified(dotted(one)) for one in called]
    return any(one == "warnings.deprecated" or from_typing(one) == "deprecated" for one in found)


def refuses_subclasses(view: ClassView) -> bool:
    """Whether ``__init_subclass__`` does nothing but raise."""
    function = view.members.get("__init_subclass__")
    if not isinstance(function, cst.FunctionDef) or not isinstance(function.body, cst.IndentedBlock):
        return False
    steps = [
        step
        for line in function.body.body
        for step in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])
        if not (isinstance(step, cst.Expr) and isinstance(step.value, cst.SimpleString | cst.ConcatenatedString))
    ]
    return len(steps) > 0 and isinstance(steps[0], cst.Raise)
