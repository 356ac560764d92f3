"""The line that says that a file is generated, and the question whether a file may be replaced."""

from __future__ import annotations

import re

from unasync_plus.model import MARKER

_MARKER = MARKER.encode()
_MARKER_LINE = re.compile(re.escape(_MARKER) + rb"(.+)\. Do not edit\.[ \t]*")
_CODING = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")
_SHEBANG_OR_CODING = re.compile(rb"#!|" + _CODING.pattern)
_BOM = b"\xef\xbb\xbf"


def marker_line(source_rel: str) -> str:
    """The first line of what is generated from ``source_rel``, without its newline."""
    return f"{MARKER}{source_rel}. Do not edit."


def generated_from(data: bytes) -> str | None:
    """The source that the file ``data`` says it is generated from; None if it does not say so where it has to.

    That is its first line, or the one below its shebang and coding lines.
    """
    top = data.removeprefix(_BOM)[:4096]
    if _MARKER not in top:
        return None
    lines = top.splitlines()[:3]
    for index, line in enumerate(lines):
        found = _MARKER_LINE.fullmatch(line)
        if found:
            return found[1].decode("utf-8", "surrogateescape") if _may_stand_above(lines[:index]) else None
    return None


def _may_stand_above(lines: list[bytes]) -> bool:
    """Whether ``lines`` have to be the first of a file: shebang line, coding line, comment above a coding line."""
    if not lines:
        return True
    if len(lines) == 1:
        return bool(_SHEBANG_OR_CODING.match(lines[0]))
    return lines[0].strip()[:1] in (b"#", b"") and bool(_CODING.match(lines[1]))


def is_ours(existing: bytes, wanted: bytes) -> bool:
    """Whether ``existing`` is a generated file that may be replaced with ``wanted``.

    Also one whose marker was edited or lost while the rest is as generated, one that was cut short, and an empty one.
    """
    if generated_from(existing) is not None or not existing.strip():
        return True
    if wanted.startswith(existing) or _says_so(existing):
        return True
    return _differ_in_marker_only(existing.removeprefix(_BOM).splitlines(), wanted.removeprefix(_BOM).splitlines())


def _differ_in_marker_only(existing: list[bytes], wanted: list[bytes]) -> bool:
    """Whether the marker line of ``wanted`` is all that ``existing`` lacks, or has another comment for."""
    at = next((index for index, line in enumerate(wanted[:3]) if _MARKER_LINE.fullmatch(line)), None)
    if at is None or not wanted[at + 1 :]:
        return False
    rest = wanted[:at] + wanted[at + 1 :]
    replaced = existing[at : at + 1] and existing[at].lstrip().startswith(b"#")
    return rest == existing or (bool(replaced) and rest == existing[:at] + existing[at + 1 :])


def _says_so(data: bytes) -> bool:
    lines = data.removeprefix(_BOM)[:4096].splitlines()[:3]
    return any(line.lstrip().startswith(b"#") and b"enerated by unasync-plus" in line for line in lines)
