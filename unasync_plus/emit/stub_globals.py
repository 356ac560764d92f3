"""Module variables that functions set with ``global``: their type is that of all that is put there."""

from __future__ import annotations

import libcst as cst

from unasync_plus.emit.stub_blocks import Block
from unasync_plus.emit.stub_functions import parameter_scope, simple_statements
from unasync_plus.emit.stub_infer import infer
from unasync_plus.emit.stub_statements import statements
from unasync_plus.emit.stub_values import Value
from unasync_plus.emit.stub_views import target_names


def merge_globals(block: Block, module: cst.Module) -> None:
    """Let what functions set count in ``block``, the body of ``module``; a variable that only they set is not there yet."""
    for statement in statements(module.body):
        inside = statements(statement.body.body) if isinstance(statement, cst.ClassDef) else (statement,)
        for function in inside:
            if isinstance(function, cst.FunctionDef):
                _merge(block, function)


def _merge(block: Block, function: cst.FunctionDef) -> None:
    parts = list(simple_statements(function))
    declared = {item.name.value for part in parts if isinstance(part, cst.Global) for item in part.names}
    if not declared:
        return
    scope = parameter_scope(function, block.writer.names)
    for part in parts:
        for target in part.targets if isinstance(part, cst.Assign) else ():
            for name in target_names(target.target):
                if name not in declared:
                    continue
                found = infer(part.value, scope) if isinstance(target.target, cst.Name) else None  # type: ignore[attr-defined]  # an Assign
                for entry in block.entries:
                    if entry.value is not None and entry.value.name == name:
                        entry.value.merge(Value(name, found=found))
