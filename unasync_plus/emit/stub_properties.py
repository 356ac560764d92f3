"""``x = property(_get_x, _set_x)`` as the decorated functions that a stub needs for it."""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from unasync_plus.emit.stub_functions import Place
from unasync_plus.emit.stub_names import Names
from unasync_plus.emit.stub_text import annotation, dotted
from unasync_plus.emit.stub_writer import INDENT, Writer

_PARTS = ("fget", "fset", "fdel", "doc")


def is_property_call(node: cst.BaseExpression, names: Names) -> bool:
    return isinstance(node, cst.Call) and names.qualified(dotted(node.func)) == "builtins.property"


def property_lines(
    name: str, node: cst.Call, members: Mapping[str, cst.CSTNode], place: Place, writer: Writer
) -> list[str]:
    """The getter, and the setter and deleter where ``node`` passes them."""
    given = {
        argument.keyword.value if argument.keyword else _PARTS[min(position, 3)]: argument.value
        for position, argument in enumerate(node.args)
    }
    getter, setter = (members.get(dotted(given[part]) or "") if part in given else None for part in ("fget", "fset"))
    indent = INDENT * place.depth
    returns = getter.returns if isinstance(getter, cst.FunctionDef) else None
    result = annotation(returns.annotation) if returns else "Any"
    if returns is None:
        writer.tell(
            "UA801", place.inside(name), f"the type of {place.inside(name)} cannot be told: the stub says Any", name
        )
    result = writer.names.use(result, place.hidden)
    lines = [f"{indent}@property", f"{indent}def {name}(self) -> {result}: ..."]
    if "fset" in given and dotted(given["fset"]) != "None":
        lines += [
            f"{indent}@{name}.setter",
            f"{indent}def {name}(self, value: {_taken(setter, place, writer, result)}) -> None: ...",
        ]
    if "fdel" in given and dotted(given["fdel"]) != "None":
        lines += [f"{indent}@{name}.deleter", f"{indent}def {name}(self) -> None: ..."]
    return lines


def _taken(setter: cst.CSTNode | None, place: Place, writer: Writer, result: str) -> str:
    """The type that a setter takes; that of the property where it does not say."""
    parameters = (*setter.params.posonly_params, *setter.params.params) if isinstance(setter, cst.FunctionDef) else ()
    declared = parameters[1].annotation if len(parameters) > 1 else None
    return writer.names.use(annotation(declared.annotation), place.hidden) if declared else result
