"""Functions of a file that start what they are given: a parameter of theirs goes to `create_task`, `gather` and the like.

In sync code such a parameter takes a call yet to be made. Found without libcst, like `task_names`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from unasync_plus.resolve.syntax_tree import children_of, nodes_of, syntax_tree
from unasync_plus.resolve.words import places

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_ANYWHERE = frozenset({"create_task", "ensure_future", "run_coroutine_threadsafe", "run_until_complete"})
_OF_ASYNCIO = frozenset({"Task", "gather", "wait_for", "shield", "run", "wait", "as_completed"})
_GIVEN_A_NAME = re.compile(rb"\((?:\s|#[^\n]*\n)*(?:\*\s*)?(?:self\.\w+|(?!self\b|cls\b)[A-Za-z_]\w*)\s*[,)]")
_IS_A_NAME = re.compile(rb"\s*=\s*[A-Za-z_]\w*\s*[,)]")
_RENAMED = re.compile(rb"\s+as\b")
_WITH_A_NAME = re.compile(rb"\((?:[^()\n]|\n)*\b[A-Za-z_]\w*\s*[,)]")
_HINTS = (
    *((word.encode(), _GIVEN_A_NAME) for word in sorted(_ANYWHERE | _OF_ASYNCIO)),
    *((word, _IS_A_NAME) for word in (b"coro", b"coro_or_future", b"fut")),
    *((word.encode(), _RENAMED) for word in sorted(_OF_ASYNCIO)),
)
"""A name is all that is passed first, or what does it may have another name: a word, and what is behind it."""


def may_start(data: bytes) -> bool:
    """Whether a function of the file could start a parameter."""
    if b"asyncio" not in data and b"create_task" not in data:
        return False
    return any(pattern.match(data, end) for word, pattern in _HINTS for _, end in places(data, word))


def starters(
    nodes: Sequence[ast.AST], elsewhere: Mapping[str, list[str]] = MappingProxyType({})
) -> dict[str, list[str]]:
    """The functions and methods among all ``nodes`` of a file that start parameters, as far as their form shows, and which;
    and the classes that keep parameters of ``__init__`` in attributes which a method of theirs starts.

    A parameter is said as ``place:name``, the place without ``self``: ``0:coro``, ``:coro`` where it is given by name
    only, ``*1:coros`` for all from there on, ``0[]:coros`` where it is a container of what is
    started. No parameters are said of a name that different functions have. ``elsewhere`` are such functions of other files.
    """
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = {function: nodes_of(function) if parameters_of(function.args) else [] for function in functions}
    of_asyncio = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio"
        for alias in node.names
        if alias.name in _OF_ASYNCIO
    }
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    class_names = {kind.name for kind in classes} - {function.name for function in functions}
    classes = [kind for kind in classes if kind.name in class_names]
    known: dict[str, list[str]] = {}
    for _ in (None, *functions):
        heard = {**elsewhere, **known}
        started = {function: _started_by(function, inside[function], of_asyncio, heard) for function in functions}
        found = _named(functions, started)
        for kind in classes:
            found.setdefault(kind.name, []).extend(_kept_and_started(kind, of_asyncio, heard))
        found = {name: parameters for name, parameters in found.items() if parameters or name not in class_names}
        if found == known:
            break
        known = found
    return known


def spread_starters(found: dict[Path, list[str]], texts: Mapping[Path, bytes]) -> None:
    """Add to what is ``found`` (source → entries of `FileFacts`) what starts parameters by giving them to starters of other files."""
    new = {entry.partition(" ")[0] for entries in found.values() for entry in entries if " " in entry}
    while new:
        known = _together(found)
        heard: set[str] = set()
        for path, data in texts.items():
            own = {entry.partition(" ")[0] for entry in found.get(path, ())}
            if any(_gives_a_name(data, name.encode()) for name in new - own):
                tree = syntax_tree(data)
                entries = starters(nodes_of(tree), known) if tree is not None else {}
                more = {name: parameters for name, parameters in entries.items() if parameters and name not in own}
                found[path] = [
                    *found.get(path, ()),
                    *(" ".join([name, *parameters]) for name, parameters in more.items()),
                ]
                heard |= more.keys()
        new = heard


def defines_for_others(data: bytes, name: str) -> bool:
    """Whether a file has a function of that name that is none of those inside of functions, or cannot be read."""
    tree = syntax_tree(data)
    todo: list[ast.AST] = list(tree.body) if tree is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo += children_of(node)
    return tree is None


def _together(found: Mapping[Path, list[str]]) -> dict[str, list[str]]:
    """The starters of all files, but for those of which files say different things."""
    known: dict[str, list[str]] = {}
    for entry in (entry for entries in found.values() for entry in entries):
        name, *parameters = entry.split()
        known[name] = parameters if known.get(name, parameters) == parameters else []
    return known


def _gives_a_name(data: bytes, name: bytes) -> bool:
    """Whether a function of that name is called with a variable, and not defined there."""
    return any(
        _WITH_A_NAME.match(data, end) and not data[max(start - 6, 0) : start].rstrip().endswith(b"def")
        for start, end in places(data, name)
    )


def _named(functions: list[_Function], started: Mapping[_Function, set[str]]) -> dict[str, list[str]]:
    """What all functions of a name start, of which some may just await it; nothing where they differ."""
    found: dict[str, list[str]] = {}
    for name in {function.name for function in functions if started[function]}:
        same = [part for part in functions if part.name == name and (started[part] or not _says_nothing(part))]
        together = set[str]().union(*(started[function] for function in same))
        is_clear = all(together <= started[function] | _awaited_by(function) for function in same)
        found[name] = sorted(together) if is_clear else []
    return found


def _kept_and_started(kind: ast.ClassDef, of_asyncio: set[str], known: Mapping[str, list[str]]) -> list[str]:
    """The parameters of ``__init__`` that are attributes which the class starts, said as those of functions."""
    made = next((part for part in kind.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)
    parameters = parameters_of(made.args) if made is not None else {}
    kept = {
        target.attr: node.value.id
        for node in (nodes_of(made) if made is not None and parameters else ())
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Name)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if _is_own(target) and isinstance(target, ast.Attribute) and node.value.id in parameters
    }
    calls = (node for node in nodes_of(kind) if isinstance(node, ast.Call)) if kept else ()
    started = {
        kept[value.attr]
        for call in calls
        for value, is_container in _given_to_start(call, of_asyncio, known, runs=False)
        if _is_own(value) and isinstance(value, ast.Attribute) and value.attr in kept and not is_container
    }
    return sorted(f"{parameters[name]}:{name}" for name in started)


def _is_own(node: ast.expr) -> bool:
    """``self.x``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _says_nothing(function: _Function) -> bool:
    """Whether the body is that of an overload or an abstract method."""
    return all(isinstance(part, (ast.Pass, ast.Raise)) or _is_constant(part) for part in function.body)


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _started_by(
    function: _Function, nodes: Sequence[ast.AST], of_asyncio: set[str], known: Mapping[str, list[str]]
) -> set[str]:
    parameters = parameters_of(function.args)
    elements = _elements(nodes, parameters)
    runs = any(isinstance(node, ast.Attribute) and node.attr == "Runner" for node in nodes)
    found: set[str] = set()
    for node in nodes:
        for value, is_container in _given_to_start(node, of_asyncio, known, runs) if isinstance(node, ast.Call) else ():
            if isinstance(value, ast.Name) and value.id in elements and not is_container:
                place = parameters[elements[value.id]]
                found.add(f"{place}{'' if place.startswith('*') else '[]'}:{elements[value.id]}")
            elif isinstance(value, ast.Name) and value.id in parameters:
                place = parameters[value.id]
                found.add(f"{place}{'[]' if is_container and not place.startswith('*') else ''}:{value.id}")
    return found


