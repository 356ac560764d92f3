"""The words of text: which of them are names that are called otherwise in sync code, alone and as parts of dotted paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from unasync_plus.rewrite.docstrings import without_async
from unasync_plus.tables import counterpart_of_path, load
from unasync_plus.tree import dotted, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

DOTTED_WORD = re.compile(r"\\.|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.DOTALL)
"""A dotted word, or an escape sequence, whose letter belongs to no word."""
_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A part of one."""
_NO_PATH = re.compile(r"-\w|\.$")
_NO_MODULES = frozenset("ai cfg co com conf dev edu env ini io md net org pid pyi rst sock txt".split())
"""What names of hosts and files end with, and what no package is likely to have."""
_ARTICLE = re.compile(r"\b([Aa])n(\s+[`*\"'<:~.\w]*?)$")
_VOWELS = frozenset("aeiouAEIOU")
_TAKES_A = re.compile(r"(?![AEIOUaeiou]|[FHLMNRSX][B-DF-HJ-NP-TV-Z])[A-Za-z]|U[A-Z]")
"""How a word begins before which "a" stands. Letters may be said one by one: ``an HTTPClient``, ``a URLOpener``."""


class Words:
    """Applies the module's renames, and the configuration's `text` table, to pieces of text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        settings, project = engine.settings, engine.project
        self._where = settings.rename_text
        keys = sorted(settings.text, key=len, reverse=True)
        self._literal = re.compile("|".join(map(re.escape, keys))) if keys else None
        roots = {*project.modules, *project.roots, *project.twin_modules} - {""}
        self._prefixes = tuple(sorted(roots, key=len, reverse=True))
        self._tops = frozenset(root.partition(".")[0] for root in self._prefixes)
        self._heads = self._tops | {old.partition(".")[0] for old in settings.replace if "." in old}

    @cached_property
    def _words(self) -> dict[str, str]:
        """Every word whose meaning in this module has another name in the output."""
        engine = self._engine
        words = {old: new for old, new in engine.targets.methods.items() if not engine.namer.speaks_of(old)}
        words.update(engine.renames)
        for local, bindings in engine.names.imports.items():
            for binding in bindings:
                if binding.from_import:
                    new = engine.locals.name(binding)
                    if new != local:
                        words[local] = new
        return words

    @cached_property
    def _libraries(self) -> frozenset[str]:
        """Packages with a table that the module imports by their own names."""
        return frozenset(
            local
            for local, bindings in self._engine.names.imports.items()
            if any(not item.from_import and item.qualified.partition(".")[0] == local for item in bindings)
            and load(local) is not None
        )

    @cached_property
    def _library_paths(self) -> dict[str, str]:
        """The dotted names in such packages that the code of the module uses, and that are called otherwise in the output."""
        engine = self._engine
        paths = {dotted(node) or "" for node in walk(engine.names.module.node) if type(node) is cst.Attribute}
        inside = {path: engine.targets.target(path) for path in paths if path.partition(".")[0] in self._libraries}
        return {
            path: target
            for path, target in inside.items()
            if target is not None and path.count(".") == target.count(".") and not target.startswith("builtins.")
        }

    def __bool__(self) -> bool:
        """Whether there is anything to change, module paths aside."""
        return bool(self._words) or self._literal is not None

    def literal(self, value: str) -> str:
        """``value`` after the configuration's own replacements, the longest one first."""
        if self._literal is None:
            return value
        return _replaced(value, self._literal, self._own)

    def _own(self, match: re.Match[str]) -> str:
        self._engine.fired.add(f"text:{match.group()}")
        return self._engine.settings.text[match.group()]

    def plain(self, value: str, where: str) -> str:
        """``value`` with literal replacements and, where wanted, renamed words; module paths follow the modules anyway.

        Not so in literals of several lines: they hold templates and data, and a path there may be meant as it is.
        """
        value = self.literal(value)
        rename, modules = where in self._where, where == "comments" or "\n" not in value
        return self._renamed(value, rename, modules)

    def docstring(self, value: str) -> str:
        """A docstring: renamed words, ``async`` and ``await`` gone from its code, "an" become "a" where needed."""
        value = self.literal(value)
        if "docstrings" not in self._where:
            return value
        return without_async(self._renamed(value, True, True))

    def _renamed(self, value: str, rename: bool, modules: bool) -> str:
        """``value`` with other words and module paths; an article before a changed word fits the new one."""
        if "\\" not in value:  # most texts hold nothing to change
            found = _PART.findall(value)
            if self._heads.isdisjoint(found) and (
                not rename or (self._words.keys().isdisjoint(found) and self._libraries.isdisjoint(found))
            ):
                return value
        words = self._words if rename else {}

        def new_for(match: re.Match[str]) -> str:
            word = match.group()
            return self._path(match, words, modules) if "." in word else words.get(word, word)

        return _replaced(value, DOTTED_WORD, new_for)

    def _path(self, match: re.Match[str], words: Mapping[str, str], modules: bool) -> str:
        """The same for a dotted word."""
        path = match.group()
        parts = path.split(".")
        replaced_path = self._engine.targets.path(path) if modules else None
        if replaced_path is not None:
            return replaced_path
        if modules and parts[0] in self._tops:
            for prefix in self._prefixes:
                if path == prefix or (path.startswith(prefix + ".") and not _goes_on(match, prefix)):
                    return self._module_path(path, prefix)
        if words is self._words and parts[0] in self._libraries:
            for end in range(len(parts), 1, -1):
                target = self._library_paths.get(".".join(parts[:end]))
                if target is not None:
                    return ".".join([target, *(words.get(part, part) for part in parts[end:])])
        new = ".".join(words.get(part, part) for part in parts)
        return new if new == path or not self._is_library(parts[0]) else self._in_library(parts)

    def _is_library(self, root: str) -> bool:
        """Whether ``root`` is a package that is not the project's, as far as tables and the module's imports tell."""
        engine = self._engine
        if root in self._tops or engine.is_owned(root):
            return False
        bindings = (binding for bindings in engine.names.imports.values() for binding in bindings)
        return load(root) is not None or any(item.qualified.partition(".")[0] == root for item in bindings)

    def _in_library(self, parts: list[str]) -> str:
        """What a dotted path in a library is in sync code."""
        return counterpart_of_path(".".join(parts)) or ".".join(map(self._engine.namer.by_rename, parts))

    def _module_path(self, path: str, prefix: str) -> str:
        engine = self._engine
        target = engine.targets.module(prefix) or prefix
        rest = path[len(prefix) :]
        return target + ".".join(self._words.get(part) or engine.namer.new(part) for part in rest.split("."))


