"""``loop.sock_recv`` and its like, and waiting for a socket: waits that end at deadlines and cancellations.

Other than a `recv` in a thread that is left behind, they end at once and leave nothing. The socket is not one of TLS, and
non-blocking, ``sock.setblocking(False)``, as for asyncio. One that blocks will do, too, but connects without an end; one with a time
of its own keeps that, and is not interrupted.
"""

from __future__ import annotations

import selectors
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from .scopes import Waiter
from .waiting import checkpoint, park

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

T = TypeVar("T")

_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class _SocketWaiter(Waiter):
    """Blocks until the socket is ready; a nudge is a byte that arrives at a second one."""

    def __init__(self, sock: socket.socket | int, event: int) -> None:
        super().__init__()
        self._inbox, self._outbox = socket.socketpair()
        self._inbox.setblocking(False)
        self._selector = _Selector()
        self._key = self._selector.register(sock, event)
        self._selector.register(self._inbox, selectors.EVENT_READ)

    def nudge(self) -> None:
        with suppress(OSError):  # it is over, and closed
            self._outbox.send(b"\0")

    def block(self, seconds: float) -> None:
        ready = self._selector.select(min(max(seconds, 0), 1_000_000))
        if any(key is self._key for key, _ in ready):
            self.wake()
        elif ready:
            self._inbox.recv(64)

    def close(self) -> None:
        self._selector.close()
        self._inbox.close()
        self._outbox.close()


def wait_readable(sock: socket.socket | int) -> None:
    """`anyio.wait_readable`, `trio.lowlevel.wait_readable`."""
    _wait(sock, selectors.EVENT_READ)


def wait_writable(sock: socket.socket | int) -> None:
    """`anyio.wait_writable`, `trio.lowlevel.wait_writable`."""
    _wait(sock, selectors.EVENT_WRITE)


def sock_recv(sock: socket.socket, n: int) -> bytes:
    return _when_ready(sock, selectors.EVENT_READ, sock.recv, n)


def sock_recv_into(sock: socket.socket, buf: WriteableBuffer) -> int:
    return _when_ready(sock, selectors.EVENT_READ, sock.recv_into, buf)


def sock_recvfrom(sock: socket.socket, bufsize: int) -> tuple[bytes, Any]:
    return _when_ready(sock, selectors.EVENT_READ, sock.recvfrom, bufsize)


def sock_sendto(sock: socket.socket, data: ReadableBuffer, address: Any) -> int:
    return _when_ready(sock, selectors.EVENT_WRITE, sock.sendto, data, address)


def sock_sendall(sock: socket.socket, data: ReadableBuffer) -> None:
    left = memoryview(data).cast("B")
    while left:
        left = left[_when_ready(sock, selectors.EVENT_WRITE, sock.send, left) :]


def sock_accept(sock: socket.socket) -> tuple[socket.socket, Any]:
    """The new connection is non-blocking too."""
    connection, address = _when_ready(sock, selectors.EVENT_READ, sock.accept)
    connection.setblocking(False)
    return connection, address


def sock_connect(sock: socket.socket, address: Any) -> None:
    """A host name is looked up first, which no deadline ends."""
    checkpoint()
    _check(sock)
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        host, port = address[:2]
        address = socket.getaddrinfo(host, port, family=sock.family, type=sock.type, proto=sock.proto)[0][-1]
    with suppress(BlockingIOError):
        sock.connect(address)
        return
    wait_writable(sock)
    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        raise OSError(error, f"Connect call failed {address}")


def _when_ready(sock: socket.socket, event: int, operation: Callable[..., T], *args: Any) -> T:
    checkpoint()
    _check(sock)
    if sock.gettimeout() is None:
        _wait(sock, event)
    while True:
        with suppress(BlockingIOError):
            return operation(*args)
        _wait(sock, event)


def _wait(sock: socket.socket | int, event: int) -> None:
    waiter = _SocketWaiter(sock, event)
    try:
        park(waiter)
    finally:
        waiter.close()


def _check(sock: socket.socket) -> None:
    if isinstance(sock, ssl.SSLSocket):
        raise TypeError("Socket cannot be of type SSLSocket")