def _elements(nodes: Sequence[ast.AST], parameters: Mapping[str, str]) -> dict[str, str]:
    """The variables of loops over parameters, each with the parameter."""
    return {
        node.target.id: node.iter.id
        for node in nodes
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name)
        if isinstance(node.iter, ast.Name) and node.iter.id in parameters and node.target.id not in parameters
    }


def _awaited_by(function: _Function) -> set[str]:
    awaited = (node.value for node in nodes_of(function) if isinstance(node, ast.Await))
    names = {value.id for value in awaited if isinstance(value, ast.Name)}
    return {f"{place}:{name}" for name, place in parameters_of(function.args).items() if name in names}


def parameters_of(arguments: ast.arguments) -> dict[str, str]:
    """The parameters that may be started, each with its place."""
    positional = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args)]
    if positional[:1] in (["self"], ["cls"]):
        del positional[0]
    found = {name: str(place) for place, name in enumerate(positional)}
    if arguments.vararg is not None:
        found[arguments.vararg.arg] = f"*{len(positional)}"
    return found | {arg.arg: "" for arg in arguments.kwonlyargs}


def _given_to_start(
    node: ast.Call, of_asyncio: set[str], known: Mapping[str, list[str]], runs: bool
) -> Iterator[tuple[ast.expr, bool]]:
    """The arguments of a call that it starts, and whether it starts what is in them; ``runs``: a runner may be around."""
    if _starts(node.func, of_asyncio) or (runs and isinstance(node.func, ast.Attribute) and node.func.attr == "run"):
        holds = _name(node.func) in ("wait", "as_completed")
        yield from _arguments(node.args if _name(node.func) == "gather" else node.args[:1], holds)
        yield from ((key.value, holds) for key in node.keywords if key.arg in ("coro", "coro_or_future", "fut", "fs"))
    for parameter in known.get(_name(node.func), ()):
        place, _, name = parameter.partition(":")
        holds = place.endswith("[]")
        start = int(place.strip("*[]") or len(node.args))
        yield from _arguments(node.args[start:] if place.startswith("*") else node.args[start : start + 1], holds)
        yield from ((key.value, holds) for key in node.keywords if key.arg == name)


def _arguments(given: list[ast.expr], holds: bool) -> Iterator[tuple[ast.expr, bool]]:
    for arg in given:
        yield (arg.value, True) if isinstance(arg, ast.Starred) else (arg, holds)


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _starts(func: ast.expr, of_asyncio: set[str]) -> bool:
    if isinstance(func, ast.Name):
        return func.id in _ANYWHERE | of_asyncio
    if not isinstance(func, ast.Attribute):
        return False
    if isinstance(func.value, ast.Name) and func.value.id == "asyncio" and func.attr in _OF_ASYNCIO:
        return True
    return func.attr in _ANYWHERE
