"""Which functions that the async sources take from other modules of the project are asynchronous, and stay so.

Those modules are not converted: what is awaited there has to be, in sync code too. Found with `ast`, in modules that the
sources take something from, and those that such a thing or a base of it comes from; and only if it, or a base, may have
something asynchronous.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from unasync_plus.resolve.counterparts import counterparts
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.hierarchy import Hierarchy
from unasync_plus.resolve.syntax_tree import syntax_tree

# begins with a word, which is looked for ten times faster than where one begins
_ASYNC = re.compile(r"async\s+def\b")
_PROTOCOLS = {"__aenter__": "__enter__", "__aiter__": "__iter__", "__await__": ""}
"""What makes an object one that only async code can use → what lets sync code use it all the same."""


def coroutine_functions(taken: Iterable[tuple[str, str]], others: Hierarchy, files: Files) -> dict[str, str]:
    """Qualified names, as the sources write them, of the asynchronous functions among ``taken``, and of such methods of
    classes among them; ``Class.__aenter__`` and its like only where the class can not be used by sync code as well.
    Each with what seems to be its counterpart beside it, empty if there is none.

    ``others`` are the modules that are no sources.
    """
    modules = _Modules(others, files)
    found: dict[str, str] = {}
    for module, name in sorted(taken):
        home, _, there = others.home(f"{module}.{name}").rpartition(".")
        if there in others.classes(home):
            members = modules.asynchronous(f"{home}.{there}")
            found |= {f"{module}.{name}.{member}": counterpart for member, counterpart in members}
        elif modules.speaks(home) and modules.names(home).get("", {}).get(there):
            found[f"{module}.{name}"] = _counterpart(name, modules.names(module).get("", {}))
    return found


def _counterpart(name: str, beside: Mapping[str, bool]) -> str:
    """The sync name among those ``beside`` the asynchronous one; empty if there is none."""
    return next((new for new in counterparts(name) if beside.get(new) is False), "")


_Names = dict[str, dict[str, bool]]
"""What a module binds, and under the name of each of its classes what that one does → whether it is an asynchronous
function. The module itself has no name."""


class _Modules:
    """The modules of the project, each read when it is first asked about."""

    def __init__(self, others: Hierarchy, files: Files) -> None:
        self._others, self._files = others, files
        self.speaks = cache(self._speaks)
        self.names = cache(self._names)

    def asynchronous(self, qualified: str) -> Iterator[tuple[str, str]]:
        """The members of the class that only async code can use, those that it inherits included, and their counterparts."""
        line = list(self._others.line(qualified))
        if not any(_is_asynchronous(self._others.block(one)) for one in line):
            return
        members: dict[str, bool] = {}
        for module, _, name in (one.rpartition(".") for one in line):
            members = {**self.names(module).get(name, {}), **members}
        for member, is_async in members.items():
            if member in _PROTOCOLS:
                if _PROTOCOLS[member] not in members:
                    yield member, ""
            elif is_async and not member.startswith("__"):
                yield member, _counterpart(member, members)

    def _speaks(self, module: str) -> bool:
        """Whether an asynchronous function seems to be anywhere in the module."""
        source = self._others.text(module)
        return source is not None and _ASYNC.search(source[0]) is not None

    def _names(self, module: str) -> _Names:
        source = self._others.text(module)
        if source is None:
            return {}
        return self._files.told("bound", source[0].encode("utf-8", "replace"), _bound_by_all)


def _bound_by_all(data: bytes) -> _Names:
    tree = syntax_tree(data)
    body = tree.body if tree is not None else []
    classes = {node.name: _bound(node.body) for node in _statements(body) if isinstance(node, ast.ClassDef)}
    return {"": _bound(body), **classes}


def _is_asynchronous(text: str) -> bool:
    """Whether a class with that text may have what only async code can use."""
    return _ASYNC.search(text) is not None or any(name in text for name in _PROTOCOLS)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block, and of the blocks inside that belong to the same scope."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody", "handlers") if isinstance(node, _BLOCKS) else ():
            for inner in getattr(node, field, ()):
                yield from _statements(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def _bound(body: Iterable[ast.stmt]) -> dict[str, bool]:
    """What a block binds → whether that is an asynchronous function, and nothing else anywhere."""
    found: dict[str, bool] = {}
    for node in _statements(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            is_async = isinstance(node, ast.AsyncFunctionDef) and not any(map(_makes_it_sync, node.decorator_list))
            found[node.name] = is_async and found.get(node.name, True)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            is_async = any(found.get(name, False) for name in _alternatives(node.value))
            found.update({target.id: is_async for target in targets if isinstance(target, ast.Name)})
    return found


def _alternatives(value: ast.expr) -> Iterator[str]:
    """The names that ``value`` may stand for: ``a`` and ``b`` for ``a if c else b``."""
    if isinstance(value, ast.IfExp):
        yield from _alternatives(value.body)
        yield from _alternatives(value.orelse)
    elif isinstance(value, ast.Name):
        yield value.id


def _makes_it_sync(decorator: ast.expr) -> bool:
    """Whether the name of the decorator suggests that: ``@async_to_sync``, ``@run_sync``."""
    name = _dotted(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2].lower()
    return "sync" in name.replace("async", "")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""
