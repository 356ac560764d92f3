"""The story: from a configuration to a report, one stage a line. Nothing here prints or exits."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config
from .model import Change, Diagnostic, Report, Result, Status
from .pipeline.drift import findings
from .pipeline.pool import Progress
from .pipeline.selection import Selection, changes_of, render_selected, unused_entries
from .pipeline.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from .pipeline.explaining import Item, Origin, Page
    from .pipeline.proposal import Pair

__all__ = [
    "build",
    "check",
    "clean",
    "encoded",
    "explain",
    "list_rules",
    "propose",
    "transpile",
    "write_proposal",
]

Paths = Sequence[str | os.PathLike[str]]


def build(
    config: Config,
    paths: Paths = (),
    *,
    dry_run: bool = False,
    force: bool = False,
    jobs: int | None = 1,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Write every output of ``config`` (or of those ``paths`` that belong to it) that is missing or not up to date.

    ``force`` also replaces files that were not generated. ``jobs``: so many processes, None for as many as pay. Raises
    ``ConfigError`` when there is nothing to do; all else that is wrong is in the report.
    """
    from .pipeline.writing import preview, write_changes

    workspace = open_workspace(config, paths, use_cache=use_cache)
    selection = render_selected(workspace, jobs, progress)
    changes = changes_of(selection, workspace)
    changes, failures = preview(changes, force=force) if dry_run else write_changes(changes, workspace, force=force)
    workspace.cache.save(if_present=dry_run)
    return _report("build", workspace, selection, changes, failures)


def check(
    config: Config,
    paths: Paths = (),
    *,
    types: bool = False,
    jobs: int | None = 1,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Render in memory and compare: the report's errors name every output that `build` would touch. Writes nothing.

    ``types``: mypy and stubtest also judge the outputs that are there, which they import.
    """
    workspace = open_workspace(config, paths, use_cache=use_cache)
    selection = render_selected(workspace, jobs, progress)
    changes = changes_of(selection, workspace)
    workspace.cache.save(if_present=True)
    found = list(findings(changes))
    if types:
        found += _type_findings(workspace, use_cache=use_cache)
    return _report("check", workspace, selection, changes, found)


def _type_findings(workspace: Workspace, *, use_cache: bool) -> tuple[Diagnostic, ...]:
    from .pipeline.explaining import UnexplainedError, origins_of
    from .types_gate import Output, check_types

    units = [unit for unit in workspace.selected if unit.is_python and unit.target.is_file()]
    outputs = [Output(unit.target_module, unit.target_rel, unit.module, unit.source_rel) for unit in units]

    @cache
    def origins(target: str) -> Callable[[int], Origin]:
        return origins_of(str(workspace.root / target), workspace.config)

    def source_line(target: str, line: int) -> int:
        try:
            return origins(target)(line).source_line
        except UnexplainedError:
            return 0

    return check_types(outputs, workspace.root, source_line, use_cache=use_cache)


def transpile(source: str | bytes, config: Config | None = None, *, path: str = "<string>") -> Result:
    """Convert one source text; if ``path`` is a file of one of the packages in ``config``, with their settings."""
    from .pipeline.single import convert_single

    return convert_single(source, config or Config(), path)


def encoded(code: str, source: bytes) -> bytes:
    """The bytes of converted ``code``, in the encoding of the ``source`` that it comes from."""
    from .parse import SourceText, decode

    text = decode(source, "")
    return text.encode(code) if isinstance(text, SourceText) else code.encode()


def explain(subject: str, config: Config | None = None) -> Page | Origin:
    """The page of a code, or the origin of a generated line ("FILE:LINE", of an output of ``config``).

    Raises ``UnexplainedError`` for a code or a line that there is not.
    """
    from .pipeline.explaining import origin_of, page_of

    file, colon, line = subject.rpartition(":")
    return origin_of(file, int(line), config or Config()) if colon and line.isdigit() else page_of(subject)


def list_rules() -> list[Item]:
    """Every rule, every table, and the codes that belong to neither."""
    from .pipeline.explaining import everything

    return everything()


def propose(root: Path) -> list[Pair]:
    """The pairs of source and target that a project without a configuration might have."""
    from .pipeline import proposal

    return proposal.propose(root)


def write_proposal(root: Path, pairs: Sequence[Pair]) -> Path:
    """Append a table for ``pairs`` to the project's pyproject.toml; raises ``ConfigError`` if it has one."""
    from .pipeline import proposal_table

    return proposal_table.write_proposal(root, pairs)


def clean(config: Config) -> Report:
    """Remove everything in the targets that carries our header, and the cache."""
    from .pipeline.writing import clean_targets

    workspace = open_workspace(config, (), use_cache=False)
    changes, failures = clean_targets(workspace)
    return Report("clean", config.root, tuple(changes), tuple(failures))


def _report(
    command: str,
    workspace: Workspace,
    selection: Selection,
    changes: Sequence[Change],
    findings: Sequence[Diagnostic],
) -> Report:
    diagnostics = {*selection.diagnostics, *findings, *unused_entries(selection, workspace)}
    if any(change.status is Status.REFUSED for change in changes):
        from .pipeline.held_up import held_up

        diagnostics.update(held_up(selection, changes, workspace))
    return Report(command, workspace.root, tuple(changes), tuple(sorted(diagnostics)))
