"""Plain functions that give coroutines, and do something else first, or need not give one; decorators that put such functions in
the place of others.

    def logged(function):
        def wrapper(*args):
            log.append(function.__name__)
            return function(*args)

        return wrapper

Where another module of the project puts off what such a function gives, that puts off whatever else it does. Found by words, and
few functions are parsed: those that return a call which is named like an asynchronous function of the sources, and decorators.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from unasync_plus.resolve.giving import aliased, given_where_read
from unasync_plus.resolve.hierarchy import Hierarchy, block_at
from unasync_plus.resolve.syntax_tree import own_nodes_of, tree_of

ACTS = "acts"
READ = "read"
"""It gives a coroutine where it is read, see `giving`."""
GIVES_NONE = "none"
"""It need not give a coroutine; whether it does anything else first or not."""
_ASYNC = re.compile(r"async def (\w+)")
_RETURNED = re.compile(r"return ([\w.]+(?:\(\)\.\w+)?)\(")
_DECORATOR = re.compile(r"@([A-Za-z_][\w.]*)")


def acting(modules: Iterable[str], sources: Hierarchy, project: Hierarchy, homes: Mapping[str, str]) -> dict[str, str]:
    """Functions, methods and decorators → ``acts`` or ``none``: ``pkg.m.f``, ``pkg.m.C.f``, ``.f`` for a method of that name of
    whatever class, ``@pkg.m.f``; ``^pkg.m.f`` for a method that overrides one of a class of that module in another one.

    Attributes and operators → ``read``: ``=pkg.m.C.name``.

    ``homes``: the names under which modules hand things on."""
    texts = {module: source[0] for module in modules if (source := sources.text(module)) is not None}
    names = {name for text in texts.values() for name in _ASYNC.findall(text)}
    found: dict[str, str] = {}
    read: dict[str, str] = {}
    decorators = cache(lambda qualified: _of_decorator(qualified, project))
    for module, text in texts.items():
        plain = _plain_returning(text, names)
        for start, name in given_where_read(text, names, plain):
            if "yield" not in _block(text[start : start + 4000], 0):
                called = _called(module, text, start, name, sources)
                read |= dict.fromkeys((one for one in called if one[0] != "."), READ)
        for start in plain:
            name, how = _read(text, start)
            if how:
                found |= dict.fromkeys(_called(module, text, start, name, sources), how)
        for used in dict.fromkeys(_DECORATOR.findall(text)):
            head, _, rest = used.partition(".")
            imported = sources.imports(module).get(head)
            if imported is None and (rest or f"def {head}(" not in text):
                continue
            qualified = f"{imported or f'{module}.{head}'}{'.' if rest else ''}{rest}"
            how = decorators(qualified)
            if how:
                found[f"@{qualified}"] = how
                for start, name in _decorated(text, used):
                    found |= dict.fromkeys(_called(module, text, start, name, sources), how)
    methods = {name for name in found if name.startswith(".")}
    owners = {name.rpartition(".")[0] for name in found} if methods else set()
    for qualified in [f"{module}.{one}" for module in texts for one in sources.classes(module)] if methods else ():
        line = list(sources.line(qualified))[1:]
        for method in methods if not owners.isdisjoint(line) else ():
            found |= _inherited(qualified, line, method, found, sources)
        for method in methods if line and qualified in owners else ():
            if qualified + method in found:
                above = {base.rpartition(".")[0] for base in line} - {qualified.rpartition(".")[0]}
                found |= {f"^{module}{method}": found[qualified + method] for module in above}
    found |= {alias: found[home] for alias, home in homes.items() if home in found}
    return found | _read_there(read, texts, sources, homes)


def _read_there(
    read: dict[str, str], texts: Mapping[str, str], sources: Hierarchy, homes: Mapping[str, str]
) -> dict[str, str]:
    """``read`` with what derived classes inherit, and by other names."""
    if not read:
        return {}
    methods = {f".{one.rpartition('.')[2]}" for one in read}
    new = {one.rpartition(".")[0] for one in read}
    while new:  # those that derive from them
        names = {one.rpartition(".")[2] for one in new}
        homes_of = {one.rpartition(".")[0] for one in new}
        known_as = names | {one.rpartition(".")[2] for one in homes_of}
        known_as |= {alias.rpartition(".")[2] for alias, home in homes.items() if home in new}
        known = {one.rpartition(".")[0] for one in read}
        for module in texts:
            imported = {one.rpartition(".")[2] for one in sources.imports(module).values()}
            if module not in homes_of and imported.isdisjoint(known_as):
                continue
            for one, header in sources.classes(module).items():
                qualified = f"{module}.{one}"
                if known_as.isdisjoint(base.rpartition(".")[2] for base in header.bases):
                    continue
                line = list(sources.line(qualified))[1:]
                for method in methods if line else ():
                    read |= _inherited(qualified, line, method, read, sources)
        new = {one.rpartition(".")[0] for one in read} - known
    read |= aliased(read, homes)
    return {f"={one}": READ for one in read}


def _plain_returning(text: str, names: set[str]) -> list[int]:
    """Where the plain functions begin that return a call of one of ``names``."""
    starts: dict[int, None] = {}
    for one in _RETURNED.finditer(text):
        if one[1].rpartition(".")[2] in names:
            start = text.rfind("def ", 0, one.start())
            line = text.rfind("\n", 0, start) + 1
            if start >= 0 and not text[line:start].strip():
                starts[line] = None
    return list(starts)


def _read(text: str, start: int) -> tuple[str, str]:
    """The name of the function whose line begins at ``start``, and what it does."""
    above = "if 1:\n" if text[start : start + 1].isspace() else ""
    tree = tree_of(f"{above}{_block(text, start)}".encode("utf-8", "replace"))
    node = tree.body[0] if tree is not None and tree.body else None
    node = node.body[0] if isinstance(node, ast.If) else node
    return (node.name, _how(node)) if isinstance(node, ast.FunctionDef) else ("", "")


def _block(text: str, start: int) -> str:
    """The text of the function whose line begins at ``start``."""
    lines = text[start:].split("\n", 400)[:400]
    indent = len(lines[0]) - len(lines[0].lstrip())
    end = next(
        (
            index
            for index, line in enumerate(lines)
            if index and line.strip() and len(line) - len(line.lstrip()) <= indent and line.lstrip()[0] not in "#)]}"
        ),
        len(lines),
    )
    return "\n".join(lines[:end])


def _called(module: str, text: str, start: int, name: str, sources: Hierarchy) -> Iterator[str]:
    """What a function there is called by others: those inside of functions are for nobody else."""
    if not text[start : start + 1].isspace():
        yield f"{module}.{name}"
        return
    classes = sources.classes(module).items()
    tops = [(header.end, one) for one, header in classes if header.is_top and header.end <= start]
    end, owner = max(tops, default=(-1, ""))
    if end < 0 or any(text.find(other, end, start) >= 0 for other in ("\ndef ", "\nasync def ")):
        return
    yield f".{name}"
    yield f"{module}.{owner}.{name}"


def _inherited(
    qualified: str, line: Iterable[str], method: str, found: Mapping[str, str], sources: Hierarchy
) -> dict[str, str]:
    """The ``method`` of a class, if that is one of its bases' which is ``found``."""
    if any(base + method in found for base in line):
        for one in (qualified, *line):
            if one + method in found:
                return {qualified + method: found[one + method]}
            if f"def {method[1:]}(" in sources.block(one):
                break
    return {}


