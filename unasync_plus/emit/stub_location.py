"""Where in the code a finding belongs, found only when there is one: in the text, since libcst keeps no positions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

_TOKENS = re.compile(
    r"""(?P<triple>[A-Za-z]{0,2}(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}))"""
    r"""|(?P<other>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*)"""
    r"""|(?P<head>^(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+))""",
    re.MULTILINE | re.DOTALL,
)
_HEAD = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)")
_TARGET = re.compile(r"\s*(\w+)\s*(?::|=)")

_MENTIONS = (
    r"^[ \t]*(?:\w+\.)?{}[ \t]*(?::|=(?!=))|\bself\.{}[ \t]*(?::|=(?!=))",
    r"\bself\.{}\b",
    r"^[^#\n]*\b{}\b",
)
"""How a name that is no function and no class is mentioned, what defines it first."""


@cache
def _mention(form: str, word: str) -> re.Pattern[str]:
    return re.compile(form.replace("{}", re.escape(word)), re.MULTILINE)


class Locator:
    """Dotted names of a module → line and column of their definition, both counted from 1.

    ``rename`` tells what the names in ``code`` are called where the dotted names come from.
    """

    def __init__(self, code: str, rename: Callable[[str], str] = str) -> None:
        self._code = code
        self._definitions: dict[str, int] = {}
        for name, start in _definitions(code).items():
            self._definitions.setdefault(".".join(map(rename, name.split("."))), start)

    def line_of(self, name: str) -> int:
        """The line on which the dotted ``name`` is defined or, in its owner, first mentioned; 0 if its owner is not there."""
        owner = name.rpartition(".")[0]
        if name in self._definitions or owner in self._definitions or not owner:
            line, _ = self.place(name)
            return line if name in self._definitions or self._mentions(name, line) else 0
        return 0

    def _mentions(self, name: str, line: int) -> bool:
        text = self._code.split("\n")[line - 1]
        return re.search(rf"\b{re.escape(name.rpartition('.')[2])}\b", text) is not None

    def _end(self, owner: str, start: int) -> int:
        """Where the definition of ``owner``, which begins at ``start``, ends, at the latest."""
        later = [at for name, at in self._definitions.items() if at > start and not name.startswith(f"{owner}.")]
        return min(later, default=len(self._code)) if owner else len(self._code)

    def place(self, where: str, word: str = "") -> tuple[int, int]:
        """Where ``where`` is defined; with a ``word``, the first mention of it as a target below its owner."""
        owner = where
        start = 0
        if where not in self._definitions:
            word = word or where.rpartition(".")[2]
        while owner:
            if owner in self._definitions:
                start = self._definitions[owner]
                break
            owner = owner.rpartition(".")[0]
        if word and owner != where:
            end = self._end(owner, start)
            found = next(
                (one for form in _MENTIONS if (one := _mention(form, word).search(self._code, start, end))), None
            )
            if found:
                start = found.end() - len(found[0].lstrip())
        line = self._code.count("\n", 0, start) + 1
        return line, start - (self._code.rfind("\n", 0, start) + 1) + 1


def _definitions(code: str) -> dict[str, int]:
    found: dict[str, int] = {}
    stack: list[tuple[int, str]] = []
    for token in _TOKENS.finditer(code):
        if not token["head"]:
            continue
        indent = len(token["indent"].expandtabs())
        while stack and stack[-1][0] >= indent:
            stack.pop()
        stack.append((indent, token["name"]))
        found.setdefault(".".join(name for _, name in stack), token.start("head") + len(token["indent"]))
    return found


def defined_at(stub: str, line: int) -> str:
    """The dotted name of what line ``line`` of a stub says something about; "" for an import."""
    lines = stub.splitlines()
    position = line - 1
    while position < len(lines) - 1 and lines[position].lstrip().startswith("@"):
        position += 1
    names: list[str] = []
    depth = len(lines[position]) + 1
    for text in reversed(lines[: position + 1]):
        indent = len(text) - len(text.lstrip())
        head = _HEAD.match(text) if names else _HEAD.match(text) or _TARGET.match(text)
        if text.strip() and indent < depth and head:
            names.append(head[1])
            depth = indent
        elif not names and text.strip() and indent < depth:
            depth = indent + 1 if text.lstrip()[0] in ")" else depth  # within a signature over several lines
        if depth == 0:
            break
    return ".".join(reversed(names))


def definition_lines(code: str, source: Locator) -> tuple[int, ...]:
    """For each line of ``code``, the line in ``source`` of the definition that it belongs to, 0 if it has none.

    For code whose definitions are those of a source, whatever else stands in them.
    """
    heads = {code.count("\n", 0, start) + 1: name for name, start in _definitions(code).items()}
    found: list[int] = []
    stack: list[tuple[int, str]] = []
    for number, text in enumerate(code.split("\n"), start=1):
        indent = len(text) - len(text.lstrip())
        if text.strip() and not text.lstrip().startswith(")"):
            while stack and indent <= stack[-1][0]:
                stack.pop()
        if number in heads:
            stack.append((indent, heads[number]))
        owner = stack[-1][1] if stack else ""
        target = _TARGET.match(text)
        assigned = f"{owner}.{target[1]}".lstrip(".") if target and number not in heads else ""
        known = source.line_of(owner) if owner else 0
        found.append((source.line_of(assigned) if assigned else 0) or known)
    return _with_decorators(code, found)


def _with_decorators(code: str, found: list[int]) -> tuple[int, ...]:
    """A decorator belongs to what stands below it."""
    lines = code.split("\n")
    for position in range(len(found) - 2, -1, -1):
        if lines[position].lstrip().startswith("@"):
            found[position] = found[position + 1]
    return tuple(found)
