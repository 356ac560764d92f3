"""Which expressions a stub can hold as they are written, so that type checkers find their type as they do in the code."""

from __future__ import annotations

from collections.abc import Container

import libcst as cst

from unasync_plus.emit.stub_inferred import is_generic
from unasync_plus.emit.stub_known import GENERIC_CLASSES
from unasync_plus.emit.stub_names import BUILTIN_TYPES, LOCAL, Names, is_standard
from unasync_plus.emit.stub_text import default, dotted, is_simple_literal, one_line
from unasync_plus.tree import walk

_TOLD_BY_CHECKERS = (
    *(cst.Attribute, cst.BinaryOperation, cst.BooleanOperation, cst.Call, cst.IfExp, cst.Subscript),
    *(cst.DictComp, cst.GeneratorExp, cst.ListComp, cst.SetComp),
)
"""What is computed. Displays are left out: they are data, and as long as they like."""
_MADE_OF_ARGUMENTS = frozenset(
    "builtins.dict builtins.frozenset builtins.list builtins.set collections.ChainMap collections.Counter "
    "collections.OrderedDict functools.partial functools.partialmethod itertools.count itertools.cycle "
    "types.MappingProxyType weakref.ref".split()
)
"""Generic classes whose parameters follow from what they are made of; of others a later use may tell them."""
_ONLY_IN_CODE = (cst.Await, cst.Lambda, cst.NamedExpr, cst.Yield)
_FUNCTIONS = frozenset(
    "abs aiter all anext any ascii bin callable chr divmod enumerate filter format getattr hasattr hash hex id isinstance "
    "issubclass iter len map max min next oct open ord pow print repr reversed round sorted sum zip".split()
)
_CONSTANTS = frozenset(("True", "False", "None", "NotImplemented", "Ellipsis", "__name__", "__file__", "__debug__"))


def is_portable(node: cst.BaseExpression, names: Names, members: Container[str] = ()) -> bool:
    """Whether a stub can hold ``node``: a literal, or a call of and with what the stub knows."""
    if is_simple_literal(node):
        return default(node) != "..."
    return isinstance(node, cst.Call) and _speaks_of_known(node, names, members)


def is_told_by_checkers(node: cst.BaseExpression, name: str, names: Names, members: Container[str] = ()) -> bool:
    """Whether the value of ``name`` is computed from nothing but other things that the stub knows."""
    if isinstance(node, cst.Call) and not _settles_parameters(node, names):
        return False
    return isinstance(node, _TOLD_BY_CHECKERS) and _speaks_of_known(node, names, members, name)


def may_be_generic(node: cst.BaseExpression, names: Names) -> bool:
    """Whether it makes an object of a class of another module, which may have type parameters: only checkers know."""
    if not isinstance(node, cst.Call):
        return False
    qualified = names.qualified(dotted(node.func)) or LOCAL
    return not qualified.startswith((LOCAL, "builtins.")) and not is_standard(qualified)


def _settles_parameters(node: cst.Call, names: Names) -> bool:
    """Whether the arguments tell the type parameters, if it is an object of a generic class that is made."""
    name = dotted(node.func) or ""
    qualified = names.qualified(name) or ""
    local = names.classes.get(name)
    if qualified not in GENERIC_CLASSES and (local is None or not is_generic(local, names)):
        return True
    says_nothing = (cst.Dict, cst.List, cst.Set, cst.Tuple)
    empty = [one for one in node.args if isinstance(one.value, says_nothing) and not one.value.elements]
    return len(node.args) > len(empty) and (local is not None or qualified in _MADE_OF_ARGUMENTS)


def _speaks_of_known(node: cst.BaseExpression, names: Names, members: Container[str], itself: str = "") -> bool:
    if "\n" in one_line(node):
        return False
    own, read, no_variables = set[str](), list[cst.Name](), set[int]()
    for part in walk(node):
        if isinstance(part, _ONLY_IN_CODE) or _is_union(part):
            return False
        if isinstance(part, cst.CompFor):
            own.update(one.value for one in walk(part.target) if isinstance(one, cst.Name))
        elif isinstance(part, cst.Attribute):
            no_variables.add(id(part.attr))
        elif isinstance(part, cst.Arg) and part.keyword is not None:
            no_variables.add(id(part.keyword))
        elif isinstance(part, cst.Name):
            read.append(part)
    variables = {one.value for one in read if id(one) not in no_variables}
    return itself not in variables and all(
        name in own or name in members or _is_known(name, names) for name in variables
    )


def _is_known(name: str, names: Names) -> bool:
    if names.defines(name) or name in names.imports:
        return name not in names.deleted
    return name in BUILTIN_TYPES or name in _FUNCTIONS or name in _CONSTANTS


def _is_union(node: cst.CSTNode) -> bool:
    """``a | b`` is a union of types in a stub, whatever ``a`` is."""
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr)
