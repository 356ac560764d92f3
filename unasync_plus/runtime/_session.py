"""`Session`: what a generator or context manager lives in, one step after another."""

from __future__ import annotations

from contextlib import suppress
from contextvars import copy_context
from time import monotonic

from ._context import NOTHING, contents, correlation
from ._correlation import identify, stamp
from ._living import Living
from ._step import Step
from ._straight import step_straight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._step import _Make
    from .bridge import Bridge


class Session(Living):
    """A session as its owner sees it, who takes its steps through `bridge`.

    The contexts of those who take steps are kept in step with the one inside: what one side changed since the last step
    goes over to the other.
    """

    identity: str | None = None

    def __init__(self, bridge: Bridge, source: object, throw: _Make | None, leave: _Make) -> None:
        self.shared = bridge._shared or bridge._attach()
        self.source = source
        self.key = id(getattr(getattr(source, "gen", source), "ag_code", None) or type(source))
        self.throw = throw
        self.leave_early = leave
        self.outside = outside = copy_context()
        self.start_inside = self.start_outside = contents(outside) if outside else NOTHING
        self.context = context = outside.copy()
        self._bridge = bridge
        self._bare = bridge._bare
        if not self._bare and bridge.options.correlation_id:
            self.identity = identify(bridge.options.correlation_id)
            if self.identity is not None:
                context.run(correlation.set, self.identity)
                self.start_inside = contents(context)

    def _limit(self, step: Step) -> None:
        options = self._bridge.options
        timeout, step.in_loop = options.timeout, options.in_loop
        if timeout is not None:
            step.timeout, step.deadline = timeout, monotonic() + timeout

    def take(self, make: _Make, args: tuple[Any, ...] = (), final: bool = False) -> Any:
        """Await ``make(*args)`` in the session's task: wait, and return or raise."""
        step = None
        now, exchange = copy_context(), self.exchange
        has_changed = (contents(now) if now else NOTHING) is not (exchange.outside if exchange else self.start_outside)
        if has_changed or not self._bare:
            step = Step(self, make, args, final)
            if has_changed:
                step.caller = now
            if not self._bare:
                self._limit(step)
        step, value = step_straight(self, make, args, final, step)
        context, exchange = self.context, self.exchange
        if context is not None:
            inside = contents(context) if context else NOTHING
            if inside is not (exchange.inside if exchange else self.start_inside):
                self.come_out()
        if step is None:
            return value
        error = step.error
        if error is None:
            return value
        stamp(error, self.identity or correlation.get())
        try:
            raise error
        finally:  # its traceback refers to this frame, and to that of the task: no cycle
            step.error = None
            del error, step

    async def take_async(self, make: _Make, args: tuple[Any, ...] = (), final: bool = False) -> Any:
        """`take` for async callers."""
        step = Step(self, make, args, final)
        if not self._bare:
            self._limit(step)
        now, exchange = copy_context(), self.exchange
        if (contents(now) if now else NOTHING) is not (exchange.outside if exchange else self.start_outside):
            step.caller = now
        await self.shared.wait(step)
        context, exchange = self.context, self.exchange
        if context is not None:
            inside = contents(context) if context else NOTHING
            if inside is not (exchange.inside if exchange else self.start_inside):
                self.come_out()
        error = step.error
        if error is None:
            return step.value
        stamp(error, self.identity or correlation.get())
        try:
            raise error
        finally:
            step.error = None
            del error, step

    def leave(self) -> None:
        """End it, if it has not ended: now if this thread may wait, else soon."""
        try:
            if not self.must_leave:
                return
            if self.shared.is_inside():  # it was collected as garbage by a thread that drives the loop
                self.abandon()
            else:
                # In a thread with a running loop, to block for a moment is better than to leave it open.
                self._bridge, self._bare = self._bridge.with_options(in_loop="block"), False
                with suppress(StopAsyncIteration):  # it has ended meanwhile
                    self.take(self.leave_early, final=True)
        finally:
            self.left = True  # not earlier: else the task could leave by itself, and nobody would wait for it

    async def leave_async(self) -> None:
        try:
            if self.must_leave:
                with suppress(StopAsyncIteration):
                    await self.take_async(self.leave_early, final=True)
        finally:
            self.left = True

    def cancel_from_outside(self) -> None:
        if self.task is not None and self.loop is not None and self.loop is self.shared.loop:
            self.loop.call_soon_threadsafe(self.task.cancel)
