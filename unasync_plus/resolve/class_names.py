"""What classes keep of libraries under names of their own: ``Compat.sleep`` is ``asyncio.sleep`` where the class says
``sleep = asyncio.sleep``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from unasync_plus.resolve.syntax_tree import dotted_name, own_statements_of, syntax_tree

_ASYNC = ("async", "Async", "aio", "anyio", "trio.", "curio.", "Awaitable", "Coroutine")
_Names = dict[str, dict[str, str]]
_BUILT_IN = {"StopAsyncIteration": "builtins.StopAsyncIteration"}


def kept_by_classes(
    data: bytes, imports: Mapping[str, str], told: Callable[[Callable[[bytes], _Names]], _Names | None]
) -> _Names:
    """Class → what is asynchronous among the names that it gives to what its module imports or has built in, and what that is.

    ``told`` asks the module's text, and remembers the answer.
    """
    known = dict(_BUILT_IN)
    together = "\n".join(imports.values())
    for word in _ASYNC:
        if word in together:
            known |= {local: meant for local, meant in imports.items() if word in meant}
    if b"_async\n" in data or b".Async" in data:  # `retries.AsyncRetry`
        known |= imports
    if not any(_is_given(local.encode(), data) for local in known):
        return {}
    found: _Names = {}
    for name, given in (told(class_names) or {}).items():
        for attribute, path in given.items():
            head, dot, rest = path.partition(".")
            meant = known.get(head, "") + dot + rest
            if any(word in meant for word in _ASYNC):
                found.setdefault(name, {})[attribute] = meant
    return found


def _is_given(name: bytes, data: bytes) -> bool:
    """Whether an indented line seems to be another name for what has that ``name``."""
    at = data.find(b"= " + name)
    while at >= 0:
        line = data[data.rfind(b"\n", 0, at) + 1 : data.find(b"\n", at)]
        value = line.rpartition(b"= ")[2].partition(b"#")[0].strip()
        if line[:1].isspace() and value.replace(b".", b"").replace(b"_", b"").isalnum():
            return True
        at = data.find(b"= " + name, at + 1)
    return False


def class_names(data: bytes) -> _Names:
    """Class → the names that it binds once, to another name, and what that is."""
    tree = syntax_tree(data)
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef)) if tree is not None else ()
    return {node.name: _given(node) for node in classes}


def _given(node: ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    bound: list[str] = []
    for one in own_statements_of(node):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.append(one.name)
        targets = getattr(one, "targets", None) or [getattr(one, "target", None)]
        bound += [part.id for target in targets if target for part in ast.walk(target) if isinstance(part, ast.Name)]
    for statement in node.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
        elif isinstance(statement, ast.AnnAssign):
            target = statement.target
        else:
            continue
        path = dotted_name(statement.value)
        if isinstance(target, ast.Name) and path and bound.count(target.id) == 1:
            found[target.id] = path
    return found
