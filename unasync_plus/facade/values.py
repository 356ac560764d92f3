"""What a module or class holds besides definitions: constants, aliases, type variables, objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, walk

from .facts import ClassFacts, ModuleFacts
from .index import Fate
from .known import is_anything, short
from .mentions import type_names

if TYPE_CHECKING:
    from .index import Index

_TYPE_MAKERS = frozenset("TypeVar ParamSpec TypeVarTuple NewType NamedTuple TypedDict namedtuple".split())
_TYPE_HEADS = frozenset("Union Optional Callable Annotated Literal Type Tuple List Dict Set FrozenSet".split())


def is_literal(node: cst.BaseExpression | None) -> bool:
    """A value whose text says it all, and that nobody can change."""
    if isinstance(node, cst.Name):
        return node.value in ("None", "True", "False")
    if isinstance(node, (cst.UnaryOperation, cst.BinaryOperation)):
        parts = [node.expression] if isinstance(node, cst.UnaryOperation) else [node.left, node.right]
        return all(is_literal(part) for part in parts)
    if isinstance(node, cst.Tuple):
        return all(is_literal(element.value) for element in node.elements)
    if isinstance(node, cst.SimpleString):
        return True
    if isinstance(node, cst.ConcatenatedString):
        return is_literal(node.left) and is_literal(node.right)
    return isinstance(node, (cst.BaseNumber, cst.Ellipsis))


def makes_type(facts: ModuleFacts, node: cst.BaseExpression | None) -> bool:
    """``TypeVar("T")`` and its like, which type checkers must see."""
    return isinstance(node, cst.Call) and short(facts.resolve(node.func)) in _TYPE_MAKERS


def makes_class(facts: ModuleFacts, node: cst.BaseExpression | None) -> bool:
    """``Enum("Color", "RED BLUE")`` and its like."""
    return isinstance(node, cst.Call) and facts.resolve(node.func) in _CLASS_MAKERS


_CLASS_MAKERS = frozenset(
    "collections.namedtuple enum.Enum enum.Flag enum.IntEnum enum.IntFlag enum.StrEnum typing.NamedTuple typing.NewType "
    "typing.TypedDict".split()
)


def is_type(
    index: Index,
    facts: ModuleFacts,
    node: cst.BaseExpression | None,
    owner: ClassFacts | None = None,
    depth: int = 0,
) -> bool:
    """Whether ``node`` is a type expression, so that a name bound to it is an alias."""
    if isinstance(node, cst.BinaryOperation):
        parts = (node.left, node.right)
        return isinstance(node.operator, cst.BitOr) and all(_is_part(index, facts, part, depth) for part in parts)
    if isinstance(node, cst.Subscript):
        return _is_type_name(index, facts.resolve(node.value, owner), depth)
    if isinstance(node, (cst.Name, cst.Attribute)):
        return _is_type_name(index, facts.resolve(node, owner), depth)
    return False


def _is_part(index: Index, facts: ModuleFacts, node: cst.BaseExpression, depth: int) -> bool:
    if isinstance(node, cst.SimpleString) or (isinstance(node, cst.Name) and node.value == "None"):
        return True
    return is_type(index, facts, node, None, depth)


def _is_type_name(index: Index, qualified: str | None, depth: int) -> bool:
    if qualified is None:
        return False
    if index.class_named(qualified) is not None:
        return True
    alias = index.value_named(qualified)
    if alias is not None:  # which may be itself, as in ``anext = anext`` where the name is a builtin
        return depth < 8 and (is_type(index, *alias, None, depth + 1) or makes_type(*alias))
    module, _, name = qualified.rpartition(".")
    if module == "builtins":
        return name in (
            "bool",
            "bytes",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "object",
            "set",
            "str",
            "tuple",
            "type",
        )
    return (name[:1].isupper() and not name.isupper()) or name in _TYPE_HEADS


def mentions_wrapped(
    index: Index, facts: ModuleFacts, node: cst.BaseExpression | None, owner: ClassFacts | None = None
) -> bool:
    """Whether a type expression names a class that is wrapped, or anything async."""
    if node is None:
        return False
    for qualified in type_names(facts, node, owner):
        if index.is_wrapped(qualified) or short(qualified) in ("Awaitable", "Coroutine"):
            return True
        if (short(qualified) or "").startswith(("Async", "AbstractAsync")):
            return True
        alias = index.value_named(qualified)
        if alias is not None and not isinstance(alias[1], cst.Call) and alias[1] is not node:
            if mentions_wrapped(index, *alias):
                return True
    return False


def may_be_wrapped(index: Index, facts: ModuleFacts, node: cst.BaseExpression | None) -> bool:
    """Whether the object that a variable is set to may be one that the sync side sees otherwise: wrapped, or a function."""
    if isinstance(node, (cst.Name, cst.Attribute)):
        return index.is_wrapped(facts.resolve(node)) or _is_crossing(index, facts.resolve(node))
    if isinstance(node, cst.Call):
        qualified = facts.resolve(node.func)
        if qualified in ("functools.partial", "functools.partialmethod"):
            return any(may_be_wrapped(index, facts, arg.value) for arg in node.args)
        found = index.class_named(qualified)
        if found is not None:
            return index.is_wrapped(qualified)
        head = (index.canonical(qualified) or "").rpartition(".")[0]
        return head in index.modules or index.class_named(head) is not None
    if isinstance(node, (cst.List, cst.Tuple, cst.Set)):
        return any(may_be_wrapped(index, facts, element.value) for element in node.elements)
    if isinstance(node, cst.Dict):
        return any(may_be_wrapped(index, facts, element.value) for element in node.elements)
    return False


def _is_crossing(index: Index, qualified: str | None) -> bool:
    """Whether a name means a function that is called across the bridge, or something of an object or class that is wrapped."""
    functions = index.functions_named(qualified)
    if functions:
        return index.crosses(functions[0])
    owner = (qualified or "").rpartition(".")[0]
    if not owner or owner in index.modules:
        return False
    if index.functions_named(owner):  # which a decorator has made something else
        return index.crosses(index.functions_named(owner)[0])
    alias = index.value_named(owner)
    return index.is_wrapped(owner) or (alias is not None and may_be_wrapped(index, *alias))


def maker(index: Index, facts: ModuleFacts, node: cst.BaseExpression) -> set[str]:
    """The name of the module's own class that is the same on both sides, and that ``MISSING = _Missing()`` is made of."""
    one = facts.classes.get(dotted(node.func) or "") if isinstance(node, cst.Call) else None
    return {one.name} if one is not None and index.fate(one) is Fate.SHARED else set()


