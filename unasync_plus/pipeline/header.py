"""The comment at the top of a generated file."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from unasync_plus.model import SourceMap
from unasync_plus.store import marker_line

_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
_BLANK_OR_COMMENT = re.compile(r"[ \t\f]*(#.*)?[\r\n]*")
_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


def with_header(code: str, source_rel: str, own_text: str) -> tuple[str, int, int]:
    """``code`` with the marker line and ``own_text`` below its shebang and coding lines.

    Also before which line (from 0) they were put, and how many lines they are.
    """
    line_end = _LINE_END.search(code)
    newline = line_end[0] if line_end else "\n"
    above, position = _lines_above(code)
    lines = [marker_line(source_rel), *(_as_comment(line) for line in own_text.splitlines())]
    top = code[:position]
    if top and not top.endswith(("\n", "\r")):
        top += newline
    return top + "".join(line + newline for line in lines) + code[position:], above, len(lines)


def _lines_above(code: str) -> tuple[int, int]:
    """How many lines the header has to leave above it, and where they end.

    A shebang line has to be the first; a coding line the first, or the second below a comment (PEP 263).
    """
    lines = [line[0] for line in islice(_LINE.finditer(code), 2)]
    count = 0
    if lines and (lines[0].startswith("#!") or _CODING.match(lines[0])):
        count = 1
    if len(lines) == 2 and _BLANK_OR_COMMENT.fullmatch(lines[0]) and _CODING.match(lines[1]):
        count = 1 if _CODING.match(lines[0]) else 2
    return count, sum(map(len, lines[:count]))


def _as_comment(line: str) -> str:
    if not line.strip():
        return "#"
    return line if line.startswith("#") else f"# {line}"


def shifted(source_map: SourceMap, above: int, added: int) -> SourceMap:
    """The map of the code with ``added`` lines put below its first ``above`` ones."""
    lines = (*source_map.lines[:above], *([0] * added), *source_map.lines[above:])
    rules = {line + added if line > above else line: codes for line, codes in source_map.rules.items()}
    return replace(source_map, lines=lines, rules=rules)
