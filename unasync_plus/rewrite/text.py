"""Names in text: docstrings, comments, string literals, ``__all__``, string annotations, dotted paths of modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst

from unasync_plus.rewrite.quoted_code import holds_async_code
from unasync_plus.rewrite.words import DOTTED_WORD, Words
from unasync_plus.tree import replaced

if TYPE_CHECKING:
    from unasync_plus.rewrite.engine import Engine

_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "collections", "contextlib", "asyncio", "queue"})
_GENERICS = frozenset("list dict tuple set frozenset type".split())
TYPE_TAKERS = frozenset(
    f"{module}.{name}" for module in ("typing", "typing_extensions") for name in ("cast", "TypeVar", "NewType")
)
"""Functions some of whose arguments are types, maybe quoted."""
_KEPT = "\0"
"""Stands behind the ``#`` of comments that are to stay; no source can hold it."""


class Text:
    """Finds what is not code, and what is code in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.words = Words(engine)
        self.in_annotation = self.has_marks = False
        self.quoted: set[str] = set()
        """Words of quoted types: names that are read there."""

    def string(self, node: cst.SimpleString) -> Any:
        """A string literal: docstring, annotation or other."""
        value = node.value
        if "b" in node.prefix.lower():
            return node
        if self._is_docstring():
            new = self.words.docstring(value)
        elif self.in_annotation or self._is_alias():
            return self.quoted_annotation(node)
        elif self._stays(node):
            return node
        else:
            new = self.words.plain(value, "strings")
        return node if new == value else replaced(node, value=new)

    def _is_docstring(self) -> bool:
        """Whether the string at hand is a statement: the docstring of a definition, or of the attribute above it."""
        parents = self._engine.parents
        place = len(parents) - 2
        while place >= 0 and type(parents[place]) is cst.ConcatenatedString:
            place -= 1
        return place >= 0 and type(parents[place]) is cst.Expr

    def _is_alias(self) -> bool:
        """Whether the string at hand is what a ``name: TypeAlias`` is set to."""
        parents = self._engine.parents
        place = len(parents) - 2
        while place >= 0 and type(parents[place]) is cst.BinaryOperation:
            place -= 1
        statement = parents[place] if place >= 0 else None
        if type(statement) is not cst.AnnAssign:
            return False
        module, _, name = (self._engine.resolve(statement.annotation.annotation) or "").rpartition(".")
        return name == "TypeAlias" and module in _TYPING

    def _stays(self, node: cst.SimpleString) -> bool:
        """Whether a string is asynchronous code itself: what its names mean where it runs, nobody knows."""
        if not holds_async_code(node):
            return False
        self._tell(node)
        return True

    def _tell(self, node: cst.CSTNode) -> None:
        self._engine.warn(
            node,
            "UA407",
            "this string holds asynchronous code, which stays as it is, its names too",
            "keep what runs it for async code (`# unasync: skip`), or put the sync text in place with `# unasync: replace`",
        )

    def concatenated(self, node: cst.ConcatenatedString) -> Any:
        """Adjacent literals, each for itself."""
        return self._engine.generic(node)

    def formatted(self, node: cst.FormattedStringText) -> Any:
        """The text between the braces of an f-string."""
        around = self._engine.parent
        if isinstance(around, cst.FormattedString) and holds_async_code(around):
            if node is next(part for part in around.parts if isinstance(part, cst.FormattedStringText)):
                self._tell(around)
            return node
        new = self.words.plain(node.value, "strings")
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
        self.quoted.update(DOTTED_WORD.findall(inside.replace(".", " ")))
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
        return self.words.plain(value, "comments") if value[1:2] != _KEPT else "#" + value[2:]

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


class _Marker(cst.CSTTransformer):
    def __init__(self, text: Text) -> None:
        super().__init__()
        self._text = text

    def leave_Comment(self, original_node: cst.Comment, updated_node: cst.Comment) -> cst.Comment:
        value = original_node.value
        if self._text.comment(value) == value:
            return updated_node
        return replaced(updated_node, value=f"#{_KEPT}{value[1:]}")


def _moved(finding: Any, node: cst.CSTNode) -> Any:
    from dataclasses import replace

    return replace(finding, node=node)
