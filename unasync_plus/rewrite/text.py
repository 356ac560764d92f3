"""Names in text: docstrings, comments, string literals, ``__all__``, string annotations, dotted paths of modules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.docstrings import without_async
from unasync_plus.tables import counterpart_of_path, load
from unasync_plus.tree import dotted, replaced, walk

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_NO_PATH = re.compile(r"-\w|\.$")
_WORD = re.compile(r"\\.|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*", re.DOTALL)
"""A dotted word, or an escape sequence, whose letter belongs to no word."""
_PART = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A part of one."""
_ARTICLE = re.compile(r"\b([Aa])n(\s+[`*\"'<:~.\w]*?)$")
_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "collections", "contextlib", "asyncio", "queue"})
_GENERICS = frozenset("list dict tuple set frozenset type".split())
TYPE_TAKERS = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("cast", "TypeVar", "NewType")
)
"""Functions some of whose arguments are types, maybe quoted."""
_KEPT = "\0"
"""Stands behind the ``#`` of comments that are to stay; no source can hold it."""
_VOWELS = frozenset("aeiouAEIOU")


class Text:
    """Applies the module's renames, and the configuration's `text` table, to what is not code."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        settings = engine.settings
        self._where = settings.rename_text
        keys = sorted(settings.text, key=len, reverse=True)
        self._literal = re.compile("|".join(map(re.escape, keys))) if keys else None
        self.in_annotation = self.has_marks = False
        self.quoted: set[str] = set()
        """Words of quoted types: names that are read there."""
        self._words: dict[str, str] | None = None
        self._prefixes = tuple(
            root
            for root in sorted(
                {*engine.project.modules, *engine.project.roots, *engine.project.twin_modules}, key=len, reverse=True
            )
            if root
        )
        self._tops = frozenset(root.partition(".")[0] for root in self._prefixes)
        self._heads = self._tops | {old.partition(".")[0] for old in settings.replace if "." in old}

    @property
    def words(self) -> dict[str, str]:
        """Every word whose meaning in this module has another name in the output."""
        if self._words is None:
            engine = self._engine
            words = {old: new for old, new in engine.targets.methods.items() if not engine.namer.explicit(old)}
            words.update(engine.renames)
            for local, bindings in engine.names.imports.items():
                for binding in bindings:
                    if binding.from_import:
                        new = engine.locals.name(binding)
                        if new != local:
                            words[local] = new
            self._words = words
        return self._words

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

    # the places

    def string(self, node: cst.SimpleString) -> Any:
        """A string literal: docstring, annotation or other."""
        value = node.value
        if "b" in node.prefix.lower():
            return node
        if self._is_docstring():
            new = self.docstring(value) if "docstrings" in self._where else self.literal(value)
        elif self.in_annotation:
            return self.quoted_annotation(node)
        else:
            new = self.plain(value, "strings")
        return node if new == value else replaced(node, value=new)

    def _is_docstring(self) -> bool:
        """Whether the string at hand is a statement: the docstring of a definition, or of the attribute above it."""
        parents = self._engine.parents
        place = len(parents) - 2
        while place >= 0 and type(parents[place]) is cst.ConcatenatedString:
            place -= 1
        return place >= 0 and type(parents[place]) is cst.Expr

    def concatenated(self, node: cst.ConcatenatedString) -> Any:
        """Adjacent literals, each for itself."""
        return self._engine.generic(node)

    def formatted(self, node: cst.FormattedStringText) -> Any:
        """The text between the braces of an f-string."""
        new = self.plain(node.value, "strings")
        return node if new == node.value else replaced(node, value=new)

    def annotation(self, node: cst.Annotation) -> Any:
        """An annotation: strings in it are code."""
        outer, self.in_annotation = self.in_annotation, True
        new = self._engine.generic(node)
        self.in_annotation = outer
        return new

    def subscript(self, node: cst.Subscript) -> Any:
        """``X[…]``: strings in it are types if ``X`` is one, but not in ``Literal`` and what ``Annotated`` adds."""
        qualified = self._engine.resolve(node.value) or ""
        module, _, name = qualified.rpartition(".")
        if module in _TYPING and name == "Literal":
            return self._with(False, node)
        if module in _TYPING and name == "Annotated":
            value = self._engine.visit(node.value)
            first = self._with(True, node.slice[0])
            rest = [self._with(False, element) for element in node.slice[1:]]
            return replaced(node, value=value, slice=[first, *rest])
        is_type = module in _TYPING or (module == "builtins" and name in _GENERICS)
        return self._with(self.in_annotation or is_type, node)

    def _with(self, in_annotation: bool, node: Any) -> Any:
        outer, self.in_annotation = self.in_annotation, in_annotation
        new = self._engine.generic(node)
        self.in_annotation = outer
        return new

    def type_argument(self, node: cst.Arg, position: int, function: str) -> bool:
        """Whether a string that is this argument of ``function`` holds a type."""
        name = function.rpartition(".")[2]
        if name == "cast":
            return position == 0
        if name == "NewType":
            return position == 1
        keyword = node.keyword.value if node.keyword is not None else ""
        return keyword in ("bound", "default") or (position > 0 and not keyword)

    def quoted_annotation(self, node: cst.SimpleString) -> Any:
        """A string that holds a type."""
        engine = self._engine
        quote = len(node.prefix) + len(node.quote)
        inside = node.value[quote : -len(node.quote)]
        try:
            tree = cst.parse_expression(inside)
        except Exception:  # not code after all: a Literal, a comment in Annotated
            return node
        self.quoted.update(_WORD.findall(inside.replace(".", " ")))
        known = len(engine.findings)
        new = engine.visit(tree)
        for index in range(known, len(engine.findings)):
            engine.findings[index] = _moved(engine.findings[index], node)
        if new is tree or not isinstance(new, cst.BaseExpression):
            return node
        text = cst.Module([]).code_for_node(new)
        return replaced(node, value=node.value[:quote] + text + node.quote)

    def comment(self, value: str) -> str:
        """A comment, its ``#`` included."""
        return self.plain(value, "comments") if value[1:2] != _KEPT else "#" + value[2:]

    def kept(self, node: Any) -> Any:
        """``node``, which stays as it is, its comments marked where they would be changed."""
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, cst.Comment) and self.comment(part.value) != part.value:
                self.has_marks = True
                return node.visit(_Marker(self))
            stack.extend(part.children)
        return node

    # the words

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
        return without_async(self._renamed(value, True, True))

    def _renamed(self, value: str, rename: bool, modules: bool) -> str:
        """``value`` with other words and module paths; an article before a changed word fits the new one."""
        if "\\" not in value:  # most texts hold nothing to change
            found = _PART.findall(value)
            if self._heads.isdisjoint(found) and (
                not rename or (self.words.keys().isdisjoint(found) and self._libraries.isdisjoint(found))
            ):
                return value
        words = self.words if rename else {}

        def new_for(match: re.Match[str]) -> str:
            word = match.group()
            return self._path(match, words, modules) if "." in word else words.get(word, word)

        return _replaced(value, _WORD, new_for)

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
        if words is self.words and parts[0] in self._libraries:
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
        return target + ".".join(self.words.get(part) or engine.namer.new(part) for part in rest.split("."))


