"""Waiting for work that another thread does, in line for the lead."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from functools import partial
from threading import get_ident

from ._caution import trap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._loop import SharedLoop
    from ._work import Work

PATROL = 0.5  # seconds: the thread in the background looks even if nobody woke it


def ring(bell: threading.Lock) -> None:
    """Wake who waits for `bell`, a lock that is held. Ringing twice is ringing once."""
    with suppress(RuntimeError):
        bell.release()


def new_bell() -> threading.Lock:
    bell = threading.Lock()
    bell.acquire()
    return bell


def listen(bell: threading.Lock, patience: float | None = None) -> bool:
    """Wait until it rings. False if patience, in seconds, ran out first."""
    if patience is not None:
        return bell.acquire(timeout=patience)
    if sys.platform == "win32":
        while not bell.acquire(timeout=0.1):  # there Ctrl-C does not interrupt the acquisition of a lock
            pass
        return True
    return bell.acquire()


def follow(shared: SharedLoop, work: Work, patience: float | None = None) -> None:
    """Have `work` done by whoever drives, and wait for it; drive as soon as nobody else does.

    Returns when it is done, or after `patience` seconds in vain.
    """
    if shared.own_thread:
        work.leads = False
    trap.take(work)
    work.bell = bell = new_bell()
    keeper = shared.keeper
    work.tell = partial(ring if keeper is None else keeper.answer, bell)
    if work.context is None:
        work.context = work.new_context()
    if keeper is None or not keeper.is_here or patience is not None:
        submit(shared, work)
        await_turn(shared, work, bell, patience)
        return
    before, keeper.calling = keeper.calling, True
    try:
        submit(shared, work)
        await_turn(shared, work, bell, PATROL, again=True)
    finally:
        keeper.calling = before


def submit(shared: SharedLoop, work: Work) -> None:
    """Queue `work` for whoever drives, and its owner for the lead."""
    inbox = shared.inbox
    if shared.exiting and shared.closing and not work.closes and get_ident() == shared.main:
        work.refuse(shared.closed_error())  # a finalizer, called by the thread that closes the loop
        return
    _line_up(shared, work)
    try:
        if inbox is None:
            raise RuntimeError
        inbox.put(work)
    except RuntimeError:
        shared.check_exit()
        work.refuse(shared.closed_error())
    else:
        if not work.leads and shared.try_to_lead():  # nobody drives
            let_go(shared)
            shared.look_around()


def _line_up(shared: SharedLoop, work: Work) -> None:
    if work.leads:
        shared.waiters.append(work)
    else:
        shared.externals.add(work)
    shared.attention = True


def await_turn(
    shared: SharedLoop, work: Work, bell: threading.Lock, patience: float | None = None, *, again: bool = False
) -> None:
    """With ``again``, go on waiting after `patience` seconds, unless nobody drives: who looks after that has called."""
    loop = shared.loop
    try:
        while not work.done:
            try:
                shared.check_exit()
                if work.leads and shared.try_to_lead():
                    if shared.loop is loop:
                        shared.drive(work)
                    elif not work.done:
                        work.refuse(shared.closed_error())
                elif not listen(bell, patience):
                    if not again:
                        return
                elif not work.done:
                    _line_up(shared, work)  # the lead was offered to us, so we are in line no more
            except BaseException as error:  # Ctrl-C, or another handler of a signal
                if work.interrupted is not None:
                    raise
                trap.take(work)
                work.interrupt(error)
    finally:
        shared.check_exit()
        in_line, led = leave_line(shared, work), let_go(shared)
        if led or not in_line:
            shared.look_around()  # pass the lead on
        trap.relax(work)
    if work.interrupted is not None:
        work.error = work.interrupted


def leave_line(shared: SharedLoop, work: Work) -> bool:
    """False if it was in line no more: the lead had been offered to it."""
    shared.externals.discard(work)
    if work.leads:
        try:
            shared.waiters.remove(work)
        except ValueError:
            return False
    return True


def let_go(shared: SharedLoop) -> bool:
    """Give up the lead, if this thread has it, however often it took the lock. True if it had it."""
    if not shared.lock.acquire(False):
        return False
    led, shared.busy = shared.busy, False
    with suppress(RuntimeError):
        while True:
            shared.lock.release()
    return led
