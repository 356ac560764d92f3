"""Mend the target tree: write, replace, remove. What cannot be done is a diagnostic, and stops nothing else."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import replace

from unasync_plus.model import Change, Diagnostic, Severity, Status
from unasync_plus.store import CACHE_FOLDER, Cache, clear_strays, digest, generated_from, read, remove, write

from .drift import findings
from .orphans import target_files
from .workspace import Workspace


def write_changes(
    changes: Iterable[Change], workspace: Workspace, *, force: bool
) -> tuple[list[Change], list[Diagnostic]]:
    """Carry out ``changes``, and say which were; with ``force`` also those that replace what is not ours."""
    done, failures = [], []
    clear_strays({(workspace.root / unit.target_rel).parent for unit in workspace.units})
    for change in changes:
        if change.status is Status.FOREIGN and not force:
            failures += findings([change])
        elif change.status not in (Status.UNCHANGED, Status.REFUSED):
            failure = _carry_out(change, workspace)
            failures += [failure] if failure else []
            change = replace(change, written=failure is None)
        done.append(change)
    return done, failures


_WAYS_OUT = {
    errno.ENOSPC: "make room on the disk, and run it again",
    errno.EACCES: "see who may write there",
    errno.EPERM: "see who may write there",
    errno.EROFS: "nothing can be written on that disk",
}


def preview(changes: list[Change], *, force: bool) -> tuple[list[Change], list[Diagnostic]]:
    """What `write_changes` could not do, without doing anything."""
    return changes, [] if force else findings(change for change in changes if change.status is Status.FOREIGN)


def _carry_out(change: Change, workspace: Workspace) -> Diagnostic | None:
    path = workspace.root / change.target
    try:
        if change.after is None:
            remove(path, workspace.root)
            workspace.cache.written.drop(change.target)
        else:
            write(path, change.after, workspace.root / change.source)
            workspace.cache.written.put(change.target, digest(change.after))
    except OSError as error:
        message = f"cannot be {'removed' if change.after is None else 'written'}: {error.strerror or error}"
        help = _WAYS_OUT.get(error.errno or 0, "look at what is in its place")
        return Diagnostic(change.target, 1, 1, "UA055", Severity.ERROR, message, help)
    return None


def clean_targets(workspace: Workspace) -> tuple[list[Change], list[Diagnostic]]:
    """Remove every file in the targets that carries our header."""
    changes = []
    for target_rel in target_files(workspace):
        data = read(workspace.root / target_rel) if target_rel.endswith((".py", ".pyi")) else None
        source_rel = generated_from(data) if data is not None else None
        if source_rel is not None:
            changes.append(Change(source_rel, target_rel, Status.ORPHANED, before=data))
    is_gone = Cache.clear(workspace.root)
    done, failures = write_changes(changes, workspace, force=False)
    if not is_gone:
        message, help = "cannot be removed: it is in use, or not yours to remove", "remove the folder by hand"
        failures = [*failures, Diagnostic(CACHE_FOLDER, 1, 1, "UA055", Severity.ERROR, message, help)]
    return done, failures
