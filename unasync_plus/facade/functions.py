"""From an async function to the function that calls it: the signature stays, the body is one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.tree import replaced

from .alignment import below_each_other
from .callbacks import AWAITABLE, AWAITABLES
from .calls import Owner, arguments, call, returns_nothing
from .facts import FunctionFacts
from .known import short
from .mentions import type_names
from .promises import held, promises, waited_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .writer import Writer

_KEPT = frozenset("abstractmethod final override deprecated no_type_check".split())
_CONTEXT = frozenset(("asynccontextmanager", "contextmanager"))
_CALL_KINDS = frozenset("property setter getter deleter staticmethod classmethod overload cached_property".split())


def decorators(function: FunctionFacts, *more: str, kept: frozenset[str] = frozenset()) -> list[cst.Decorator]:
    """The decorators that mean the same here; ``more`` come first."""
    names = _KEPT | kept
    found = [cst.Decorator(cst.parse_expression(text)) for text in more]
    for decorator, name in zip(function.node.decorators, function.decorators, strict=True):
        if name.rpartition(".")[2] in names:
            found.append(decorator)
    return found


def makes_context(function: FunctionFacts) -> bool:
    """Whether a decorator makes a context manager of it; one of that name around a coroutine function is another one."""
    if not function.has(*_CONTEXT):
        return False
    if not function.is_async or function.is_generator or function.node.returns is None:
        return True
    names = list(type_names(function.module, function.node.returns.annotation, function.owner))
    return bool(names) and short(names[0]) in ("AsyncGenerator", "AsyncIterable", "AsyncIterator")


def is_transparent(function: FunctionFacts) -> bool:
    """Whether every decorator is one whose effect is known."""
    known = _KEPT | _CALL_KINDS | (_CONTEXT if makes_context(function) else frozenset())
    return all(name.rpartition(".")[2] in known for name in function.decorators)


def verb(function: FunctionFacts, writer: Writer) -> str:
    """The method of the facade that calls ``function``."""
    if function.is_async and is_transparent(function):
        return "run"
    if writer.index.own_loops.of(function):
        return "direct"  # which can not run where the bridge's does
    if writer.index.settled.later(function):
        return "now"
    if function.is_async or not is_transparent(function) or promises(function):
        return "call"
    if writer.interface == "auto" and _gives_wrapped(function, writer):
        return "now"
    return "call" if writer.interface == "auto" or needs_loop(function, writer) else "direct"


def needs_loop(function: FunctionFacts, writer: Writer) -> bool:
    """Whether the function, or one that overrides it, may."""
    if function.owner is None:
        return writer.index.needs.of(function)
    return writer.index.needs.method(function.name) if function.name != "__init__" else writer.index.needs.of(function)


def _gives_wrapped(function: FunctionFacts, writer: Writer) -> bool:
    if function.node.returns is None:
        return False
    names = list(type_names(function.module, function.node.returns.annotation, function.owner))
    return any(short(name) == "Self" or writer.index.is_wrapped(name) for name in names)


def kind(function: FunctionFacts) -> str:
    """What async callers do with the result: "await", "iterate", "iterable", "generate" (send, too) or "enter".

    "self" is to await, and gives an object of the class itself.
    """
    if makes_context(function):
        return "enter"
    is_generator = function.is_async and function.is_generator
    if function.node.returns is None:
        return "iterate" if is_generator else "await"
    names = [short(name) for name in type_names(function.module, function.node.returns.annotation, function.owner)]
    head = names[0] if names else None
    if names == ["Self"] and not isinstance(function.node.returns.annotation, cst.Subscript):
        return "self"
    if function.is_async and not is_generator:
        return "await"
    if head == "AsyncGenerator":
        return "generate"
    if head == "AsyncIterable":
        return "iterable"
    if is_generator or head == "AsyncIterator":
        return "iterate"
    is_context = head in ("AsyncContextManager", "AbstractAsyncContextManager")
    return "enter" if is_context and not function.is_async else "await"


def returns(function: FunctionFacts, writer: Writer) -> cst.Annotation | None:
    """The return annotation, before its types are made sync."""
    annotation = function.node.returns
    if annotation is not None and is_awaitable_procedure(function, writer):
        return replaced(annotation, annotation=writer.any_type())
    if annotation is not None and not function.is_async and not function.has("property", "cached_property"):
        turn = held if writer.index.settled.later(function) else waited_for
        annotation = replaced(annotation, annotation=turn(annotation.annotation, function, writer))
    elif annotation is not None and promises(function) and writer.index.settled.gives_future(function):
        annotation = replaced(annotation, annotation=held(annotation.annotation, function, writer))
    if annotation is None or not makes_context(function):
        return writer.types.annotation(annotation, function.owner)
    node = annotation.annotation
    inner: cst.BaseExpression = writer.any_type()
    if isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        inner = node.slice[0].slice.value
    manager = writer.needed("contextlib", "AbstractContextManager")
    managed = cst.Subscript(manager, [cst.SubscriptElement(cst.Index(inner))])
    return writer.types.annotation(replaced(annotation, annotation=managed), function.owner)


def definition(
    function: FunctionFacts,
    writer: Writer,
    body: list[cst.SimpleStatementLine],
    decorated: list[cst.Decorator],
    name: str = "",
) -> cst.FunctionDef:
    """``function`` with another body; its docstring and the comment behind its colon stay."""
    node = function.node
    params = writer.types.parameters(_called(function, writer), function.owner)
    params = below_each_other(node, params, writer.new_name(name or node.name.value))
    if writer.interface == "dual":
        params = _with_slash(function, params)
    return replaced(
        node,
        asynchronous=None,
        name=cst.Name(name) if name else node.name,
        decorators=decorated,
        lines_after_decorators=node.lines_after_decorators if decorated else (),
        leading_lines=node.leading_lines,
        params=params,
        returns=returns(function, writer),
        body=block(node.body, [*docstring(node.body), *body]),
    )


def _called(function: FunctionFacts, writer: Writer) -> cst.Parameters:
    """The parameters, with ``Callable[..., Coroutine[…]]`` where a ``Coroutine[…]`` is called."""
    changes: dict[str, object] = {}
    for name in ("posonly_params", "params", "kwonly_params"):
        old: Sequence[cst.Param] = getattr(function.node.params, name)
        if any(_is_called(param, function, writer) for param in old):
            changes[name] = [_callable(each, writer) if _is_called(each, function, writer) else each for each in old]
    return replaced(function.node.params, **changes) if changes else function.node.params


def _is_called(param: cst.Param, function: FunctionFacts, writer: Writer) -> bool:
    node = param.annotation.annotation if param.annotation is not None else None
    head = function.module.resolve(node.value, function.owner) if isinstance(node, cst.Subscript) else None
    if short(head) not in AWAITABLES:
        return False
    return writer.callbacks.adapter(function, param) != AWAITABLE


def _callable(param: cst.Param, writer: Writer) -> cst.Param:
    assert param.annotation is not None
    parts = [cst.Ellipsis(), param.annotation.annotation]
    head, inside = writer.needed("collections.abc", "Callable"), [cst.SubscriptElement(cst.Index(one)) for one in parts]
    return replaced(param, annotation=replaced(param.annotation, annotation=cst.Subscript(head, inside)))


def _with_slash(function: FunctionFacts, params: cst.Parameters) -> cst.Parameters:
    """``self, /`` before ``**kwargs``: only so can a decorator's type tell that no keyword is ``self``."""
    if params.star_kwarg is None or params.posonly_params or function.owner is None or function.has("staticmethod"):
        return params
    first = replaced(params.params[0], comma=cst.MaybeSentinel.DEFAULT)
    return replaced(params, posonly_params=[first], params=params.params[1:], posonly_ind=cst.ParamSlash())


