"""Turn `AsyncMock` into `MagicMock`, also where keywords and strings speak of what is asynchronous.

A `MagicMock` is called where an `AsyncMock` was awaited; `assert_awaited…` and `await_count` become `assert_called…`
and `call_count`. Keywords such as `__aenter__=` and `**{"__aenter__.return_value": x}` follow.

In a module that uses what `mode = "bridge"` made, an `AsyncMock` stays: what it stands for is awaited by the async side.

Source: https://docs.python.org/3/library/unittest.mock.html#unittest.mock.AsyncMock
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tables import methods_for
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA404",
    examples=[
        Example(
            before=(
                "from unittest.mock import AsyncMock\n\n\nasync def test_f():\n    g = AsyncMock(return_value=1)\n"
                "    assert await f(g) == 1\n    g.assert_awaited_once()\n"
            ),
            after=(
                "from unittest.mock import MagicMock\n\n\ndef test_f():\n    g = MagicMock(return_value=1)\n"
                "    assert f(g) == 1\n    g.assert_called_once()\n"
            ),
        )
    ],
)

_LIBRARIES = ("unittest.mock", "mock")
_MAKERS = "AsyncMock MagicMock Mock NonCallableMagicMock NonCallableMock patch patch.object patch.multiple"


@rule.on(cst.Call, named=[f"{library}.{name}" for library in _LIBRARIES for name in _MAKERS.split()])
def keywords(node: cst.Call, ctx: Context) -> Any:
    """The call, its keywords about asynchronous methods renamed."""
    if ctx.tests_bridged:
        return PASS
    if not any(_is_about_methods(arg) for arg in node.args):
        return PASS
    new = ctx.descend(node)
    return replaced(new, args=[_renamed(arg) for arg in new.args]) if isinstance(new, cst.Call) else new


def _is_about_methods(arg: cst.Arg) -> bool:
    return _renamed(arg) is not arg


def _renamed(arg: cst.Arg) -> cst.Arg:
    if arg.keyword is not None:
        name = _path(arg.keyword.value)
        return arg if name == arg.keyword.value else replaced(arg, keyword=replaced(arg.keyword, value=name))
    if arg.star != "**" or not isinstance(arg.value, cst.Dict):
        return arg
    elements = [_entry(element) for element in arg.value.elements]
    if all(new is old for new, old in zip(elements, arg.value.elements, strict=True)):
        return arg
    return replaced(arg, value=replaced(arg.value, elements=elements))


def _entry(element: cst.BaseDictElement) -> cst.BaseDictElement:
    key = element.key if isinstance(element, cst.DictElement) else None
    if not isinstance(key, cst.SimpleString) or not isinstance(key.evaluated_value, str):
        return element
    name = _path(key.evaluated_value)
    if name == key.evaluated_value:
        return element
    return replaced(element, key=replaced(key, value=key.value.replace(key.evaluated_value, name)))


def _path(name: str) -> str:
    methods = methods_for(())
    return ".".join(methods.get(part, part) for part in name.split("."))
