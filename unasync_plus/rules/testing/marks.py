"""Remove the pytest marks that only say how to run a coroutine.

`pytest.mark.asyncio`, `pytest.mark.anyio` and `pytest.mark.trio` mean nothing on a plain function: as decorators, in
`pytestmark`, in lists of marks and in `pytest.param(…, marks=…)` they go.

Source: https://anyio.readthedocs.io/en/stable/testing.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.make import REMOVE
from unasync_plus.rewrite.rule import Example, Rule

rule = Rule(
    __name__,
    code="UA401",
    examples=[
        Example(
            before="import pytest\n\n@pytest.mark.asyncio\nasync def test_f(f):\n    assert await f() == 1\n",
            after="def test_f(f):\n    assert f() == 1\n",
        )
    ],
)


@rule.on(
    cst.Name,
    cst.Attribute,
    named=[
        "pytest.mark.asyncio",
        "pytest.mark.anyio",
        "pytest.mark.trio",
        "pytest.mark.tornado",
        "pytest.mark.gen_test",
    ],
)
def no_mark(_node: cst.CSTNode, _ctx: Context) -> Any:
    """Nothing."""
    return REMOVE
