"""What classes of the async sources inherit from classes of other modules: names of methods and attributes.

A stub does not say again what a base says: a subclass that only sets ``self.name`` may set it to something narrower.
From the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from unasync_plus.resolve.taken import imported_names

_CLASS = re.compile(r"^class[ \t]+(?P<name>\w+)[ \t]*(?:\((?P<bases>[^)]*)\))?", re.MULTILINE)
_END = re.compile(r"^[^\s#)\]}]", re.MULTILINE)
_BASE = re.compile(r"(?<![\w.\[=])(?P<name>[\w.]+)(?![\w.]*[ \t]*=)")
_SET = re.compile(r"\bself\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)")
_DECLARED = re.compile(r"^[ \t]+(?:(?:async[ \t]+)?def[ \t]+)?(\w+)[ \t]*[:=(]", re.MULTILINE)

Text = Callable[[str], "tuple[str, bool] | None"]
"""Module → its text and whether it is a package; None for what is no module of the project."""


def inherited_names(modules: Iterable[str], text: Text) -> dict[str, frozenset[str]]:
    """Class of one of ``modules`` (qualified) → what its bases in other modules of the project have."""
    project = _Classes(text)
    found: dict[str, frozenset[str]] = {}
    for module in modules:
        for name, bases in project.classes(module).items():
            imported = [base for base in bases if base.rpartition(".")[0] != module]
            names = frozenset(one for base in imported for one in project.names(base, frozenset()))
            if names:
                found[f"{module}.{name}"] = names
    return found


class _Classes:
    def __init__(self, text: Text) -> None:
        self._text = text
        self.classes = cache(self._classes)
        self._imports = cache(self._imported)
        self._members = cache(lambda module, name: frozenset(self._own(module, name)))

    def names(self, qualified: str, seen: frozenset[str]) -> Iterator[str]:
        """What the class has, and what its bases have."""
        module, _, name = qualified.rpartition(".")
        if qualified in seen or self._text(module) is None:
            return
        seen |= {qualified}
        if name in self.classes(module):
            yield from self._members(module, name)
            for base in self.classes(module)[name]:
                yield from self.names(base, seen)
        elif name in self._imports(module):
            yield from self.names(self._imports(module)[name], seen)

    def _classes(self, module: str) -> dict[str, list[str]]:
        """The classes of ``module`` with the qualified names of their bases."""
        source = self._text(module)
        found = _CLASS.finditer(source[0]) if source is not None else ()
        return {
            one["name"]: [self._meaning(module, base["name"]) for base in _BASE.finditer(one["bases"] or "")]
            for one in found
        }

    def _meaning(self, module: str, name: str) -> str:
        root, dot, rest = name.partition(".")
        return f"{self._imports(module).get(root, f'{module}.{root}')}{dot}{rest}"

    def _imported(self, module: str) -> dict[str, str]:
        source = self._text(module)
        found = imported_names(source[0], module, source[1]) if source is not None else ()
        return {local: f"{origin}.{name}" for origin, name, local in found}

    def _own(self, module: str, name: str) -> Iterator[str]:
        source = self._text(module)
        assert source is not None
        begin = next(one.end() for one in _CLASS.finditer(source[0]) if one["name"] == name)
        end = _END.search(source[0], source[0].find("\n", begin) + 1)
        block = source[0][begin : end.start() if end else len(source[0])]
        yield from _SET.findall(block)
        indent = re.search(r"^[ \t]+(?=\S)", block, re.MULTILINE)
        for found in _DECLARED.finditer(block):
            if indent is not None and found[0].startswith(indent[0]) and not found[0][len(indent[0])].isspace():
                yield found[1]
