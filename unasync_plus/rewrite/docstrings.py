"""Code that is shown in docstrings: ``async``, ``await`` and the runner go from it, and what is around the types of results.

What is code is told by the markup around it, Markdown's or that of Sphinx, and by the prompt of doctest. Elsewhere only what no
sentence holds is taken for code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# these begin with a word, which is looked for ten times faster than the beginning of one
_ASYNC = re.compile(r"async(?<!\wasync)\s+(?=(?:def|with|for)\b)")
_AWAIT_CALL = re.compile(r"await(?<!\wawait)\s+(?=[A-Za-z_][\w.]*\s*[(\[]|\()")
_AWAITED = re.compile(r"(?:\b(?:[A-Za-z_]\w*\.)+|\b)(?P<name>Awaitable|Coroutine)\[")
_TWICE = re.compile(r"(?:\b(?:[A-Za-z_]\w*\.)+|\b)Union\[([^\[\]]+),\s*\1\]")
_AWAIT = re.compile(r"\bawait\s+(?=[A-Za-z_(])")
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.)(?:\s|$)")
_FENCES = ("```", "~~~")
_DIRECTIVE = re.compile(r"\.\.\s+(?:code(?:-block)?|sourcecode|ipython)::")
_RUN = re.compile(r"(?P<before>\s*(?:(?:>>>|\.\.\.)\s+)?(?:\w+\s*=\s*)?)(?:asyncio|anyio|trio)\.run\((?P<what>.*)\)\s*")
_IMPORT = re.compile(r"\s*(?:>>>\s+)?import (?P<module>asyncio|anyio|trio)\s*")


def without_async(text: str) -> str:
    """``text``, a docstring with its quotes, as it is for sync code."""
    if "Awaitable[" in text or "Coroutine[" in text:
        text = _unwrapped(text)
    if "async" not in text and "await" not in text:
        return text
    text = _AWAIT_CALL.sub("", _ASYNC.sub("", text))
    if "await" not in text and ".run(" not in text:
        return text
    lines = text.split("\n")
    has_runner = False
    for index in _code(lines):
        lines[index] = _AWAIT.sub("", lines[index])
        run = _RUN.fullmatch(lines[index])
        call = _called(run["what"]) if run is not None else ""
        if run is not None and call:
            lines[index] = run["before"] + call
            has_runner = True
    return "\n".join(_without_imports(lines) if has_runner else lines)


def _unwrapped(text: str) -> str:
    """``text`` with ``T`` for types such as ``typing.Awaitable[T]``."""
    place = 0
    while (found := _AWAITED.search(text, place)) is not None:
        parts, end = _arguments(text, found.end())
        place = found.end()
        if len(parts) == (3 if found["name"] == "Coroutine" else 1):
            text, place = text[: found.start()] + parts[-1] + text[end:], found.start()
    return _TWICE.sub(r"\1", text)


def _arguments(text: str, start: int) -> tuple[list[str], int]:
    """What stands between the bracket before ``start`` and its end, by commas, and where that is; nothing if it has no end."""
    depth, parts, last = 0, [], start
    for index in range(start, min(len(text), start + 500)):
        character = text[index]
        if depth == 0 and character in ",]":
            parts.append(text[last:index].strip())
            last = index + 1
            if character == "]":
                return parts, last
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(character, 0)
    return [], start


def _without_imports(lines: Sequence[str]) -> Iterator[str]:
    """``lines`` but for the imports of runners that nothing mentions any more, one blank line where two would meet."""
    rest = "\n".join(line for line in lines if not _IMPORT.fullmatch(line))
    before, gone = "", False
    for line in lines:
        found = _IMPORT.fullmatch(line)
        if found is not None and found["module"] not in rest:
            gone = True
            continue
        if not (gone and not line.strip() and not before.strip()):
            yield line
        before, gone = line, False


def _called(what: str) -> str:
    """The call that ``what``, the arguments of a runner, asks for; empty if that takes more than one."""
    if what.isidentifier():
        return f"{what}()"
    head, _, inside = what.partition("(")
    depth = 1
    for index, character in enumerate(inside):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return what if index == len(inside) - 1 and head.replace(".", "").isidentifier() else ""
    return ""


def _code(lines: Sequence[str]) -> Iterator[int]:
    """Which of ``lines`` are code."""
    margin = min((_indent(line) for line in lines[1:] if line.strip()), default=0)
    fence = ""
    block: int | None = None
    for index, line in enumerate(lines):
        text, indent = line.strip(), _indent(line) if index else margin
        if fence:
            if text.startswith(fence):
                fence = ""
            else:
                yield index
            continue
        if block is not None and (not text or indent > block):
            yield index
            continue
        block = None
        if text.startswith(_FENCES):
            fence = text[:3]
        elif _DIRECTIVE.match(text) or text.endswith("::"):
            block = indent
        elif _PROMPT.match(line):
            yield index


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
