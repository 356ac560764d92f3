"""Calls from a thread that runs a loop of its own: it can not drive ours meanwhile, so another thread must."""

from __future__ import annotations

import asyncio
import sys
import warnings
from asyncio import CancelledError, _get_running_loop
from contextlib import suppress

from ._following import follow, submit
from ._naming import is_ours, twin_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable
    from typing import Any

    from ._loop import SharedLoop
    from ._work import Work


def in_trio() -> bool:
    """Does trio run in this thread? It must have been imported."""
    lowlevel = getattr(sys.modules.get("trio"), "lowlevel", None)
    try:
        return lowlevel is not None and lowlevel.current_task() is not None
    except RuntimeError:
        return False


def _in_ipython() -> bool:
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython is not None and get_ipython() is not None


def call_from_running_loop(shared: SharedLoop, work: Work) -> None:
    """A blocking call where a loop runs: refused, or allowed by `Work.in_loop`; always allowed in IPython."""
    if shared.is_inside():
        work.discard()
        raise RuntimeError(
            f"{work.name} was called without await by code that runs on the loop of bridge {shared.name!r}:"
            f" it would wait for itself. Await {twin_of(work.source, shared.name)} instead."
        )
    if not _in_ipython():
        message = f"{work.name} blocks, but this thread runs an event loop, which would stand still meanwhile"
        if work.in_loop == "error":
            work.discard()
            raise RuntimeError(f'{message}. Await {twin_of(work.source, shared.name)} instead, or set in_loop="block".')
        if work.in_loop == "warn":
            warnings.warn(
                f"{message}: await {twin_of(work.source, shared.name)} instead",
                RuntimeWarning,
                stacklevel=_users_level(),
            )
    work.leads = False
    shared.open_for(work)
    follow(shared, work)


def _users_level() -> int:
    """How far up the stack, seen from our caller, the first frame is that does not belong to the runtime."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        level, frame = level + 1, frame.f_back
    return level


async def wait_elsewhere(shared: SharedLoop, work: Work) -> None:
    """Return when `work` is done, from a coroutine on any loop of asyncio or trio.

    When the waiting coroutine is cancelled, `work` is cancelled and waited for.
    """
    work.leads = False
    work.context = work.new_context()
    if _get_running_loop() is None:
        await _wait_in_trio(shared, work)
    else:
        await _wait_in_asyncio(shared, work)
    shared.externals.discard(work)


async def _wait_in_asyncio(shared: SharedLoop, work: Work) -> None:
    loop = asyncio.get_running_loop()
    waiter: Future[None] = loop.create_future()

    def resolve() -> None:
        if not waiter.done():
            waiter.set_result(None)

    def tell() -> None:
        with suppress(RuntimeError):  # that loop was closed, nobody waits there any more
            loop.call_soon_threadsafe(resolve)

    work.tell = tell
    if loop is shared.loop:
        loop.call_soon(work.begin_queued)
    else:
        shared.open_for(work)
        submit(shared, work)
    cancelled = None
    while not work.done:
        try:
            await waiter
        except CancelledError as error:
            cancelled = error
            waiter = loop.create_future()
            work.cancel_from_outside()
    if cancelled is not None and work.error is None:
        raise cancelled  # it came too late to stop the work, but whoever cancelled us expects that we stop


async def _wait_in_trio(shared: SharedLoop, work: Work) -> None:
    trio: Any = sys.modules["trio"]
    token, task = trio.lowlevel.current_trio_token(), trio.lowlevel.current_task()

    def tell() -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(trio.lowlevel.reschedule, task)

    def abort(_: object) -> Any:
        work.cancel_from_outside()
        return trio.lowlevel.Abort.FAILED  # we go on waiting: for the clean-up

    work.tell = tell
    shared.open_for(work)
    submit(shared, work)
    await trio.lowlevel.wait_task_rescheduled(abort)
    if work.error is None or isinstance(work.error, CancelledError):
        await trio.lowlevel.checkpoint_if_cancelled()


async def sleep(seconds: float) -> None:
    """On whichever loop runs here."""
    await (sys.modules["trio"] if _get_running_loop() is None else asyncio).sleep(seconds)


async def to_thread(job: Callable[[], Any], cancel: Callable[[], object]) -> Any:
    """Run `job` in a thread. If the waiting task is cancelled: call `cancel`, and wait until the job has ended."""
    if _get_running_loop() is None:
        return await sys.modules["trio"].to_thread.run_sync(job)
    future = asyncio.get_running_loop().run_in_executor(None, job)
    try:
        return await asyncio.shield(future)
    except CancelledError:
        if not future.done():
            cancel()
            await asyncio.wait([future])
            future.exception()  # seen: the cancellation is what counts
        raise
