"""``loop.add_signal_handler`` and ``remove_signal_handler``: of the main thread, as in asyncio."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVarTuple, Unpack

    _Ts = TypeVarTuple("_Ts")


def add_signal_handler(sig: int, callback: Callable[[Unpack[_Ts]], object], *args: Unpack[_Ts]) -> None:
    """Call ``callback(*args)`` in the main thread when the signal comes, even while that thread waits.

    It may set events and futures and cancel tasks of this runtime; like any handler of `signal` it must not take a lock that
    the code it interrupts may hold.
    """
    _set(sig, partial(_call, partial(callback, *args)))


def remove_signal_handler(sig: int) -> bool:
    """Give the signal its default handler back; False if `add_signal_handler` had given it none."""
    if not (isinstance(found := signal.getsignal(sig), partial) and found.func is _call):
        return False
    _set(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
    return True


def _call(callback: Callable[[], object], _signum: int, _frame: object) -> None:
    callback()


def _set(sig: int, handler: object) -> None:
    try:
        signal.signal(sig, handler)  # type: ignore[arg-type]  # a handler, or a constant of `signal`
    except OSError as error:
        raise RuntimeError(f"sig {sig} cannot be caught") from error
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(sig, False)