def named_in(facts: ModuleFacts, node: cst.BaseExpression) -> set[str]:
    """What a type variable or an alias names, as it is written and as conversion will call it."""
    names = {name for part in walk(node) if (name := facts.resolve(part)) is not None}
    whole = {name for name in names if not any(other.startswith(f"{name}.") for other in names)}
    # ``asyncio.protocols.Protocol`` is ``asyncio.Protocol``
    return whole | {f"{name.partition('.')[0]}.{name.rpartition('.')[2]}" for name in whole}


_EMPTY = frozenset(
    "builtins.list builtins.dict builtins.set collections.deque collections.defaultdict collections.OrderedDict "
    "weakref.WeakKeyDictionary weakref.WeakValueDictionary weakref.WeakSet".split()
)


def is_filled_later(facts: ModuleFacts, node: cst.BaseExpression | None) -> bool:
    """Whether a variable is set to an empty container: what will be in it, nobody knows yet."""
    if isinstance(node, (cst.List, cst.Dict)):
        return not node.elements
    return isinstance(node, cst.Call) and facts.resolve(node.func) in _EMPTY


def mentions_anything(facts: ModuleFacts, node: cst.BaseExpression) -> bool:
    """Whether a type allows objects of any type somewhere."""
    return any(is_anything(qualified) for qualified in type_names(facts, node, None))
