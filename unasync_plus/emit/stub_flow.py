"""The types of local names along the statements of a function."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit import stub_union as union
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_inferred import Inferred, Scope, joined
from unasync_plus.emit.stub_narrow import Locals


def reassigned(declared: Inferred | None, value: cst.BaseExpression, scope: Scope) -> Inferred | None:
    """The type of a local name after ``name = value``: what cannot be known leaves its declared type."""
    found = infer(value, scope)
    if declared is None or (found is not None and not found.vague):
        return found
    if declared.text == "None":
        return found or NOT_NONE
    plain = Inferred(union.without_none(declared.text), declared.vague)
    if found is None:
        falls_back = isinstance(value, cst.BooleanOperation) and isinstance(value.operator, cst.Or)
        return plain if falls_back else declared
    return plain if found.text.partition("[")[0] in plain.text else found


NOT_NONE = Inferred("")
"""What ``if x is None: x = something()`` makes of ``x``: whatever else it was declared to be."""


def merged(left: Locals, right: Locals) -> Locals:
    """The types behind a fork, where either way may have been taken."""
    both: Locals = {}
    for name in {**left, **right}:
        one, other = left.get(name), right.get(name)
        if one == other or other is NOT_NONE:
            both[name] = one
        else:
            both[name] = other if one is NOT_NONE else joined([one, other])
    return both