def _goes_on(match: re.Match[str], module: str) -> bool:
    """Whether a dotted word is but the beginning of one that is no path: ``pkg.client.time-out``, ``f"pkg.event.{x}"``; or
    the name of a host or file that is called like the package: ``https://pkg.com/api``.

    What is below a module that is no package of the top level is a path: ``f"pkg.client.Client.{method}"``.
    """
    if "." not in module and (_is_in_address(match) or match.group().rpartition(".")[2] in _NO_MODULES):
        return True
    found = _NO_PATH.match(match.string, match.end())
    if found is None or found.group() != ".":
        return found is not None
    return "." not in module and " " not in match.string  # else it may end a sentence


def _is_in_address(match: re.Match[str]) -> bool:
    """Whether it is part of a URL or a path of files."""
    start, end = match.span()
    return match.string[max(start - 1, 0) : start] in ("/", "@") or match.string[end : end + 1] == "/"


def _replaced(value: str, pattern: re.Pattern[str], new_for: Callable[[re.Match[str]], str]) -> str:
    """``value`` with all that matches replaced; where a vowel goes, the article before it fits what comes, as it is said."""
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(value):
        new = new_for(match)
        if new == match.group():
            continue
        before = value[end : match.start()]
        if match.group()[:1] in _VOWELS and _TAKES_A.match(new):
            before = _ARTICLE.sub(r"\1\2", before)
        parts += [before, new]
        end = match.end()
    return "".join([*parts, value[end:]]) if parts else value
