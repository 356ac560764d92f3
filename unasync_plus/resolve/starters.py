"""Functions of a file that start what they are given: a parameter of theirs goes to `create_task`, `gather` and the like.

In sync code such a parameter takes a call yet to be made. Found without libcst, like `task_names`.
"""

from __future__ import annotations

import ast
import re

_ANYWHERE = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "run_until_complete"})
_OF_ASYNCIO = frozenset({"gather", "wait_for", "shield", "run", "wait", "as_completed"})
_CALL = re.compile(
    rb"\b(?:(?:create_task|ensure_future|run_coroutine_threadsafe|run_until_complete|gather|wait_for|shield|run|wait|"
    rb"as_completed)\((?:\s|#[^\n]*\n)*(?:\*\s*)?(?!self\b|cls\b)[A-Za-z_]\w*\s*[,)]|"
    rb"(?:coro|coro_or_future|fut)\s*=\s*[A-Za-z_]\w*\s*[,)]|"
    rb"(?:gather|wait_for|shield|run|wait|as_completed)\s+as\b)"
)
"""A name is all that is passed first, or what does it may have another name."""


def may_start(data: bytes) -> bool:
    """Whether a function of the file could start a parameter."""
    return (b"asyncio" in data or b"create_task" in data) and _CALL.search(data) is not None


def starters(tree: ast.Module) -> set[str]:
    """The names of functions and methods of ``tree`` of which a parameter is started, as far as its form shows."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    of_asyncio = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio"
        for alias in node.names
        if alias.name in _OF_ASYNCIO
    }
    found: set[str] = set()
    while True:
        more = {
            function.name
            for function in functions
            if function.name not in found and _starts_a_parameter(function, of_asyncio, found)
        }
        if not more:
            return found
        found |= more


def _starts_a_parameter(
    function: ast.FunctionDef | ast.AsyncFunctionDef, of_asyncio: set[str], known: set[str]
) -> bool:
    arguments = function.args
    names = {
        arg.arg for arg in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg) if arg
    }
    names -= {"self", "cls"}
    if not names:
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and _starts(node.func, of_asyncio, known):
            given = [arg.value if isinstance(arg, ast.Starred) else arg for arg in node.args[:1]]
            given += [keyword.value for keyword in node.keywords if keyword.arg in ("coro", "coro_or_future", "fut")]
            if any(isinstance(value, ast.Name) and value.id in names for value in given):
                return True
    return False


def _starts(func: ast.expr, of_asyncio: set[str], known: set[str]) -> bool:
    if isinstance(func, ast.Name):
        return func.id in _ANYWHERE | of_asyncio | known
    if not isinstance(func, ast.Attribute):
        return False
    if isinstance(func.value, ast.Name) and func.value.id == "asyncio" and func.attr in _OF_ASYNCIO:
        return True
    return func.attr in _ANYWHERE | known
