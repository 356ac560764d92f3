"""What a caller waits for: a whole call here; one step of a generator or context manager in `_session`."""

from __future__ import annotations

import sys
from asyncio import CancelledError, Task, get_running_loop
from contextvars import copy_context
from threading import get_ident

from ._caution import SPAWNS_CALMLY
from ._context import contents, correlation
from ._naming import name_of
from ._stepping import OURS, spawn
from ._workers import resumed

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from typing import Any

    from ._loop import SharedLoop
    from ._workers import Worker

    _Terms = tuple[float | None, float, str, str | None]  # of a call: timeout, deadline, in_loop, identity


class Work:
    """Something that runs on the loop while its owner waits.

    Until it is `done` it belongs to the thread that drives the loop, then to its owner; `interrupt` and
    `cancel_from_outside` may be called by anyone at any time.
    """

    done = False
    value: Any = None
    error: BaseException | None = None
    interrupted: BaseException | None = None  # what a signal handler raised in the owner's thread
    context: Context | None = None
    key = 0  # the same for what does the same, and is as likely to suspend: see `Caution`; 0: it suspends
    task: Task[Any] | None = None
    worker: Worker | None = None  # whose task it is, if it is not its own
    tell: Callable[[], object] | None = None  # how the owner learns that it is done; None: it is looking
    bell: threading.Lock | None = None  # wakes the owner; None: it drives
    leads = True  # the owner can drive the loop while it waits
    closes = False  # it may still begin while the loop is being closed
    in_loop = "error"  # what to do when the owner's thread runs another loop: see `Bridge`
    timeout: float | None = None
    deadline = 0.0  # on the clock of time.monotonic()
    identity: str | None = None  # the correlation id that it has in its context
    _expired = False
    cancels = 0

    def __init__(self, shared: SharedLoop) -> None:
        self.shared = shared

    @property
    def source(self) -> object:
        """The coroutine, generator or context manager it comes from."""
        return None

    @property
    def name(self) -> str:
        return name_of(self.source)

    def new_context(self) -> Context:
        """For its task: a copy of the current one."""
        context = copy_context()
        if self.identity is not None:
            context.run(correlation.set, self.identity)
        return context

    def begin(self, loop: AbstractEventLoop) -> None:
        """Take the first step, in the thread that drives `loop`, outside any task."""
        raise NotImplementedError

    def begin_by_hand(self, loop: AbstractEventLoop) -> None:
        """`begin`, while the loop does not run, but is marked as running."""
        self.begin(loop)

    def part(self, worker: Worker) -> None:
        """It has had what it wanted from it, so far."""

    def discard(self) -> None:
        """It will never begin."""

    @property
    def is_under_way(self) -> bool:
        """It has begun, and its task will conclude it."""
        worker = self.worker
        return self.task is not None and not self.task.done() and (worker is None or worker.busy)

    def begin_queued(self) -> None:
        """`begin`, called by the loop on behalf of another thread."""
        self.shared.yield_to(self)
        try:
            if self.shared.closing and not self.closes:
                if self.shared.exiting:
                    return  # who waits is a daemon thread, and shall not wake any more
                self.refuse(self.shared.closed_error())
            elif not self.done and not self.is_under_way:
                self.begin(get_running_loop())
            if self.shared.dropped and get_ident() != self.shared.main:
                self.shared.leave_abandoned()
        except Exception as error:
            self.refuse(error)
        except BaseException:  # the second Ctrl-C: it is meant for who drives, not for who waits for this
            if not self.done and not self.is_under_way:
                get_running_loop().call_soon(self.begin_queued)
            raise

    def refuse(self, error: BaseException) -> None:
        """End it before it began."""
        self.discard()
        self.error = error
        self.conclude()

    def expire(self) -> None:
        """The deadline has passed."""
        self._expired = True
        self.cancel()

    def cancel(self) -> None:
        if not self.done and self.task is not None:
            self.cancels += 1
            self.task.cancel()

    def cancel_from_outside(self) -> None:
        loop = self.shared.loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.cancel)

    def interrupt(self, error: BaseException) -> None:
        """Cancel; and keep what the owner shall raise as soon as the coroutine has cleaned up."""
        self.interrupted = error
        self.cancel_from_outside()

    def fail(self, error: BaseException) -> None:
        """Keep `error`, without the frames of ours at the start of its traceback."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code in OURS:
            trace = trace.tb_next
        error.__traceback__ = trace
        if isinstance(error, CancelledError):
            error = self._reason(error)
        self.error = error

    def _reason(self, cancelled: CancelledError) -> BaseException:
        """Why it was cancelled, if it was us. A cancellation by anybody else keeps its type."""
        task = self.task
        if self.cancels == 0:
            if not self.shared.closing:
                return cancelled
            reason: BaseException = self.shared.closed_error()
        elif self._expired and (sys.version_info < (3, 11) or task is None or task.cancelling() <= self.cancels):
            reason = TimeoutError(f"{self.name} took longer than {self.timeout:g} s")
        else:
            return cancelled
        reason.__cause__ = cancelled
        return reason

    def conclude(self) -> None:
        """The last thing that happens in the driving thread."""
        self.done = True
        if self.timeout is not None:
            self.shared.deadlines.discard(self)
        if self.tell is not None:
            self.tell()


class Turn(Work):
    """A few rounds of the loop, for the sake of whatever else is on it."""

    _rounds = 4

    def begin(self, loop: AbstractEventLoop) -> None:
        loop.call_soon(self._count, loop)

    def _count(self, loop: AbstractEventLoop) -> None:
        self._rounds -= 1
        if self._rounds:
            self.begin(loop)
        else:
            self.conclude()


class Call(Work):
    """One coroutine from start to end, in a task of its own."""

    def __init__(self, shared: SharedLoop, coroutine: Any, terms: _Terms | None = None) -> None:
        """`coroutine` is one of Python's own: `awaited` makes one of anything."""
        self.shared = shared
        self.key = id(coroutine.cr_code)
        self._coroutine = coroutine
        if terms is not None:
            self.timeout, self.deadline, self.in_loop, self.identity = terms

    @property
    def source(self) -> object:
        return self._coroutine

    def begin(self, loop: AbstractEventLoop) -> None:
        if sys.version_info >= (3, 12) and loop.get_task_factory() is None:
            context = self.context
            if context is None:
                context = self.context = copy_context() if self.identity is None else self.new_context()
            self.task = Task(self._perform(self._coroutine), loop=loop, context=context, eager_start=True)
        else:
            if self.identity is not None and self.context is None:
                self.context = self.new_context()
            spawn(self, self._perform(self._coroutine), loop)
        if self.timeout is not None and not self.done:
            self.shared.deadlines.add(self, loop)

    def begin_by_hand(self, loop: AbstractEventLoop) -> None:
        if self.key in self.shared.calm:
            self.shared.workers.provide(self, loop)
            if not SPAWNS_CALMLY:
                self.shared.caution.take(self)
        self.begin(loop)

    def go_on(self, worker: Worker, future: object, loop: AbstractEventLoop) -> None:
        """Its first step was taken in the place of `worker`, and gave `future`."""
        self.shared.caution.take(self)
        self.task, self.worker = worker.task, worker
        worker.job = self._perform(resumed(self._coroutine, future))
        worker.gate.open()
        if self.timeout is not None and not self.done:
            self.shared.deadlines.add(self, loop)

    def part(self, worker: Worker) -> None:
        self.task = self.worker = None
        if not self.shared.workers.give_back(worker, self.key) and contents(worker.context) is not worker.inside:
            self.context = worker.context  # what it has set

    def discard(self) -> None:
        self._coroutine.close()

    async def _perform(self, coroutine: Awaitable[Any]) -> None:
        try:
            self.value = await coroutine
        except BaseException as error:
            self.error = error  # whatever happens next: there may be no stack left
            self.fail(error)
        finally:
            if self.tell is None:
                self.done = True
            else:
                self.conclude()


OURS.add(Call._perform.__code__)
