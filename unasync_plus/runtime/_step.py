"""`Step`: one request to a session, which its task serves; or the caller by hand in that task's place, see `_straight`."""

from __future__ import annotations

from asyncio import CancelledError, current_task
from asyncio.tasks import _enter_task, _leave_task
from types import CoroutineType

from ._stepping import OURS, awaited
from ._work import Work
from ._workers import resumed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
    from contextvars import Context
    from typing import Any

    from ._living import Living
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
        self.shared.caution.take(self)  # there are lines that Ctrl-C would spoil
        worker = session.worker or session.move_in(loop)
        if worker is not None:
            self.shared.workers.lent = worker
            if self.key in self.shared.calm and not self.begun and tenancy(session, loop) is worker:
                take(session, worker, self.make, self.args, self.final, self)  # and so can the next steps be taken
        if not self.done:
            self.go_on(loop)
        if self.done and session.over:
            session.move_out()

    def part(self, worker: Worker) -> None:
        self.worker = None
        if self.session.over:
            self.session.move_out()

    def begin(self, loop: AbstractEventLoop) -> None:
        session = self.session
        shared = self.shared
        if self.key in shared.calm and not self.begun and not self.unasked and not shared.own_thread:
            worker = (session.worker or session.move_in(loop)) and tenancy(session, loop)
            if worker is not None:
                self._begin_in(worker)
                return
        if session.worker is not None:
            session.worker.stays = False  # who takes its last step may be somebody who can not give it back
        self.go_on(loop)
        if self.key not in shared.caution.restless:
            shared.caution.learn(self, suspended=not self.done)

    def _begin_in(self, worker: Worker) -> None:
        """By hand, though the loop runs: so can the next steps, by whoever waits for them."""
        session, self.shared.workers.lent = self.session, worker
        try:
            take(session, worker, self.make, self.args, self.final, self)
        except BaseException:  # the second Ctrl-C, between two lines; it is meant for who drives, not for who waits
            if current_task(worker.loop) is worker.task:
                _leave_task(worker.loop, worker.task)
            session.end()
            self.refuse(CancelledError())
            raise
        if not self.done:
            worker.stays = False
            self.go_on(worker.loop)
        elif session.over:
            session.move_out()
        elif session.left or session.guard() is None:
            session.abandon()

    def go_on(self, loop: AbstractEventLoop) -> None:
        """In the session's task."""
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

    def fail(self, error: BaseException) -> None:
        if not self.unasked:  # else the frames of whoever drives, which a traceback leads to, would live on with it
            super().fail(error)

    def discard(self) -> None:
        if self.session.step is self:
            self.session.step = None
        if self.make is resumed:  # it has begun, and nobody goes on with it
            self.session.end()

    @property
    def is_under_way(self) -> bool:
        return self.begun and self.session.step is not self and self.session.is_alive


def tenancy(session: Living, loop: AbstractEventLoop) -> Worker | None:
    """The one in whose task `session` lives, or will, if it has nothing else to do."""
    worker = session.worker
    if worker is None and session.loop is None and not session.over:
        worker = session.shared.workers.take(loop, -session.key, session.start_outside, session.identity)
        if worker is not None:
            session.lodge(worker, loop)
    if (
        worker is None
        or session.loop is not loop
        or worker.busy
        or not worker.gate.closed
        or session.missed is not None
    ):
        return None
    return worker


def take(
    session: Living, worker: Worker, make: _Make, args: tuple[Any, ...], final: bool, step: Step | None
) -> tuple[Step | None, Any]:
    """The first step of what `make` gives, in the place of the task of `worker`. It is to `go_on` there if it is not done."""
    awaitable: Any = None
    future = value = None
    run, gate = worker.run, worker.gate
    if step is not None:
        step.begun = True
        if step.caller is not None:
            session.go_in(step.caller)
    ended = gate.lent = True
    _enter_task(worker.loop, worker.task)
    try:
        made: Any = run(make, *args)
        awaitable = made if type(made) in STEPPED else awaited(made)
        future = run(awaitable.send, None)
        ended = False
    except StopIteration as stop:
        value = stop.value
        if awaitable is None:  # it was no coroutine that raised it
            step = step or Step(session, make, args, final)
            step.error = RuntimeError("StopIteration instead of an awaitable")
            step.error.__cause__ = stop
        if final or awaitable is None:
            session.end()
    except BaseException as error:
        step = step or Step(session, make, args, final)
        step.error = error
        session.end()
        step.fail(error)
    _leave_task(worker.loop, worker.task)
    gate.lent = False
    if not ended:
        step = step or Step(session, make, args, final)
        step.make, step.args, step.begun = resumed, (awaitable, future), True
        return step, value
    if step is not None:
        step.value = value
        step.conclude()
    if gate.asked and not session.over:
        gate.open()  # it has cancelled its own task: the next step learns of it
    return step, value


OURS.add(take.__code__)
