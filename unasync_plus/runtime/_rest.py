"""Waiting outside of a loop for what it would wait for."""

from __future__ import annotations

import socket
from asyncio import SelectorEventLoop
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Rest:
    """Of one loop: who waits here has to be told when others may have given the loop something to do.

    The selectors of asyncio's own loops on Unix can be waited for themselves, also while another thread uses them.
    """

    def __init__(self, selector: Any) -> None:
        self.selector = selector
        self.select = selector.select  # its own, whatever stands in its place
        self._outer = DefaultSelector()
        self._inner, self._rouser = socket.socketpair()
        self._inner.setblocking(False)
        self._rouser.setblocking(False)
        self._outer.register(self._inner, EVENT_READ)
        self._outer.register(selector.fileno(), EVENT_READ)

    def wait(self, until: float | None) -> bool:
        """Until the loop has something to do, or the clock says `until`; or until `rouse` was called, then True."""
        patience = None if until is None else max(0.0, until - monotonic())
        is_roused = any(key.fileobj is self._inner for key, _ in self._outer.select(patience))
        if is_roused:
            self._inner.recv(4096)
        return is_roused

    def rouse(self) -> None:
        """From any thread."""
        with suppress(OSError):  # nobody rests here any more; or it was called so often that no more is needed
            self._rouser.send(b"\0")

    def close(self) -> None:
        self._outer.close()
        self._inner.close()
        self._rouser.close()


def rest_of(loop: Any) -> Rest | None:
    """None if the loop is not one of asyncio's own that waits with a selector as it is, or no files can be opened."""
    selector = getattr(loop, "_selector", None)
    if type(loop) is SelectorEventLoop and type(selector) is DefaultSelector and hasattr(selector, "fileno"):
        with suppress(OSError):
            return Rest(selector)
    return None
