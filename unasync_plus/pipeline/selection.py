"""Render what a run is about: from memory where nothing has changed, else by converting it."""

from __future__ import annotations

from collections.abc import Iterator

from unasync_plus.config import ConfigError
from unasync_plus.discover import Unit
from unasync_plus.model import Change, Diagnostic, Severity, Status
from unasync_plus.records import record
from unasync_plus.store import read

from .dead_entries import dead_entries
from .drift import compare
from .memory import package_key, recall, remember, unit_key
from .orphans import find_orphans
from .pool import Progress, Task, render_all
from .render import Output, Rendered
from .vendor import vendored
from .workspace import Workspace


@record
class Selection:
    """What each selected unit becomes, and the runtime files that these need."""

    units: tuple[tuple[Unit, Rendered], ...]
    runtime: tuple[Rendered, ...]

    @property
    def outputs(self) -> Iterator[Output]:
        for rendered in self._all:
            if not rendered.is_refused:
                yield from rendered.outputs

    @property
    def diagnostics(self) -> Iterator[Diagnostic]:
        for rendered in self._all:
            yield from rendered.diagnostics

    @property
    def _all(self) -> Iterator[Rendered]:
        yield from (rendered for _, rendered in self.units)
        yield from self.runtime


def render_selected(workspace: Workspace, jobs: int | None, progress: Progress | None) -> Selection:
    found: dict[Unit, Rendered] = {}
    tasks: dict[str, Task] = {}
    packages: dict[int, str] = {}
    for unit in workspace.selected:
        if unit.module in workspace.project.shared:
            found[unit] = Rendered()  # not written: what imports it imports the source
            continue
        try:
            data = _source(unit)
        except OSError as error:
            found[unit] = Rendered(diagnostics=(_cannot_read(unit, error),))
            continue
        key = unit_key(unit, data, workspace)
        if _is_bridged(unit):
            if unit.package not in packages:
                packages[unit.package] = package_key(unit.package, workspace)
            key += packages[unit.package]
        known = recall(key, unit.source, workspace)
        if known is None:
            tasks[key] = Task(unit, data)
        else:
            found[unit] = known
    bridged = {key: task for key, task in tasks.items() if _is_bridged(task.unit)}
    if bridged:
        from .bridging import render_bridged

        for (key, task), rendered in zip(
            bridged.items(), render_bridged(list(bridged.values()), workspace), strict=True
        ):
            remember(key, rendered, workspace)
            found[task.unit] = rendered
    direct = {key: task for key, task in tasks.items() if task.unit not in found}
    for (key, task), rendered in zip(
        direct.items(),
        render_all(list(direct.values()), workspace.project, workspace.root, jobs, progress),
        strict=True,
    ):
        remember(key, rendered, workspace)
        found[task.unit] = rendered
    units = tuple((unit, found[unit]) for unit in workspace.selected)
    return Selection(units, tuple(vendored(((unit, rendered.runtime) for unit, rendered in units), workspace)))


def _is_bridged(unit: Unit) -> bool:
    return unit.is_python and unit.settings.mode != "direct"


def _source(unit: Unit) -> bytes:
    data = read(unit.source)
    if data is None:
        raise FileNotFoundError(2, "there is no such file, or it is a link to nothing")
    return data


def _cannot_read(unit: Unit, error: OSError) -> Diagnostic:
    message = f"cannot be read: {error.strerror or error}"
    return Diagnostic(
        unit.source_rel, 1, 1, "UA006", Severity.ERROR, message, "mend it, or leave it out with `exclude`"
    )


def changes_of(selection: Selection, workspace: Workspace) -> list[Change]:
    """Every file of the output: as it should be, as it is, refused, or without a source.

    ``ConfigError`` if the paths of the command line name none.
    """
    refused = [
        Change(unit.source_rel, unit.target_rel, Status.REFUSED)
        for unit, rendered in selection.units
        if rendered.is_refused
    ]
    wanted = list(selection.outputs)
    expected, kept = _expected(selection, wanted, workspace)
    changes = [*compare(wanted, workspace), *refused, *find_orphans(expected, kept, workspace)]
    if workspace.paths and not changes and not selection.units:
        message = f"nothing to do: no configured package has {', '.join(workspace.paths)}"
        raise ConfigError(message, help="name source files, target files or their folders")
    return sorted(changes, key=lambda change: change.target)


def _expected(
    selection: Selection, wanted: list[Output], workspace: Workspace
) -> tuple[frozenset[str], frozenset[str]]:
    """The files that are no orphans, and the folders in which none is.

    What a refused or not selected unit needs is not known, so all that it may need stays.
    """
    known = {unit for unit, rendered in selection.units if not rendered.is_refused}
    unknown = [unit for unit in workspace.units if unit not in known]
    expected = {item.target_rel for item in wanted}
    for unit in unknown:
        expected.update((unit.target_rel, unit.target_rel + "i"))
    return frozenset(expected), frozenset(unit.runtime_rel for unit in unknown)


def unused_entries(selection: Selection, workspace: Workspace) -> list[Diagnostic]:
    """Warnings for entries of the configuration that matched nothing; only a run over everything can tell.

    A refused file may not have been looked at to its end: what it may hold is not told of.
    """
    if workspace.paths:
        return []
    fired = [(unit.package, rendered.fired) for unit, rendered in selection.units]
    refused = [unit for unit, rendered in selection.units if rendered.is_refused]
    try:
        return dead_entries(fired, workspace, [(unit.package, read(unit.source) or b"") for unit in refused])
    except OSError:
        return []  # nobody can tell what is in there
