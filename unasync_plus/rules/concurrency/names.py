"""Take tasks, futures and what tells about them from the runtime.

`asyncio.Task`, `Future`, `wrap_future`, `current_task`, `all_tasks`, `InvalidStateError` and the like have the same interface there, so the
name is all that changes: in calls, annotations and `except` clauses. `current_task` outside of any task gives an object that
stands for the thread. (In annotations `Task[T]` stays generic.)

Source: https://docs.python.org/3/library/asyncio-task.html#task-object
"""

from __future__ import annotations

from typing import Any

import libcst as cst

from unasync_plus.rewrite.calls import call_without_loop
from unasync_plus.rewrite.context import Context
from unasync_plus.rewrite.rule import Example, Rule
from unasync_plus.tree import replaced

rule = Rule(
    __name__,
    code="UA305",
    examples=[
        Example(
            before="import asyncio\n\n\ndef name() -> str:\n    return asyncio.current_task().get_name()\n",
            after=(
                "from unasync_plus.runtime.threads import current_task\n\n\n"
                "def name() -> str:\n    return current_task().get_name()\n"
            ),
        )
    ],
)

_RUNTIME = {
    "asyncio.Task": "threads.Task",
    "asyncio.Future": "threads.Future",
    "asyncio.wrap_future": "futures.wrap_future",
    "asyncio.current_task": "threads.current_task",
    "asyncio.all_tasks": "threads.all_tasks",
    "asyncio.InvalidStateError": "threads.InvalidStateError",
    "asyncio.Timeout": "timeouts.Timeout",
    "asyncio.TimerHandle": "timers.TimerHandle",
    "asyncio.Handle": "timers.Handle",
    "asyncio.Runner": "runs.Runner",
    "anyio.CancelScope": "timeouts.CancelScope",
    "trio.CancelScope": "timeouts.CancelScope",
    "anyio.from_thread.check_cancelled": "waiting.checkpoint",
    "trio.from_thread.check_cancelled": "waiting.checkpoint",
    "anyio.current_effective_deadline": "timeouts.current_effective_deadline",
    "trio.current_effective_deadline": "timeouts.current_effective_deadline",
}
_GROUPS = {
    "asyncio.TaskGroup": "TaskGroup",
    "anyio.create_task_group": "Nursery",
    "anyio.abc.TaskGroup": "Nursery",
    "trio.open_nursery": "Nursery",
    "trio.Nursery": "Nursery",
    "anyio.abc.TaskStatus": "TaskStatus",
    "trio.TaskStatus": "TaskStatus",
    "anyio.TASK_STATUS_IGNORED": "TASK_STATUS_IGNORED",
    "trio.TASK_STATUS_IGNORED": "TASK_STATUS_IGNORED",
}
_WITHOUT_LOOP = ("asyncio.Future", "asyncio.current_task", "asyncio.all_tasks", "asyncio.Runner")


@rule.on(cst.Name, cst.Attribute, named=_RUNTIME)
def from_the_runtime(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's thing of that name."""
    return ctx.runtime(_RUNTIME[ctx.resolve(node) or ""])


@rule.on(cst.Name, cst.Attribute, named=_GROUPS)
def group(node: cst.Name | cst.Attribute, ctx: Context) -> Any:
    """The runtime's group, with or without threads."""
    return ctx.concurrent(_GROUPS[ctx.resolve(node) or ""])


@rule.on(cst.Call, named=_WITHOUT_LOOP)
def without_a_loop(node: cst.Call, ctx: Context) -> Any:
    """There is no loop to pass or to configure."""
    return replaced(node, func=ctx.visit(node.func), args=[])


@rule.on(cst.Call, named="asyncio.wrap_future")
def wrap_future(node: cst.Call, ctx: Context) -> Any:
    """The future of an executor, without a loop to pass."""
    return call_without_loop(node, ctx)
