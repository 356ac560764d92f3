"""The type of an expression, as far as the module itself tells it.

What comes back is what a type checker would infer from the code, or less, never more: where the text does not
settle the type, the answer is None (or contains ``Any``, see ``Inferred.vague``) and the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.emit import stub_known as known
from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, Names, from_typing
from unasync_plus.emit.stub_text import annotation, dotted

_NUMBERS = ("int", "float", "complex")
_LITERALS: dict[type[cst.CSTNode], str] = {
    cst.Integer: "int",
    cst.Float: "float",
    cst.Imaginary: "complex",
    cst.FormattedString: "str",
}
_CONSTANTS = {"True": "bool", "False": "bool", "None": "None", "__name__": "str", "__file__": "str"}


@dataclass(frozen=True, slots=True)
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
    if value is not None and not isinstance(value, cst.Name):
        return infer(value, Scope(names))
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
    return Inferred(_spelled(text, names)) if text else None


def _attribute(node: cst.Attribute, scope: Scope) -> Inferred | None:
    name = dotted(node)
    owner, _, attribute = (name or "").rpartition(".")
    if owner and "." not in owner:
        found = scope.attribute(owner, attribute)
        if found:
            return found
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


def joined(types: list[Inferred | None]) -> Inferred | None:
    """The union; an empty display next to a full one of its kind adds nothing."""
    given = [one for one in types if one is not None]
    if len(given) != len(types) or not given:
        return None
    certain = {one.text.partition("[")[0] for one in given if not one.vague}
    kept = [one for one in given if not (one.vague and one.text.partition("[")[0] in certain)]
    return Inferred(union.join(one.text for one in kept), any(one.vague for one in kept))


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


def _comprehension(node: cst.ListComp | cst.SetComp, scope: Scope) -> Inferred:
    item = infer(node.elt, scope) if not isinstance(node.elt, cst.Name) else None
    kind = "list" if isinstance(node, cst.ListComp) else "set"
    return Inferred(f"{kind}[{item.text}]", item.vague) if item else Inferred(f"{kind}[Any]", vague=True)


def _dict_comprehension(node: cst.DictComp, scope: Scope) -> Inferred:
    return Inferred("dict[Any, Any]", vague=True)


def _walrus(node: cst.NamedExpr, scope: Scope) -> Inferred | None:
    return infer(node.value, scope)


def _subscript(node: cst.Subscript, scope: Scope) -> Inferred | None:
    return Inferred("str") if scope.names.qualified(dotted(node.value)) == "os.environ" else None


def is_generic(node: cst.ClassDef, names: Names) -> bool:
    """Whether a class of this module has type parameters of its own."""
    if node.type_parameters is not None:
        return True
    for base in node.bases:
        text = annotation(base.value)
        if "[" in text and any(name in names.type_parameters for name in _words(text.partition("[")[2])):
            return True
        if "[" in text and from_typing(names.qualified(text.partition("[")[0])) in ("Generic", "Protocol"):
            return True
    return False


def _words(text: str) -> list[str]:
    return [word for part in union.split(text.rstrip("]"), ",") for word in part.replace("[", " ").split()]


def _spelled(text: str, names: Names) -> str:
    """``text`` with its qualified names as the module can write them."""
    head, bracket, rest = text.partition("[")
    if " | " in head or "." not in head:
        return text
    return names.spell(head) + bracket + rest


def call(node: cst.Call, scope: Scope) -> Inferred | None:
    """The type that a call gives: a class's instance, or what a function says that it returns."""
    if isinstance(node.func, cst.Subscript):
        return Inferred(annotation(node.func))  # Queue[int]()
    name = dotted(node.func)
    if name is None:
        return _method_of_string(node, scope)
    root = name.partition(".")[0]
    if root in scope.locals or root in ("self", "cls", "super"):
        return _method(node, name, scope)
    qualified = scope.names.qualified(name) or ""
    if qualified.startswith(LOCAL):
        return _local_call(node, name, scope)
    return _imported_call(node, name, qualified, scope)


