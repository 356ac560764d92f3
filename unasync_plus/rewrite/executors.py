"""Which executor `run_in_executor` is given, as far as the module says it."""

from __future__ import annotations

import libcst as cst

from unasync_plus.resolve.scopes import Binding, Scope
from unasync_plus.rewrite.context import Context

_POOLS = frozenset(
    f"concurrent.futures.{path}"
    for path in (
        *("Executor", "ThreadPoolExecutor", "ProcessPoolExecutor", "InterpreterPoolExecutor"),
        *("thread.ThreadPoolExecutor", "process.ProcessPoolExecutor"),
    )
)


def is_none(executor: cst.BaseExpression, ctx: Context, scope: Scope | None = None) -> bool:
    """Whether it is the event loop's own: ``None``, or a variable that is nothing else."""
    bound = ctx.bindings(executor, scope)
    if not bound:
        return _is_none(executor)
    return all(binding.kind == "assign" and _is_none(binding.value) for binding in bound)


def is_pool(executor: cst.BaseExpression, ctx: Context) -> bool:
    """Whether it is one of `concurrent.futures` for certain."""
    bound = ctx.bindings(executor)
    return bool(bound) and all(_is_pool(binding, ctx) for binding in bound)


def _is_pool(binding: Binding, ctx: Context) -> bool:
    value, scope = binding.value, binding.scope
    if scope is None or _is_none(value):
        return False
    if isinstance(value, cst.Name):
        found = scope.lookup(value.value)
        return found is not None and all(one.kind == "param" and _is_pool(one, ctx) for one in found[1])
    said = binding.annotation
    if said is None and binding.kind in ("assign", "with") and isinstance(value, cst.Call):
        said = value.func
    return said is not None and ctx.names.resolve(said, scope) in _POOLS


def _is_none(node: cst.CSTNode | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"