def _goes_on(match: re.Match[str], module: str) -> bool:
    """Whether a dotted word is but the beginning of one that is no path: ``pkg.client.time-out``, ``f"pkg.event.{x}"``.

    What is below a module that is no package of the top level is a path: ``f"pkg.client.Client.{method}"``.
    """
    found = _NO_PATH.match(match.string, match.end())
    if found is None or found.group() != ".":
        return found is not None
    return "." not in module and " " not in match.string  # else it may end a sentence


class _Marker(cst.CSTTransformer):
    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        value = original_node.value
        if self._text.comment(value) == value:
            return updated_node
        return replaced(updated_node, value=f"#{_KEPT}{value[1:]}")


def _replaced(value: str, pattern: re.Pattern[str], new_for: Callable[[re.Match[str]], str]) -> str:
    """``value`` with all that matches replaced; where a vowel goes, the article before it fits what comes."""
    parts: list[str] = []
    end = 0
    for match in pattern.finditer(value):
        new = new_for(match)
        if new == match.group():
            continue
        before = value[end : match.start()]
        if match.group()[:1] in _VOWELS and new[:1].isalpha() and new[0] not in _VOWELS:
            before = _ARTICLE.sub(r"\1\2", before)
        parts += [before, new]
        end = match.end()
    return "".join([*parts, value[end:]]) if parts else value


def _moved(finding: Any, node: cst.CSTNode) -> Any:
    from dataclasses import replace

    return replace(finding, node=node)
