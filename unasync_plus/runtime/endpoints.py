"""What is below a stream: a socket, with TLS or without, or a pipe. All are non-blocking; only `receive` waits."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .sockets import sock_connect, wait_readable, wait_writable

if TYPE_CHECKING:
    from collections.abc import Mapping

_TO_READ = (BlockingIOError, ssl.SSLWantReadError)


class Endpoint:
    """One end of a connection or a pipe."""

    can_write_eof = True
    blocks = False
    """Whether `receive_now` waits after all."""

    def __init__(self, extra: Mapping[str, Any]) -> None:
        self.extra = extra

    def receive_now(self, size: int) -> bytes | None:
        """What has arrived, at most so many bytes; None if nothing has, empty at the end."""
        raise NotImplementedError

    def receive(self, size: int) -> bytes:
        """Wait until something has arrived."""
        while True:
            data = self.receive_now(size)
            if data is not None:
                return data
            self.wait_readable()

    def send_now(self, data: bytes | bytearray) -> int:
        """Send what goes out at once; how many bytes did."""
        raise NotImplementedError

    def wait_readable(self) -> None:
        raise NotImplementedError

    def wait_writable(self) -> None:
        raise NotImplementedError

    def write_eof(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Connection(Endpoint):
    """A connected socket."""

    def __init__(self, sock: socket.socket) -> None:
        extra: dict[str, Any] = {"socket": sock, "sockname": sock.getsockname()}
        with suppress(OSError):
            extra["peername"] = sock.getpeername()
        self._tls = sock if isinstance(sock, ssl.SSLSocket) else None
        if self._tls is not None:
            extra.update(
                peercert=self._tls.getpeercert(),
                cipher=self._tls.cipher(),
                compression=self._tls.compression(),
                sslcontext=self._tls.context,
                ssl_object=self._tls,
            )
            self.can_write_eof = False
        super().__init__(extra)
        self._sock = sock
        self._lock = threading.Lock()  # what is encrypted is one state for both directions
        self._closed = False
        self._wants_read = False

    def receive_now(self, size: int) -> bytes | None:
        with self._lock:
            if self._closed:
                return b""
            try:
                return self._sock.recv(size)
            except (*_TO_READ, ssl.SSLWantWriteError):
                return None

    def send_now(self, data: bytes | bytearray) -> int:
        with self._lock:
            self._wants_read = False
            try:
                return self._sock.send(data)
            except ssl.SSLWantReadError:
                self._wants_read = True
            except (BlockingIOError, ssl.SSLWantWriteError):
                pass
            return 0

    def wait_readable(self) -> None:
        with suppress(ValueError):  # closed meanwhile
            wait_readable(self._sock)

    def wait_writable(self) -> None:
        (wait_readable if self._wants_read else wait_writable)(self._sock)

    def write_eof(self) -> None:
        if self._tls is not None:
            raise NotImplementedError
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with self._lock:
            if self._tls is not None:
                with suppress(OSError, ValueError):
                    self._tls.unwrap()  # says goodbye, and does not wait for an answer
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)  # ends the wait of whoever reads
            self._closed = True
            self._sock.close()


class Pipe(Endpoint):
    """One end of a pipe, taken from ``file``; on Windows its waits end at no deadline."""

    def __init__(self, file: Any) -> None:
        self._descriptor = os.dup(file.fileno())  # a file would complain if a process is forgotten before its end
        pipe = open(self._descriptor, file.mode, 0, closefd=False)  # noqa: SIM115 - closes nothing
        super().__init__({"pipe": pipe})
        file.close()
        self.blocks = sys.platform == "win32"
        if not self.blocks:
            os.set_blocking(self._descriptor, False)

    def receive_now(self, size: int) -> bytes | None:
        if self._descriptor < 0:
            return b""
        try:
            data = os.read(self._descriptor, size)
        except BlockingIOError:
            return None
        if not data:
            self.close()
        return data

    def send_now(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:
            return 0

    def wait_readable(self) -> None:
        with suppress(ValueError):  # closed meanwhile
            wait_readable(self._descriptor)

    def wait_writable(self) -> None:
        wait_writable(self._descriptor)

    def write_eof(self) -> None:
        self.close()

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def connected(
    host: str | None = None,
    port: int | str | None = None,
    *,
    family: int = 0,
    proto: int = 0,
    flags: int = 0,
    sock: socket.socket | None = None,
    local_addr: tuple[str, int] | None = None,
    **tls: Any,
) -> Connection:
    """Connect to the first address of the host that answers; ``tls`` as for `_secured`."""
    _check(host, **tls)
    if sock is not None:
        if host is not None or port is not None:
            raise ValueError("host/port and sock can not be specified at the same time")
        return _secured(sock, None, **tls)
    if host is None and port is None:
        raise ValueError("host and port was not specified and no sock specified")
    errors: list[OSError] = []
    for kind, _, number, _, address in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, proto, flags):
        sock = socket.socket(kind, socket.SOCK_STREAM, number)
        try:
            if local_addr is not None:
                sock.bind(local_addr)
            return _secured(_connected(sock, address), host, **tls)
        except ssl.SSLError:
            raise
        except OSError as error:
            sock.close()
            errors.append(error)
    if len({str(error) for error in errors}) == 1:
        raise errors[0]
    raise OSError(f"Multiple exceptions: {', '.join(map(str, errors))}")


def unix_connected(path: Any = None, *, sock: socket.socket | None = None, **tls: Any) -> Connection:
    """The same for a path in the file system."""
    _check(None, **tls)
    if (path is None) is (sock is None):
        both = "path and sock can not be specified at the same time"
        raise ValueError(both if sock else "no path and sock were specified")
    if sock is None:
        sock = _connected(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), os.fspath(path))
    return _secured(sock, None, **tls)


def _connected(sock: socket.socket, address: Any) -> socket.socket:
    sock.setblocking(False)
    try:
        sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _check(host: str | None, ssl: Any = None, server_hostname: str | None = None, **_: Any) -> None:
    """Whether the name of the server is known, if it is needed, and is needed, if given."""
    if server_hostname is not None and not ssl:
        raise ValueError("server_hostname is only meaningful with ssl")
    if ssl and server_hostname is None and not host:
        raise ValueError("You must set server_hostname when using ssl without a host")


def _secured(
    sock: socket.socket,
    host: str | None,
    *,
    ssl: ssl.SSLContext | bool | None = None,
    server_hostname: str | None = None,
    ssl_handshake_timeout: float | None = None,
    ssl_shutdown_timeout: float | None = None,
    happy_eyeballs_delay: float | None = None,
    interleave: int | None = None,
    all_errors: bool = False,
) -> Connection:
    """A connection, once the handshake is done, if there is to be one; ``all_errors`` and the like say nothing here."""
    sock.setblocking(False)
    if not ssl:
        return Connection(sock)
    return Connection(_handshake(sock, ssl, server_hostname if server_hostname is not None else host))


def _handshake(sock: socket.socket, context: ssl.SSLContext | bool, name: str | None) -> ssl.SSLSocket:
    if not isinstance(context, ssl.SSLContext):
        context = ssl.create_default_context()
    try:
        secure = context.wrap_socket(sock, do_handshake_on_connect=False, server_hostname=name or None)
    except BaseException:
        sock.close()
        raise
    try:
        shake(secure)
    except BaseException:
        secure.close()
        raise
    return secure


def shake(secure: ssl.SSLSocket) -> None:
    """Do the handshake of a connection that does not block."""
    while True:
        try:
            return secure.do_handshake()
        except ssl.SSLWantReadError:
            wait_readable(secure)
        except ssl.SSLWantWriteError:
            wait_writable(secure)
