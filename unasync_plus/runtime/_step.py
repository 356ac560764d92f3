"""`Step`: one request to a session, which its task serves; or the caller by hand in that task's place, see `_straight`."""

from __future__ import annotations

from types import CoroutineType

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
        self.go_on(loop)
        if self.done and session.over:
            session.move_out()

    def part(self, worker: Worker) -> None:
        self.worker = None
        if self.session.over:
            self.session.move_out()

    def begin(self, loop: AbstractEventLoop) -> None:
        if self.session.worker is not None:
            self.session.worker.stays = False  # who takes its last step may be somebody who can not give it back
        self.go_on(loop)

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

    def discard(self) -> None:
        if self.session.step is self:
            self.session.step = None
        if self.make is resumed:  # it has begun, and nobody goes on with it
            self.session.end()

    @property
    def is_under_way(self) -> bool:
        return self.begun and self.session.step is not self and self.session.is_alive
