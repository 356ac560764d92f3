"""What a call gives: an instance of a class, what a function says that it returns, or what a table knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from unasync_plus.emit import stub_known as known
from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_inferred import Infer, Inferred, Scope, is_generic, joined, nested_class, spelled, words
from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, from_typing
from unasync_plus.emit.stub_text import annotation, dotted


def call(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    """The type that a call gives: a class's instance, or what a function says that it returns."""
    if isinstance(node.func, cst.Subscript):
        return Inferred(annotation(node.func))  # Queue[int]()
    name = dotted(node.func)
    if name is None:
        return _method_of_string(node, scope, infer)
    root = name.partition(".")[0]
    if root in scope.locals or root in ("self", "cls", "super"):
        return _method(node, name, scope, infer)
    qualified = scope.names.qualified(name) or ""
    if qualified.startswith(LOCAL):
        return _local_call(node, name, scope, infer)
    return _imported_call(node, name, qualified, scope, infer)


def _method(node: cst.Call, name: str, scope: Scope, infer: Infer) -> Inferred | None:
    owner, _, method = name.rpartition(".")
    return (scope.method(owner, method) if owner else None) or _method_of_string(node, scope, infer)


def _method_of_string(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    if not isinstance(node.func, cst.Attribute):
        return None
    text = known.STRING_METHODS.get(node.func.attr.value)
    if node.func.attr.value == "copy" and not node.args:
        original = infer(node.func.value, scope)
        return original if original and original.text.partition("[")[0].lower() in ("dict", "list", "set") else None
    owner = infer(node.func.value, scope) if text else None
    return Inferred(text) if text and owner and owner.text == "str" else None


def _local_call(node: cst.Call, name: str, scope: Scope, infer: Infer) -> Inferred | None:
    names = scope.names
    owner, _, last = name.rpartition(".")
    if owner:
        inner = nested_class(name, names)
        if inner is not None:
            return None if is_generic(inner, names) else Inferred(name)
        return scope.method(owner, last) if owner in names.classes else _method_of_string(node, scope, infer)
    if name in names.classes:
        return None if is_generic(names.classes[name], names) else Inferred(name)
    function = names.functions.get(name)
    if function is None or function.returns is None or function.decorators or function.asynchronous:
        return None
    if function.type_parameters is not None:
        return None
    text = annotation(function.returns.annotation)
    return None if any(word in names.type_parameters for word in words(text)) else Inferred(text)


def _imported_call(node: cst.Call, name: str, qualified: str, scope: Scope, infer: Infer) -> Inferred | None:
    names = scope.names
    if qualified in known.RESULTS:
        return Inferred(spelled(known.RESULTS[qualified], names))
    special = _SPECIAL.get(qualified)
    if special:
        return special(node, scope, infer)
    if from_typing(qualified) == "cast" and node.args:
        return Inferred(annotation(node.args[0].value))
    arity = known.GENERIC_CLASSES.get(qualified)
    if arity is not None:
        return _generic_instance(node, name, arity, scope, infer)
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


def _generic_instance(node: cst.Call, name: str, arity: int, scope: Scope, infer: Infer) -> Inferred:
    if arity < 0:
        return Inferred(name)
    if len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star:
        given = infer(node.args[0].value, scope)
        inside = contents(given.text, arity) if given and not given.vague else ""
        if inside:
            return Inferred(f"{name}[{inside}]")
    return Inferred(f"{name}[{', '.join(['Any'] * arity)}]", vague=True)


_ITEMS = {"str": "str", "bytes": "int", "range": "int"}


def contents(text: str, arity: int) -> str:
    """The parameters for a container made from an iterable of the type ``text``; "" where they cannot be told."""
    if text in _ITEMS:
        return _ITEMS[text] if arity == 1 else ""
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


def _sorted(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    return _generic_instance(cst.Call(cst.Name("list"), node.args[:1]), "list", 1, scope, infer)


def _tuple(node: cst.Call, scope: Scope, infer: Infer) -> Inferred:
    if not node.args:
        return Inferred("tuple[()]")
    items = _generic_instance(node, "list", 1, scope, infer)
    return Inferred(f"tuple[{items.text[len('list[') : -1]}, ...]", items.vague)


def _environment(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    if len(node.args) < 2:
        return Inferred("str | None")
    default = infer(node.args[1].value, scope)
    return joined([Inferred("str"), default]) if default else None


def _pattern(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    text = infer(node.args[0].value, scope) if node.args else None
    kind = text.text if text and text.text in ("str", "bytes") else "str"
    return Inferred(f"{scope.names.spell('re.Pattern')}[{kind}]")


def _counter(node: cst.Call, scope: Scope, infer: Infer) -> Inferred | None:
    return Inferred(f"{scope.names.spell('itertools.count')}[int]")


def _type(node: cst.Call, scope: Scope, infer: Infer) -> Inferred:
    found = infer(node.args[0].value, scope) if len(node.args) == 1 else None
    known_class = found is not None and not found.vague and len(union.members(found.text)) == 1
    return Inferred(f"type[{found.text}]") if found and known_class else Inferred("type[Any]", vague=True)


_SPECIAL: Mapping[str, Callable[[cst.Call, Scope, Infer], Inferred | None]] = {
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "re.compile": _pattern,
    "itertools.count": _counter,
    "builtins.sorted": _sorted,
    "builtins.tuple": _tuple,
    "builtins.type": _type,
}
