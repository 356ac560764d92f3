"""Coroutine functions of the sources that wait for what another task does, where tasks run as soon as they are started.

Files are converted one by one: where one starts `box.waiter()` of another file, nothing there tells that this waits for a condition.
Found without libcst, by names, and only for projects that do without threads.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Set

from unasync_plus.resolve.files import Files
from unasync_plus.resolve.syntax_tree import last_part, nodes_of, own_nodes_of, syntax_tree

_WAITS = {
    **dict.fromkeys(("Queue", "LifoQueue", "PriorityQueue"), frozenset({"get", "put", "join"})),
    "Event": frozenset({"wait"}),
    "Condition": frozenset({"wait", "wait_for"}),
    "Barrier": frozenset({"wait"}),
}
_FUTURES = frozenset({"Future", "create_future"})
_FOREVER = frozenset({"sleep_forever"})
_LIBRARIES = frozenset({"asyncio", "anyio", "trio"})
_ASYNC = re.compile(rb"async\s+def\b")


def waiting_functions(data: bytes) -> dict[str, list[list[str]]]:
    """Coroutine function, or ``Class.method`` → what it awaits: a pair of a name and a method of it, or of ``=`` and a function;
    empty for what surely waits. Under an empty name are pairs of the name and the kind of what the file makes to wait for.
    """
    tree = syntax_tree(data) if _ASYNC.search(data) is not None else None
    if tree is None:
        return {}
    nodes = nodes_of(tree)
    imported = dict(_imports(nodes))
    kinds = {(name, kind) for node in nodes for name, kind in _kinds(node, imported)}
    found: dict[str, list[list[str]]] = {"": sorted(map(list, kinds))}
    classes = {part: node.name for node in nodes if isinstance(node, ast.ClassDef) for part in node.body}
    for node in nodes:
        if isinstance(node, ast.AsyncFunctionDef):
            name = f"{classes[node]}.{node.name}" if node in classes else node.name
            # there may be several of that name, each told up to an end
            found.setdefault(name, []).extend([*map(list, sorted(set(_awaited(node, imported)))), ["="]])
    return found


def _imports(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name in _LIBRARIES:
                    yield alias.asname or alias.name, ""
        elif isinstance(node, ast.ImportFrom) and node.module in _LIBRARIES and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


def _kind(node: ast.expr | None, imported: Mapping[str, str]) -> str:
    """What is made by a call, or said by an annotation."""
    if isinstance(node, ast.Call):
        if last_part(node.func) == "create_future":
            return "Future"
        if last_part(node.func) == "field" and node.keywords:  # of a dataclass
            made = next((one.value for one in node.keywords if one.arg in ("default_factory", "factory")), None)
            return _kind(made, imported)
        node = node.func
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.BoolOp):
        return next(filter(None, (_kind(value, imported) for value in node.values)), "")
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        name = node.attr if imported.get(node.value.id) == "" else ""
    else:
        name = imported.get(node.id, "") if isinstance(node, ast.Name) else ""
    return name if name in _WAITS or name in _FUTURES else ""


def _kinds(node: ast.AST, imported: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Assign):
        kind = _kind(node.value, imported)
        yield from ((last_part(target), kind) for target in node.targets if kind)
    elif isinstance(node, ast.AnnAssign):
        kind = _kind(node.annotation, imported) or _kind(node.value, imported)
        if kind:
            yield last_part(node.target), kind
    elif isinstance(node, ast.arg) and (kind := _kind(node.annotation, imported)):
        yield node.arg, kind


def _awaited(function: ast.AsyncFunctionDef, imported: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    nodes = own_nodes_of(function)
    entered = {ast.dump(item.context_expr) for node in nodes if isinstance(node, ast.AsyncWith) for item in node.items}
    for node in nodes:
        if not isinstance(node, ast.Await):
            continue
        call = node.value
        if not isinstance(call, ast.Call):
            yield (last_part(call), "await")
        elif isinstance(call.func, ast.Attribute):
            owner = call.func.value
            if call.func.attr in _FOREVER or (call.func.attr in ("wait", "wait_for") and ast.dump(owner) in entered):
                yield ()
            elif isinstance(owner, ast.Name) and owner.id in imported:
                yield from (("=", last_part(arg.func)) for arg in call.args if isinstance(arg, ast.Call))
            else:
                yield (last_part(owner), call.func.attr)
        else:
            name = last_part(call.func)
            if imported.get(name) in _FOREVER:
                yield ()
            elif name in imported:
                yield from (("=", last_part(arg.func)) for arg in call.args if isinstance(arg, ast.Call))
            else:
                yield ("=", name)


def starving(texts: Iterable[bytes], files: Files) -> dict[str, str]:
    """Names of coroutine functions of ``texts`` that wait for others → whether all of that name do, ``all`` or ``some``; likewise
    ``Class.method``, which may be ``none`` of those, too."""
    kinds: dict[str, set[str]] = {}
    functions: dict[str, list[list[list[str]]]] = {}
    for data in texts:
        told = files.told("waiting functions", data, waiting_functions)
        for owner, kind in told.get("", ()):
            kinds.setdefault(owner, set()).add(kind)
        for name, entries in told.items():
            for one in _each(entries) if name else ():
                for key in {name, name.rpartition(".")[2]}:
                    functions.setdefault(key, []).append(one)
    known: dict[str, str] = {}
    while True:
        found = {
            name: [any(_waits(entry, kinds, known) for entry in one) for one in ones]
            for name, ones in functions.items()
        }
        new = {name: "all" if all(ones) else "some" for name, ones in found.items() if any(ones)}
        if new == known:
            return known | {name: "none" for name in found.keys() - known.keys() if name.rpartition(".")[2] in known}
        known = new


def _each(entries: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """What each function of one name awaits."""
    one: list[list[str]] = []
    for entry in entries:
        if entry == ["="]:
            yield one
            one = []
        else:
            one.append(entry)


def _waits(entry: list[str], kinds: Mapping[str, Set[str]], known: Mapping[str, str]) -> bool:
    if not entry:
        return True
    owner, method = entry
    if method == "await":
        return not kinds.get(owner, _NONE).isdisjoint(_FUTURES)
    return known.get(method) == "all" or any(method in _WAITS.get(kind, ()) for kind in kinds.get(owner, ()))


_NONE = frozenset[str]()
