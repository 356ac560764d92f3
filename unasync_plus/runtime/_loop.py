"""The loop of a bridge, and who drives it.

An event loop needs a thread; to hop to another thread and back costs more than most calls. So the thread that waits
for an answer drives the loop itself (it is the *leader*). Who comes while another thread leads hands its work over and
waits (a *follower*); when the leader has its answer it passes the lead on. While nobody calls, the *keeper*, a thread
in the background, drives what there is to do; and while many wait, for then the lead would pass on with almost every
answer, each time with a change of threads. Who holds `SharedLoop.lock` drives, or steps a task by hand; nobody else touches the loop.

The first step of a call is taken by hand, without running the loop: many coroutines end there. For that step the loop
is marked as running, a real task is current and asynchronous generators get the loop's hooks, so that code inside can
not tell it from a step that the loop took. (Only in debug mode, with a task factory, or on a loop whose attributes can
not be set, is the first step left to the loop.)
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import _get_running_loop, _set_running_loop
from collections import deque
from contextlib import suppress
from sys import get_asyncgen_hooks, modules, set_asyncgen_hooks
from threading import get_ident

from ._calls import run_async, run_managed
from ._caution import Caution
from ._correlation import identify, stamp
from ._deadlines import Deadlines
from ._elsewhere import call_from_running_loop, in_trio, sleep, to_thread, wait_elsewhere
from ._following import follow, let_go, new_bell, ring
from ._generators import iterate, stream
from ._inbox import Inbox
from ._keeper import Keeper
from ._managers import Entered
from ._recovery import recover
from ._session import Session
from ._signals import explain_signals
from ._stepping import Taken, rounds_of, yes
from ._straight import call_straight
from ._work import Call, Turn
from ._workers import Workers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any

    from ._living import Living
    from ._work import Work


class SharedLoop:
    """One persistent loop, for all bridges of one name in one process. It starts with the first call."""

    Call, Session, Entered = Call, Session, Entered  # for those who must not import asyncio

    first_iteration: Any  # the loop's hooks for asynchronous generators
    finalizer: Any
    runs: Callable[[], bool]  # what the loop says itself to whether it runs: it does not know of steps taken by hand

    def __init__(self, name: str, factory: Callable[[], AbstractEventLoop] | None, own_thread: bool) -> None:
        self.name = name
        self.factory = factory
        self.own_thread = own_thread
        self.exiting = False
        # For those who must not import asyncio: attributes of the object, as a class would make methods of them.
        self.run_managed, self.run_async = run_managed, run_async
        self.iterate, self.stream = iterate, stream
        self.identify, self.stamp = identify, stamp
        self.sleep, self.to_thread = sleep, to_thread
        self.call_straight = call_straight
        self.reset()

    def reset(self) -> None:
        """As new: no loop, no threads, no lock held. Also what a forked child does with what it inherited."""
        self.loop: AbstractEventLoop | None = None
        self.inbox: Inbox | None = None
        self.steppable: AbstractEventLoop | None = None  # the same, if first steps can be taken by hand
        self.rounds: Callable[[], None] | None = None  # its `run_forever`, for a thread that has marked it as running
        self.keeper: Keeper | None = None
        # Reentrant, because only a reentrant lock tells whether this thread holds it (see `let_go`). That does not mean
        # that it may be entered twice: who gets the lock while `busy` is true has it already.
        self.lock = threading.RLock()
        self.busy = False
        self.opening = threading.RLock()
        self.leading: Work | None = None
        self.waiters: deque[Work] = deque()  # followers: one of them leads next
        self.externals: set[Work] = set()  # work whose owners can not lead: they run a loop of their own
        self.sessions: set[Living] = set()
        self.dropped: deque[object] = deque(maxlen=1)  # not empty: a guard of one of them is gone
        self.deadlines = Deadlines()
        self.taken = Taken()
        self.attention = False  # who leaves the lead must look around: one flag for all reasons, for speed
        self.overdue = False  # nobody has driven for a while
        self.closing = False
        self.main = threading.main_thread().ident
        self.workers = Workers(self)
        self.caution = Caution()
        self.calm = self.caution.calm

    def open(self) -> AbstractEventLoop:
        with self.opening:
            if self.loop is None:
                self.check_exit()
                if self.exiting:
                    raise self.closed_error()
                self.keeper = Keeper(self)
                if not self.keeper.start():
                    # The interpreter is about to exit and no thread can be started: callers drive, without a keeper.
                    self.keeper = None
                    if self.own_thread:
                        raise self.closed_error()
                    self.adopt(self.make_loop())
            if self.loop is not None:
                return self.loop
        self.check_exit()  # it has been closed meanwhile, at the exit
        raise self.closed_error()

    def open_for(self, work: Work) -> AbstractEventLoop:
        try:
            return self.open()
        except BaseException:  # nobody shall be told that its coroutine was never awaited
            work.discard()
            raise

    def make_loop(self) -> AbstractEventLoop:
        loop = asyncio.new_event_loop() if self.factory is None else self.factory()
        loop.call_soon(self._see_hooks)
        loop.call_soon(loop.stop)
        loop.run_forever()
        with suppress(AttributeError):  # a loop without attributes of its own is not steppable
            self.runs = loop.is_running
            loop.is_running = self.runs  # type: ignore[method-assign]  # from now on replaced, as it is quicker than to delete it
            self.steppable = None if loop.get_debug() else loop
            self.rounds = rounds_of(loop)
            explain_signals(loop, self.name)
        return loop

    def adopt(self, loop: AbstractEventLoop) -> Inbox:
        """From now on it is the loop of all bridges of this name."""
        self.inbox = inbox = Inbox(loop, self.waiters)
        self.loop = loop
        return inbox

    def _see_hooks(self) -> None:
        self.first_iteration, self.finalizer = get_asyncgen_hooks()

    def closed_error(self) -> RuntimeError:
        why = "the interpreter is exiting" if self.exiting else "it was closed during this call"
        return RuntimeError(f"bridge {self.name!r} is closed: {why}")

    def execute(self, work: Work) -> None:
        """Return when `work` is done. Its outcome is in it; what is raised here is something else."""
        if _get_running_loop() is not None or ("trio" in modules and in_trio()):
            call_from_running_loop(self, work)
            return
        loop = self.loop or self.open_for(work)
        lock = self.lock
        hooks, nested = None, False
        try:
            if lock.acquire(False):
                if self.busy:
                    nested = True  # we are in a finalizer, called by a line of ours
                    lock.release()
                    call_from_running_loop(self, work)
                    return
                self.busy = True
                _set_running_loop(loop)
                careful = work.key not in self.calm
                if careful:
                    self.caution.take(work)
                if self.steppable is loop:
                    hooks = first, final = get_asyncgen_hooks()
                    set_asyncgen_hooks(self.first_iteration, self.finalizer)
                    loop.is_running = yes  # type: ignore[method-assign]
                    work.begin_by_hand(loop)
                    if self.rounds is not None and not work.done:
                        self.go_on(work, self.rounds)
                        careful = False
                    loop.is_running = self.runs  # type: ignore[method-assign]
                    set_asyncgen_hooks(first, final)
                elif self.loop is not loop or self.closing:
                    self.check_exit()
                    work.refuse(self.closed_error())
                else:
                    loop.call_soon(work.begin_queued)
                _set_running_loop(None)
                if careful or not work.done:
                    self.go_on(work)
                if self.caution.thread is not None:
                    self._finish(work)
                self.busy = False
                lock.release()
                if self.attention:
                    self.attend()
            else:
                follow(self, work)
        except BaseException as error:
            if not nested:
                recover(self, work, error, hooks)
            raise

    def go_on(self, work: Work, run: Callable[[], None] | None = None) -> None:
        """Its first step has been taken by hand."""
        if work.key not in self.caution.restless:
            self.caution.learn(work, suspended=not work.done)
        if not work.done:
            self.drive(work, run)
            if work.worker is not None:
                work.part(work.worker)

    def drive(self, work: Work, run: Callable[[], None] | None = None) -> None:
        """Run the loop in this thread until `work` is done. We hold the lock. With ``run``, the loop is marked as running."""
        loop, inbox = self.loop, self.inbox
        assert loop is not None
        assert inbox is not None
        run = run or loop.run_forever
        work.tell, self.leading, self.overdue = loop.stop, work, False
        if self.caution.thread is None:
            self.caution.take(work)
        while not work.done:
            try:
                if inbox.works:
                    inbox.look()
                run()
            except (SystemExit, KeyboardInterrupt) as error:
                # In the main thread a signal handler may have raised it: for us. In another thread it comes from a
                # background task: it stays in that task, and is no reason to stop everybody else.
                if get_ident() == self.main:
                    if work.interrupted is not None:
                        raise
                    work.interrupt(error)
            if self.exiting:
                if run is self.rounds and get_ident() != self.main:
                    loop.is_running = self.runs  # type: ignore[method-assign]  # we may not come back to do so
                self.check_exit()
        self.leading = None
        self._finish(work)

    def _finish(self, work: Work) -> None:
        self.caution.relax(work)
        if work.interrupted is not None:
            work.error = work.interrupted

    def check_exit(self) -> None:
        """When the interpreter exits, daemon threads let the main thread clean up, and never come back."""
        if self.exiting and get_ident() != self.main:
            let_go(self)
            self.look_around()
            new_bell().acquire()

    def attend(self) -> None:
        """After leaving the lead without having driven."""
        if self.overdue and self.try_to_lead():
            # Callers come so fast that the keeper finds no gap, and none of them waits: give background work a turn.
            turn = Turn(self)
            if self.loop is not None and not self.closing:
                try:
                    turn.begin(self.loop)
                    self.drive(turn)
                except BaseException:
                    self.caution.relax(turn)  # nobody else knows of it
                    raise
            let_go(self)
            if turn.error is not None:
                raise turn.error
        self.look_around()

    def try_to_lead(self) -> bool:
        if not self.lock.acquire(False):
            return False
        if self.busy:
            self.lock.release()
            return False
        self.busy = True
        return True

    def look_around(self) -> None:
        """Offer the lead to who waits for it."""
        self.attention = False
        if self.keeper is not None and self.keeper.takes_over(len(self.waiters)):
            return
        while self.waiters:
            try:
                work = self.waiters.popleft()
            except IndexError:
                break
            if not work.done and work.bell is not None:
                ring(work.bell)
                return
        keeper = self.keeper
        if keeper is not None and (keeper.parked or keeper.resting or self.externals):
            keeper.wake()

    def leave_abandoned(self) -> None:
        """Leave the sessions that were lost. Not called in the main thread, where Ctrl-C could come in between."""
        self.dropped.clear()
        for session in list(self.sessions):
            if session.guard() is None:
                session.abandon()

    async def wait(self, work: Work) -> None:
        """`execute` for async callers."""
        await wait_elsewhere(self, work)

    def is_inside(self) -> bool:
        """Is this thread at work for the loop?"""
        if self.loop is not None and _get_running_loop() is self.loop:
            return True
        if not self.lock.acquire(False):
            return False
        try:
            return self.busy  # in a finalizer, called by a line of ours
        finally:
            self.lock.release()

    def yield_to(self, work: Work) -> None:
        """In the loop, before `work` begins: the keeper, if it drives, gives way to a caller."""
        keeper, loop = self.keeper, self.loop
        if work.leads and keeper is not None and loop is not None and keeper.gives_way(len(self.waiters)):
            loop.call_soon(keeper.wake_answered)  # should it go on, because the loop was run and stopped again inside
            loop.stop()
