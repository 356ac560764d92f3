"""What stubtest says of a correct stub too: constructs that it cannot read, or that mypy hides from it.

Source: ``verify_typealias``, ``verify_typeinfo`` and ``verify`` in mypy/stubtest.py, mypy 2.4.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from unasync_plus.resolve.syntax_tree import syntax_tree

_ALIAS = re.compile(
    r"is not a (?:recognised type alias|Union|type alias for Callable|subclass of tuple)"
    r"|runtime is not a type|is not a type|cannot be subclassed at runtime|marked with @disjoint_base"
)
_TYPED_DICT = re.compile(r"__(?:closed|extra_items|mutable_keys|readonly_keys)__")
_REASONS = {
    r"\bLiteral\[": "it knows no aliases of Literal",
    r"\bNewType\(": "a NewType is no class at run time",
    r"Annotated\[": "it takes the alias for the class that is annotated",
    r"=\s*(?:\w+\.)?[Tt]ype\[": "it knows no aliases of types of classes",
    r"^\s*type\s": "it does not look into type statements",
    r"=\s*_async\.\w+$": "it knows no aliases of a TypedDict",
    r"=\s*[\"']": "a quoted alias is a string at run time",
}


def beyond_stubtest(name: str, message: str, code: str) -> str:
    """Why stubtest cannot judge ``name`` of a module with the text ``code``; "" if it can."""
    if message.startswith("is an unknown mypy node"):
        return "it knows no TypeVarTuple"
    last = re.escape(name.rpartition(".")[2])
    found = re.search(rf"^[ \t]*(?:type[ \t]+)?{last}\b[^\n]*", code, re.MULTILINE)
    owner = name.rpartition(".")[0].rpartition(".")[2]
    if owner and re.search(rf"^[ \t]*{re.escape(owner)}[ \t]*[:=][^\n]*Annotated\[", code, re.MULTILINE):
        return _REASONS[r"Annotated\["]
    here = rf"\bclass[ \t]+{re.escape(owner)}\b|^[ \t]*{re.escape(owner)}[ \t]*[:=]"
    if owner and not re.search(here, code, re.MULTILINE):
        return "the class is judged where it is defined"
    if "is not present in stub" in message and _TYPED_DICT.fullmatch(last):
        return "a TypedDict of typing_extensions has more than one of typing"
    deprecated = rf"@(?:\w+\.)*deprecated\(.*\)\s+(?:@.*\s+)*class {re.escape(owner)}\b"
    if last == "__init_subclass__" and re.search(deprecated, code):
        return "what `deprecated` puts around that of a base elsewhere is no part of the class"
    if last == "__type_params__" and "is not present in stub" in message:
        return "no field of a tuple or a dict may stand there"
    if last == "__class_getitem__" and re.search(rf"\bclass {re.escape(owner)}\[.*\]\((?:\w+\.)*NamedTuple\)", code):
        return "a generic NamedTuple has another one than its base"
    if message.startswith("is a disjoint base at runtime") and re.search(rf"\bclass[ \t]+{last}\([^)]", code):
        return "whether a class has a layout of its own is up to the version of Python"
    static = rf"@staticmethod\s+(?:@[^\n]+\s+)+def {last}\b|@[\w.]+(?:\(.*\))?\s+@staticmethod\s+def {last}\b"
    if message.endswith("runtime is a staticmethod but stub is not") and re.search(static, code):
        return "it forgets that a decorated function is static"
    if last == "_generate_next_value_" and message.endswith("runtime is a staticmethod but stub is not"):
        return "from Python 3.12 on an enum makes a static method of it"
    if _is_conditional(name, code):
        return "which of its definitions counts is decided at run time"
    if "cannot be subclassed at runtime" in message and re.search(rf"^[ \t]*class[ \t]+{last}\b", code, re.MULTILINE):
        return "only running it tells that its `__init_subclass__` or its metaclass refuses"
    if found is None:
        return ""
    if message == "is not present at runtime" and not owner and re.fullmatch(rf"{last}[ \t]*:[^=]+", found[0]):
        return "the source only declares it: what sets it comes later"
    if "variable differs from runtime type" in message and re.search(r"= *[\w.]*(?:method)\(", found[0]):
        return "it takes what binds a function for the function"
    if message.startswith("variable differs from runtime type") and "type: ignore" in found[0]:
        return "the source says something else than the value, with a `type: ignore`"
    if "is not present in stub" in message and "InitVar[" in found[0]:
        return "mypy hides the default of an InitVar"
    if _ALIAS.search(message):
        return next((reason for pattern, reason in _REASONS.items() if re.search(pattern, found[0])), "")
    return ""


def _is_conditional(name: str, code: str) -> bool:
    """Whether a definition of ``name`` stands in an ``if`` or ``try`` of its module or class."""
    tree = syntax_tree(code.encode())
    body: Sequence[ast.stmt] = tree.body if tree is not None else ()
    *owners, last = name.split(".")
    for owner in owners:
        classes = (one for one, _ in _statements(body) if isinstance(one, ast.ClassDef) and one.name == owner)
        body = getattr(next(classes, None), "body", ())
    return any(conditional and _defines(one, last) for one, conditional in _statements(body))


def _statements(body: Sequence[ast.stmt], conditional: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    for one in body:
        yield one, conditional
        if isinstance(one, (ast.If, ast.Try)):
            for part in (one.body, *(handler.body for handler in getattr(one, "handlers", ())), one.orelse):
                yield from _statements(part, True)


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(one, ast.Name) and one.id == name for one in targets)
