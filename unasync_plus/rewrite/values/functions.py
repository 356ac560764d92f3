"""The functions and classes of a module, as far as values flow through them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import libcst as cst

from unasync_plus.resolve.awaitables import FUTURES
from unasync_plus.resolve.scopes import Names, Scope
from unasync_plus.rewrite.values.slots import Slot, Slots
from unasync_plus.tree import all_parameters, walk

_CONTEXT_MANAGERS = frozenset({"contextlib.asynccontextmanager", "contextlib.contextmanager"})
_DATACLASSES = frozenset({"dataclasses.dataclass", "attr.s", "attrs.define", "attrs.frozen", "attr.define"})
_NAMED_TUPLES = frozenset({"typing.NamedTuple", "typing_extensions.NamedTuple"})
_PLAIN_BASES = frozenset(
    {
        "builtins.object",
        "abc.ABC",
        *(f"typing{more}.{name}" for more in ("", "_extensions") for name in ("Generic", "Protocol")),
    }
)
_PROPERTIES = frozenset({"builtins.property", "functools.cached_property"})


@dataclass(eq=False, slots=True)
class Function:
    """A function or lambda; what is passed in and what comes out."""

    node: cst.FunctionDef | cst.Lambda
    scope: Scope
    parameters: dict[str, Slot]
    returns: Slot
    yields: Slot
    is_async: bool = False
    is_generator: bool = False
    is_property: bool = False
    is_method: bool = False
    is_static: bool = False
    takes_class: bool = False
    """Its first parameter is the class: a class method, or ``__new__``."""
    is_nested: bool = False
    makes_coroutines: bool = False
    """Calling it gives a coroutine: it is ``async``, or returns what such a call gives."""
    may_make_coroutines: bool = False
    """Calling it gives what a call of something unknown gives."""
    is_replaced: bool = False
    """Decorators put something in its place that gives no coroutines, see `values.starting_wrappers`."""
    awaited_first: str = ""
    """The parameter that its body awaits before anything else."""
    positional: list[str] = field(default_factory=list)
    star: str = ""
    double_star: str = ""


@dataclass(eq=False, slots=True)
class Class:
    """A class; ``awaitable`` if its instances can be awaited. ``fields`` are those of a dataclass or named tuple, in order."""

    node: cst.ClassDef
    qualified: str = ""
    awaitable: bool = False
    inherits_init: bool = False
    """What makes an instance may be a base class that is not seen here."""
    fields: tuple[str, ...] = ()
    is_tuple: bool = False
    methods: dict[str, Function] = field(default_factory=dict)
    derived: list[Class] = field(default_factory=list)

    def implementations(self, name: str) -> set[Function]:
        """The method of that name, and those that override it; none if there is none here."""
        if name not in self.methods:
            return set()
        return {self.methods[name]}.union(*(other.implementations(name) for other in self.derived))


@dataclass(frozen=True, slots=True)
class Constructor:
    """A class where it is called."""

    made: Class


@dataclass(frozen=True, slots=True)
class Instance:
    """What a class that is imported makes."""

    qualified: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A function of asyncio, anyio or trio that gives coroutines, where it is passed as a value."""

    qualified: str


STARTERS = frozenset({Imported("asyncio.create_task"), Imported("asyncio.ensure_future")})
"""Those that start what they are given, and give a task."""


def starters_in(slot: Slot) -> frozenset[Imported]:
    """Those that ``slot`` may hold."""
    return STARTERS & slot.items


@dataclass(frozen=True, slots=True)
class Part:
    """A function some arguments of which are given already."""

    function: Function


def function_of(node: cst.FunctionDef | cst.Lambda, names: Names, outer: Scope, slots: Slots) -> Function:
    """What is known of a function before its body is looked at."""
    scope = names.scopes[id(node)]
    parameters = {param.name.value: slots.new() for param in all_parameters(node.params)}
    function = Function(node, scope, parameters, slots.new(), slots.new())
    function.positional = [param.name.value for param in (*node.params.posonly_params, *node.params.params)]
    if isinstance(node.params.star_arg, cst.Param):
        function.star = node.params.star_arg.name.value
    if node.params.star_kwarg is not None:
        function.double_star = node.params.star_kwarg.name.value
    function.is_nested = outer.function() is not None
    if isinstance(node, cst.Lambda):
        return function
    decorators = {names.resolve(_name(d), outer) for d in node.decorators}
    function.is_generator = scope.yields
    function.is_async = node.asynchronous is not None
    function.makes_coroutines = function.is_async and not function.is_generator
    function.is_property = bool(decorators & _PROPERTIES)
    function.is_static = "builtins.staticmethod" in decorators
    function.is_method = outer.kind == "class"
    function.takes_class = function.is_method and ("builtins.classmethod" in decorators or node.name.value == "__new__")
    if decorators & _CONTEXT_MANAGERS:
        function.makes_coroutines = False
    return function


def _name(decorator: cst.Decorator) -> cst.CSTNode:
    node = decorator.decorator
    return node.func if isinstance(node, cst.Call) else node


def class_of(node: cst.ClassDef, names: Names, outer: Scope, known: dict[int, Class]) -> Class:
    """What is known of a class: whether it, or a class of this module that it derives from, defines ``__await__``, or is one of futures."""
    made = Class(node, f"{names.path}.{node.name.value}" if outer is names.module else "")
    made.awaitable = any(
        isinstance(statement, cst.FunctionDef) and statement.name.value == "__await__"
        for statement in getattr(node.body, "body", ())
    )
    for base in node.bases:
        value = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        found = outer.lookup(value.value) if isinstance(value, cst.Name) else None
        others = [known.get(id(binding.node)) for binding in found[1]] if found else [None]
        qualified = names.resolve(value, outer) or ""
        made.is_tuple |= qualified in _NAMED_TUPLES
        made.awaitable |= qualified in FUTURES
        made.inherits_init |= None in others and qualified not in _PLAIN_BASES
        for other in others:
            if other is not None:
                made.inherits_init |= other.inherits_init
                made.awaitable |= other.awaitable
                made.methods = {**other.methods, **made.methods}
                other.derived.append(made)
                made.fields += other.fields
                made.is_tuple |= other.is_tuple
    if made.is_tuple and not made.fields:
        made.fields = tuple(_annotated_names(node))
    elif {names.resolve(_name(d), outer) for d in node.decorators} & _DATACLASSES:
        made.fields += tuple(_annotated_names(node))
    made.inherits_init &= not made.fields and "__init__" not in _defined(node)
    return made


def _defined(node: cst.ClassDef) -> set[str]:
    body = getattr(node.body, "body", ())
    return {statement.name.value for statement in body if isinstance(statement, cst.FunctionDef)}


def _annotated_names(node: cst.ClassDef) -> Iterator[str]:
    for line in getattr(node.body, "body", ()):
        for part in getattr(line, "body", ()) if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(part, cst.AnnAssign) and isinstance(part.target, cst.Name):
                yield part.target.value


def calls_in(node: cst.CSTNode) -> bool:
    """Whether evaluating ``node`` calls, awaits or yields anything."""
    return any(inner.__class__ in _EFFECTIVE for inner in walk(node))


_EFFECTIVE = frozenset({cst.Call, cst.Await, cst.Yield})
