"""The classes of a project's modules, and what they derive from: the one reader for all who ask.

From the text alone, and only of the modules that are asked about; what its members are, each asks for itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from unasync_plus.records import record
from unasync_plus.resolve.syntax_tree import syntax_tree
from unasync_plus.resolve.taken import Imports, bound_by_imports, imports_in, statements

Text = Callable[[str], "tuple[str, bool] | None"]
"""Module → its text and whether it is a package; None for what is no module of the project."""

_CLASS = re.compile(r"class[ \t]+(?P<name>\w+)[ \t]*")
_BRACKET = re.compile(r"#[^\n]*|[()\[\]{}]")
_END = re.compile(r"\n[^\s#)\]}]")
"""What ends a block: a line at the top level. The line end before it is looked for faster than the beginning of a line."""
_COMMENT = re.compile(r"#[^\n]*")
_MARK = re.compile(r"[()\[\]{},]")
_BASE = re.compile(r"\s*(?P<name>[\w.]+)\s*(?:\[.*\]\s*)?", re.DOTALL)
"""A base, subscripted or not; neither a keyword nor what a call gives."""


def block_at(text: str, begin: int) -> str:
    """What ``text`` has from ``begin`` to the next line at the top level that is another's."""
    end = _END.search(text, begin)
    return text[begin : end.end() - 1 if end is not None else len(text)]


@record
class Header:
    """Where a class begins: ``bases`` are qualified, ``end`` is the place behind the bases, ``is_top`` says that nothing
    is around it, and not only no function or class."""

    bases: tuple[str, ...]
    end: int
    is_top: bool


class Hierarchy:
    """Modules by their dotted names, each read when it is first asked about."""

    def __init__(self, text: Text, imports: Callable[[str], Imports] | None = None) -> None:
        """``imports`` tells what a module imports, if that is known without reading its text."""
        self.text = cache(text)
        self.written = imports or (lambda module: imports_in((self.text(module) or ("", False))[0]))
        self._imports = cache(self._imports_of)
        self._classes = cache(self._classes_of)
        self.home = cache(self._home_of)
        self._has: Callable[[str], bool] = lambda module: True

    def among(self, has: Callable[[str], bool]) -> Hierarchy:
        """The same, as if the project had no other modules than those."""
        view = Hierarchy(lambda module: self.text(module) if has(module) else None)
        view._has, view._imports, view._classes = cache(has), self._imports, self._classes
        return view

    def tree(self, module: str) -> ast.Module | None:
        """The syntax tree of ``module``; None if there is no such module, or it cannot be read."""
        source = self.text(module)
        return None if source is None else syntax_tree(source[0].encode("utf-8", "replace"))

    def imports(self, module: str) -> Mapping[str, str]:
        """The names that imports bind in ``module``, each with what it stands for."""
        return self._imports(module) if self._has(module) else {}

    def classes(self, module: str) -> Mapping[str, Header]:
        """The classes of ``module``; one inside of something else is there unless another one has its name."""
        return self._classes(module) if self._has(module) else {}

    def _home_of(self, qualified: str) -> str:
        """Where the class ``qualified`` is defined, as far as imports tell."""
        seen = set[str]()
        while qualified not in seen:
            seen.add(qualified)
            module, _, name = qualified.rpartition(".")
            above, _, last = module.rpartition(".")
            if name in self.classes(module):
                break
            if name in self.imports(module):
                qualified = self.imports(module)[name]
            elif last in self.imports(above):
                qualified = f"{self.imports(above)[last]}.{name}"
        return qualified

    def line(self, qualified: str) -> Iterator[str]:
        """The class and all that it derives from, by where they are defined, nearest first."""
        todo, seen = [qualified], set[str]()
        while todo:
            one = self.home(todo.pop(0))
            module, _, name = one.rpartition(".")
            if one not in seen and name in self.classes(module):
                yield one
                todo = [*self.classes(module)[name].bases, *todo]
            seen.add(one)

    def block(self, qualified: str) -> str:
        """The text of a class of the project, from its bases to the next line at the top level that is another's."""
        module, _, name = qualified.rpartition(".")
        source = self.text(module)
        assert source is not None
        return block_at(source[0], self.classes(module)[name].end)

    def _imports_of(self, module: str) -> Mapping[str, str]:
        source = self.text(module)
        return {} if source is None else bound_by_imports(self.written(module), module, source[1])

    def _classes_of(self, module: str) -> Mapping[str, Header]:
        source = self.text(module)
        found: dict[str, Header] = {}
        for one in statements(_CLASS, source[0]) if source is not None else ():
            assert source is not None
            is_top = source[0][one.start() - 1 : one.start()] in ("", "\n")
            if one["name"] not in found or (is_top and not found[one["name"]].is_top):
                bases, end = _bases(source[0], one.end())
                meant = tuple(self._meaning(module, base) for base in bases)
                found[one["name"]] = Header(meant, end, is_top)
        return found

    def _meaning(self, module: str, name: str) -> str:
        root, dot, rest = name.partition(".")
        return f"{self._imports(module).get(root, f'{module}.{root}')}{dot}{rest}"


def _bases(text: str, place: int) -> tuple[list[str], int]:
    """The names among what stands in parentheses at ``place``, behind type parameters, and where that ends."""
    if text.startswith("[", place):
        place = _closing(text, place)
    if not text.startswith("(", place):
        return [], place
    end = _closing(text, place)
    found = map(_BASE.fullmatch, _parts(_COMMENT.sub("", text[place + 1 : end - 1])))
    return [base["name"] for base in found if base is not None], end


def _parts(text: str) -> Iterator[str]:
    """What commas separate that are in no brackets."""
    depth = start = 0
    for mark in _MARK.finditer(text):
        if mark[0] != ",":
            depth += 1 if mark[0] in "([{" else -1
        elif depth == 0:
            yield text[start : mark.start()]
            start = mark.end()
    yield text[start:]


def _closing(text: str, place: int) -> int:
    """The place behind the bracket that closes the one at ``place``."""
    depth = 0
    for bracket in _BRACKET.finditer(text, place):
        if bracket[0][0] != "#":
            depth += 1 if bracket[0] in "([{" else -1
        if depth == 0:
            return bracket.end()
    return len(text)