def _method(node: cst.Call, name: str, scope: Scope) -> Inferred | None:
    owner, _, method = name.rpartition(".")
    return (scope.method(owner, method) if owner else None) or _method_of_string(node, scope)


def _method_of_string(node: cst.Call, scope: Scope) -> Inferred | None:
    if not isinstance(node.func, cst.Attribute):
        return None
    text = known.STRING_METHODS.get(node.func.attr.value)
    if node.func.attr.value == "copy" and not node.args:
        original = infer(node.func.value, scope)
        return original if original and original.text.partition("[")[0].lower() in ("dict", "list", "set") else None
    owner = infer(node.func.value, scope) if text else None
    return Inferred(text) if text and owner and owner.text == "str" else None


def _local_call(node: cst.Call, name: str, scope: Scope) -> Inferred | None:
    names = scope.names
    owner, _, last = name.rpartition(".")
    if owner:
        return scope.method(owner, last) if owner in names.classes else _method_of_string(node, scope)
    if name in names.classes:
        return None if is_generic(names.classes[name], names) else Inferred(name)
    function = names.functions.get(name)
    if function is None or function.returns is None or function.decorators or function.asynchronous:
        return None
    if function.type_parameters is not None:
        return None
    text = annotation(function.returns.annotation)
    return None if any(word in names.type_parameters for word in _words(text)) else Inferred(text)


def _imported_call(node: cst.Call, name: str, qualified: str, scope: Scope) -> Inferred | None:
    names = scope.names
    if qualified in known.RESULTS:
        return Inferred(_spelled(known.RESULTS[qualified], names))
    special = _SPECIAL.get(qualified)
    if special:
        return special(node, scope)
    if from_typing(qualified) == "cast" and node.args:
        return Inferred(annotation(node.args[0].value))
    arity = known.GENERIC_CLASSES.get(qualified)
    if arity is not None:
        return _generic_instance(node, name, arity, scope)
    if qualified in known.NOT_CLASSES or qualified.startswith("multiprocessing.") or from_typing(qualified):
        return None
    if qualified in known.CLASSES or _looks_like_class(name.rpartition(".")[2], qualified):
        return Inferred(name)
    return None


def _looks_like_class(last: str, qualified: str) -> bool:
    if qualified.startswith("builtins."):
        return last in BUILTIN_TYPES
    plain = last.lstrip("_")
    return plain[:1].isupper() and not (plain.isupper() and "_" in plain)


def _generic_instance(node: cst.Call, name: str, arity: int, scope: Scope) -> Inferred:
    if arity < 0:
        return Inferred(name)
    if len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star:
        given = infer(node.args[0].value, scope)
        inside = _contents(given.text, arity) if given and not given.vague else ""
        if inside:
            return Inferred(f"{name}[{inside}]")
    return Inferred(f"{name}[{', '.join(['Any'] * arity)}]", vague=True)


def _contents(text: str, arity: int) -> str:
    """The parameters for a container made from an iterable of the type ``text``; "" where they cannot be told."""
    head, bracket, rest = text.partition("[")
    kind, parameters = head.rpartition(".")[2].lower(), union.split(rest[:-1], ",")
    if not bracket or len(union.split(text, "|")) > 1:
        return ""
    if arity == 2:
        return rest[:-1] if kind in known.MAPPINGS and len(parameters) == 2 else ""
    if kind == "tuple" and len(parameters) == 2 and parameters[1] == "...":
        return parameters[0]
    if arity == 1 and (kind in known.MAPPINGS or (kind in known.ITERABLES and len(parameters) == 1)):
        return parameters[0]
    return ""


def _sorted(node: cst.Call, scope: Scope) -> Inferred | None:
    return _generic_instance(cst.Call(cst.Name("list"), node.args[:1]), "list", 1, scope)


def _environment(node: cst.Call, scope: Scope) -> Inferred | None:
    if len(node.args) < 2:
        return Inferred("str | None")
    default = infer(node.args[1].value, scope)
    return joined([Inferred("str"), default]) if default else None


