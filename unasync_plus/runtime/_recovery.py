"""After an exception, most likely Ctrl-C, that was raised between two lines of ours: everything back in order."""

from __future__ import annotations

from asyncio import _get_running_loop, _set_running_loop, current_task
from asyncio.tasks import _leave_task
from contextlib import suppress
from functools import partial
from sys import set_asyncgen_hooks

from ._caution import trap
from ._following import await_turn, leave_line, let_go, new_bell, ring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._loop import SharedLoop
    from ._work import Work


def recover(shared: SharedLoop, work: Work, error: BaseException, hooks: Any) -> None:
    """`error` was raised while `shared` executed `work`. `hooks`: those of this thread, if they were replaced."""
    try:
        _recover(shared, work, error, hooks)
    except BaseException:  # Ctrl-C again, perhaps before everything was in order
        _recover(shared, work, error, hooks)
        raise


def _recover(shared: SharedLoop, work: Work, error: BaseException, hooks: Any) -> None:
    trap.relax(work)
    trap.spare(partial(_tidy_up, shared, work, hooks))
    if not work.done and work.interrupted is None and work.bell is not None and not isinstance(error, Exception):
        work.interrupt(error)
        await_turn(shared, work, work.bell)
    elif not work.done:
        work.cancel_from_outside()


def _tidy_up(shared: SharedLoop, work: Work, hooks: Any) -> None:
    loop = _get_running_loop()
    task = None if loop is None else current_task(loop)
    if loop is not None and task is not None:  # a worker's, which was lent
        _leave_task(loop, task)
    _set_running_loop(None)
    if hooks is not None:
        set_asyncgen_hooks(*hooks)
    if shared.lock.acquire(False):  # it was free, or it is ours
        if shared.loop is not None:
            with suppress(AttributeError):
                shared.loop.is_running = shared.runs  # type: ignore[method-assign]
        if shared.leading is work:
            shared.leading = None
        shared.caution.relax(work)
        if not work.done and work.bell is None:
            _abandon(work)
        shared.workers.put_right()
        let_go(shared)
    leave_line(shared, work)
    shared.look_around()


def _abandon(work: Work) -> None:
    """We led and do no more: end `work`, or have somebody tell us when it ends."""
    if work.is_under_way:
        work.bell = new_bell()
        work.tell = partial(ring, work.bell)
        return
    work.discard()
    work.done = True
    task = work.task
    if task is not None and task.done() and not task.cancelled():
        task.exception()  # it is raised already: asyncio shall not log that nobody saw it
