"""Units whose output calls their source through the bridge: `mode = "bridge"`, and "auto" where it has to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unasync_plus.discover import Unit
from unasync_plus.model import Diagnostic
from unasync_plus.parse import SourceText, decode
from unasync_plus.store import read

from .pool import Task
from .render import Rendered, finish, guarded, texts_of
from .workspace import Workspace

if TYPE_CHECKING:
    from unasync_plus.facade import Index, Plan


def render_bridged(tasks: Sequence[Task], workspace: Workspace) -> list[Rendered]:
    """What each task becomes. All modules of a package are looked at together."""
    packages = {task.unit.package: _Package(task.unit.package, workspace) for task in tasks}
    return [packages[task.unit.package].render(task) for task in tasks]


class _Package:
    """One configured package: what its modules are to each other, and what of them is bridged."""

    def __init__(self, number: int, workspace: Workspace) -> None:
        self._workspace = workspace
        self._units = [unit for unit in workspace.units if unit.package == number and unit.is_python]
        self._index: Index | None = None
        self._plan: Plan | None = None

    def render(self, task: Task) -> Rendered:
        """One unit; our own bugs come back as a diagnostic."""
        return guarded(task.unit, lambda: self._render(task))

    def _render(self, task: Task) -> Rendered:
        from unasync_plus.facade import generate

        unit = task.unit
        source = decode(task.data, unit.source_rel)
        if isinstance(source, Diagnostic):
            return Rendered(diagnostics=(source,), is_lasting=False)
        plan = self._planned() if unit.settings.mode == "auto" else None
        made = generate(
            source.text,
            unit=unit,
            settings=unit.settings,
            project=self._workspace.project,
            index=self._looked_at(),
            plan=plan,
        )
        diagnostics = list(made.diagnostics)
        if plan is not None:
            found = (*plan.notes, *plan.refusals)
            diagnostics += [item for item in found if item.path == unit.source_rel and item not in diagnostics]
        texts = texts_of(made.code, made.tree, unit, self._workspace.project, source.text, diagnostics)
        return finish(texts, diagnostics, source, unit, self._workspace.root, made.fired, made.runtime)

    def _looked_at(self) -> Index:
        from unasync_plus.facade import index

        if self._index is None:
            self._index = index(self._units)
        return self._index

    def _planned(self) -> Plan:
        """What has to be bridged: what direct conversion refuses, or would make wrong, and what needs that."""
        from unasync_plus.facade import plan

        if self._plan is None:
            self._plan = plan(self._looked_at(), {unit.module: self._reasons(unit) for unit in self._units})
        return self._plan

    def _reasons(self, unit: Unit) -> list[Diagnostic]:
        from unasync_plus.facade import is_reason
        from unasync_plus.rewrite import convert

        source = decode(read(unit.source) or b"", unit.source_rel)
        if not isinstance(source, SourceText):
            return []
        return list(filter(is_reason, convert(source, unit, self._workspace.project).diagnostics))
