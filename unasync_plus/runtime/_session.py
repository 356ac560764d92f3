"""`Session`: what a generator or context manager lives in, one step after another."""

from __future__ import annotations

import sys
from asyncio import CancelledError, Future
from contextvars import copy_context
from time import monotonic

from ._context import Exchange
from ._correlation import identify, stamp
from ._stepping import OURS, spawn
from ._work import Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task
    from collections.abc import Awaitable, Callable
    from contextvars import Context
    from typing import Any

    from ._loop import SharedLoop
    from .bridge import Bridge

    Make = Callable[..., Awaitable[Any]]


HAS_CALLBACKS = hasattr(Future, "_callbacks")


class Step(Work):
    """One request to a session: await ``make(*args)`` in its task. The final one ends it."""

    caller: Context | None = None  # what the session has to know of the caller's

    def __init__(self, session: Session, make: Make, args: tuple[Any, ...], final: bool) -> None:
        self.shared = session.shared
        self.key = session.key
        self.session = session
        self.make = make
        self.args = args
        self.final = final

    @property
    def source(self) -> object:
        return self.session.source

    def repair(self) -> None:
        self.session.repair()

    def begin(self, loop: AbstractEventLoop) -> None:
        session = self.session
        session.step, self.task = self, session.task
        if self.caller is not None:
            session.go_in(self.caller)
        if session.loop is loop and not session.over:
            session.wake()
        else:
            session.start(self, loop)
        if self.timeout is not None and not self.done:
            self.shared.deadlines.add(self, loop)


