"""asyncio's streams for threads: `open_connection`, `StreamReader`, `StreamWriter`.

Their waits end at deadlines and cancellations. `StreamWriter.write` never waits, as in asyncio: what does not go out at
once is sent by a thread, which ends with the last of it; `drain` waits for that thread while much is left.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .endpoints import Connection, Endpoint, connected, unix_connected
from .locks import Condition
from .waiting import checkpoint, ends_at_deadlines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LIMIT = 2**16
_HIGH, _LOW = 2**16, 2**14


class StreamReader:
    """`asyncio.StreamReader`; made by `open_connection` and for pipes of processes, or fed by hand."""

    _ends_at_deadlines = True

    def __init__(self, limit: int = LIMIT, endpoint: Endpoint | None = None) -> None:
        if limit <= 0:
            raise ValueError("Limit cannot be <= 0")
        self._limit = limit
        self._endpoint = endpoint
        self._buffer = bytearray()
        self._eof = False
        self._error: BaseException | None = None
        self._changed = Condition(threading.Lock())

    def exception(self) -> BaseException | None:
        return self._error

    def set_exception(self, exc: BaseException) -> None:
        with self._changed:
            self._error = exc
            self._changed.notify_all()

    def feed_data(self, data: bytes) -> None:
        with self._changed:
            self._buffer += data
            self._changed.notify_all()

    def feed_eof(self) -> None:
        with self._changed:
            self._eof = True
            self._changed.notify_all()

    def at_eof(self) -> bool:
        """Whether everything was read and nothing will come any more, as far as can be told without waiting."""
        endpoint = self._endpoint
        if endpoint is not None and not endpoint.blocks and not self._buffer and not self._eof:
            data = endpoint.receive_now(self._limit)
            if data is not None:
                self._take(data)
        return self._eof and not self._buffer

    def read(self, n: int = -1) -> bytes:
        """At most ``n`` bytes, as soon as there are any; all until the end if ``n`` is negative."""
        self._begin()
        if n < 0:
            while self._more():
                pass
            return self._cut(len(self._buffer))
        if n and not self._buffer:
            self._more()
        return self._cut(min(n, len(self._buffer)))

    def readexactly(self, n: int) -> bytes:
        if n < 0:
            raise ValueError("readexactly size can not be less than zero")
        self._begin()
        while len(self._buffer) < n:
            if not self._more():
                raise _incomplete(self._cut(len(self._buffer)), n)
        return self._cut(n)

    def readline(self) -> bytes:
        """A line with its end; what is left if there is none."""
        from asyncio import IncompleteReadError, LimitOverrunError

        try:
            return self.readuntil(b"\n")
        except IncompleteReadError as error:
            return error.partial
        except LimitOverrunError as error:
            if self._buffer.startswith(b"\n", error.consumed):
                del self._buffer[: error.consumed + 1]
            else:
                self._buffer.clear()
            raise ValueError(error.args[0]) from None

    def readuntil(self, separator: bytes | tuple[bytes, ...] = b"\n") -> bytes:
        separators = separator if isinstance(separator, tuple) else (separator,)
        if not separators or not min(map(len, separators)):
            raise ValueError("Separator should be at least one-byte string")
        self._begin()
        longest = max(map(len, separators))
        seen = 0
        while True:
            found = [(place + len(part), place) for part in separators if (place := self._buffer.find(part, seen)) >= 0]
            if found:
                end, place = min(found)
                if place > self._limit:
                    raise _overrun("Separator is found, but chunk is longer than limit", place)
                return self._cut(end)
            seen = max(0, len(self._buffer) + 1 - longest)
            if seen > self._limit:
                raise _overrun("Separator is not found, and chunk exceed the limit", seen)
            if not self._more():
                raise _incomplete(self._cut(len(self._buffer)), None)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _begin(self) -> None:
        checkpoint()
        if self._error is not None:
            raise self._error

    def _cut(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _take(self, data: bytes) -> None:
        self._buffer += data
        self._eof = self._eof or not data

    def _more(self) -> bool:
        """Wait for more bytes; False at the end."""
        if self._endpoint is not None and not self._eof:
            self._take(self._endpoint.receive(LIMIT))
            return not self._eof
        with self._changed:
            before = len(self._buffer)
            while not self._eof and self._error is None and len(self._buffer) == before:
                self._changed.wait()
        if self._error is not None:
            raise self._error
        return len(self._buffer) > before


class StreamWriter:
    """`asyncio.StreamWriter`."""

    _ends_at_deadlines = True

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._changed = Condition(threading.Lock())
        self._buffer = bytearray()
        self._sending = self._closing = self._ending = self._closed = False
        self._error: OSError | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        with self._changed:
            if self._ending:
                raise RuntimeError("Cannot call write() after write_eof()")
            if self._closed or self._error is not None:
                return  # as in asyncio: `drain` tells
            self._buffer += data
            self._send_now()
            self._send_later()

    def writelines(self, data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(data))

    def drain(self) -> None:
        """Wait until little is left to be sent; raises what went wrong while sending."""
        checkpoint()
        with self._changed:
            if len(self._buffer) > _HIGH:
                while len(self._buffer) > _LOW and self._error is None:
                    self._changed.wait()
            if self._error is not None:
                raise self._error
            if self._closed:
                raise ConnectionResetError("Connection lost")

    def can_write_eof(self) -> bool:
        return self._endpoint.can_write_eof

    def write_eof(self) -> None:
        """Close this direction, as soon as everything is sent."""
        with self._changed:
            self._ending = True
            self._finish()

    def close(self) -> None:
        """Close both directions, as soon as everything is sent."""
        with self._changed:
            self._closing = True
            self._finish()

    def is_closing(self) -> bool:
        return self._closing or self._closed

    def wait_closed(self) -> None:
        checkpoint()
        with self._changed:
            while not self._closed:
                self._changed.wait()
            if self._error is not None:
                raise self._error

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._endpoint.extra.get(name, default)

    def _send_now(self) -> None:
        try:
            while self._buffer and not self._sending and (sent := self._endpoint.send_now(self._buffer)):
                del self._buffer[:sent]
        except OSError as error:
            self._fail(error)

    def _send_later(self) -> None:
        if self._buffer and not self._sending:
            self._sending = True
            threading.Thread(target=self._send_rest, name="writes of a stream", daemon=True).start()

    def _send_rest(self) -> None:
        while True:
            try:
                self._endpoint.wait_writable()
            except (OSError, ValueError) as error:
                with self._changed:
                    self._fail(error if isinstance(error, OSError) else ConnectionResetError("Connection lost"))
            with self._changed:
                self._sending = False
                self._send_now()
                self._changed.notify_all()
                if not self._buffer:
                    self._finish()
                    return
                self._sending = True

    def _fail(self, error: OSError) -> None:
        self._error = error
        self._buffer.clear()

    def _finish(self) -> None:
        """Do what `close` and `write_eof` asked for, if everything is sent."""
        if self._buffer or self._closed:
            return
        if self._closing:
            self._closed = True
            self._endpoint.close()
        elif self._ending:
            self._endpoint.write_eof()
        self._changed.notify_all()


def _incomplete(partial: bytes, expected: int | None) -> Exception:
    from asyncio import IncompleteReadError

    return IncompleteReadError(partial, expected)


def _overrun(message: str, consumed: int) -> Exception:
    from asyncio import LimitOverrunError

    return LimitOverrunError(message, consumed)


def _streams(endpoint: Connection, limit: int) -> tuple[StreamReader, StreamWriter]:
    return StreamReader(limit, endpoint), StreamWriter(endpoint)


def _opener(connect: Callable[..., Connection]) -> Callable[..., tuple[StreamReader, StreamWriter]]:
    @ends_at_deadlines
    def open(*address: Any, limit: int = LIMIT, **options: Any) -> tuple[StreamReader, StreamWriter]:
        return _streams(connect(*address, **options), limit)

    return open


open_connection = _opener(connected)
"""`asyncio.open_connection`; looking up a name is not ended by a deadline."""
open_unix_connection = _opener(unix_connected)
"""`asyncio.open_unix_connection`."""
