"""Functions of the project that ask whether something is asynchronous, and nothing else.

    def is_async(function):
        while isinstance(function, partial):
            function = function.func
        return iscoroutinefunction(function) or iscoroutinefunction(function.__call__)

In sync code they say no, whatever they are given: what depends on their answer is decided, as it is for `inspect`'s own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from unasync_plus.resolve.name_space import NameSpace
from unasync_plus.resolve.neighbours import Neighbours
from unasync_plus.resolve.questions import ALWAYS_FALSE
from unasync_plus.resolve.syntax_tree import nodes_of, own_statements_of, statements_of, syntax_tree

_WORDS = (b"iscoroutine", b"isawaitable", b"isfuture")
_NEAR = 200  # bytes: how far behind its `return` a question may stand
_HARMLESS = frozenset(
    {"isinstance", "issubclass", "callable", "getattr", "hasattr", "type", "bool", "inspect.unwrap"}
    | {f"inspect.is{kind}" for kind in ("class", "function", "method", "builtin", "routine")}
)
"""What such a function may call besides: it finds out what to ask about."""
_STATEMENTS = (ast.Expr, ast.Assign, ast.AnnAssign, ast.If, ast.While, ast.Return, ast.Pass, ast.Import, ast.ImportFrom)


def asking(space: NameSpace, beside: Neighbours) -> dict[str, str]:
    """Those that sources may use, qualified, and the names under which modules hand them on → the question that each asks."""
    homes = beside.homes
    modules = {module for module, _ in beside.taken} | {home.rpartition(".")[0] for home in homes.values()}
    found = {
        f"{module}.{name}": question
        for module in sorted(modules | space.of_units)
        for name, question in (space.told("asking", module, asking_functions) or {}).items()
    }
    return found | {name: found[home] for name, home in homes.items() if home in found}


def asking_functions(data: bytes) -> dict[str, str]:
    """The functions of one module that only ask, each with its question."""
    tree = syntax_tree(data) if _may_return_one(data) else None
    if tree is None:
        return {}
    imports = dict(_imports(tree))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list]
    found = {function.name: _question(function, imports) for function in functions}
    return {name: question for name, question in found.items() if question}


def _may_return_one(data: bytes) -> bool:
    """Whether a question stands behind some `return`: few files need be parsed."""
    for word in _WORDS:
        place = data.find(word)
        while place >= 0:
            start = data.rfind(b"return", max(0, place - _NEAR), place)
            first, line_end, _ = data[start:place].partition(b"\n")
            if start >= 0 and (not line_end or first.count(b"(") > first.count(b")")):
                return True
            place = data.find(word, place + 1)
    return False


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Local name → what it is imported as, wherever in the module that is; but for relative imports."""
    for node in statements_of(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    alias.asname or alias.name.partition(".")[0],
                    alias.name if alias.asname else alias.name.partition(".")[0],
                )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _question(function: ast.FunctionDef, imports: Mapping[str, str]) -> str:
    """What ``function`` asks, if it only asks; else nothing."""
    statements = list(own_statements_of(function))
    if not all(isinstance(statement, _STATEMENTS) for statement in statements):
        return ""
    calls = [node for node in nodes_of(function) if isinstance(node, ast.Call)]
    called = [_qualified(call.func, imports) for call in calls]
    answers = [statement.value for statement in statements if isinstance(statement, ast.Return)]
    says_no = all(answer is None or _is_false(answer, imports) for answer in answers)
    is_plain = all(name in ALWAYS_FALSE or name in _HARMLESS for name in called)
    return next((name for name in called if name in ALWAYS_FALSE), "") if answers and says_no and is_plain else ""


def _is_false(node: ast.expr, imports: Mapping[str, str]) -> bool:
    """Whether ``node`` is false where nothing is asynchronous."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "bool" and len(node.args) == 1:
            return _is_false(node.args[0], imports)
        return _qualified(node.func, imports) in ALWAYS_FALSE
    if isinstance(node, ast.BoolOp):
        parts = [_is_false(value, imports) for value in node.values]
        return any(parts) if isinstance(node.op, ast.And) else all(parts)
    if isinstance(node, ast.IfExp):
        return _is_false(node.body, imports) and _is_false(node.orelse, imports)
    return isinstance(node, ast.Constant) and not node.value


def _qualified(node: ast.expr, imports: Mapping[str, str]) -> str:
    """``a.b`` as the module means it, if that is imported or a builtin."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([imports.get(node.id, node.id), *reversed(parts)])
