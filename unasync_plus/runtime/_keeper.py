"""The thread in the background: makes the loop, and drives it while nobody else does.

So tasks, timers and connections go on between two calls. It drives, too, while many callers wait; and always, with
``drive="thread"``.

When the loop has nothing to do but to wait, the keeper leaves it and waits outside, for what the loop would wait for (it
*rests*): so the lead is free, and a call after a pause costs no change of threads. That takes a loop with a selector, as
asyncio's own are on Unix.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from sys import _getframe
from time import monotonic

from ._following import PATROL, let_go, listen, new_bell, ring
from ._rest import rest_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any

    from ._inbox import Inbox
    from ._loop import SharedLoop
    from ._rest import Rest

MANY = 2  # callers that wait besides the one who leads: from so many on, it drives for all
STAYS = 16  # calls for which it goes on thereafter, though fewer wait
PATIENCE = 0.002  # seconds: it takes over when nobody has driven for one to two times as long


class _Idle(BaseException):
    """The loop has nothing to do but to wait."""


class Keeper:
    """A daemon thread that looks after a shared loop. It leaves when the loop is not the shared one any more."""

    def __init__(self, shared: SharedLoop) -> None:
        self.driving = False  # for want of a caller, or for many
        self.parked = False  # it waits for a long call to end
        self.resting = False  # it waits outside of the loop, and wants to know when somebody has led
        self.calling = False  # it calls, in a finalizer, and waits for others as they do
        self._rest: Rest | None = None
        self._until: float | None = None  # when the loop has something to do by itself
        self._wanted = False  # many callers wait
        self._stays = 0  # how many calls it still begins for callers who could drive themselves
        self._leaving = False  # the loop is about to stop, for a caller to drive
        self._answered: list[threading.Lock] = []  # bells of those who have their answer, and shall find the lead free
        self._shared = shared
        self._bell = new_bell()
        self._ready = new_bell()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{shared.name}-loop", daemon=True)

    def start(self) -> bool:
        """Return when the loop is there; raise what its factory raised. False if no thread can be started."""
        try:
            self._thread.start()
        except RuntimeError:
            return False
        self._ready.acquire()
        if self._error is not None:
            raise self._error
        return True

    def takes_over(self, waiting: int) -> bool:
        """Drive, if so many callers wait that passing the lead on with every answer would cost them more."""
        if waiting < MANY or self.calling:
            return False
        self._wanted = True
        ring(self._bell)
        if self.resting:
            self.wake()
        return True

    def gives_way(self, waiting: int) -> bool:
        """Does it drive, and shall one of so many callers drive instead?"""
        if not self.driving:
            return False
        if waiting > MANY:
            self._stays = STAYS
        elif self._stays:
            self._stays -= 1
        else:
            self._leaving = True
            return True
        return False

    def answer(self, bell: threading.Lock) -> None:
        """In the thread that drives: wake who waits for `bell`. If this one is about to leave, when it has left.

        Who is woken before finds that somebody drives, and its next call waits for another thread once more.
        """
        if self._leaving:
            self._answered.append(bell)
        else:
            ring(bell)

    def wake_answered(self) -> None:
        self._leaving = False
        while self._answered:
            ring(self._answered.pop())

    @property
    def is_here(self) -> bool:
        """Is this its thread?"""
        return self._thread.ident == threading.get_ident()

    def wake(self) -> None:
        if self.resting and self._rest is not None:
            self._rest.rouse()
        else:
            ring(self._bell)

    def join(self, timeout: float | None) -> None:
        if not self.is_here:
            self._thread.join(timeout)

    def _run(self) -> None:
        shared = self._shared
        if shared.own_thread:
            shared.lock.acquire()
            shared.busy = True
        try:
            loop = shared.make_loop()
            if shared.keeper is not self:  # Ctrl-C came while it was made, and it was made again
                loop.close()
                return
            if not shared.own_thread:
                self._rest = rest_of(loop)
            inbox = shared.adopt(loop)
        except BaseException as error:
            self._error = error
            return
        finally:
            ring(self._ready)
        try:
            while shared.loop is loop:
                if shared.own_thread:
                    _drive(loop, inbox)
                else:
                    self._watch(shared, loop, inbox)
        finally:
            let_go(shared)
            if self._rest is not None:
                self._rest.close()

    def _watch(self, shared: SharedLoop, loop: AbstractEventLoop, inbox: Inbox) -> None:
        """Look once whether anybody drives, and take over if not."""
        shared.overdue = shared.attention = True
        if shared.dropped:
            shared.leave_abandoned()
        listen(self._bell, PATIENCE)
        wanted, self._wanted = self._wanted, False
        if not shared.overdue and not shared.externals and not wanted:
            return  # callers come and go
        if shared.try_to_lead():
            while self._lead(shared, loop, inbox) and shared.try_to_lead():
                pass
        elif shared.overdue or wanted:
            self._park(shared)

    def _lead(self, shared: SharedLoop, loop: AbstractEventLoop, inbox: Inbox) -> bool:
        """Drive. If nothing was left to do, rest thereafter. True if the loop has something to do, and nobody has led."""
        is_idle = False
        try:
            shared.overdue = False
            self.driving = True
            shared.workers.rest()
            if shared.loop is loop:
                is_idle = self._drive_until_idle(loop, inbox)
        finally:
            self.driving, self._stays = False, 0
            if is_idle:
                self.resting = shared.attention = True  # to be seen by everybody who leads from now on
            let_go(shared)
            self.wake_answered()
            if not is_idle or shared.waiters or shared.externals:
                shared.look_around()
        if not is_idle or self._rest is None:
            return False
        is_roused = shared.loop is not loop or self._rest.wait(self._until)
        self.resting = False
        return not is_roused

    def _drive_until_idle(self, loop: AbstractEventLoop, inbox: Inbox) -> bool:
        """Drive until nothing is left to do, and return True; or until the loop is stopped."""
        if self._rest is None:
            _drive(loop, inbox)
            return False
        selector = self._rest.selector
        selector.select = partial(self._select_or_leave, self._rest.select)
        try:
            _drive(loop, inbox)
        except _Idle:
            return True
        finally:
            del selector.select
        return False

    def _select_or_leave(self, select: Callable[[float | None], list[Any]], timeout: float | None = None) -> list[Any]:
        """In the place of the selector's own method: it raises `_Idle` where that would wait, unless somebody waits for us."""
        shared = self._shared
        if (timeout is not None and timeout <= 0) or shared.waiters or shared.externals:
            return select(timeout)
        if _getframe(3).f_code is not _drive.__code__:  # patches let the loop be run by what it runs
            return select(timeout)
        begin = monotonic()
        stays, self._stays = self._stays, 0
        found = select(0 if not stays else PATIENCE if timeout is None else min(timeout, PATIENCE))
        if found:
            self._stays = stays
            return found
        self._until = None if timeout is None else begin + timeout
        raise _Idle

    def _park(self, shared: SharedLoop) -> None:
        """Somebody drives, and takes long: sleep until they leave."""
        self.parked = shared.attention = True
        if shared.try_to_lead():  # they left before they could see that we are parked
            let_go(shared)
            shared.look_around()
        else:
            listen(self._bell, PATROL)
        self.parked = False


def _drive(loop: AbstractEventLoop, inbox: Inbox) -> None:
    with suppress(SystemExit, KeyboardInterrupt):  # of a background task: it stays in that task
        inbox.look()
        loop.run_forever()
