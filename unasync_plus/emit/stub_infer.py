"""The type of an expression, as far as the module itself tells it.

What comes back is what a type checker would infer from the code, or less, never more: where the text does not
settle the type, the answer is None (or contains ``Any``, see ``Inferred.vague``) and the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from unasync_plus.emit import stub_known as known
from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_calls import call, contents
from unasync_plus.emit.stub_inferred import Inferred, Scope, is_generic, joined, nested_class, spelled
from unasync_plus.emit.stub_names import BUILTIN_TYPES, Names, from_typing
from unasync_plus.emit.stub_narrow import narrowed
from unasync_plus.emit.stub_shapes import shape_of
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.tree import walk

_NUMBERS = ("int", "float", "complex")
_LITERALS: dict[type[cst.CSTNode], str] = {
    cst.Integer: "int",
    cst.Float: "float",
    cst.Imaginary: "complex",
    cst.FormattedString: "str",
}
_CONSTANTS = {"True": "bool", "False": "bool", "None": "None", "__name__": "str", "__file__": "str"}


def infer(node: cst.BaseExpression, scope: Scope) -> Inferred | None:
    """The type of ``node``, or None."""
    simple = _LITERALS.get(type(node))
    if simple:
        return Inferred(simple)
    handler = _HANDLERS.get(type(node))
    return handler(node, scope) if handler else None


def _string(node: cst.SimpleString, scope: Scope) -> Inferred:
    return Inferred("bytes" if "b" in node.prefix.lower() else "str")


def _concatenated(node: cst.ConcatenatedString, scope: Scope) -> Inferred | None:
    return infer(node.left, scope)


def _name(node: cst.Name, scope: Scope) -> Inferred | None:
    name, names = node.value, scope.names
    if name in _CONSTANTS:
        return Inferred(_CONSTANTS[name])
    if name in scope.locals:
        return scope.locals[name]
    if name in names.annotated:
        return _declared(names.annotated[name], names)
    if name in names.classes:
        return Inferred(f"type[{name}]") if not is_generic(names.classes[name], names) else None
    value = names.variables.get(name)
    if value is not None and not isinstance(value, cst.Name) and name not in names.evaluating:
        names.evaluating.add(name)  # `x = x or 1` speaks of itself
        try:
            return infer(value, Scope(names))
        finally:
            names.evaluating.discard(name)
    if name in BUILTIN_TYPES and not names.defines(name) and f"builtins.{name}" not in known.GENERIC_CLASSES:
        return Inferred(f"type[{name}]")
    return _value(name, names)


def _declared(node: cst.BaseExpression, names: Names) -> Inferred | None:
    text = annotation(node)
    head, bracket, rest = text.partition("[")
    if from_typing(names.qualified(head)) in ("Final", "ClassVar"):
        return Inferred(rest[:-1]) if bracket else None
    return None if from_typing(names.qualified(head)) == "TypeAlias" else Inferred(text)


def _value(name: str, names: Names) -> Inferred | None:
    text = known.VALUES.get(names.qualified(name) or "")
    return Inferred(spelled(text, names)) if text else None


def _attribute(node: cst.Attribute, scope: Scope) -> Inferred | None:
    name = dotted(node)
    owner, _, attribute = (name or "").rpartition(".")
    if owner and "." not in owner:
        found = scope.attribute(owner, attribute)
        if found:
            return found
    path = owner
    if owner.startswith(("self.", "cls.")) and owner.count(".") == 1 and owner.partition(".")[0] in scope.locals:
        found = scope.method(*owner.split("."))
        path = found.text if found is not None else ""
    local = nested_class(path, scope.names) if "." in path else None
    if "." not in path and path not in scope.locals:
        local = scope.names.classes.get(path)
    if local is not None and shape_of(local, scope.names).enum and attribute.lstrip("_")[:1].isupper():
        return Inferred(path)  # a member of an enum
    if name and name.partition(".")[0] not in scope.locals:
        return _value(name, scope.names)
    return None


def _unary(node: cst.UnaryOperation, scope: Scope) -> Inferred | None:
    if isinstance(node.operator, cst.Not):
        return Inferred("bool")
    inner = infer(node.expression, scope)
    return inner if inner and inner.text in _NUMBERS else None


def _comparison(node: cst.Comparison, scope: Scope) -> Inferred | None:
    sure = (cst.Is, cst.IsNot, cst.In, cst.NotIn, cst.Equal, cst.NotEqual)
    if all(isinstance(target.operator, sure) for target in node.comparisons):
        return Inferred("bool")
    left = infer(node.left, scope)
    return Inferred("bool") if left and left.text in ("int", "float", "str", "bytes") else None


def _boolean(node: cst.BooleanOperation, scope: Scope) -> Inferred | None:
    left, right = infer(node.left, scope), infer(node.right, scope)
    if left is None or right is None:
        return None
    if isinstance(node.operator, cst.Or):
        if left.text == "None":
            return right
        if right.vague and union.without_none(left.text).partition("[")[0] == right.text.partition("[")[0]:
            return Inferred(union.without_none(left.text), left.vague)  # `given or {}`: the empty one says nothing
        return joined([Inferred(union.without_none(left.text), left.vague), right])
    return left if left == right else None


def _conditional(node: cst.IfExp, scope: Scope) -> Inferred | None:
    then, otherwise = narrowed(node.test, scope)
    branches = [
        infer(node.body, Scope(scope.names, then, scope.attribute, scope.method)),
        infer(node.orelse, Scope(scope.names, otherwise, scope.attribute, scope.method)),
    ]
    return joined(branches)


def _binary(node: cst.BinaryOperation, scope: Scope) -> Inferred | None:
    left, right = infer(node.left, scope), infer(node.right, scope)
    if left is None:
        return None
    if isinstance(node.operator, cst.Modulo) and left.text in ("str", "bytes"):
        return left
    if isinstance(node.operator, cst.BitOr) and left.text == "re.RegexFlag":
        return left
    if right is None:
        return None
    if left.text in _NUMBERS and right.text in _NUMBERS:
        if isinstance(node.operator, cst.Power):
            return None  # an int, or a float for a negative exponent
        wider = max(left.text, right.text, key=_NUMBERS.index)
        return Inferred("float" if isinstance(node.operator, cst.Divide) and wider == "int" else wider)
    if isinstance(node.operator, cst.Add) and left.text == right.text and not left.text.startswith("tuple"):
        return left if left.text in ("str", "bytes") or left.text.startswith("list") else None
    if isinstance(node.operator, cst.Multiply) and left.text in ("str", "bytes") and right.text == "int":
        return left
    return None


def _tuple(node: cst.Tuple, scope: Scope) -> Inferred | None:
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return Inferred("tuple[Any, ...]", vague=True)
    items = [infer(element.value, scope) or Inferred("Any", vague=True) for element in node.elements]
    return Inferred(f"tuple[{', '.join(item.text for item in items) or '()'}]", any(item.vague for item in items))


def _elements(nodes: list[cst.BaseExpression], scope: Scope) -> Inferred:
    """One type for the items of a display; more than four different ones say no more than ``Any``."""
    items = joined([infer(node, scope) for node in nodes])
    if items is None or len(union.members(items.text)) > 4:
        return Inferred("Any", vague=True)
    return items


def _sequence(node: cst.List | cst.Set, scope: Scope) -> Inferred:
    kind = "list" if isinstance(node, cst.List) else "set"
    starred = any(isinstance(element, cst.StarredElement) for element in node.elements)
    item = Inferred("Any", True) if starred else _elements([element.value for element in node.elements], scope)
    return Inferred(f"{kind}[{item.text}]", item.vague)


def _dict(node: cst.Dict, scope: Scope) -> Inferred:
    pairs = [element for element in node.elements if isinstance(element, cst.DictElement)]
    if len(pairs) != len(node.elements):
        return Inferred("dict[Any, Any]", vague=True)
    keys = _elements([pair.key for pair in pairs], scope)
    values = _elements([pair.value for pair in pairs], scope)
    return Inferred(f"dict[{keys.text}, {values.text}]", keys.vague or values.vague)


def _comprehension(node: cst.ListComp | cst.SetComp | cst.GeneratorExp, scope: Scope) -> Inferred:
    inner = _within(node.for_in, scope)
    item = infer(node.elt, inner)
    kind = "list" if isinstance(node, cst.ListComp) else "set"
    if isinstance(node, cst.GeneratorExp):
        text = item.text if item else "Any"
        return Inferred(f"{scope.names.spell('collections.abc.Generator')}[{text}, None, None]", not item or item.vague)
    return Inferred(f"{kind}[{item.text}]", item.vague) if item else Inferred(f"{kind}[Any]", vague=True)


def _dict_comprehension(node: cst.DictComp, scope: Scope) -> Inferred:
    inner = _within(node.for_in, scope)
    key, value = (infer(one, inner) or Inferred("Any", vague=True) for one in (node.key, node.value))
    return Inferred(f"dict[{key.text}, {value.text}]", key.vague or value.vague)


def _within(node: cst.CompFor, scope: Scope) -> Scope:
    """What the element of a comprehension may speak of."""
    inner = Scope(scope.names, dict(scope.locals), scope.attribute, scope.method)
    part: cst.CompFor | None = node
    while part is not None:
        iterated = infer(part.iter, inner)
        item = contents(iterated.text, 1) if iterated is not None and not iterated.vague else ""
        for target in walk(part.target):
            if isinstance(target, cst.Name):
                inner.locals[target.value] = None
        if isinstance(part.target, cst.Name) and item:
            inner.locals[part.target.value] = Inferred(item)
        for condition in part.ifs:
            inner.locals, _ = narrowed(condition.test, inner)
        part = part.inner_for_in
    return inner


def _walrus(node: cst.NamedExpr, scope: Scope) -> Inferred | None:
    return infer(node.value, scope)


def _subscript(node: cst.Subscript, scope: Scope) -> Inferred | None:
    return Inferred("str") if scope.names.qualified(dotted(node.value)) == "os.environ" else None


_HANDLERS: Mapping[type[cst.CSTNode], Callable[..., Inferred | None]] = {
    cst.Attribute: _attribute,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Call: lambda node, scope: call(node, scope, infer),
    cst.Comparison: _comparison,
    cst.ConcatenatedString: _concatenated,
    cst.Dict: _dict,
    cst.DictComp: _dict_comprehension,
    cst.GeneratorExp: _comprehension,
    cst.IfExp: _conditional,
    cst.List: _sequence,
    cst.ListComp: _comprehension,
    cst.Name: _name,
    cst.NamedExpr: _walrus,
    cst.Set: _sequence,
    cst.SetComp: _comprehension,
    cst.SimpleString: _string,
    cst.Subscript: _subscript,
    cst.Tuple: _tuple,
    cst.UnaryOperation: _unary,
}