def _decorated(text: str, decorator: str) -> Iterator[tuple[int, str]]:
    """The asynchronous functions with that decorator: where they stand, and their names."""
    mark = f"@{decorator}"
    place = text.find(mark)
    while place >= 0:
        defined = text.find("def ", place)
        between = text[place + len(mark) : defined]
        if defined >= 0 and between[:1] in "(\n \t#" and between.endswith("async ") and "\nclass " not in between:
            yield text.rfind("\n", 0, place) + 1, text[defined + 4 : text.find("(", defined)].partition("[")[0].strip()
        place = text.find(mark, place + 1)


def _of_decorator(qualified: str, project: Hierarchy) -> str:
    """What a plain function does that the decorator puts in the place of another one."""
    module, _, name = qualified.rpartition(".")
    source = project.text(module)
    begin = -1 if source is None else f"\n{source[0]}".find(f"\ndef {name}(")
    if source is None or begin < 0:
        home = project.home(qualified) if source is not None and name in project.imports(module) else qualified
        return _of_decorator(home, project) if home != qualified else ""
    text = block_at(source[0], begin)
    tree = tree_of(text.encode("utf-8", "replace")) if text.count("def ") > 1 else None
    found = {_how(node) for node in _inner(tree) if _returns_a_call(node)} if tree is not None else set()
    return GIVES_NONE if GIVES_NONE in found else ACTS if ACTS in found else ""


def _inner(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The plain functions inside of functions."""
    todo: list[ast.AST] = [inner for node in tree.body if isinstance(node, ast.FunctionDef) for inner in node.body]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef):
            yield node
        if not isinstance(node, ast.AsyncFunctionDef):
            todo += [one for name in ("body", "orelse") for one in getattr(node, name, ())]


def _returns_a_call(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Return) and isinstance(node.value, ast.Call) for node in own_nodes_of(function))


def _how(function: ast.FunctionDef) -> str:
    nodes = own_nodes_of(function)
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in nodes):
        return ""
    outer = {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    if _goes_on(function.body) or any(value is None or isinstance(value, ast.Constant) for value in returned):
        return GIVES_NONE
    return ACTS if any(_is_effect(node, outer) for node in nodes) else ""


def _is_effect(node: ast.AST, outer: set[str]) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    if isinstance(node, (ast.Raise, ast.Delete, ast.With)):
        return True
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    return any(not isinstance(one, ast.Name) or one.id in outer for one in targets)


def _goes_on(body: list[ast.stmt]) -> bool:
    """Whether the end of a body may be reached, as far as branches tell."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return not last.orelse or _goes_on(last.body) or _goes_on(last.orelse)
    if isinstance(last, (ast.With, ast.Try)):
        return _goes_on(last.body)
    return not isinstance(last, (ast.Return, ast.Raise, ast.While)) and type(last).__name__ != "Match"