def docstring(body: cst.BaseSuite) -> list[cst.SimpleStatementLine]:
    """The docstring's statement, if there is one."""
    first = body.body[0] if body.body else None
    if isinstance(first, cst.SimpleStatementLine):
        part = first.body[0]
        if isinstance(part, cst.Expr) and isinstance(part.value, (cst.SimpleString, cst.ConcatenatedString)):
            return [replaced(first, body=first.body[:1])]
    return []


def block(old: cst.BaseSuite, body: list[cst.SimpleStatementLine]) -> cst.IndentedBlock:
    """``body`` as the block of a definition whose header ended as that of ``old``."""
    if isinstance(old, cst.IndentedBlock):
        return cst.IndentedBlock(body, header=old.header, indent=old.indent)
    header = old.trailing_whitespace if isinstance(old, cst.SimpleStatementSuite) else cst.TrailingWhitespace()
    return cst.IndentedBlock(body, header=header)


def crossing(function: FunctionFacts, writer: Writer, owner: Owner, used_verb: str = "") -> cst.SimpleStatementLine:
    """The one statement that calls the async function."""
    name = writer.marks.mark(f'"{function.name}"')
    args = [owner.text, name, *arguments(function, owner, writer)]
    used_verb = used_verb or verb(function, writer)
    if writer.callbacks.gives_decorator(function):
        return call("decorator", [f"{writer.bridge}.{used_verb}({', '.join(args)})"], writer, True)
    return call(used_verb, args, writer, not returns_nothing(function) or is_awaitable_procedure(function, writer))


def is_awaitable_procedure(function: FunctionFacts, writer: Writer) -> bool:
    """Whether it gives nothing to sync callers, and something to await to others."""
    is_dunder = function.name.startswith("__") and function.name != "__call__"
    return writer.interface == "auto" and returns_nothing(function) and not is_dunder


def overload_items(group: list[FunctionFacts], writer: Writer) -> list[cst.FunctionDef]:
    """The overloads of a function as sync signatures; those that have become equal are merged by `merged`."""
    items = []
    for function in group:
        if not function.has("overload"):
            continue
        kept = decorators(function, kept=frozenset(("overload", "staticmethod", "classmethod")))
        params = writer.types.parameters(function.node.params, function.owner)
        node = replaced(
            function.node,
            asynchronous=None,
            decorators=kept,
            params=below_each_other(function.node, params, writer.new_name(function.name)),
            returns=returns(function, writer),
            body=function.node.body,
        )
        items.append(node)
    return items
