"""The task of a session, which takes one step after another."""

from __future__ import annotations

import sys
from asyncio import CancelledError
from asyncio.tasks import _enter_task, _leave_task
from types import CoroutineType

from ._context import Exchange
from ._stepping import OURS, Gate, awaited, spawn
from ._work import Work
from ._workers import resumed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from contextvars import Context
    from typing import Any

    from ._loop import SharedLoop
    from ._workers import Worker

    _Make = Callable[..., Awaitable[Any]]


async def _nothing() -> AsyncGenerator[None, None]:
    yield


def _steps() -> Iterator[type]:
    """What can be stepped like a coroutine."""
    yield CoroutineType
    for step in (_nothing().asend(None), _nothing().athrow(StopAsyncIteration)):
        step.close()
        yield type(step)


STEPPED = set(_steps())


class Step(Work):
    """One request to a session: await ``make(*args)`` in its task. The final one ends it."""

    caller: Context | None = None  # what the session has to know of the caller's
    begun = False
    unasked = False  # nobody waits for it

    def __init__(self, session: Living, make: _Make, args: tuple[Any, ...], final: bool) -> None:
        self.shared = session.shared
        self.key = session.key if session.loop is not None else -session.key  # to begin is another thing than to go on
        self.session = session
        self.make = make
        self.args = args
        self.final = final

    @property
    def source(self) -> object:
        return self.session.source

    @property
    def task(self) -> Task[Any] | None:  # type: ignore[override]  # seldom read, so it need not be kept
        return self.session.task

    def begin_by_hand(self, loop: AbstractEventLoop) -> None:
        session = self.session
        worker = session.worker or session.move_in(self, loop)
        if worker is None or session.loop is not loop:
            self._begin(loop)
            return
        self.shared.workers.lent = worker
        if worker.busy or not worker.gate.closed or session.missed is not None:  # the task has more to do
            self._begin(loop)
        else:
            self._take(worker, loop)
        if self.done and session.over:
            session.move_out()

    def _take(self, worker: Worker, loop: AbstractEventLoop) -> None:
        """Take it by hand, and leave to the task only what remains if it suspends."""
        session, run, gate = self.session, worker.run, worker.gate
        self.begun = True
        if self.caller is not None:
            session.go_in(self.caller)
        awaitable: Any = None
        gate.lent = True
        _enter_task(loop, worker.task)
        try:
            made: Any = run(self.make, *self.args)
            awaitable = made if type(made) in STEPPED else awaited(made)
            future = run(awaitable.send, None)
        except StopIteration as stop:
            self.value = stop.value
            if awaitable is None:  # it was no coroutine that raised it
                self.error = RuntimeError("StopIteration instead of an awaitable")
                self.error.__cause__ = stop
            if self.final or awaitable is None:
                session.end()
            self.done = True
        except BaseException as error:
            self.error = error
            session.end()
            self.done = True
            self.fail(error)
        _leave_task(loop, worker.task)
        gate.lent = False
        if not self.done:
            self.make, self.args = resumed, (awaitable, future)
            self._begin(loop)
        elif gate.asked and not session.over:
            gate.open()  # it has cancelled its own task: the next step learns of it

    def part(self, worker: Worker) -> None:
        self.worker = None
        if self.session.over:
            self.session.move_out()

    def begin(self, loop: AbstractEventLoop) -> None:
        if self.session.worker is not None:
            self.session.worker.stays = False  # who takes its last step may be somebody who can not give it back
        self._begin(loop)

    def _begin(self, loop: AbstractEventLoop) -> None:
        session, worker = self.session, self.session.worker
        if self.unasked and session.step is not None:
            return  # it will be the last one, as the session is left
        session.step = self
        if self.caller is not None and not self.begun:
            session.go_in(self.caller)
        self.begun = True
        if session.loop is loop and not session.over:
            gate = session.gate
            if gate.closed:  # else it was cancelled: the task is on its way, and finds the step
                if worker is not None and not worker.busy:
                    worker.job = session.live()
                gate.open()
        else:
            session.start(self, loop)
        if self.done:
            return
        self.worker = worker
        if self.timeout is not None:
            self.shared.deadlines.add(self, loop)

    def discard(self) -> None:
        if self.session.step is self:
            self.session.step = None
        if self.make is resumed:  # it has begun, and nobody goes on with it
            self.session.end()

    @property
    def is_under_way(self) -> bool:
        return self.begun and self.session.step is not self and self.session.is_alive


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

    def move_in(self, step: Step, loop: AbstractEventLoop) -> Worker | None:
        """Before the first step, taken by hand: live in the task of a worker."""
        workers, context = self.shared.workers, self.context
        if self.loop is not None or self.over or context is None:
            return None
        worker = workers.take(loop, -self.key, self.start_outside, self.identity)
        if worker is None:
            self.shared.caution.take(step)  # there are lines that Ctrl-C would spoil
            if workers.is_wanted(-self.key, self.start_outside):
                worker = workers.make(loop, context, self.start_outside)
            if worker is None:
                return None
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


OURS.update((Living.live.__code__, Step._take.__code__))
