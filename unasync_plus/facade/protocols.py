"""Async protocols of a class, and what they are called on the sync side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import dotted, replaced

from .calls import Owner, arguments, call, returns_nothing
from .facts import FunctionFacts
from .functions import block, decorators, definition, docstring, kind
from .known import short

if TYPE_CHECKING:
    from .writer import Writer

FACES = {
    "__aenter__": ("__enter__", "enter"),
    "__aexit__": ("__exit__", "exit"),
    "__aiter__": ("__iter__", "iterate"),
    "__anext__": ("__next__", "next"),
    "__await__": ("result", "result"),
}
"""Async method → its sync name, and the facade's method for it."""


def face(function: FunctionFacts, writer: Writer) -> list[cst.BaseStatement]:
    """The sync face of an async protocol's method, and the async one if there are async callers."""
    name, verb = FACES[function.name]
    owner = function.owner
    if owner is not None and function.name == "__aiter__" and "__iter__" in owner.functions:
        return []
    if name == "result":
        return [_result(function, writer), *async_faces(function, writer)]
    params = (*function.node.params.posonly_params, *function.node.params.params)
    self_name = params[0].name.value if params else "self"
    args = [self_name, *arguments(function, Owner("", True), writer)]
    statement = call(verb, args, writer, not returns_nothing(function))
    sync = _with_types(definition(function, writer, [statement], decorators(function), name), function, writer)
    return [sync, *async_faces(function, writer)]


def _with_types(node: cst.FunctionDef, function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    """With a return type where the source leaves one out that is plain to see."""
    if node.returns is None and function.name == "__aenter__" and _returns_self(function):
        return replaced(node, returns=_annotation(writer.self_type()))
    if node.returns is None and function.name in ("__aiter__",):
        iterator = writer.needed("collections.abc", "Iterator")
        typed = cst.Subscript(iterator, [cst.SubscriptElement(cst.Index(writer.any_type()))])
        return replaced(node, returns=_annotation(typed))
    return node


def _annotation(node: cst.BaseExpression) -> cst.Annotation:
    return cst.Annotation(node)


def _returns_self(function: FunctionFacts) -> bool:
    last = function.node.body.body[-1] if function.node.body.body else None
    part = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else None
    return isinstance(part, cst.Return) and isinstance(part.value, cst.Name) and part.value.value == "self"


def _result(function: FunctionFacts, writer: Writer) -> cst.FunctionDef:
    """``result(timeout=None)`` for ``__await__``."""
    node = function.node
    returned: cst.BaseExpression = writer.any_type()
    if node.returns is not None and isinstance(node.returns.annotation, cst.Subscript):
        head = short(function.module.resolve(node.returns.annotation.value, function.owner))
        last = node.returns.annotation.slice[-1].slice
        if head in ("Generator", "Coroutine") and isinstance(last, cst.Index):
            returned = last.value
    self_name = node.params.params[0].name.value if node.params.params else "self"
    shape = cst.parse_statement(f"def result({self_name}, timeout: float | None = None): pass\n")
    assert isinstance(shape, cst.FunctionDef)
    statement = call("result", [self_name, "timeout"], writer, dotted(returned) != "None")
    return replaced(
        shape,
        leading_lines=node.leading_lines,
        returns=writer.types.annotation(cst.Annotation(returned), function.owner),
        body=block(node.body, [*docstring(node.body), statement]),
    )


_AIO = {
    "__aenter__": ("enter_aio", "Coroutine"),
    "__aexit__": ("exit_aio", "Coroutine"),
    "__aiter__": ("iterate_aio", "AsyncIterator"),
    "__anext__": ("next_aio", "Coroutine"),
    "__await__": ("await_aio", ""),
}


def async_faces(function: FunctionFacts, writer: Writer) -> list[cst.FunctionDef]:
    """The protocol for callers with a loop of their own, which the dual and the auto interface have."""
    if writer.interface == "sync":
        return []
    verb, returned = _AIO[function.name]
    self_name = (*function.node.params.posonly_params, *function.node.params.params)[0].name.value
    args = [self_name, *arguments(function, Owner("", True), writer)]
    statement = call(verb, args, writer, True)
    node = definition(function, writer, [statement], decorators(function))
    returns = node.returns
    if returned and returns is not None:
        returns = replaced(returns, annotation=aio_type(returned, returns.annotation, writer))
    blank = [cst.EmptyLine(indent=False)]
    name = writer.marks.name(function.name)
    return [replaced(node, name=name, returns=returns, leading_lines=blank, body=block(node.body, [statement]))]


def aio_of_call(function: FunctionFacts, writer: Writer) -> list[cst.FunctionDef]:
    """``obj.aio()`` beside ``obj()``, in the dual interface; an object that makes up its attributes has it too."""
    owner = function.owner
    if writer.interface != "dual" or owner is None or kind(function) != "await" or "aio" in owner.functions:
        return []
    params = function.node.params
    self_name, *names = [param.name.value for param in (*params.posonly_params, *params.params)]
    names += [f"*{params.star_arg.name.value}"] if isinstance(params.star_arg, cst.Param) else []
    names += [f"{param.name.value}={param.name.value}" for param in params.kwonly_params]
    names += [f"**{params.star_kwarg.name.value}"] if params.star_kwarg is not None else []
    statement = cst.parse_statement(f"return {self_name}.__call__.aio({', '.join(names)})")
    assert isinstance(statement, cst.SimpleStatementLine)
    node = definition(function, writer, [statement], [], "aio")
    inner = writer.any_type() if node.returns is None else node.returns.annotation
    returns = _annotation(aio_type("Coroutine", inner, writer))
    blank = [cst.EmptyLine(indent=False)]
    return [replaced(node, returns=returns, leading_lines=blank, body=block(node.body, [statement]))]


def aio_type(head: str, inner: cst.BaseExpression, writer: Writer) -> cst.BaseExpression:
    """``Coroutine[Any, Any, T]`` for ``T``, ``AsyncIterator[T]`` for any kind of iterator of ``T``."""
    parts = [inner]
    if head == "Coroutine":
        parts = [writer.any_type(), writer.any_type(), inner]
    elif isinstance(inner, cst.Subscript) and isinstance(inner.slice[0].slice, cst.Index):
        parts = [inner.slice[0].slice.value]
    elif short(writer.facts.resolve(inner)) == "Self" or writer.index.class_named(writer.facts.resolve(inner)):
        return inner
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    elements = [
        cst.SubscriptElement(cst.Index(part), comma if part is not parts[-1] else cst.MaybeSentinel.DEFAULT)
        for part in parts
    ]
    return cst.Subscript(writer.async_type(head), elements)
