"""Refuse what is used of a library that is loaded by its name: `aio = import_module("asyncio")`.

A lazy loader, `pytest.importorskip` or `import_module` gives a module that no import statement tells of. Where a variable holds
one, and what is read off it has another meaning in sync code, nothing would turn `aio.sleep(1)` into `time.sleep(1)`: it would do
nothing. Names that are the same on both sides pass.

Source: https://docs.python.org/3/library/importlib.html#importlib.import_module
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.names.passage import ASYNC_LIBRARIES
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tables import load, lookup
from unasync_plus.tree import walk

rule = Rule(
    __name__,
    code="UA509",
    examples=[
        Example(
            before='from importlib import import_module\n\naio = import_module("asyncio")\n\n\n'
            "async def f():\n    await aio.sleep(1)\n",
            refused=True,
        ),
        Example(
            before='import pytest\n\nhttpx = pytest.importorskip("httpx")\nOK = httpx.codes.OK\n',
            after='import pytest\n\nhttpx = pytest.importorskip("httpx")\nOK = httpx.codes.OK\n',
        ),
    ],
)


@rule.on(cst.Assign, cst.AnnAssign)
def loaded(node: cst.Assign | cst.AnnAssign, ctx: Context) -> Any:
    """A variable that such a call gives its value."""
    target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
    if type(node.value) is not cst.Call or type(target) is not cst.Name:
        return PASS
    libraries = {name for arg in node.value.args for name in _text(arg.value) if _is_known(name)}
    for library in libraries:
        if ctx.is_left(library) or ctx.is_configured(library) or ctx.is_owned(library):
            continue
        for use in walk(ctx.parents[0]):
            if type(use) is cst.Attribute and type(use.value) is cst.Name and use.value.value == target.value:
                _check(use, f"{library}.{use.attr.value}", ctx)
    return PASS


def _check(use: cst.Attribute, qualified: str, ctx: Context) -> None:
    row = lookup(qualified)
    if row is not None and row.keep and row.to in ("", qualified):
        return
    is_of_text = hasattr(str, use.attr.value)  # it may be the name itself that the call gives
    if row is not None or (qualified.partition(".")[0] in ASYNC_LIBRARIES and not is_of_text):
        ctx.refuse(
            use,
            rule.code,
            f"{qualified} comes from a library that is loaded by its name, and is not followed",
            "import the library with a statement, or put the sync side in place with `# unasync: replace`",
        )


def _text(node: cst.BaseExpression) -> list[str]:
    value = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return [value] if isinstance(value, str) else []


def _is_known(name: str) -> bool:
    root = name.partition(".")[0]
    return root in ASYNC_LIBRARIES or (name.replace(".", "").isidentifier() and load(root) is not None)
