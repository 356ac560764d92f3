"""anyio's streams over the pipes of a process: of bytes, and of text made from them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from .channels import BrokenResourceError, ClosedResourceError, EndOfStream
from .endpoints import Pipe
from .streams import LIMIT, StreamReader, StreamWriter
from .waiting import checkpoint

if TYPE_CHECKING:
    from typing_extensions import Self

    class _Receives(Protocol):
        def receive(self) -> bytes: ...
        def close(self) -> None: ...

    class _Sends(Protocol):
        def send(self, item: bytes, /) -> None: ...
        def close(self) -> None: ...


T = TypeVar("T", bytes, str)


class Resource:
    """`anyio.abc.AsyncResource`: what is closed, by itself or at the end of a ``with``."""

    _ends_at_deadlines = True

    def close(self) -> None:
        raise NotImplementedError

    def aclose(self) -> None:
        """For code that does not know what it closes."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Source(Resource, Generic[T]):
    def receive(self) -> T:
        raise NotImplementedError

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            return self.receive()
        except EndOfStream:
            raise StopIteration from None


class ByteReceiveStream(_Source[bytes]):
    """`anyio.abc.ByteReceiveStream`, of an output of a process."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._reader = StreamReader(LIMIT, pipe)

    def receive(self, max_bytes: int = 65536) -> bytes:
        """At most so many bytes, as soon as there are any; `EndOfStream` behind the last one."""
        if max_bytes < 1:
            raise ValueError("max_bytes must be a positive integer")
        data = self._reader.read(max_bytes)
        if not data:
            raise EndOfStream
        return data

    def close(self) -> None:
        """Let nobody receive any more; the pipe stays open until the process is closed, as in anyio."""
        self._reader.set_exception(ClosedResourceError())
        checkpoint()

    def close_pipe(self) -> None:
        """Let the process get an error if it goes on to write."""
        self._reader.set_exception(ClosedResourceError())
        self._pipe.close()


class ByteSendStream(Resource):
    """`anyio.abc.ByteSendStream`, of the input of a process."""

    def __init__(self, pipe: Pipe) -> None:
        self._writer = StreamWriter(pipe)
        self._closed = False

    def send(self, item: bytes) -> None:
        """Hand ``item`` over, and wait while much of it is left."""
        checkpoint()
        try:
            self._writer.write(item)
            self._writer.drain()
        except (ConnectionResetError, BrokenPipeError) as error:
            if self._closed:
                raise ClosedResourceError from error
            if self._writer.is_closing():
                raise BrokenResourceError from error
            raise

    def close(self) -> None:
        self._closed = True
        self._writer.close()
        checkpoint()

    def close_pipe(self) -> None:
        """End the input, as soon as everything is sent."""
        self._closed = True
        self._writer.close()


class TextReceiveStream(_Source[str]):
    """`anyio.streams.text.TextReceiveStream`."""

    def __init__(self, transport_stream: _Receives, encoding: str = "utf-8", errors: str = "strict") -> None:
        self.transport_stream = transport_stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)

    def receive(self) -> str:
        """What was received, as far as it makes whole characters."""
        while True:
            try:
                data = self.transport_stream.receive()
            except EndOfStream:
                rest = self._decoder.decode(b"", True)
                self._decoder.reset()
                if not rest:
                    raise
                return rest
            text = self._decoder.decode(data)
            if text:
                return text

    def close(self) -> None:
        self.transport_stream.close()
        self._decoder.reset()


class TextSendStream(Resource):
    """`anyio.streams.text.TextSendStream`."""

    def __init__(self, transport_stream: _Sends, encoding: str = "utf-8", errors: str = "strict") -> None:
        self.transport_stream = transport_stream
        self.errors = errors
        self._encoder = codecs.getincrementalencoder(encoding)(errors)

    def send(self, item: str) -> None:
        self.transport_stream.send(self._encoder.encode(item))

    def close(self) -> None:
        self.transport_stream.close()
