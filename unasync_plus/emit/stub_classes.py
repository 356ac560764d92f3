"""A class of the code, as a stub shows it."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_abstract import only_inherits_abstract
from unasync_plus.emit.stub_attributes import view_of
from unasync_plus.emit.stub_blocks import Block, walk
from unasync_plus.emit.stub_decorators import decorators, without_order
from unasync_plus.emit.stub_entries import Entry
from unasync_plus.emit.stub_functions import Place, trailing_comment
from unasync_plus.emit.stub_inferred import Inferred
from unasync_plus.emit.stub_layout import lines_of, settle
from unasync_plus.emit.stub_made import made_entries, refuses_subclasses
from unasync_plus.emit.stub_metaclasses import rewritten
from unasync_plus.emit.stub_names import Names, from_typing
from unasync_plus.emit.stub_reader import read
from unasync_plus.emit.stub_shapes import Shape, shape_of
from unasync_plus.emit.stub_text import dotted, one_line
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_views import Attribute, ClassView
from unasync_plus.emit.stub_writer import INDENT, Writer, docstring, kept_comment

_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_OF_ENUMS = frozenset(("_value_", "_name_", "value", "name"))
_OF_EXCEPTIONS = frozenset(("args", "__cause__", "__context__", "__traceback__"))


def class_lines(node: cst.ClassDef, place: Place, writer: Writer) -> list[str]:
    """The lines of ``node`` and all that is in it."""
    name = place.inside(node.name.value)
    above = [INDENT * place.depth + line for line in decorators(node, name, writer) or []]
    node, named = _with_named_bases(node, place, writer)
    head = _head(node, place, writer)
    comment = kept_comment([trailing_comment(node.body)], "misc, valid-type")
    block = _body(node, name, place, writer)
    if block.shape is not None and block.shape.enum and not _has_members(block):
        comment = comment or "  # type: ignore[misc, unused-ignore]"  # mypy takes it for an enum in an old notation
    final = (block.shape is not None and block.shape.final) or refuses_subclasses(view_of(node, writer.names))
    if final and not any(one.rstrip().endswith("final") for one in above):
        above.append(f"{INDENT * place.depth}@{writer.names.use(writer.names.spell('typing.final'))}")
    above, ordered = without_order(above)
    if ordered:
        other = writer.names.use(writer.self_type())
        inner = INDENT * (place.depth + 1)
        lines = [f"{inner}def {special}(self, other: {other}) -> bool: ..." for special in _ORDER]
        block.add(Entry(_ORDER, "function", lines))
    settle(block)
    inside = lines_of(block)
    text = docstring(node.body, INDENT * (place.depth + 1)) if writer.docstrings else []
    if not inside and not text:
        return [*named, *above, f"{head}: ...{comment}"]
    return [*named, *above, f"{head}:{comment}", *text, *inside]


def _with_named_bases(node: cst.ClassDef, place: Place, writer: Writer) -> tuple[cst.ClassDef, list[str]]:
    """``class C(namedtuple("C", "a b"))`` with a name for the base: stubtest looks for that of a base without one."""
    lines: list[str] = []
    bases = []
    for base in node.bases:
        qualified = writer.names.qualified(dotted(base.value.func)) if isinstance(base.value, cst.Call) else ""
        if not place.depth and (qualified == "collections.namedtuple" or from_typing(qualified) == "NamedTuple"):
            name = f"_{node.name.value.lstrip('_')}Base"
            assert isinstance(base.value, cst.Call)
            _, *others = base.value.args
            called = base.value.with_changes(args=[cst.Arg(cst.SimpleString(f'"{name}"'), comma=_COMMA), *others])
            if others and not writer.names.knows(name):
                lines.append(f"{name} = {writer.names.use(one_line(called), strings=True)}")
                base = base.with_changes(value=cst.Name(name))
        bases.append(base)
    return (node.with_changes(bases=bases) if lines else node), lines


def _head(node: cst.ClassDef, place: Place, writer: Writer) -> str:
    text = f"{INDENT * place.depth}class {node.name.value}"
    if node.type_parameters is not None:
        text += writer.names.use(one_line(node.type_parameters), place.hidden)
    given = [
        one_line(argument.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for argument in (*node.bases, *node.keywords)
    ]
    used = [writer.names.use(one, place.hidden, strings=True) for one in given]
    elsewhere = not place.depth and node.name.value in writer.abstract
    if only_inherits_abstract(view_of(node, writer.names), elsewhere):
        used.append(f"metaclass={writer.names.use(writer.names.spell_module('abc') + '.ABCMeta')}")
    return f"{text}({', '.join(used)})" if used else text


def _body(node: cst.ClassDef, name: str, place: Place, writer: Writer) -> Block:
    view = view_of(node, writer.names)
    shape = shape_of(node, writer.names)
    assigned = _own_attributes(view, shape)
    hidden = frozenset(assigned)
    block = Block(writer, Place(name, place.depth + 1, hidden), class_lines, shape, view)
    read(block, node.body.body)
    _merge_class_level(block, view)
    _replace_rewritten(block, rewritten(node, writer.names), writer.names)
    values = [_value(attribute, found, shape, writer.names) for attribute, found in assigned.items()]
    values += _slots(view, assigned)
    for value in values:
        value.annotation = writer.names.use(value.annotation or "Any", hidden | frozenset(view.members))
    position = next((at for at, entry in enumerate(block.entries) if entry.kind not in _BEFORE), len(block.entries))
    for value in reversed(values):
        block.add(Entry((value.name,), "value", value=value), position)
    for entry in made_entries(view, shape, place.depth + 1, writer):
        old = next((at for at, one in enumerate(block.entries) if one.names == entry.names), None)
        if old is None:
            block.add(entry, 0 if entry.kind == "value" else None)
        else:
            block.entries[old] = entry
    if node.type_parameters is not None and not (shape.typed_dict or shape.named_tuple):
        parameters = f"{writer.names.spell('typing.ClassVar')}[tuple[Any, ...]]"
        block.add(Entry((), "value", value=Value("__type_params__", parameters)), 0)
    if any(_transforms(item.decorator, writer.names) for item in node.decorators):
        mapping = f"{writer.names.spell('typing.ClassVar')}[dict[str, Any]]"
        block.add(Entry((), "value", value=Value("__dataclass_transform__", mapping)), 0)
    return block


def _has_members(block: Block) -> bool:
    """Whether an enum has members; it may be a base of others that do."""
    values = (entry.value for entry in walk(block) if entry.value is not None)
    return any(value.text and not value.name.startswith("_") for value in values)


def _transforms(decorator: cst.BaseExpression, names: Names) -> bool:
    """Whether this is ``dataclass_transform(…)``, which leaves an attribute behind."""
    called = decorator.func if isinstance(decorator, cst.Call) else decorator
    return from_typing(names.qualified(dotted(called))) == "dataclass_transform"


_BEFORE = ("value", "import")


def _own_attributes(view: ClassView, shape: Shape) -> dict[str, Attribute]:
    """What the methods assign and neither the class nor a base of it in this module declares."""
    if shape.typed_dict:
        return {}
    exception = any((dotted(base.value) or "").endswith(("Error", "Exception", "Warning")) for base in view.node.bases)
    return {
        name: found
        for name, found in view.attributes.items()
        if name not in view.members
        and (found.declared or not view.inherited(name))
        and not (exception and name in _OF_EXCEPTIONS)
        and not (shape.enum and name in _OF_ENUMS)
        and not (name.startswith("__") and name.endswith("__"))
    }


def _value(name: str, attribute: Attribute, shape: Shape, names: Names) -> Value:
    found = attribute.type()
    text = found.text if found else "Any"
    value = Value(name, text, unknown=found is None or found.vague)
    if attribute.final:
        value.annotation = f"{names.spell('typing.Final')}[{text}]"
    if shape.data:
        value.text = f"{names.spell('dataclasses.field')}(init=False)"
    return value


def _replace_rewritten(block: Block, replaced: frozenset[str], names: Names) -> None:
    """What the metaclass sets anew says nothing about the attribute's type."""
    for position, entry in enumerate(block.entries):
        declared = entry.value is not None and entry.value.annotation
        if len(entry.names) == 1 and entry.names[0] in replaced and entry.kind in ("value", "class") and not declared:
            value = Value(entry.names[0], f"{names.spell('typing.ClassVar')}[Any]", unknown=True)
            block.entries[position] = Entry(entry.names, "value", value=value)


