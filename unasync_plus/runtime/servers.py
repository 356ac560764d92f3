"""asyncio's `start_server` for threads: one thread waits for connections, and each of them is served by a task.

Tasks that serve are of the run that started the server, and end with it. `wait_closed` waits for them, as in asyncio since
Python 3.12.
"""

from __future__ import annotations

import logging
import selectors
import socket
import stat
import sys
import threading
import time
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .endpoints import Connection, shake
from .futures import Future, report
from .locks import Condition
from .scopes import CancelledError
from .streams import LIMIT, StreamReader, StreamWriter
from .tasks import Task, current_task
from .waiting import checkpoint

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Iterable

    from typing_extensions import Self


class Server:
    """`asyncio.Server`; made by `start_server`."""

    _ends_at_deadlines = True

    def __init__(
        self,
        connected: Callable[[StreamReader, StreamWriter], object],
        sockets: Iterable[socket.socket],
        *,
        backlog: int,
        limit: int,
        ssl: ssl.SSLContext | None,
    ) -> None:
        self._connected, self._backlog, self._limit, self._tls = connected, backlog, limit, ssl
        self._sockets = tuple(sockets)
        self._context = copy_context()
        self._inbox, self._outbox = socket.socketpair()
        self._thread: threading.Thread | None = None
        self._changed = Condition(threading.Lock())
        self._serving: set[Future[None]] = set()
        self._forever: Future[None] | None = None
        self._closed = False
        self._files: list[tuple[str, int]] = []
        """Paths of sockets, each with its inode: what is there is removed if it is still the same."""

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Those it listens to; none when it is closed."""
        return () if self._closed else self._sockets

    def is_serving(self) -> bool:
        return self._thread is not None and not self._closed

    def start_serving(self) -> None:
        if self._thread is None and not self._closed:
            for sock in self._sockets:
                sock.listen(self._backlog)
            self._thread = threading.Thread(target=self._context.run, args=(self._accept,), name="server", daemon=True)
            self._thread.start()

    def serve_forever(self) -> None:
        """Serve until this is cancelled, or the server closed by somebody else; either way it raises `CancelledError`."""
        if self._forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        if self._closed:
            raise RuntimeError(f"server {self!r} is closed")
        self.start_serving()
        self._forever = Future()
        try:
            self._forever.result()
        except CancelledError:
            self.close()
            self.wait_closed()
            raise
        finally:
            self._forever = None

    def close(self) -> None:
        """Let nobody in any more; those that are served go on."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        self._outbox.send(b"\0")
        if self._thread is not None:
            self._thread.join()
        for sock in (*self._sockets, self._inbox, self._outbox):
            sock.close()
        for path, inode in self._files:
            with suppress(OSError):
                if Path(path).stat().st_ino == inode:
                    Path(path).unlink()
        if self._forever is not None:
            self._forever.cancel()

    def wait_closed(self) -> None:
        """Wait until it is closed and nobody is served any more."""
        checkpoint()
        with self._changed:
            while not self._closed or self._serving - {current_task()}:
                self._changed.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.wait_closed()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for sock in (*self._sockets, self._inbox):
                selector.register(sock, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._inbox in ready:
                    return
                for listening in ready:
                    self._accept_one(listening)

    def _accept_one(self, sock: Any) -> None:
        try:
            connection, _ = sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:  # there are too many already
            _LOG.exception("socket.accept() out of system resource")
            time.sleep(0.1)
            return
        task = Task(self._serve, (connection,))
        with self._changed:
            self._serving.add(task)
        task.add_done_callback(self._served)
        try:
            task.start()
        except RuntimeError:  # the system gives no more threads
            _LOG.exception("nobody can serve a connection")
            connection.close()
            self._served(task)

    def _served(self, task: Future[None]) -> None:
        with self._changed:
            self._serving.discard(task)
            self._changed.notify_all()

    def _serve(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                shake(sock)
            endpoint = Connection(sock)
        except OSError:
            _LOG.debug("a connection was lost before it was one", exc_info=True)
            sock.close()
            return
        writer = StreamWriter(endpoint)
        try:
            self._connected(StreamReader(self._limit, endpoint), writer)
        except CancelledError:
            writer.close()
            raise
        except Exception as error:
            report("Unhandled exception in client_connected_cb", error)
            writer.close()


_LOG = logging.getLogger(__name__)


def start_server(
    client_connected_cb: Callable[[StreamReader, StreamWriter], object],
    host: str | Iterable[str] | None = None,
    port: int | str | None = None,
    *,
    limit: int = LIMIT,
    family: int = socket.AF_UNSPEC,
    flags: int = socket.AI_PASSIVE,
    sock: socket.socket | None = None,
    reuse_address: bool | None = None,
    reuse_port: bool | None = None,
    **options: Any,
) -> Server:
    """`asyncio.start_server`: the callback runs in a thread for each connection; ``options`` as for `_started`."""
    if sock is not None:
        if host is not None or port is not None:
            raise ValueError("host/port and sock can not be specified at the same time")
        return _started(client_connected_cb, [sock], limit, **options)
    if host is None and port is None:
        raise ValueError("Neither host/port nor sock were specified")
    hosts = [host or None] if host is None or isinstance(host, str) else list(host)
    found = [socket.getaddrinfo(name, port, family, socket.SOCK_STREAM, 0, flags) for name in hosts]
    sockets: list[socket.socket] = []
    try:
        for kind, _, number, _, address in dict.fromkeys(info for infos in found for info in infos):
            sockets.append(socket.socket(kind, socket.SOCK_STREAM, number))
            _bind(sockets[-1], address, reuse_address, reuse_port)
    except BaseException:
        for made in sockets:
            made.close()
        raise
    return _started(client_connected_cb, sockets, limit, **options)


def _bind(sock: socket.socket, address: Any, reuse_address: bool | None, reuse_port: bool | None) -> None:
    if reuse_address or (reuse_address is None and sys.platform not in ("win32", "cygwin")):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    if reuse_port:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, True)
    if sock.family == socket.AF_INET6:
        with suppress(AttributeError):
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, True)
    try:
        sock.bind(address)
    except OSError as error:
        text = f"error while attempting to bind on address {address!r}: {(error.strerror or '').lower()}"
        raise OSError(error.errno, text) from None


