"""How a call is meant: by a sync caller or an async one, with which options, and behind which events."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .wrap_threads import InOrder
    from .wrap_translation import Translation

RUN = "run"
"""An async function: making its coroutine needs no loop."""
CALL = "call"
"""Anything else that may need the loop: it is called there."""
NOW = "now"
"""The same, where even an async caller cannot wait: an operator, making an object."""
DIRECT = "direct"
"""A function that needs no loop: it is called where the caller is."""


class Pending:
    """How the next call of this thread is meant."""

    __slots__ = ("is_aio", "made", "translation")

    def __init__(self, is_aio: bool = False, translation: Translation | None = None) -> None:
        self.is_aio = is_aio
        self.translation = translation
        self.made: Any = None
        """What the async caller gets; a generated function that gives nothing does not return it."""


class _Here(threading.local):
    pending: Pending | None = None
    events: list[InOrder] | None = None
    in_plain = False
    """Whether the async side has called a plain function of the user's, which cannot await."""


HERE = _Here()


def call_meant(how: Pending, function: Any, args: Any, kwargs: Any) -> Any:
    """Call a generated function; the one call across that it makes is meant so, those that this leads to are not."""
    before, HERE.pending = HERE.pending, how
    try:
        value = function(*args, **kwargs)
    finally:
        HERE.pending = before
    return how.made if value is None else value


def note_event(calls: InOrder) -> None:
    """The next call of this thread is over when ``calls`` are done."""
    calls.is_attended = True
    if HERE.events is None:
        HERE.events = []
    HERE.events.append(calls)


def is_special(translation: Translation, how: str) -> bool:
    """Whether the next call is anything but a plain call from sync code."""
    if HERE.pending is not None or HERE.events is not None:
        return True
    return is_auto_aio(translation, how)


def is_auto_aio(translation: Translation, how: str) -> bool:
    """With the interface "auto", a loop that runs here decides; but for what has to be there at once."""
    if translation.package.interface != "auto" or how not in (RUN, CALL) or not _is_in_loop():
        return False
    return how is RUN or not HERE.in_plain


def called_plainly(function: Any, args: Any, kwargs: Any) -> Any:
    """Call a plain function of the user's on the loop: what it calls that is not async is called at once."""
    before, HERE.in_plain = HERE.in_plain, True
    try:
        return function(*args, **kwargs)
    finally:
        HERE.in_plain = before


def _is_in_loop() -> bool:
    """Does a loop of asyncio or trio run in this thread?"""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return True
    if "trio" not in sys.modules:
        return False
    from ._elsewhere import in_trio

    return in_trio()