def _merge_class_level(block: Block, view: ClassView) -> None:
    """``x = None`` in the class and ``self.x = Something()`` in a method: the type is both.

    Where nothing else is known of ``x``, its ``None`` is only a placeholder for what subclasses or others put there.
    """
    for entry in block.entries:
        value = entry.value
        if value is None or value.found != Inferred("None") or value.annotation:
            continue
        attribute = view.attributes.get(value.name)
        found = attribute.type() if attribute is not None else None
        if found is None or found.text == "Any":
            value.found, value.unknown = None, True
        else:
            value.merge(Value(value.name, found=found))
            value.unknown = found.vague


def _slots(view: ClassView, assigned: dict[str, Attribute]) -> list[Value]:
    """Slots that nothing in the class assigns: they exist all the same."""
    node = view.members.get("__slots__")
    if not isinstance(node, cst.Assign | cst.AnnAssign) or node.value is None:
        return []
    elements = node.value.elements if isinstance(node.value, cst.Tuple | cst.List | cst.Set) else []
    items = [element.value for element in elements] or [node.value]
    names = [str(item.evaluated_value) for item in items if isinstance(item, cst.SimpleString)]
    return [
        Value(name, unknown=True)
        for name in names
        if not name.startswith("__") and name not in assigned and name not in view.members and not view.inherited(name)
    ]