def start_unix_server(
    client_connected_cb: Callable[[StreamReader, StreamWriter], object],
    path: str | os.PathLike[str] | None = None,
    *,
    limit: int = LIMIT,
    sock: socket.socket | None = None,
    cleanup_socket: bool = True,
    **options: Any,
) -> Server:
    """The same for a path in the file system, which is removed when the server is closed, as in Python 3.13."""
    if (path is None) is (sock is None):
        both = "path and sock can not be specified at the same time"
        raise ValueError(both if sock else "path was not specified, and no sock specified")
    if path is not None:
        with suppress(FileNotFoundError):
            if stat.S_ISSOCK(Path(path).stat().st_mode):
                Path(path).unlink()  # of a server that is gone
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.bind(str(path))
        except BaseException:
            sock.close()
            raise
    assert sock is not None
    server = _started(client_connected_cb, [sock], limit, **options)
    name = sock.getsockname() if cleanup_socket else ""
    if isinstance(name, str) and name:  # others are no files
        with suppress(OSError):
            server._files.append((name, Path(name).stat().st_ino))
    return server


def _started(
    connected: Callable[[StreamReader, StreamWriter], object],
    sockets: list[socket.socket],
    limit: int,
    *,
    backlog: int = 100,
    ssl: ssl.SSLContext | None = None,
    ssl_handshake_timeout: float | None = None,
    ssl_shutdown_timeout: float | None = None,
    keep_alive: bool | None = None,
    start_serving: bool = True,
) -> Server:
    """A server that listens, or will when it is told to; the time that TLS may take says nothing here."""
    for sock in sockets:
        sock.setblocking(False)
        if keep_alive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
    server = Server(connected, sockets, backlog=backlog, limit=limit, ssl=ssl)
    if start_serving:
        server.start_serving()
    return server
