"""Compare the files that should be with those that are."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path

from unasync_plus.model import Change, Diagnostic, Severity, Status
from unasync_plus.store import digest, generated_from, is_executable, is_ours, read

from .render import Output
from .workspace import Workspace

BUILD = "unasync-plus build"


def compare(wanted: Iterable[Output], workspace: Workspace) -> list[Change]:
    """The state of each wanted file on disk."""
    return [_state(item, workspace) for item in wanted]


def _state(wanted: Output, workspace: Workspace) -> Change:
    if wanted.data is None:
        return _unchanged(wanted, workspace)
    path = workspace.root / wanted.target_rel
    try:
        existing = read(path)
    except OSError:
        return Change(wanted.source_rel, wanted.target_rel, Status.FOREIGN, after=wanted.data)
    if existing is None:
        return Change(wanted.source_rel, wanted.target_rel, Status.MISSING, after=wanted.data)
    if existing == wanted.data and _has_mode(path, workspace.root / wanted.source_rel):
        return _unchanged(wanted, workspace)
    status = _status(wanted, wanted.data, existing, workspace)
    return Change(wanted.source_rel, wanted.target_rel, status, before=existing, after=wanted.data)


def _unchanged(wanted: Output, workspace: Workspace) -> Change:
    workspace.cache.written.put(wanted.target_rel, wanted.digest)
    return Change(wanted.source_rel, wanted.target_rel, Status.UNCHANGED)


def _has_mode(path: Path, like: Path) -> bool:
    return not like.exists() or is_executable(path) == is_executable(like)


def _status(wanted: Output, data: bytes, existing: bytes, workspace: Workspace) -> Status:
    """Who changed what: we remember what we wrote last, where the cache was not deleted since."""
    last = workspace.cache.written.get(wanted.target_rel)
    if last == digest(existing):
        return Status.STALE
    if not is_ours(existing, data) and not _is_our_data(wanted, last, workspace):
        return Status.FOREIGN
    return Status.STALE if last is None else Status.EDITED


def _is_our_data(wanted: Output, last: str | None, workspace: Workspace) -> bool:
    """A file without a marker is ours if we wrote one in its place, or if all code beside it is ours."""
    if wanted.target_rel.endswith((".py", ".pyi")) and wanted.source_rel.endswith(".py"):
        return False
    return last is not None or _is_among_our_code(wanted.target_rel, workspace)


def _is_among_our_code(target_rel: str, workspace: Workspace) -> bool:
    """Whether the nearest code in the target, in the file's folder or above it, is all ours; not if there is none."""
    targets = {package.target for package in workspace.config.packages}
    folder = target_rel
    while folder and folder not in targets:
        folder = posixpath.dirname(folder)
        code = _code_in(workspace.root / folder)
        if code:
            return all(generated_from(read(path) or b"") is not None for path in code)
    return False


def _code_in(folder: Path) -> list[str]:
    return [entry.path for entry in os.scandir(folder) if entry.name.endswith(".py") and entry.is_file()]


def findings(changes: Iterable[Change]) -> list[Diagnostic]:
    """What `check` says about files that are not as they should be."""
    return [_finding(change) for change in changes if change.status not in (Status.UNCHANGED, Status.REFUSED)]


def _finding(change: Change) -> Diagnostic:
    code, message, help = {
        Status.MISSING: ("UA050", f"is missing, it is made from {change.source}", f"run `{BUILD}`"),
        Status.STALE: ("UA051", f"is not what {change.source} becomes today", f"run `{BUILD}`"),
        Status.EDITED: ("UA052", "was changed by hand", f"edit {change.source} instead, and run `{BUILD}`"),
        Status.ORPHANED: (
            "UA053",
            f"is orphaned: no source becomes it any more, it was made from {change.source}",
            f"run `{BUILD}`",
        ),
        Status.FOREIGN: (
            "UA054",
            f"is in the place of what {change.source} becomes, and was not generated",
            f"move it away, or replace it with `{BUILD} --force`",
        ),
    }[change.status]
    line = _first_difference(change.before, change.after)
    return Diagnostic(change.target, line, 1, code, Severity.ERROR, message, help)


def _first_difference(before: bytes | None, after: bytes | None) -> int:
    if before is None or after is None:
        return 1
    old, new = before.splitlines(), after.splitlines()
    same = next((index for index, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
    return 1 + (min(len(old), len(new)) if same is None else same)
