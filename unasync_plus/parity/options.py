"""What a decorator makes of a class: the options of a dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.emit.stub_text import dotted, one_line

if TYPE_CHECKING:
    from unasync_plus.emit.stub_names import Names

UNKNOWN = "**"
_DATACLASSES = frozenset(
    "dataclasses.dataclass pydantic.dataclasses.dataclass attr.s attr.attrs attr.attributes attr.define attr.mutable "
    "attr.frozen attrs.define attrs.mutable attrs.frozen".split()
)
_WRAPPED = ("_unasync_plus.wrap.wrapped_dataclass", "runtime.wrap.wrapped_dataclass")
_DEFAULTS: Mapping[str, str] = {
    "init": "True",
    "repr": "True",
    "eq": "True",
    "match_args": "True",
    "order": "False",
    "unsafe_hash": "False",
    "frozen": "False",
    "kw_only": "False",
    "slots": "False",
    "weakref_slot": "False",
}
"""Those of the standard library: to say one is to say nothing."""


def dataclass_options(node: cst.ClassDef, names: Names) -> frozenset[str] | None:
    """``frozen=True``… of the decorator that makes ``node`` a dataclass; `UNKNOWN` where they do not stand there."""
    for item in node.decorators:
        call = item.decorator if isinstance(item.decorator, cst.Call) else None
        name = names.qualified(dotted(call.func if call is not None else item.decorator)) or ""
        if name not in _DATACLASSES and not name.endswith(_WRAPPED):
            continue
        given = call.args if call is not None else ()
        if any(arg.keyword is None for arg in given):
            return frozenset((UNKNOWN,))
        told = {arg.keyword.value: one_line(arg.value) for arg in given if arg.keyword is not None}
        is_standard = not name.startswith("attr")
        return frozenset(
            f"{option}={value}"
            for option, value in told.items()
            if not (is_standard and _DEFAULTS.get(option) == value)
        )
    return None
