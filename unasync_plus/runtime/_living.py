"""The task of a session, which takes one step after another."""

from __future__ import annotations

import sys
from asyncio import CancelledError

from ._context import Exchange
from ._step import Step
from ._stepping import OURS, Gate, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from typing import Any

    from ._loop import SharedLoop
    from ._step import _Make
    from ._workers import Worker


class Living:
    """One task in one context. It ends with a final step, or with the first that fails."""

    task: Task[Any] | None = None
    worker: Worker | None = None  # whose task it is, if it is not its own
    over = False
    left = False  # the owner wants no more steps; it may be gone before the first one has begun
    missed: CancelledError | None = None  # between two steps: a deadline inside has passed while the owner was busy
    loop: AbstractEventLoop | None = None
    gate: Gate  # what the task waits for between two steps
    step: Step | None = None  # the one to take next
    exchange: Exchange | None = None  # made when there is a variable

    # Set by whoever makes it.
    shared: SharedLoop
    source: object
    key: int
    context: Context | None
    outside: Context  # the one in which it was made
    identity: str | None  # the correlation id
    start_outside: object  # what both contexts contain as long as nothing has happened
    start_inside: object
    throw: _Make | None  # raises an exception inside
    leave_early: _Make  # ends it
    guard: Callable[[], object] = object  # refers weakly to its `Guard`, if it has one

    def go_in(self, caller: Context) -> None:
        if self.context is not None:
            self.exchange = self.exchange or Exchange(self.outside)
            self.exchange.go_in(self.context, caller)

    def come_out(self) -> None:
        if self.context is not None:
            self.exchange = self.exchange or Exchange(self.outside)
            self.exchange.come_out(self.context)

    def start(self, step: Step, loop: AbstractEventLoop) -> None:
        """Make the task, and let it take the first step. In the thread that drives `loop`, outside any task."""
        if self.over:
            step.refuse(StopAsyncIteration())
        elif self.loop is not None:
            step.refuse(RuntimeError(f"{step.name} was started on another loop: before a fork, or before close()"))
        else:
            self.loop = loop
            self.gate = Gate(loop)
            self.shared.sessions.add(self)
            try:
                spawn(self, self.live(), loop)
            except BaseException:  # Ctrl-C, twice
                if not self.gate.closed:
                    self.end()
                raise

    def move_in(self, loop: AbstractEventLoop) -> Worker | None:
        """Before the first step: live in the task of a worker. Ctrl-C must not be raised meanwhile."""
        workers, context = self.shared.workers, self.context
        if self.loop is not None or self.over or context is None:
            return None
        worker = workers.take(loop, -self.key, self.start_outside, self.identity)
        if worker is None:
            if workers.is_wanted(-self.key, self.start_outside):
                worker = workers.make(loop, context, self.start_outside)
            if worker is None:
                return None
        return self.lodge(worker, loop)

    def lodge(self, worker: Worker, loop: AbstractEventLoop) -> Worker:
        worker.tenant, self.worker = self, worker
        self.task, self.context, self.gate = worker.task, worker.context, worker.gate
        self.start_inside = worker.inside
        self.loop = loop
        self.shared.sessions.add(self)
        return worker

    def move_out(self) -> None:
        """It is over. In the thread that leads, the loop not running."""
        worker = self.worker
        if worker is not None:
            self.task = self.context = self.worker = worker.tenant = None
            if not self.shared.workers.give_back(worker, -self.key):
                self.context = worker.context

    @property
    def is_alive(self) -> bool:
        return self.task is not None and not self.task.done() and (self.worker is None or self.worker.busy)

    async def live(self) -> None:
        gate, step = self.gate, None
        try:
            while True:
                try:
                    while True:  # this loop does not end; Ctrl-C may leave it, where it jumps back to its beginning
                        try:
                            step = self.step
                            if step is not None:
                                self.step = None
                                try:
                                    if self.missed is None:
                                        step.value = await step.make(*step.args)
                                    else:
                                        step.value = await self._catch_up(step)
                                except BaseException as error:
                                    step.fail(error)
                                    self.end()
                                if step.final or step.cancels:
                                    self._settle(step)
                                if step.tell is None:
                                    step.done = True
                                else:
                                    step.conclude()
                                    self.left = self.left or self.guard() is None
                                if self.over:
                                    return
                            if self.step is None:
                                if self.left:
                                    self.end()
                                    await self.leave_early()
                                    return
                                await gate
                                gate.closed = False
                        except CancelledError as error:
                            leave = self.be_cancelled(error)
                            if leave is not None:
                                await leave
                                return
                except BaseException as error:
                    self._stumble(step, error)
                    if self.over:
                        return
        finally:
            step, self.step = self.step, None
            if step is not None and self.over:  # it came while another one ended the session
                step.refuse(StopAsyncIteration())
            self.end()  # though Ctrl-C came where nothing catches it

    def be_cancelled(self, error: CancelledError) -> Awaitable[Any] | None:
        """Between two steps. What to do now; None: go on, the next step learns of it."""
        if self.shared.closing:
            self.end()
            return self.leave_early()
        self.missed = error
        return None if self.step is None or self.worker is None or self.worker.busy else self.live()

    def _stumble(self, step: Step | None, error: BaseException) -> None:
        """Ctrl-C in a line of ours, before or after a step that was taken by hand."""
        if self.step is not None:
            step, self.step = self.step, None
        if step is None or (step.done and self.over):  # nobody waits
            self.end()
            raise error
        step.error = error
        self.left = self.left or step.final
        if not step.done:
            step.conclude()

    def _catch_up(self, step: Step) -> Awaitable[Any]:
        """A deadline inside passed between two steps: the place where it stands learns of it now."""
        missed, self.missed = self.missed, None
        if missed is None or self.throw is None or step.final:
            return step.make(*step.args)
        return self.throw(missed)

    def _settle(self, step: Step) -> None:
        if step.final:
            self.end()
        if sys.version_info >= (3, 11) and self.task is not None:
            # Our own requests for cancellation have been served: later deadlines inside must not count them.
            for _ in range(step.cancels):
                self.task.uncancel()

    @property
    def must_leave(self) -> bool:
        """Is it open, on this loop, in this process?

        Not a question of its task: one that starts eagerly, in another thread, is known only after its first step.
        """
        here = self.loop is self.shared.loop and not self.shared.exiting
        return self.loop is not None and not self.over and here

    def abandon(self) -> None:
        """End it soon, and do not wait."""
        self.left = True
        if self.must_leave and self.loop is not None:
            step = Step(self, self.leave_early, (), True)
            step.leads, step.unasked = False, True
            self.loop.call_soon_threadsafe(step.begin_queued)

    def end(self) -> None:
        self.shared.sessions.discard(self)  # first, as Ctrl-C may come between the two
        self.over = True


OURS.add(Living.live.__code__)