class Session:
    """One task in one context, which takes step after step. It ends with a final step, or with the first that fails.

    The contexts of the callers are kept in step with it: only what one side changed since the last step goes over.
    """

    task: Task[Any] | None = None
    context: Context | None
    over = False
    missed: CancelledError | None = None  # between two steps: a deadline inside has passed while the owner was busy

    loop: AbstractEventLoop | None = None
    _parked: Future[None] | None = None  # what the task waits for between two steps
    _waking: tuple[Callable[[Any], object], Context] | None = None
    step: Step | None = None  # the one to take next
    exchange: Exchange | None = None  # made when there is a variable
    own_vars = 0  # how many variables of ours are in the context

    def __init__(self, bridge: Bridge, source: object, throw: Make | None, leave: Make) -> None:
        """`throw` raises an exception inside; `leave` ends it early."""
        self.shared: SharedLoop = bridge._shared or bridge._attach()
        self.source = source
        self.key = id(getattr(source, "ag_code", None) or type(source))
        self._bridge = bridge
        self._bare = bridge._bare
        self._throw = throw
        self._leave = leave
        self._start = start = copy_context()
        self.context = start.copy()
        if not self._bare and bridge.options.correlation_id:
            identify(self, bridge.options.correlation_id)

    def _limit(self, step: Step) -> None:
        options = self._bridge.options
        timeout, step.in_loop = options.timeout, options.in_loop
        if timeout is not None:
            step.timeout, step.deadline = timeout, monotonic() + timeout

    def take(self, make: Make, args: tuple[Any, ...] = (), final: bool = False) -> Any:
        """Await ``make(*args)`` in the session's task: wait, and return or raise."""
        step = Step(self, make, args, final)
        if not self._bare:
            self._limit(step)
        now = copy_context()
        if now or self.exchange is not None:
            step.caller = now
        self.shared.execute(step)
        if self.exchange is not None or (self.context is not None and len(self.context) > self.own_vars):
            self._come_out()
        error = step.error
        if error is None:
            return step.value
        stamp(error, self.context)
        try:
            raise error
        finally:  # its traceback refers to this frame: no cycle
            del error, step

    async def take_async(self, make: Make, args: tuple[Any, ...] = (), final: bool = False) -> Any:
        """`take` for async callers."""
        step = Step(self, make, args, final)
        if not self._bare:
            self._limit(step)
        now = copy_context()
        if now or self.exchange is not None:
            step.caller = now
        await self.shared.wait(step)
        if self.exchange is not None or (self.context is not None and len(self.context) > self.own_vars):
            self._come_out()
        error = step.error
        if error is None:
            return step.value
        stamp(error, self.context)
        try:
            raise error
        finally:
            del error, step

    def go_in(self, caller: Context) -> None:
        if self.context is not None:
            self.exchange = self.exchange or Exchange(self._start)
            self.exchange.go_in(self.context, caller)

    def _come_out(self) -> None:
        if self.context is not None:
            self.exchange = self.exchange or Exchange(self._start)
            self.exchange.come_out(self.context)

    def must_leave(self) -> bool:
        """Is it open, on this loop, in this process?"""
        here = self.loop is self.shared.loop and not self.shared.exiting
        return self.task is not None and not self.over and here

    def leave(self) -> None:
        """End it, if it has not ended: now if this thread may wait, else soon."""
        if not self.must_leave():
            return
        if self.shared.is_inside():  # it was collected as garbage by a thread that drives the loop
            self.abandon()
        else:
            # In a thread with a running loop, to block for a moment is better than to leave it open.
            self._bridge, self._bare = self._bridge.with_options(in_loop="block"), False
            self.take(self._leave, final=True)

    def abandon(self) -> None:
        """End it soon, and do not wait."""
        if self.must_leave() and self.loop is not None:
            step = Step(self, self._leave, (), True)
            step.leads = False
            self.loop.call_soon_threadsafe(step.begin_queued)

    async def leave_async(self) -> None:
        if self.must_leave():
            await self.take_async(self._leave, final=True)

    def cancel_from_outside(self) -> None:
        if self.task is not None and self.loop is not None and self.loop is self.shared.loop:
            self.loop.call_soon_threadsafe(self.task.cancel)

    def start(self, step: Step, loop: AbstractEventLoop) -> None:
        """Make the task, and let it take the first step. In the thread that drives `loop`, outside any task."""
        if self.over:
            step.refuse(StopAsyncIteration())
        elif self.loop is not None:
            step.refuse(RuntimeError(f"{step.name} was started on another loop: before a fork, or before close()"))
        else:
            self.loop = loop
            self.shared.sessions.add(self)
            spawn(self, self._live(), loop)
            step.task = self.task

    def wake(self) -> None:
        """Let the task take its next step. In the thread that drives the loop, outside any task."""
        parked = self._parked
        if parked is None or parked.done():
            return  # it was cancelled: it wakes by itself, and finds the step
        if not HAS_CALLBACKS:
            parked.set_result(None)  # the loop will take the step
            return
        # The future would ask the loop to call the task soon; we call it at once.
        self._waking = wake, context = parked._callbacks[0]
        parked.remove_done_callback(wake)
        parked.set_result(None)
        context.run(wake, parked)

    def repair(self) -> None:
        """If Ctrl-C came while it was woken: let the loop wake it."""
        if self._waking is not None and self._parked is not None and self.loop is not None:
            (wake, context), self._waking = self._waking, None
            if not self._parked.done():
                self._parked.remove_done_callback(wake)
                self._parked.set_result(None)
            self.loop.call_soon(wake, self._parked, context=context)

    async def _live(self) -> None:
        while not self.over:
            step, self.step = self.step, None
            if step is not None:
                try:
                    if self.missed is not None and self._throw is not None and not step.final:
                        missed, self.missed = self.missed, None
                        step.value = await self._throw(missed)  # the place where it stands learns of it now
                    else:
                        step.value = await step.make(*step.args)
                except BaseException as error:
                    self._fail(step, error)
                if step.final or step.cancels:
                    self._settle(step)
                if step.tell is None:
                    step.done = True
                else:
                    step.conclude()
            try:
                if self.step is None and not self.over:
                    self._parked = Future(loop=self.loop)
                    await self._parked
                self._waking = None
            except BaseException as error:
                self._waking = None
                if isinstance(error, CancelledError):
                    self.missed = error
                    if self.shared.closing:
                        self._end()
                        await self._leave()
                elif step is not None:
                    step.error = error  # Ctrl-C in a line of ours, after a step that had been taken by hand

    def _fail(self, step: Step, error: BaseException) -> None:
        step.fail(error)
        self._end()

    def _settle(self, step: Step) -> None:
        if step.final:
            self._end()
        if sys.version_info >= (3, 11) and self.task is not None:
            # Our own requests for cancellation have been served: later deadlines inside must not count them.
            for _ in range(step.cancels):
                self.task.uncancel()

    def _end(self) -> None:
        self.over = True
        self.shared.sessions.discard(self)


OURS.add(Session._live.__code__)
