"""What two callables or classes have in common, as far as Python can tell; needs nothing but Python 3.9."""

from __future__ import annotations

import ast
import inspect
import textwrap
from inspect import Parameter
from types import FunctionType
from typing import Any


def is_asynchronous(found: Any) -> bool:
    """Whether calling ``found`` gives something to await or to iterate over with `async for`."""
    if isinstance(found, type) or not callable(found):
        return False
    function = getattr(found, "__func__", found)
    while isinstance(getattr(function, "__wrapped__", None), FunctionType):
        function = function.__wrapped__
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def attributes_set(cls: Any) -> set[str]:
    """Attributes that a class or a base of it annotates, or sets on ``self``, as the source says."""
    found: set[str] = set()
    for base in getattr(cls, "__mro__", ()):
        if base.__module__ == "_io":
            found |= {"mode", "name", "raw"}  # what open() gives has them
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node.value, ast.Name) and node.value.id == "self":
                    found.add(node.attr)
    return found


def _parameters(found: Any) -> list[Parameter] | None:
    """The parameters that a caller fills; None where Python cannot tell."""
    try:
        given = list(inspect.signature(found).parameters.values())
    except (ValueError, TypeError):
        return None
    return given[1:] if given and given[0].name in ("self", "_mock_self", "cls") else given


def differences(ours: Any, theirs: Any) -> tuple[set[str], list[str]]:
    """What calls of ``ours`` may say and calls of ``theirs`` may not: keywords, and all else in words."""
    left, right = _parameters(ours), _parameters(theirs)
    if left is None or right is None or [p.kind for p in left] == [Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD]:
        return set(), []  # unknown, or passed on as it comes
    positional = [p for p in right if p.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    keywords = {p.name for p in right if p.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)}
    any_positional = any(p.kind is Parameter.VAR_POSITIONAL for p in right)
    any_keyword = any(p.kind is Parameter.VAR_KEYWORD for p in right)
    lost: set[str] = set()
    other: list[str] = []
    for position, p in enumerate(left):
        if p.kind is Parameter.VAR_POSITIONAL:
            other += [] if any_positional else [f"takes no *{p.name}"]
        elif p.kind is Parameter.VAR_KEYWORD:
            other += [] if any_keyword else [f"takes no **{p.name}"]
        elif p.kind is not Parameter.POSITIONAL_ONLY and p.name not in keywords and not any_keyword:
            lost.add(p.name)
        elif p.kind is Parameter.POSITIONAL_OR_KEYWORD and not any_positional:
            if position >= len(positional) or positional[position].name != p.name:
                other.append(f"does not take {p.name} at the same position")
    names = {p.name for p in left}
    for p in right:
        required = p.default is Parameter.empty and p.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        at_place = p in positional and positional.index(p) < len(left)
        if required and p.name not in names and not at_place:
            other.append(f"needs {p.name}")
    return lost, other
