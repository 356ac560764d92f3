"""Ask for the version of the source's distribution, where the module asks by its own name: `version(__package__)`.

The sync package is in the same distribution, and none is called as the sync package is: the call would raise `PackageNotFoundError`
when the package is imported. So the name is written out where `__package__` and `__name__` are others in the sync side.

Source: https://docs.python.org/3/library/importlib.metadata.html
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import PASS, Example, Rule
from unasync_plus.tree import dotted, replaced

rule = Rule(
    __name__,
    code="UA510",
    examples=[
        Example(
            before="from importlib.metadata import version\n\n__version__ = version(__package__)\n",
            after="from importlib.metadata import version\n\n__version__ = version(__package__)\n",
        )
    ],
)

_ASKING = [
    f"{module}.{name}"
    for module in ("importlib.metadata", "importlib_metadata")
    for name in ("distribution", "files", "metadata", "requires", "version")
]


@rule.on(cst.Call, named=(*_ASKING, "pkg_resources.get_distribution", "pkg_resources.require"))
def asked_by_name(node: cst.Call, ctx: Context) -> Any:
    """The name of the source's package in the place of what would be the sync package's."""
    if len(node.args) != 1 or not ctx.unit.target_module:
        return PASS
    there = _value(node.args[0].value, ctx.unit.module, ctx.unit.is_package)
    if not there or there == _value(node.args[0].value, ctx.unit.target_module, ctx.unit.is_package):
        return PASS
    return replaced(node, args=[replaced(node.args[0], value=cst.SimpleString(f'"{there}"'))])


def _value(node: cst.BaseExpression, module: str, is_package: bool) -> str:
    """What ``__package__``, ``__name__``, or the first part of one is in ``module``; "" for anything else."""
    if isinstance(node, cst.Subscript) and cst.Module([]).code_for_node(node).replace("'", '"').endswith('(".")[0]'):
        call = node.value
        func = call.func if isinstance(call, cst.Call) else None
        if isinstance(func, cst.Attribute) and func.attr.value in ("split", "partition"):
            return _value(func.value, module, is_package).partition(".")[0]
    name = dotted(node)
    if name == "__name__":
        return module
    if name == "__package__":
        return module if is_package else module.rpartition(".")[0]
    return ""
