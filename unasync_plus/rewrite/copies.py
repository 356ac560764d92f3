"""A package that cancels, or sets deadlines to, what another package of the project does, each with a copy of the runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unasync_plus.resolve.project import is_of

if TYPE_CHECKING:
    from unasync_plus.resolve.project import Project
    from unasync_plus.rewrite.engine import Engine

_CANCELLING = frozenset({"threads", "groups", "nursery", "timeouts", "completion"})
"""Modules of the runtime with what ends waits, or is told of that."""


def tell_of_copies(engine: Engine) -> None:
    """Warn where this module may end waits of another package, or catch its `CancelledError`, which has another class."""
    project, unit = engine.project, engine.unit
    if unit.settings.runtime != "vendor" or not engine.runtime_modules & _CANCELLING:
        return
    if "CancelledError" not in engine.words and unit.module not in project.interrupting:
        return
    own = _root(unit.module, project)
    for bindings in engine.names.imports.values():
        for binding in bindings:
            other = _root(binding.qualified, project)
            if other and other != own and any(is_of(module, (other,)) for module in project.interrupting):
                text = f"{other} has a copy of the runtime of its own: what is cancelled here does not end waits there"
                help = 'say runtime = "import" for both packages, or make them one'
                engine.warn(binding.node, "UA342", text, help)
                return


def _root(module: str, project: Project) -> str:
    """The source package that a module, or a name in it, belongs to; empty if it is none."""
    return next((root for root in sorted(project.roots, key=len, reverse=True) if root and is_of(module, (root,))), "")
