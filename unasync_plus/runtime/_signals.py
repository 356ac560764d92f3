"""Signal handlers of the loop: Python lets the main thread alone set them, and any thread may drive."""

from __future__ import annotations

from functools import partial
from threading import current_thread, main_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from typing import Any


def explain_signals(loop: AbstractEventLoop, bridge: str) -> None:
    """Have `loop` say why it can not, in another thread. AttributeError if it can not be changed."""
    for name in ("add_signal_handler", "remove_signal_handler"):
        setattr(loop, name, partial(_in_main_thread, getattr(loop, name), bridge))


def _in_main_thread(change: Callable[..., Any], bridge: str, *args: Any) -> Any:
    if current_thread() is not main_thread():
        raise RuntimeError(
            f"signal handlers need the main thread, and {current_thread().name!r} drives the loop of bridge {bridge!r}:"
            " use signal.signal() in the main thread, outside of calls"
        )
    return change(*args)
