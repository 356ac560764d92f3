"""Which decorators a stub keeps: those that may change a type. A type checker then works the type out by itself."""

from __future__ import annotations

import re

import libcst as cst

from unasync_plus.emit.stub_names import LOCAL, Names, from_typing
from unasync_plus.emit.stub_text import annotation, dotted, one_line, source
from unasync_plus.emit.stub_writer import WIDTH, Writer

_WITHOUT_EFFECT = frozenset(
    "functools.wraps atexit.register typing.no_type_check typing.no_type_check_decorator warnings.catch_warnings "
    "pytest.mark unittest.skip contextlib.suppress".split()
)
"""Decorators that give back the function they get, for a type checker."""
_MAKING_CLASS_METHODS = frozenset(
    f"pydantic.{module}{name}"
    for module in ("", "functional_validators.", "class_validators.", "deprecated.class_validators.")
    for name in ("field_validator", "model_validator", "root_validator", "validator")
)
"""They make a class method of a function with a parameter ``cls``.

Source: ``ensure_classmethod_based_on_signature`` in pydantic/_internal/_decorators.py.
"""

_ORDER = re.compile(r"(?:,\s*)?\border=True\b")
_CALLABLE = re.compile(r"(?:\w+\.)*Callable\[(\w+), (\w+)\]")
_WITH_FIRST = re.compile(r"(?:\w+\.)*Callable\[(?:\w+\.)*Concatenate\[.*\b(\w+)\], (\w+)\]")
_DECORATOR_TYPE = re.compile(r"(?:\w+\.)*Callable\[\[(.+)\], \1\]")
_PROPERTY_PARTS = (".setter", ".getter", ".deleter")


def property_part(node: cst.FunctionDef) -> bool:
    """Whether ``node`` is the setter, getter or deleter of a property defined above."""
    return any((dotted(item.decorator) or "").endswith(_PROPERTY_PARTS) for item in node.decorators)


def is_overload(node: cst.FunctionDef, names: Names) -> bool:
    return any(_is_overload(item, names) for item in node.decorators)


def _is_overload(item: cst.Decorator, names: Names) -> bool:
    return from_typing(names.qualified(dotted(item.decorator))) == "overload"


def settle_overload(lines: list[str], alone: bool, names: Names) -> list[str]:
    """The lines of an overload: without its decorator where it is the only one left, what others were became equal."""
    kept = []
    for line in lines:
        text = line.strip()
        if text.startswith("@") and from_typing(names.qualified(text[1:])) == "overload":
            if alone:
                continue
            names.use(text[1:])
        kept.append(line)
    return kept


def is_cache(node: cst.Decorator, names: Names) -> bool:
    """``lru_cache`` hides the signature: for a type checker the name is an object of the cache's class."""
    called = node.decorator.func if isinstance(node.decorator, cst.Call) else node.decorator
    return names.qualified(dotted(called)) in ("functools.lru_cache", "functools.cache")


def without_order(lines: list[str]) -> tuple[list[str], bool]:
    """The decorators of a class without ``order=True``, and whether it was there.

    The stub spells the comparisons out: what mypy makes of the option contains a helper that stubtest takes for ours.
    """
    changed = [_ORDER.sub("", line) if "dataclass(" in line else line for line in lines]
    tidy = [line.replace("dataclass(, ", "dataclass(").replace("dataclass()", "dataclass") for line in changed]
    return tidy, changed != lines


def decorators(node: cst.FunctionDef | cst.ClassDef, where: str, writer: Writer) -> list[str] | None:
    """The decorator lines of ``node``; None where the definition is nothing but a registration."""
    kept: list[str] = []
    for item in node.decorators:
        expression = item.decorator
        name = dotted(expression.func if isinstance(expression, cst.Call) else expression)
        if node.name.value == "_" and name and name.endswith(".register"):
            return None
        if _is_overload(item, writer.names):
            kept.append("@" + one_line(expression))  # see settle_overload
        elif name is None or _keeps(name, isinstance(expression, cst.Call), where, writer):
            text = one_line(expression)
            written = source(expression)
            kept.append("@" + writer.names.use(written if len(text) > WIDTH and "\n" in written else text))
    if isinstance(node, cst.FunctionDef) and _becomes_class_method(node, writer.names):
        kept.append("@classmethod")
    return kept


def _becomes_class_method(node: cst.FunctionDef, names: Names) -> bool:
    first = next(iter((*node.params.posonly_params, *node.params.params)), None)
    if first is None or first.name.value != "cls":
        return False
    expressions = [
        one.decorator.func if isinstance(one.decorator, cst.Call) else one.decorator for one in node.decorators
    ]
    found = {names.qualified(dotted(one)) or "" for one in expressions}
    return bool(found & _MAKING_CLASS_METHODS) and "builtins.classmethod" not in found


def object_of(node: cst.FunctionDef, names: Names) -> str:
    """The class of this module that decorates ``node`` and has no type parameters: the name is an object of it."""
    if len(node.decorators) != 1 or not isinstance(node.decorators[0].decorator, cst.Name):
        return ""
    name = node.decorators[0].decorator.value
    found = names.classes.get(name) if (names.qualified(name) or "").startswith(LOCAL) else None
    if found is None or found.type_parameters is not None or found.bases or found.keywords or found.decorators:
        return ""
    methods = [one.name.value for one in found.body.body if isinstance(one, cst.FunctionDef)]
    return name if "__init__" in methods and "__new__" not in methods else ""


def _keeps(name: str, called: bool, where: str, writer: Writer) -> bool:
    qualified = writer.names.qualified(name) or ""
    if qualified in _WITHOUT_EFFECT or qualified.startswith("pytest.mark."):
        return False
    if not qualified.startswith(LOCAL) or "." in name:
        return True
    function = writer.names.functions.get(name)
    if function is None:
        return True  # a class of the module, or a variable: its own type tells
    if function.returns is None:
        writer.tell(
            "UA802",
            where,
            f"decorator {name} has no return annotation: the stub gives {where} its own signature",
            help="annotate the decorator",
        )
        return False
    return not gives_back_what_it_gets(function, called, writer.names)


def gives_back_what_it_gets(function: cst.FunctionDef, called: bool, names: Names) -> bool:
    """``(f: F) -> F``, or ``(...) -> Callable[[F], F]`` for one that is called first."""
    assert function.returns is not None
    result = annotation(function.returns.annotation)
    own = set(names.type_parameters)
    if function.type_parameters is not None:
        own |= {one.param.name.value for one in function.type_parameters.params}
    if called:
        both = _DECORATOR_TYPE.fullmatch(result)
        return both is not None and _is_whole_callable(both[1], own)
    first = next(iter((*function.params.posonly_params, *function.params.params)), None)
    if first is None or first.annotation is None:
        return False
    return annotation(first.annotation.annotation) == result and _is_whole_callable(result, own)


def _is_whole_callable(text: str, own: set[str]) -> bool:
    """Whether ``text`` stands for any callable: a type variable, ``Callable[P, R]``, also with more arguments before ``P``."""
    found = _CALLABLE.fullmatch(text) or _WITH_FIRST.fullmatch(text)
    return text in own or (found is not None and {found[1], found[2]} <= own)
