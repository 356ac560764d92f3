"""Functions of a file that await what they are given: in sync code they take its result, if other files call them.

Files are converted one by one, and a result is what all of them would pass; a call yet to be made is for functions that are
called where they are defined. Found without libcst, like `starters`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from unasync_plus.resolve.starters import parameters_of
from unasync_plus.resolve.syntax_tree import last_part, nodes_of, stands_in
from unasync_plus.resolve.words import places

_AWAITED_NAME = re.compile(rb"await\s+(?!self\b|cls\b)([A-Za-z_]\w*)\s*(?![\w.(\[])")
_LIKE_A_PARAMETER = rb"(?m)(?:^|[(,*])[ \t]*%s\b"
_LOOPED = re.compile(rb"for[ \t]+(\w+)[ \t]+in[ \t]+(?:\w+\()*(\w+)\b")
_GIVEN = re.compile(rb"\s*\(\s*[^)\s]")
_ASKING = frozenset({"isawaitable", "iscoroutine", "iscoroutinefunction", "isinstance", "isfuture"})
_FIRST = {
    ast.Expr: "value",
    ast.Return: "value",
    ast.Assign: "value",
    ast.AnnAssign: "value",
    ast.For: "iter",
    ast.AsyncFor: "iter",
    ast.If: "test",
    ast.Call: "func",
    ast.Attribute: "value",
    ast.Subscript: "value",
    ast.BinOp: "left",
    ast.Compare: "left",
    ast.UnaryOp: "operand",
    ast.Yield: "value",
}
"""What is evaluated first of a statement or expression."""


def may_await_parameters(data: bytes) -> bool:
    """Whether a function of the file could await a parameter."""
    names = set(_AWAITED_NAME.findall(data)) if b"await" in data else ()
    return any(re.search(_LIKE_A_PARAMETER % name, data) for name in names) or _goes_through_stars(data, names)


def _goes_through_stars(data: bytes, names: Collection[bytes]) -> bool:
    """Whether one of ``names`` seems to be what a loop through a parameter with a star gives."""
    if not names:
        return False
    looped = {iterated for name, iterated in set(_LOOPED.findall(data)) if name in names}
    return any(b"*" + iterated in data for iterated in looped)


def awaiters(nodes: Sequence[ast.AST]) -> dict[str, list[str]]:
    """The functions and methods among all ``nodes`` of a file that await parameters, with those they await later than first.

    Such a one is said as ``place:name``, as in `starters`, and as ``=place:name`` if it is awaited first; functions that
    ask whether something is awaitable, and so take results as well, have none that are late.
    """
    found: dict[str, set[str]] = {}
    names = [node.value for node in nodes if isinstance(node, ast.Await) and isinstance(node.value, ast.Name)]
    wanted = {name.id for name in names}
    loops = [node for node in nodes if isinstance(node, (ast.For, ast.comprehension))] if names else []
    for node in nodes if names else ():
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if node.args.vararg is None and wanted.isdisjoint(
            [arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        ):
            continue
        parameters = parameters_of(node.args)
        awaited = {name.id for name in names if name.id in parameters and stands_in(name, node)}
        if node.args.vararg is not None:
            items = {last_part(loop.target) for loop in loops if _goes_through(loop.iter, node.args.vararg.arg)}
            is_late = not _goes_first_through(node, node.args.vararg.arg)
            if is_late and any(name.id in items and stands_in(name, node) for name in names):
                awaited.add(node.args.vararg.arg)
        if awaited:
            inside = nodes_of(node)
            asks = any(last_part(part) in _ASKING for part in inside)
            first = {name for name in awaited if isinstance(node, ast.AsyncFunctionDef) and _awaits_first(node, name)}
            late = {f"{parameters[name]}:{name}" for name in awaited - first if not asks}
            found.setdefault(node.name, set()).update(late, {f"={parameters[name]}:{name}" for name in first})
    return {name: sorted(late) for name, late in found.items()}


def _goes_first_through(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether what is in ``name`` is awaited in its order before anything else is done, as where it was made in sync code."""
    for statement in function.body if isinstance(function, ast.AsyncFunctionDef) else ():
        nodes = nodes_of(statement)
        loops = [node for node in nodes if isinstance(node, (ast.For, ast.comprehension))]
        if loops:
            awaits = statement.body[:1] if isinstance(statement, ast.For) else [statement]
            is_next = any(isinstance(node, ast.Await) for part in awaits for node in nodes_of(part))
            return is_next and isinstance(loops[0].iter, ast.Name) and loops[0].iter.id == name
        if any(isinstance(node, (ast.Call, ast.Await, ast.Yield)) for node in nodes):
            return False
    return False


def _goes_through(iterated: ast.expr, name: str) -> bool:
    """Whether a loop goes through what is in ``name``, in whatever order."""
    while isinstance(iterated, ast.Call) and iterated.args:
        iterated = iterated.args[0]
    return isinstance(iterated, ast.Name) and iterated.id == name


def _awaits_first(function: ast.AsyncFunctionDef, name: str) -> bool:
    body = [part for part in function.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
    node: ast.AST | None = body[0] if body else None
    while node is not None:
        if isinstance(node, ast.Await):
            node = node.value
            if isinstance(node, ast.Name):
                return node.id == name
        elif type(node) in _FIRST:
            node = getattr(node, _FIRST[type(node)])
        else:
            return False
    return False


def called_elsewhere(found: Mapping[Path, Iterable[str]], texts: Mapping[Path, bytes]) -> dict[str, frozenset[str]]:
    """Those awaiters (source → entries of `FileFacts`) that a source calls which is not the one that defines them."""
    known: dict[str, frozenset[str]] = {}
    homes: dict[str, set[Path]] = {}
    for path, entries in found.items():
        for entry in entries:
            name, *late = entry.split()
            known[name] = known.get(name, frozenset()) | frozenset(late)
            homes.setdefault(name, set()).add(path)
    return {
        name: late
        for name, late in known.items()
        if any(_is_called(name.encode(), data) for path, data in texts.items() if homes[name] != {path})
    }


def _is_called(name: bytes, data: bytes) -> bool:
    return any(
        _GIVEN.match(data, end) and not data[max(start - 4, 0) : start].rstrip().endswith(b"def")
        for start, end in places(data, name)
    )
