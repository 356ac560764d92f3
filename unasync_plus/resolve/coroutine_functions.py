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

from unasync_plus.resolve.class_names import class_names
from unasync_plus.resolve.counterparts import counterparts
from unasync_plus.resolve.files import Files
from unasync_plus.resolve.hierarchy import Hierarchy, block_at
from unasync_plus.resolve.syntax_tree import dotted_name, syntax_tree

# begins with a word, which is looked for ten times faster than where one begins
_ASYNC = re.compile(r"async\s+def\b")
_PROTOCOLS = {"__aenter__": "__enter__", "__aiter__": "__iter__", "__await__": ""}
"""What makes an object one that only async code can use → what lets sync code use it all the same."""


def coroutine_functions(taken: Iterable[tuple[str, str]], others: Hierarchy, files: Files) -> dict[str, str]:
    """Qualified names, as the sources write them, of the asynchronous functions among ``taken``, and of such methods of
    classes among them; ``Class.__aenter__`` and its like only where the class can not be used by sync code as well,
    ``function.__aenter__`` where a plain function gives an object of one.
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
            for kept, given in modules.classes_in(home, there):
                found |= {f"{module}.{name}.{kept}.{member}": "" for member in modules.protocols(f"{home}.{given}")}
        elif modules.speaks(home) and modules.names(home).get("", {}).get(there):
            found[f"{module}.{name}"] = _counterpart(name, modules.names(module).get("", {}))
        elif given := modules.given_by(home, there):
            found |= {f"{module}.{name}.{member}": "" for member in modules.protocols(f"{home}.{given}")}
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
        self.likely = cache(self._likely)

    def asynchronous(self, qualified: str) -> Iterator[tuple[str, str]]:
        """The members of the class that only async code can use, those that it inherits included, and their counterparts."""
        line = list(self._others.line(qualified))
        if not any(_is_asynchronous(self._others.block(one)) or self._keeps_one(one) for one in line):
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

    def protocols(self, qualified: str) -> list[str]:
        """What makes objects of the class, or of what is called so, such as only async code can use."""
        return [member for member, _ in self.asynchronous(qualified) if member in _PROTOCOLS]

    def classes_in(self, module: str, name: str) -> list[tuple[str, str]]:
        """The names that the class ``name`` gives to other classes of its module, and those."""
        likely = self.likely(module)
        if likely and not _values(self._others.block(f"{module}.{name}")).isdisjoint(likely):
            text = (self._others.text(module) or ("", False))[0]
            given = self._files.told("class names", text.encode("utf-8", "replace"), class_names).get(name, {})
            return [(kept, path) for kept, path in given.items() if path in likely]
        return []

    def _keeps_one(self, qualified: str) -> bool:
        """Whether the class may give another name to an asynchronous function of its module."""
        module = qualified.rpartition(".")[0]
        if not self.speaks(module):
            return False
        values = _values(self._others.block(qualified))
        return any(f"\nasync def {value}(" in (self._others.text(module) or ("", False))[0] for value in values)

    def given_by(self, module: str, name: str) -> str:
        """The class, or what is called so, of which all is that a plain function of the module gives; empty if that is none
        that matters."""
        likely = self.likely(module)
        text = _function(name, (self._others.text(module) or ("", False))[0]) if likely else ""
        if not any(one in text for one in likely):
            return ""
        tree = syntax_tree(text.encode())
        node = tree.body[0] if tree is not None else None
        return _given(node) if isinstance(node, ast.FunctionDef) else ""

    def _likely(self, module: str) -> list[str]:
        """The classes of the module that may have what only async code can use."""
        text = (self._others.text(module) or ("", False))[0]
        if not any(name in text for name in _PROTOCOLS):
            return []
        return [one for one in self._others.classes(module) if _has_protocol(self._others.block(f"{module}.{one}"))]

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
    outer = _bound(body)
    classes = {node.name: _bound(node.body, outer) for node in _statements(body) if isinstance(node, ast.ClassDef)}
    return {"": outer, **classes}


def _values(block: str) -> set[str]:
    """The names that the text of a class gives other names to."""
    values = {line.partition(" = ")[2].strip() for line in block.split("\n") if " = " in line}
    return {value for value in values if value.isidentifier()}


def _function(name: str, text: str) -> str:
    """The text of a plain function at the top level that nothing decorates; empty if there is none."""
    begin = text.find(f"\ndef {name}(") + 1
    if not begin or text[text.rfind("\n", 0, begin - 1) + 1 : begin].startswith(("@", ")")):
        return ""
    return block_at(text, begin)


def _given(node: ast.FunctionDef) -> str:
    """The name of what makes all that the function returns, as its annotation or each `return` says; empty for none."""
    if node.returns is not None:
        said = node.returns.value if isinstance(node.returns, ast.Constant) else dotted_name(node.returns)
        return said if isinstance(said, str) else ""
    returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
    made = {dotted_name(value.func) if isinstance(value, ast.Call) else "" for value in returned}
    return made.pop() if len(made) == 1 else ""


def _is_asynchronous(text: str) -> bool:
    """Whether a class with that text may have what only async code can use."""
    return _ASYNC.search(text) is not None or _has_protocol(text)


def _has_protocol(text: str) -> bool:
    return any(name in text for name in _PROTOCOLS)


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a block, and of the blocks inside that belong to the same scope."""
    for node in body:
        yield node
        for field in ("body", "orelse", "finalbody", "handlers") if isinstance(node, _BLOCKS) else ():
            for inner in getattr(node, field, ()):
                yield from _statements(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])


_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)


def _bound(body: Iterable[ast.stmt], outer: Mapping[str, bool] | None = None) -> dict[str, bool]:
    """What a block binds → whether that is an asynchronous function, and nothing else anywhere; ``outer`` is what the block
    around it binds."""
    found: dict[str, bool] = {}
    for node in _statements(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            is_async = isinstance(node, ast.AsyncFunctionDef) and not any(map(_makes_it_sync, node.decorator_list))
            found[node.name] = is_async and found.get(node.name, True)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            is_async = any(found.get(name, (outer or {}).get(name, False)) for name in _alternatives(node.value))
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
    name = dotted_name(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2].lower()
    return "sync" in name.replace("async", "")
