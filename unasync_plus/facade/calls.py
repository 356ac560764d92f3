"""How a function's call across the bridge is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.records import record
from unasync_plus.tree import all_parameters, dotted, unquoted

from .callbacks import PROTOCOL
from .facts import FunctionFacts
from .filling import FILLED, is_filled
from .forwarding import handed_on
from .known import short
from .uses import AWAITED, AWAITED_MAKER, ELSEWHERE, EVENT, GENERATOR, MAKER, MANAGER

if TYPE_CHECKING:
    from .writer import Writer

WIDTH = 100
_INTO_CONTAINERS = frozenset((AWAITED, AWAITED_MAKER, ELSEWHERE, EVENT, GENERATOR, MAKER, MANAGER, PROTOCOL))
"""The adapters that adapt what is in a tuple or dictionary; others take that for the iterable itself."""


@record
class Owner:
    """What stands before the function's name in the call: ``self``, ``cls``, or where a static function lives."""

    text: str
    is_first_parameter: bool = False


def arguments(function: FunctionFacts, owner: Owner, writer: Writer) -> list[str]:
    """The parameters of ``function`` as the arguments of a call with them."""
    params = function.node.params
    found = [_argument(function, param, "", writer) for param in (*params.posonly_params, *params.params)]
    if owner.is_first_parameter:
        found = found[1:]
    if isinstance(params.star_arg, cst.Param):
        found.append(_argument(function, params.star_arg, "*", writer))
    found += [f"{_keyword(param, writer)}={_argument(function, param, '', writer)}" for param in params.kwonly_params]
    if params.star_kwarg is not None:
        found.append(_options(function, params.star_kwarg, writer))
    return found


def _keyword(param: cst.Param, writer: Writer) -> str:
    """A keyword of the async side keeps its name."""
    name = param.name.value
    return writer.marks.mark(name) if writer.is_renamed(name) else name


def _argument(function: FunctionFacts, param: cst.Param, star: str, writer: Writer) -> str:
    name = param.name.value
    adapter, *protocols = writer.callbacks.adapter(function, param).split() or ("",)
    if not adapter and not star and is_filled(function, param, writer.index):
        adapter = FILLED
    if not adapter:
        return f"{star}{name}"
    if star and adapter not in _INTO_CONTAINERS:
        if writer.is_taken("map"):
            return f"*[{writer.bridge}.{adapter}(one) for one in {name}]"
        return f"*map({writer.bridge}.{adapter}, {name})"
    return f"{star}{writer.bridge}.{adapter}({', '.join((name, *map(writer.async_name, protocols)))})"


def _options(function: FunctionFacts, param: cst.Param, writer: Writer) -> str:
    """``**options``, with those adapted that the async function hands on to others, or all if their type says so."""
    name = param.name.value
    if param.annotation is not None:
        every = writer.callbacks.of_type(function.module, param.annotation.annotation, function.owner)
        if every.partition(" ")[0] in _INTO_CONTAINERS:
            return _argument(function, param, "**", writer)
    adapters = handed_on(function, writer.index, writer.callbacks)
    groups: dict[str, list[str]] = {}
    for option, adapter in sorted(adapters.items()):
        groups.setdefault(adapter, []).append(writer.marks.mark(f'"{option}"'))
    if not groups:
        return f"**{name}"
    named = ", ".join(f"{adapter}=[{', '.join(options)}]" for adapter, options in groups.items())
    return f"**{writer.bridge}.handed_on({name}, {named})"


def call(verb: str, args: list[str], writer: Writer, returns: bool) -> cst.SimpleStatementLine:
    """``return _bridge.verb(args)``, over several lines if one is not enough."""
    head = f"{'return ' if returns else ''}{writer.bridge}.{verb}("
    one_line = f"{head}{', '.join(args)})"
    if len(writer.marks.resolved(one_line)) <= WIDTH:
        return _statement(one_line)
    inner = ", ".join(args)
    if len(writer.marks.resolved(inner)) <= WIDTH:
        return _statement(f"{head}\n    {inner}\n)")
    lines = "".join(f"{_indented(arg, writer)},\n" for arg in args)
    return _statement(f"{head}\n{lines})")


def _indented(arg: str, writer: Writer) -> str:
    """An argument on lines of its own; one that is a call of the facade on several, if it is long."""
    if len(writer.marks.resolved(arg)) <= WIDTH or not arg.lstrip("*").startswith(f"{writer.bridge}."):
        return f"    {arg}"
    head, _, inner = arg[:-1].partition("(")
    parts = [_broken(part, writer) for part in _ARGUMENTS.findall(inner)]
    return "".join((f"    {head}(\n", *(f"        {part},\n" for part in parts), "    )"))


_ARGUMENTS = re.compile(r"((?:\[.*?\]|[^,])+)(?:, )?")


def _broken(part: str, writer: Writer) -> str:
    """A list in an argument on several lines, if it is long."""
    if len(writer.marks.resolved(part)) <= WIDTH or not part.endswith("]"):
        return part
    head, _, items = part[:-1].partition("[")
    return "".join((f"{head}[\n", *(f"            {item},\n" for item in items.split(", ")), "        ]"))


def _statement(text: str) -> cst.SimpleStatementLine:
    node = cst.parse_statement(text)
    assert isinstance(node, cst.SimpleStatementLine)
    return node


def is_none(annotation: cst.Annotation | None) -> bool:
    """Whether a function says that it returns nothing."""
    node = None if annotation is None else annotation.annotation
    return dotted(unquoted(node) if isinstance(node, cst.SimpleString) else node) == "None"


def returns_nothing(function: FunctionFacts) -> bool:
    """The same, through ``Awaitable[None]`` and the like."""
    annotation = function.node.returns
    if annotation is None:
        return function.name in ("__init__", "__delitem__", "__setitem__", "__delete__", "__set__")
    node = annotation.annotation
    if isinstance(node, cst.Subscript):
        name = short(function.module.resolve(node.value, function.owner))
        last = node.slice[-1].slice
        if name in ("Awaitable", "Coroutine", "CoroutineType") and isinstance(last, cst.Index):
            return dotted(last.value) == "None"
    return is_none(annotation)


def parameter_names(function: FunctionFacts) -> list[str]:
    """All of them, in order."""
    return [param.name.value for param in all_parameters(function.node.params)]
