"""Stepping a task by hand: by the thread that holds the loop's lock, while the loop does not run.

A new task asks its loop to call its first step soon; a waiting task asks what it waits for to call it back. We are the
ones who are asked, so we can make the call.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError, Future, SelectorEventLoop, Task
from contextvars import copy_context
from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Awaitable, Callable, Coroutine
    from contextvars import Context
    from typing import Any

    from ._living import Living
    from ._work import Call
    from ._workers import Worker


def yes() -> bool:
    """In the place of ``loop.is_running`` for a step that is taken by hand."""
    return True


def rounds_of(loop: Any) -> Callable[[], None] | None:
    """``loop.run_forever()``, without its preparations: for a thread that has made them, and takes them back.

    They take half as long as a round. None if the loop is not one of asyncio's own, as it is.
    """
    if type(loop) is not SelectorEventLoop or not hasattr(loop, "_run_once") or not hasattr(loop, "_stopping"):
        return None

    def rounds() -> None:
        try:
            while True:
                loop._run_once()
                if loop._stopping:
                    break
        finally:
            loop._stopping = False

    return rounds


class Taken:
    """A loop's ``call_soon`` for the moment in which a task is made: it keeps the step."""

    __slots__ = ("call_soon", "steps")

    def __init__(self) -> None:
        self.steps: list[tuple[Callable[..., object], tuple[Any, ...], Context | None]] = []
        self.call_soon = self._call_soon

    def _call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> None:
        self.steps.append((callback, args, context))


if sys.version_info >= (3, 12):

    def spawn(owner: Call | Living | Worker, coroutine: Coroutine[Any, Any, None], loop: AbstractEventLoop) -> None:
        """Make the task of `owner`, in its context, and take the first step: outside any task, the loop marked as running.

        With a task factory, the loop takes the step later.
        """
        context = owner.context
        if context is None:
            context = owner.context = copy_context()
        if loop.get_task_factory() is None:
            owner.task = Task(coroutine, loop=loop, context=context, eager_start=True)
        else:
            owner.task = loop.create_task(coroutine, context=context)

else:  # no task starts by itself

    def spawn(owner: Any, coroutine: Any, loop: Any) -> None:
        taken, context, factory = owner.shared.taken, owner.context, loop.get_task_factory()
        try:
            loop.call_soon = taken.call_soon
        except AttributeError:  # a loop without attributes of its own: the task has a context that we can not see
            owner.task, owner.context = _within(context, loop.create_task, coroutine), None
            return
        try:
            if factory is None and context is None:
                task = Task(coroutine, loop=loop)
            elif factory is None:
                task = _within(context, Task, coroutine, loop=loop)
            else:
                task = _within(context, factory, loop, coroutine)
        finally:
            del loop.call_soon
        owner.task = task
        steps, taken.steps = taken.steps, []
        for callback, args, context in steps:
            if getattr(callback, "__self__", None) is not task:  # of a finalizer that was called meanwhile
                loop.call_soon(callback, *args, context=context)
                continue
            owner.context = context
            if factory is None:
                context.run(callback, *args)
            else:
                loop.call_soon(callback, *args, context=context)


def _within(context: Context | None, make: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return make(*args, **kwargs) if context is None else context.run(make, *args, **kwargs)


SAYS_WHAT = hasattr(Future, "_callbacks")  # no public attribute


async def awaited(awaitable: Awaitable[Any]) -> Any:
    """Any awaitable as a coroutine."""
    return await awaitable


class Gate:
    """What a session's task waits for between two steps: a future in shape, but opening it takes the next step at once.

    (`asyncio.isfuture` tells what makes an object a future. A real one would have the loop take the step.)
    A task says what to call, every time it waits: always the same, so it is enough to know it once. There must be no Python
    code of ours, in which Ctrl-C could be raised, inside C code of a task: so a real future is told, and we ask it later.
    """

    __slots__ = (
        "_asyncio_future_blocking",
        "_loop",
        "_told",
        "_wake",
        "add_done_callback",
        "asked",
        "closed",
        "context",
        "lent",
        "result",
    )

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._asyncio_future_blocking = False
        self._loop = loop  # asyncio looks at it, as there is no get_loop()
        self._wake: Any = None
        self._told: Any = Future(loop=loop)
        self.add_done_callback: Callable[..., object] = self._told.add_done_callback if SAYS_WHAT else self._listen
        self.closed = False
        self.lent = False  # the task is the current one, though it waits: see `_workers`
        self.asked = False  # it was cancelled meanwhile
        self.result: Callable[[], object] = int  # what it gives does not matter

    def __await__(self) -> Any:
        self._asyncio_future_blocking = True
        self.closed = True
        return iter((self,))  # cheaper than a generator that yields once

    def open(self) -> None:
        """Have the task take its next step, now: in the thread that drives the loop, outside any task."""
        wake = self._wake or self._learn()
        self.context.run(wake, self)

    def prepare(self) -> None:
        """Ask now what to call, once the task waits."""
        if self._wake is None:
            self._learn()

    def _learn(self) -> Any:
        self._listen(*self._told._callbacks[0])
        self._told = None
        return self._wake

    def _listen(self, wake: Callable[[Gate], object], context: Context) -> None:
        self.context = context
        self._wake = wake
        self.add_done_callback = partial

    def cancel(self, msg: object = None) -> bool:
        if self.lent:
            self.asked = True
        if self.lent or not self.closed:
            return False
        self.closed = False
        error = CancelledError() if msg is None else CancelledError(msg)
        self.result = lambda: self._raise(error)
        wake = self._wake or self._learn()
        self._loop.call_soon(wake, self, context=self.context)
        return True

    def _raise(self, error: CancelledError) -> None:
        self.result = int
        raise error

    def done(self) -> bool:
        return not self.closed

    def remove_done_callback(self, callback: object) -> int:
        return 0


OURS = {awaited.__code__}
"""What can stand between our task and the user's code. Tracebacks are spared of it."""
