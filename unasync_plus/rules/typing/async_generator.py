"""Give `AsyncGenerator[Y, S]` the three parameters of `Generator[Y, S, None]`.

An async generator returns nothing, so the third parameter is `None`; with one parameter only, nothing is sent either.

Source: https://docs.python.org/3/library/typing.html#typing.Generator
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA201",
    examples=[
        Example(
            before="from typing import AsyncGenerator\n\nasync def f() -> AsyncGenerator[int, str]:\n    yield 1\n",
            after="from typing import Generator\n\ndef f() -> Generator[int, str, None]:\n    yield 1\n",
        )
    ],
)


@rule.on(cst.Subscript, named=[f"{m}.AsyncGenerator" for m in ("typing", "collections.abc", "typing_extensions")])
def with_return_type(node: cst.Subscript, ctx: Context) -> Any:
    """The subscript with the parameters that ``Generator`` takes."""
    new = ctx.descend(node)
    elements = list(new.slice)
    while len(elements) < 3:
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        if len(elements) == 2 and isinstance(elements[0].comma, cst.Comma):
            comma = elements[0].comma
        last = elements[-1]
        elements[-1] = replaced(last, comma=comma)
        elements.append(cst.SubscriptElement(cst.Index(cst.Name("None")), comma=last.comma))
    return replaced(new, slice=elements)
