"""Task groups without threads: a child runs when it is created; errors are raised at the end of the block, together."""

from __future__ import annotations

from typing import Any

from . import groups, nursery
from .nursery import TASK_STATUS_IGNORED as TASK_STATUS_IGNORED
from .nursery import TaskStatus as TaskStatus
from .scopes import Scope
from .tasks import Task


class TaskGroup(groups.TaskGroup):
    """`groups.TaskGroup`. Once a child has failed, the waits of the body and of further children are cancelled."""

    def _launch(self, task: Task[Any]) -> None:
        task.run_here()

    def _around(self) -> Scope | None:
        return self._scope.parent


class Nursery(nursery.Nursery):
    """`nursery.Nursery`; `start` returns when the function is over, not when it has started."""

    def _launch(self, task: Task[Any]) -> None:
        task.run_here()
