"""Unified diffs of what a build writes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from unasync_plus.model import Change, Status

_NO_NEWLINE = "\\ No newline at end of file"
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


def differences(changes: Iterable[Change]) -> Iterator[str]:
    """The lines of one diff over all files that are not as they should be, without newlines."""
    for change in changes:
        if change.status not in (Status.UNCHANGED, Status.REFUSED) and change.before != change.after:
            yield from _difference(change)


def _difference(change: Change) -> Iterator[str]:
    old, new = _lines(change.before), _lines(change.after)
    if old is None or new is None:
        yield f"Binary files a/{change.target} and b/{change.target} differ"
        return
    old_name = f"a/{change.target}" if change.before is not None else "/dev/null"
    new_name = f"b/{change.target}" if change.after is not None else "/dev/null"
    for line in difflib.unified_diff(old, new, old_name, new_name):
        yield line.rstrip("\n")
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _lines(data: bytes | None) -> list[str] | None:
    """The lines of a text; None if it is none."""
    if data is None:
        return []
    if b"\0" in data:
        return None
    return _LINE.findall(data.decode("utf-8", "replace"))
