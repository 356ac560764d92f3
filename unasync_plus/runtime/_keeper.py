"""The thread in the background: makes the loop, and drives it while nobody else does.

So tasks, timers and connections go on between two calls. It drives, too, while many callers wait; and always, with
``drive="thread"``.
"""

from __future__ import annotations

import threading
from contextlib import suppress

from ._following import PATROL, let_go, listen, new_bell, ring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from ._inbox import Inbox
    from ._loop import SharedLoop

MANY = 2  # callers that wait besides the one who leads: from so many on, it drives for all
STAYS = 16  # calls for which it goes on thereafter, though fewer wait
PATIENCE = 0.002  # seconds: it takes over when nobody has driven for one to two times as long


class Keeper:
    """A daemon thread that looks after a shared loop. It leaves when the loop is not the shared one any more."""

    def __init__(self, shared: SharedLoop) -> None:
        self.driving = False  # for want of a caller, or for many
        self.parked = False  # it waits for a long call to end
        self.calling = False  # it calls, in a finalizer, and waits for others as they do
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
            try:
                shared.overdue = False
                self.driving = True
                shared.workers.rest()
                if shared.loop is loop:
                    _drive(loop, inbox)
            finally:
                self.driving, self._stays = False, 0
                let_go(shared)
                self.wake_answered()
                shared.look_around()
        elif shared.overdue or wanted:
            self._park(shared)

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
