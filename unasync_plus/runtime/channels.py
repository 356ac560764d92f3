"""Memory channels: `anyio.create_memory_object_stream` and `trio.open_memory_channel`, on threads."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from .locks import Condition
from .waiting import WouldBlock as WouldBlock
from .waiting import checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

T = TypeVar("T")


class EndOfStream(Exception):
    """Nothing will ever arrive any more: `anyio.EndOfStream`, `trio.EndOfChannel`."""


class ClosedResourceError(Exception):
    """This end was closed, by its own user; as in anyio and trio."""


class BrokenResourceError(Exception):
    """The other end was closed; as in anyio and trio."""


class Statistics(NamedTuple):
    current_buffer_used: int
    max_buffer_size: float
    open_send_streams: int
    open_receive_streams: int
    tasks_waiting_send: int
    tasks_waiting_receive: int


class _Offer(Generic[T]):
    """An item whose sender waits until somebody takes it."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.taken = False


class _Channel(Generic[T]):
    """What both ends, and their clones, share; the lock of ``changed`` guards all of it."""

    def __init__(self, max_buffer_size: float) -> None:
        self.changed = Condition(threading.Lock())  # taking it is no wait that could be cancelled
        self.max_buffer_size = max_buffer_size
        self.buffer: deque[T] = deque()
        self.offers: deque[_Offer[T]] = deque()
        self.senders = 0
        self.receivers = 0
        self.waiting_receivers = 0

    def has_room(self) -> bool:
        return len(self.buffer) < self.max_buffer_size + self.waiting_receivers

    def take(self) -> T:
        if not self.buffer and not self.offers:
            raise WouldBlock if self.senders else EndOfStream
        if self.offers:
            offer = self.offers.popleft()
            offer.taken = True
            self.buffer.append(offer.item)
        self.changed.notify_all()
        return self.buffer.popleft()


class _End(Generic[T]):
    def __init__(self, channel: _Channel[T]) -> None:
        self._channel = channel
        self._closed = False
        with channel.changed:
            self._count(1)

    def _count(self, change: int) -> None:
        raise NotImplementedError

    def clone(self) -> Self:
        """Another end, that has to be closed too."""
        self._check()
        return type(self)(self._channel)

    def close(self) -> None:
        with self._channel.changed:
            if not self._closed:
                self._closed = True
                self._count(-1)
                self._channel.changed.notify_all()

    def statistics(self) -> Statistics:
        channel = self._channel
        with channel.changed:
            return Statistics(
                len(channel.buffer),
                channel.max_buffer_size,
                channel.senders,
                channel.receivers,
                len(channel.offers),
                channel.waiting_receivers,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self) -> None:
        if self._closed:
            raise ClosedResourceError


class SendStream(_End[T]):
    """`anyio.streams.memory.MemoryObjectSendStream`, `trio.MemorySendChannel`."""

    def _count(self, change: int) -> None:
        self._channel.senders += change

    def send_nowait(self, item: T) -> None:
        with self._channel.changed:
            self._send_nowait(item)

    def send(self, item: T) -> None:
        """Wait until there is room for the item, or somebody has taken it."""
        checkpoint()
        channel = self._channel
        with channel.changed:
            self._check_both()
            if channel.has_room():
                self._send_nowait(item)
                return
            offer = _Offer(item)
            channel.offers.append(offer)
            try:
                while not offer.taken:
                    channel.changed.wait()
                    if not offer.taken:
                        self._check_both()
            finally:
                if not offer.taken:
                    channel.offers.remove(offer)

    def _send_nowait(self, item: T) -> None:
        self._check_both()
        if not self._channel.has_room():
            raise WouldBlock
        self._channel.buffer.append(item)
        self._channel.changed.notify_all()

    def _check_both(self) -> None:
        self._check()
        if not self._channel.receivers:
            raise BrokenResourceError


class ReceiveStream(_End[T]):
    """`anyio.streams.memory.MemoryObjectReceiveStream`, `trio.MemoryReceiveChannel`."""

    def _count(self, change: int) -> None:
        self._channel.receivers += change

    def receive_nowait(self) -> T:
        with self._channel.changed:
            self._check()
            return self._channel.take()

    def receive(self) -> T:
        """Wait for an item; `EndOfStream` once all senders are closed and nothing is left."""
        checkpoint()
        channel = self._channel
        with channel.changed:
            while True:
                self._check()
                with suppress(WouldBlock):
                    return channel.take()
                channel.waiting_receivers += 1
                try:
                    channel.changed.wait()
                finally:
                    channel.waiting_receivers -= 1

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self.receive()
            except EndOfStream:
                return
            yield item


class open_memory_channel(tuple[SendStream[T], ReceiveStream[T]]):
    """`trio.open_memory_channel`, `anyio.create_memory_object_stream`: both ends; `math.inf` is no limit.

    A class, so that ``open_memory_channel[int](5)`` says what goes through it.
    """

    __slots__ = ()

    def __new__(cls, max_buffer_size: float = 0) -> Self:
        channel: _Channel[T] = _Channel(max_buffer_size)
        return super().__new__(cls, (SendStream(channel), ReceiveStream(channel)))
