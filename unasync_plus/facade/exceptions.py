"""What the sync side sees as it is, although it holds or has what only async code can use: exceptions and enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.code import positions
from unasync_plus.model import Diagnostic, Severity
from unasync_plus.tree import all_parameters

from .facts import Attribute, ClassFacts, ModuleFacts
from .values import may_be_wrapped, mentions_wrapped

if TYPE_CHECKING:
    from .index import Index

CODE = "UA704"


def half_shared(index: Index, facts: ModuleFacts, bridged: frozenset[str] | None) -> tuple[Diagnostic, ...]:
    """A warning for each class of that kind; with ``bridged``, the others hold what direct code gives them."""
    found = []
    for one in facts.all_classes():
        top = one.qualified[len(facts.module) + 1 :].partition(".")[0]
        if index.is_shared_by_nature(one):
            is_direct = bridged is not None and top not in bridged
            fields = [] if is_direct else one.fields.items()
            attributes = [] if is_direct else one.attributes.items()
            held = [name for name, attribute in attributes if _is_held(index, one, attribute)]
            held += [name for name, field in fields if _mentions(index, one, field.annotation.annotation)]
            called = [member.name for member in one.members() if member.is_async and not index.is_metaclass(one)]
            if held or called:
                line, column = positions(facts.tree, [one.node])[id(one.node)][:2]
                found.append(_warning(facts, one, held, called, line, column))
    return tuple(found)


def _is_held(index: Index, one: ClassFacts, attribute: Attribute) -> bool:
    if attribute.annotation is not None:
        return _mentions(index, one, attribute.annotation)
    if isinstance(attribute.value, cst.Name):
        params = all_parameters(attribute.function.node.params)
        given = next((param.annotation for param in params if param.name.value == attribute.value.value), None)
        return given is not None and _mentions(index, one, given.annotation)
    return isinstance(attribute.value, cst.Call) and may_be_wrapped(index, one.module, attribute.value)


def _mentions(index: Index, one: ClassFacts, node: cst.BaseExpression) -> bool:
    return mentions_wrapped(index, one.module, node, one)


def _warning(
    facts: ModuleFacts, one: ClassFacts, held: list[str], called: list[str], line: int, column: int
) -> Diagnostic:
    message = f"{one.name} is the same class on both sides"
    if held:
        message += f": sync code gets {' and '.join(held)} of its objects as async code does"
    if called:
        message += f"{', and' if held else ':'} {' and '.join(called)} can only be awaited"
    advice = (
        "sync code has the sync side of such an object by `_bridge.value(object)`"
        if held
        else "let a function of the module do it, which is bridged"
    )
    return Diagnostic(facts.path, line, column, CODE, Severity.WARNING, message, advice)
