"""Where in the code a finding belongs, found only when there is one: in the text, since libcst keeps no positions."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKENS = re.compile(
    r"""(?P<triple>[A-Za-z]{0,2}(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}))"""
    r"""|(?P<other>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*)"""
    r"""|(?P<head>^(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+))""",
    re.MULTILINE | re.DOTALL,
)
_HEAD = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)")
_TARGET = re.compile(r"\s*(\w+)\s*(?::|=)")


class Locator:
    """Dotted names of a module → line and column of their definition, both counted from 1.

    ``rename`` tells what the names in ``code`` are called where the dotted names come from.
    """

    def __init__(self, code: str, rename: Callable[[str], str] = str) -> None:
        self._code = code
        self._definitions: dict[str, int] = {}
        for name, start in _definitions(code).items():
            self._definitions.setdefault(".".join(map(rename, name.split("."))), start)

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
            target = re.compile(
                rf"^[ \t]*(?:\w+\.)?{re.escape(word)}[ \t]*(?::|=(?!=))|\bself\.{re.escape(word)}\b"
                rf"|^[^#\n]*\b{re.escape(word)}\b",
                re.MULTILINE,
            )
            found = target.search(self._code, start)
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