def _pattern(node: cst.Call, scope: Scope) -> Inferred | None:
    text = infer(node.args[0].value, scope) if node.args else None
    kind = text.text if text and text.text in ("str", "bytes") else "str"
    return Inferred(f"{scope.names.spell('re.Pattern')}[{kind}]")


def _counter(node: cst.Call, scope: Scope) -> Inferred | None:
    return Inferred(f"{scope.names.spell('itertools.count')}[int]")


_SPECIAL: Mapping[str, Callable[[cst.Call, Scope], Inferred | None]] = {
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "re.compile": _pattern,
    "itertools.count": _counter,
    "builtins.sorted": _sorted,
    "builtins.type": lambda node, scope: Inferred("type[Any]", vague=True),
}


def narrowed(test: cst.BaseExpression, scope: Scope) -> tuple[dict[str, Inferred | None], dict[str, Inferred | None]]:
    """The local types where ``test`` held, and where it did not."""
    then, otherwise = dict(scope.locals), dict(scope.locals)
    if isinstance(test, cst.UnaryOperation) and isinstance(test.operator, cst.Not):
        return tuple(reversed(narrowed(test.expression, scope)))  # type: ignore[return-value]  # two of them
    if isinstance(test, cst.Name):
        _narrow(then, test.value, union.without_none)
        _narrow(otherwise, test.value, lambda text: "None" if "None" in union.members(text) else text)
    elif isinstance(test, cst.Comparison) and len(test.comparisons) == 1 and isinstance(test.left, cst.Name):
        target = test.comparisons[0]
        if isinstance(target.comparator, cst.Name) and target.comparator.value == "None":
            if isinstance(target.operator, cst.Is | cst.Equal):
                _narrow(otherwise, test.left.value, union.without_none)
                _narrow(then, test.left.value, lambda text: "None")
            elif isinstance(target.operator, cst.IsNot | cst.NotEqual):
                _narrow(then, test.left.value, union.without_none)
                _narrow(otherwise, test.left.value, lambda text: "None")
    elif isinstance(test, cst.Call) and dotted(test.func) == "isinstance" and len(test.args) == 2:
        _narrow_to_class(then, otherwise, test)
    elif isinstance(test, cst.BooleanOperation) and isinstance(test.operator, cst.And):
        left, _ = narrowed(test.left, scope)
        then, _ = narrowed(test.right, Scope(scope.names, left, scope.attribute, scope.method))
    return then, otherwise


def _narrow_to_class(then: dict[str, Inferred | None], otherwise: dict[str, Inferred | None], test: cst.Call) -> None:
    subject, classes = test.args[0].value, test.args[1].value
    if not isinstance(subject, cst.Name):
        return
    nodes = [element.value for element in classes.elements] if isinstance(classes, cst.Tuple) else [classes]
    wanted = {annotation(node) for node in nodes}

    def is_wanted(member: str) -> bool:
        return member.partition("[")[0] in wanted

    def only(text: str) -> str:
        return " | ".join(part for part in union.members(text) if is_wanted(part)) or union.join(sorted(wanted))

    def rest(text: str) -> str:
        return " | ".join(part for part in union.members(text) if not is_wanted(part)) or text

    _narrow(then, subject.value, only)
    _narrow(otherwise, subject.value, rest)


def _narrow(types: dict[str, Inferred | None], name: str, change: Callable[[str], str]) -> None:
    current = types.get(name)
    if current is not None:
        types[name] = Inferred(change(current.text), current.vague)


_HANDLERS: Mapping[type[cst.CSTNode], Callable[..., Inferred | None]] = {
    cst.Attribute: _attribute,
    cst.BinaryOperation: _binary,
    cst.BooleanOperation: _boolean,
    cst.Call: call,
    cst.Comparison: _comparison,
    cst.ConcatenatedString: _concatenated,
    cst.Dict: _dict,
    cst.DictComp: _dict_comprehension,
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
