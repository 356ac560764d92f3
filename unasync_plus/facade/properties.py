"""Properties, and in the dual interface what async callers read instead of those that are async."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, own_nodes, replaced

from .calls import Owner, arguments, call
from .facts import ClassFacts, FunctionFacts, unsubscripted
from .functions import block, definition, docstring, is_transparent, needs_loop
from .index import Fate
from .known import READ, short
from .mentions import type_names
from .protocols import aio_type

if TYPE_CHECKING:
    from .index import Index
    from .writer import Writer


def is_property(function: FunctionFacts) -> bool:
    """Whether it is read, set or deleted, not called; any decorator called a property is one."""
    return any(name.lower().endswith(READ) for name in function.decorators) or _accessor(function) != ""


def _is_class_property(function: FunctionFacts) -> bool:
    params = (*function.node.params.posonly_params, *function.node.params.params)
    return function.has("classmethod") or (bool(params) and params[0].name.value == "cls")


_VERBS = {"getter": "get", "setter": "set", "deleter": "delete"}


def _accessor(function: FunctionFacts) -> str:
    """``setter`` of ``@x.setter``, and the same for ``deleter`` and ``getter``; empty for anything else."""
    found = (one.decorator.attr.value for one in function.node.decorators if isinstance(one.decorator, cst.Attribute))
    return next((name for name in found if name in _VERBS), "")


def property_of(function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    """What reads, sets or deletes it there."""
    params = (*function.node.params.posonly_params, *function.node.params.params)
    self_name = params[0].name.value if params else "self"
    verb = _VERBS[_accessor(function) or "getter"]
    args = [self_name, writer.marks.mark(f'"{function.name}"')]
    if verb == "set":
        args += arguments(function, Owner("", True), writer)
    if verb == "get":
        args += _how(function, writer)
    elif needs_loop(function, writer):
        args.append("on_loop=True")
    statement = call(verb, args, writer, verb == "get")
    decorated = []
    for decorator, name in zip(function.node.decorators, function.decorators, strict=True):
        last = name.rpartition(".")[2]
        if last == "property" and _is_class_property(function):
            decorated.append(replaced(decorator, decorator=cst.parse_expression(f"{writer.bridge}.class_property")))
        elif last in (*_VERBS, "abstractmethod", "override", "final", "deprecated"):
            decorated.append(decorator)
        elif last.lower().endswith(READ):
            head = f"{writer.bridge}.class_property" if _is_class_property(function) else writer.builtin("property")
            decorated.append(replaced(decorator, decorator=cst.parse_expression(head)))
    return definition(function, writer, [statement], decorated)


def _how(function: FunctionFacts, writer: Writer) -> list[str]:
    """How a property is read: on the loop, and whether what it gives is waited for."""
    awaited = _is_awaited(function)
    on_loop = needs_loop(function, writer) and not (function.is_async and is_transparent(function))
    return [*(["on_loop=True"] if on_loop else []), *(["awaited=True"] if awaited else [])]


def _is_awaited(function: FunctionFacts) -> bool:
    """Whether async code awaits what the property gives; a future is something to hold."""
    if function.is_async:
        return not function.is_generator
    if function.node.returns is None:
        return False
    names = list(type_names(function.module, function.node.returns.annotation, function.owner))
    return bool(names) and short(names[0]) in ("Awaitable", "Coroutine", "CoroutineType")


def aio_view(one: ClassFacts, writer: Writer) -> list[cst.BaseStatement]:
    """``node.aio.child`` for async callers: a class of the async properties, and the property that gives it."""
    if writer.interface != "dual" or not _has_view(one, writer.index):
        return []
    bases = [cst.Arg(base) for base in _views_of_bases(one, writer)] or [cst.Arg(writer.runtime("AioView"))]
    blank = [cst.EmptyLine(indent=False)]
    read = [_read_aio(function, writer) for function in _for_async_callers(one, writer.index)]
    first, *others = [*read, *(_value_aio(name, writer) for name in _awaited_values(one, writer.index))]
    members = [replaced(first, leading_lines=()), *(replaced(node, leading_lines=blank) for node in others)]
    view = cst.ClassDef(cst.Name(_VIEW), cst.IndentedBlock(members), bases, leading_lines=blank)
    reader = cst.parse_statement(
        f"@{writer.builtin('property')}\ndef {_AIO}(self) -> {_VIEW}:\n    return self.{_VIEW}(self)\n"
    )
    assert isinstance(reader, cst.FunctionDef)
    return [view, replaced(reader, leading_lines=blank)]


_AIO, _VIEW = "aio", "Aio"


def _read_aio(function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    name = writer.marks.mark(f'"{function.name}"')
    params = (*function.node.params.posonly_params, *function.node.params.params)
    args = [params[0].name.value if params else "self", name, *_how(function, writer)]
    statement = call("get_aio", args, writer, True)
    node = definition(function, writer, [statement], [cst.Decorator(cst.Name(writer.builtin("property")))])
    inner = (
        node.returns.annotation if node.returns is not None and not _is_of_self(function, writer) else writer.any_type()
    )
    head = "AsyncIterator" if function.is_generator else "Coroutine"
    said = [line for line in docstring(function.node.body) if "\n" not in cst.Module([line]).code.strip()]
    body = block(function.node.body, [*said, statement])
    return replaced(node, returns=cst.Annotation(aio_type(head, inner, writer)), body=body)


def _value_aio(name: str, writer: Writer) -> cst.FunctionDef:
    statement = call("get_aio", ["self", writer.marks.mark(f'"{name}"'), "on_loop=True", "awaited=True"], writer, True)
    node = cst.parse_statement(f"@{writer.builtin('property')}\ndef {name}(self): pass\n")
    assert isinstance(node, cst.FunctionDef)
    returns = cst.Annotation(aio_type("Coroutine", writer.any_type(), writer))
    return replaced(node, returns=returns, body=cst.IndentedBlock([statement]))


def _is_of_self(function: FunctionFacts, writer: Writer) -> bool:
    """Whether its type depends on that of the object: a class in the class knows nothing of it."""
    if function.node.returns is None:
        return False
    names = list(type_names(function.module, function.node.returns.annotation, function.owner))
    values = [writer.index.value_named(name) for name in names]
    return any(name is None or short(name) in ("Self", "AnyStr") for name in names) or any(
        value is not None and isinstance(value[1], cst.Call) for value in values
    )


def _views_of_bases(one: ClassFacts, writer: Writer) -> list[cst.BaseExpression]:
    """``Base.Aio`` for each base that has it, perhaps from a class further up."""
    index = writer.index
    found: list[cst.BaseExpression] = []
    for base, qualified in zip(one.node.bases, one.bases, strict=True):
        named = index.class_named(qualified)
        if named is not None and any(_has_view(each, index) for each in index.lineage(named)):
            found.append(cst.Attribute(unsubscripted(base.value), cst.Name(_VIEW)))
    return found


def _has_view(one: ClassFacts, index: Index) -> bool:
    has_some = bool(_for_async_callers(one, index)) or bool(_awaited_values(one, index))
    return index.fate(one) is Fate.WRAPPED and has_some and _has_room(one, index)


def _for_async_callers(one: ClassFacts, index: Index) -> list[FunctionFacts]:
    """The public properties of the class that are async, or give something to await."""
    found = [function for function in one.members() if not function.name.startswith("_") and is_property(function)]
    return [function for function in found if _is_awaited(function) or (function.is_async and not _accessor(function))]


def _awaited_values(one: ClassFacts, index: Index) -> list[str]:
    """The public names under which a class holds descriptors of the project that give something to await."""
    given = {name: field.value for name, field in one.fields.items() if field.value is not None}
    return [
        name
        for name, value in {**given, **one.values}.items()
        if not name.startswith("_") and isinstance(value, cst.Call) and _gives_awaitable(one, value, index)
    ]


def _gives_awaitable(one: ClassFacts, made: cst.Call, index: Index) -> bool:
    kind = index.class_named(one.module.resolve(made.func, one))
    lineage = [] if kind is None else list(index.lineage(kind))
    getter = next((group[-1] for each in lineage for group in (each.functions.get("__get__", []),) if group), None)
    if getter is None or getter.node.returns is not None:
        return getter is not None and _is_awaited(getter)
    methods = {name: group[-1] for each in reversed(lineage) for name, group in each.functions.items() if group}
    calls = [node.value for node in own_nodes(getter.node.body) if isinstance(node, cst.Return)]
    names = [dotted(node.func) or "" for node in calls if isinstance(node, cst.Call)]
    called = [methods.get(name.removeprefix("self.")) for name in names if name.startswith("self.")]
    return getter.is_async or any(method is not None and method.is_async for method in called)


def _has_room(one: ClassFacts, index: Index) -> bool:
    """Whether nothing of the class is called so; an object that is called has ``.aio()`` for that."""
    lineage = list(index.lineage(one))
    places = [names for each in lineage for names in (each.functions, each.fields, each.values, each.attributes)]
    is_called = any(call.is_async for each in lineage for call in each.functions.get("__call__", ()))
    return not is_called and not any(_AIO in names or _VIEW in names for names in (*places, one.classes))
