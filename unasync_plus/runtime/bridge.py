"""`Bridge`: calls async code from sync code, through one event loop that lives as long as the process.

Importing this module imports no asyncio and starts nothing; the loop starts with the first call.
"""

from __future__ import annotations

import atexit
import sys
from time import monotonic
from types import CoroutineType

from ._context import correlation, export
from ._options import Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from typing import Any, Literal, TypeVar, Union

    from ._correlation import _Correlation
    from ._loop import SharedLoop
    from ._options import _Hook
    from ._work import _Terms
    from .retry import Retry

    _T = TypeVar("_T")
    _Drive = Literal["caller", "thread"]
    _InLoop = Literal["error", "warn", "block"]


class Bridge:
    """The way from sync code to async code. Bridges of one name share one loop; threads may share a bridge.

    - ``timeout``: seconds for each attempt of a call, each item of a generator, and each of entering and leaving a
      context manager. When they have passed, the coroutine is cancelled, cleans up, and `TimeoutError` is raised.
    - ``retry``: try a call again after some errors. Generators and context managers are not tried again.
    - ``correlation_id``: ``True``, a string, or a function that makes one: an id for each logical call, in the
      attribute ``correlation_id`` of every log record written meanwhile, and of the exception.
    - ``loop_factory``: makes the loop, as ``uvloop.new_event_loop`` does.
    - ``drive``: ``"caller"``: a thread that waits for an answer runs the loop meanwhile, and a thread in the background
      takes over while nobody waits. ``"thread"``: the loop has a thread of its own, always the same.
    - ``in_loop``: what a call does in a thread that runs another event loop, which would stand still while the call
      blocks: ``"error"``, ``"warn"`` or ``"block"``. In IPython and Jupyter such calls always work.
    - ``around(call, name)`` is called in the place of every logical call, and calls ``call()``: around all attempts of
      a call, each item of a generator, entering and leaving. If it is an async function it is awaited on the loop, and
      awaits ``call()``.
    """

    def __init__(
        self,
        name: str,
        *,
        timeout: float | None = None,
        retry: Retry | None = None,
        correlation_id: _Correlation = False,
        loop_factory: Callable[[], AbstractEventLoop] | None = None,
        drive: _Drive = "caller",
        in_loop: _InLoop = "error",
        around: _Hook | None = None,
    ) -> None:
        if drive not in ("caller", "thread"):
            raise ValueError(f"drive must be caller or thread, not {drive!r}")
        self.name = name
        self._loop_factory = loop_factory
        self._own_thread = drive == "thread" or sys.platform == "win32"
        self._shared: SharedLoop | None = None
        self._set(Options(timeout, retry, correlation_id, in_loop, around))

    def _set(self, options: Options) -> None:
        self.options = options
        self._bare = options.is_bare  # nothing to do around a call
        self._managed = options.around is not None or options.retry is not None
        if options.correlation_id:
            from ._correlation import install

            install()

    def with_options(self, **changes: Any) -> Bridge:
        """A bridge to the same loop with other options (not ``loop_factory`` and ``drive``: they are the loop's)."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._set(self.options.replace(changes))
        return other

    def __repr__(self) -> str:
        return f"Bridge({self.name!r}, {self.options!r})"

    def run(self, work: Union[Awaitable[_T], Callable[[], Awaitable[_T]]], /) -> _T:
        """Run a coroutine, or what an async function without arguments returns: wait, and return or raise.

        The function is called on the loop, for each attempt anew. (A coroutine that has not begun can be made anew too,
        if its function is written in Python.)
        """
        if self._managed or type(work) is not CoroutineType:
            return self._loop().run_managed(self, work)  # type: ignore[no-any-return]  # the result of `work`
        shared = self._shared or self._attach()
        call, value = shared.call_straight(shared, work, None if self._bare else self._terms(shared))
        if call is None:
            return value  # type: ignore[no-any-return]  # the result of `work`
        context = call.context
        identified = call.identity is not None
        if context and len(context) > identified:
            export(context, differs=identified)
        error = call.error
        if error is None:
            return value  # type: ignore[no-any-return]  # the result of `work`
        if not self._bare:
            shared.stamp(error, call.identity or correlation.get())
        try:
            raise error
        finally:  # its traceback refers to this frame, and to that of the task: no cycle
            call.error = None
            del error, call

    def iterate(self, source: AsyncIterable[_T]) -> Generator[_T, Any, None]:
        """The items of an async generator, or of anything for ``async for``, as a generator.

        All of it runs in one task, in one context. ``send``, ``throw`` and ``close`` reach the async generator;
        leaving a ``for`` loop closes it at once.
        """
        return self._loop().iterate(self, source)

    def enter(self, manager: AbstractAsyncContextManager[_T]) -> AbstractContextManager[_T]:
        """An async context manager as one for ``with``. Entering and leaving happen in one task, in one context."""
        return self._loop().Entered(self, manager)

    async def aio(self, work: Union[Awaitable[_T], Callable[[], Awaitable[_T]]], /) -> _T:
        """`run` for async callers, on a loop of asyncio or trio of their own: the work is done on the bridge's loop."""
        return await self._loop().run_async(self, work)  # type: ignore[no-any-return]  # the result of `work`

    def stream(self, source: AsyncIterable[_T]) -> AsyncGenerator[_T, Any]:
        """`iterate` for async callers: an async generator on their loop, the work is done on the bridge's."""
        return self._loop().stream(self, source)

    def is_inside(self) -> bool:
        """Is this code run by the bridge's own loop, where it must not wait for it?"""
        return self._shared is not None and self._shared.is_inside()

    def close(self) -> None:
        """Cancel all that runs on the loop, wait until it has cleaned up, and close the loop.

        Happens by itself at exit. The next call through any bridge of this name starts a new loop.
        """
        if "asyncio" in sys.modules:
            from ._closing import close

            close(self._loop())

    def _loop(self) -> SharedLoop:
        return self._shared or self._attach()

    def _attach(self) -> SharedLoop:
        from ._closing import shared_loop

        self._shared = shared = shared_loop(self.name, self._loop_factory, self._own_thread)
        if _exiting:
            shared.exiting = True
        return shared

    def _terms(self, shared: SharedLoop) -> _Terms:
        """Of one attempt that begins now."""
        options = self.options
        timeout, wanted = options.timeout, options.correlation_id
        deadline = 0.0 if timeout is None else monotonic() + timeout
        return timeout, deadline, options.in_loop, shared.identify(wanted) if wanted else None


_exiting = False


def _close_at_exit() -> None:
    global _exiting
    _exiting = True
    closing = sys.modules.get(f"{__package__}._closing")
    close_at_exit = getattr(closing, "close_at_exit", None)
    if close_at_exit is not None:  # else a daemon thread is about to make its first call, and it is too late for that
        close_at_exit()


# When this module is imported, so that what users register later runs earlier, and can still make calls.
atexit.register(_close_at_exit)
