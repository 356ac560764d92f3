"""The end of a shared loop: closed by the user, left at the exit of the interpreter, or inherited by a forked child."""

from __future__ import annotations

import asyncio
import os
from asyncio import _get_running_loop
from contextlib import suppress

from ._caution import trap
from ._following import follow, let_go
from ._loop import SharedLoop
from ._work import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Callable, Iterable
    from typing import Any

    from ._living import Living
    from ._work import Work
    from ._workers import Worker

EXIT_PATIENCE = 5.0  # seconds for everything to clean up when the interpreter exits

_loops: dict[tuple[str, bool, object], SharedLoop] = {}
_inherited: list[object] = []


def shared_loop(name: str, factory: Callable[[], AbstractEventLoop] | None, own_thread: bool) -> SharedLoop:
    """The one loop of this name (and these settings) in this process."""
    key = (name, own_thread, factory)
    return _loops.get(key) or _loops.setdefault(key, SharedLoop(name, factory, own_thread))


def close(shared: SharedLoop) -> None:
    """Cancel what runs, wait until it has cleaned up, and close the loop. The next call starts a new one."""
    running = _get_running_loop()
    if running is not None and running is shared.loop:
        raise RuntimeError(f"bridge {shared.name!r} can not be closed by code that runs on its own loop")
    with shared.opening:
        _close(shared, leads=running is None, patience=None)


def close_at_exit() -> None:
    """For `atexit`. Daemon threads that wait for an answer wait on until the process ends."""
    for shared in list(_loops.values()):
        shared.exiting = True
        loop = shared.loop
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)  # a daemon thread that drives gives way to us
            _close(shared, leads=True, patience=EXIT_PATIENCE)
            _let_finalizers_be(loop)


def _close(shared: SharedLoop, leads: bool, patience: float | None) -> None:
    loop, inbox, keeper = shared.loop, shared.inbox, shared.keeper
    if loop is None or inbox is None:
        return None
    shared.closing, shared.steppable = True, None
    last = Call(shared, _wind_up(shared, loop, patience))
    last.closes, last.leads = True, leads
    follow(shared, last, patience)
    shared.loop = shared.inbox = None
    loop.call_soon_threadsafe(loop.stop)
    if keeper is not None:
        keeper.wake()
    if not shared.lock.acquire(timeout=-1 if patience is None else patience):
        return _silence(loop)  # a step that blocks: it ends with the process
    shared.busy = True
    try:
        if last.done and not asyncio.all_tasks(loop):
            loop.close()
        else:
            _silence(loop)
        inbox.close()
        for work in [*shared.waiters, *shared.externals]:
            if not work.done and not shared.exiting:
                work.refuse(shared.closed_error())
    finally:
        shared.closing = False
        shared.keeper = None
        let_go(shared)
    if keeper is not None:
        keeper.join(patience)
    if last.error is not None:
        raise last.error
    return None


async def _wind_up(shared: SharedLoop, loop: AbstractEventLoop, patience: float | None) -> None:
    """As at the end of ``asyncio.run``: first what callers wait for or hold open, then all the other tasks."""
    this = asyncio.current_task()
    _take_cancellation_for_granted(loop)
    deadline = None if patience is None else loop.time() + patience * 0.8
    works = [*shared.waiters, *shared.externals, shared.leading]
    if shared.exiting:
        for work in works:
            if work is not None and not work.closes:
                work.tell = None  # a daemon thread waits for it, and shall not wake any more
    idle, shared.workers.idle = shared.workers.idle, None
    owners: list[Work | Living | Worker | None] = [*works, *shared.sessions, idle]
    await _cancel({owner.task for owner in owners if owner is not None} - {this}, loop, deadline)
    for _ in range(8):  # clean-up may start new tasks
        await _cancel(asyncio.all_tasks() - {this}, loop, deadline)
    await loop.shutdown_asyncgens()
    if not shared.exiting:  # else the threads of the executor have been joined already
        await loop.shutdown_default_executor()


async def _cancel(tasks: Iterable[Task[Any] | None], loop: AbstractEventLoop, deadline: float | None) -> None:
    waiting = {task for task in tasks if task is not None and not task.done()}
    for task in waiting:
        task.cancel()
    if not waiting:
        return
    done, _ = await asyncio.wait(waiting, timeout=None if deadline is None else max(0.0, deadline - loop.time()))
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "unhandled exception while a bridge was closed", "exception": error, "task": task}
            loop.call_exception_handler(context)


def _take_cancellation_for_granted(loop: AbstractEventLoop) -> None:
    """From now on: callbacks of asyncio's own (3.11, 3.12) ask cancelled tasks for exceptions, and nobody asks what was gathered."""
    before = loop.get_exception_handler()

    def handle(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception"), asyncio.CancelledError):
            return
        if before is None:
            loop.default_exception_handler(context)
        else:
            before(loop, context)

    loop.set_exception_handler(handle)


def _let_finalizers_be(loop: AbstractEventLoop) -> None:
    """Transports that nobody closed, those of processes above all, call a loop that is closed when they are collected."""
    with suppress(AttributeError):
        loop.call_soon = lambda callback, *args, context=None: asyncio.Handle(  # type: ignore[method-assign]  # nobody can tell
            callback, args, loop, context
        )


def _silence(loop: AbstractEventLoop) -> None:
    """What is left of this loop shall neither be closed nor reported when it is collected."""
    loop.set_exception_handler(lambda loop, context: None)
    with suppress(AttributeError):
        loop.is_closed = lambda: True  # type: ignore[method-assign]  # its finalizer asks this first
    _inherited.append(loop)


def _after_fork_in_child() -> None:
    """The child has none of the parent's threads, and must not touch the parent's loop.

    Closing the copy would take file descriptors out of the selector that both processes share.
    """
    trap.reset()
    for shared in _loops.values():
        if shared.loop is not None:
            _silence(shared.loop)
            _inherited.append((shared.leading, list(shared.waiters), set(shared.externals), set(shared.sessions)))
            _inherited.append((shared.workers, shared.keeper))
        shared.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
